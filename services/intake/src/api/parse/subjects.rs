//! Which places, groups and online spaces are to be shown, and why (R5, R61).

use access::Personal;
use jiff::Timestamp;
use proto::{intake::v1 as pb, terms::v1 as terms};
use runtime::fields::{Fields, optional, unless_zero};
use tonic::Status;
use uuid::Uuid;

use super::concern::subject_kind;
use crate::{
    api::{
        page::{Page, Paged},
        widths,
    },
    domain::subject::SubjectKind,
};

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

/// A subject that is to be shown.
pub struct WantedSubject {
    /// Its id.
    pub id: Uuid,
    /// Why it is read (R61).
    pub purpose: terms::Purpose,
    /// The page of the contacts about it.
    pub page: Page,
    /// From behind this contact; `None` from the latest.
    pub behind: Option<(Timestamp, Uuid)>,
}

/// Reads which subject is to be shown, which page of its contacts, and why (R5, R61).
pub fn get_subject(request: pb::GetSubjectRequest) -> Result<WantedSubject, Status> {
    let mut fields = Fields::new();
    let subject = fields.id("subject_id", "R5", &request.subject_id);
    let purpose = fields.code("purpose", "R61", request.purpose);
    let page =
        Page::read(&mut fields, Paged::SubjectContacts, request.page_size, &request.page_token);
    let behind = optional(page.and_then(|page| page.behind), |place| {
        let at = Timestamp::from_microsecond(place.order).ok();
        let behind = at.map(|at| (at, place.id));
        fields.check("page_token", "R5", "is not a token of an answer before", behind)
    });
    let whole = || {
        let (id, purpose) = (subject?, purpose?);
        Some(WantedSubject { id, purpose, page: page?, behind: behind? })
    };
    fields.whole(whole())
}
