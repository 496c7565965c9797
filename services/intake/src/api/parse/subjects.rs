//! Which places, groups and online spaces are to be shown, and why (R5, R61).

use access::Personal;
use proto::{intake::v1 as pb, terms::v1 as terms};
use runtime::fields::{Fields, optional, unless_zero};
use tonic::Status;
use uuid::Uuid;

use super::concern::subject_kind;
use crate::{api::widths, domain::subject::SubjectKind};

/// Words that are looked for, of which kind of subject, and why.
pub type Search = (Personal<String>, Option<SubjectKind>, terms::Purpose);

/// Reads which subjects are looked for (R5).
pub fn find_subjects(request: pb::FindSubjectsRequest) -> Result<Search, Status> {
    let mut fields = Fields::new();
    let words = fields.text("words", "R5", request.words, 2..=widths::NAME).map(Personal::new);
    let kind = optional(unless_zero(request.kind), |kind| subject_kind(&mut fields, "kind", kind));
    let purpose = fields.code("purpose", "R61", request.purpose);
    let whole = || Some((words?, kind?, purpose?));
    fields.whole(whole())
}

/// Reads which subject is to be shown, and why (R5, R61).
pub fn get_subject(request: pb::GetSubjectRequest) -> Result<(Uuid, terms::Purpose), Status> {
    let mut fields = Fields::new();
    let subject = fields.id("subject_id", "R5", &request.subject_id);
    let purpose = fields.code("purpose", "R61", request.purpose);
    fields.whole(subject.zip(purpose))
}
