//! What is taken back, and what is corrected (R54, R55).

use access::Personal;
use jiff::Timestamp;
use proto::intake::v1 as pb;
use runtime::fields::{Fields, each, optional, unless_empty, unless_zero};
use service::edge::Asked;

use super::{MOST_SUBJECTS, On, country, kind, sealed, subject};
use crate::{
    api::{parse::received_at_in, widths},
    domain::information_request::{Subject, correction::Correction},
};

/// Reads which request is taken back, and why (R54).
pub fn taken_back(request: pb::TakeBackInformationRequestRequest) -> Asked<(On, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = (&*request.information_request_id, request.revision);
    let on = fields.target("information_request_id", "R54", on);
    let reason = sealed(&mut fields, "reason", request.reason, 1..=widths::REASON);
    let whole = || Some((request_id?, (on?, reason?)));
    fields.whole(whole())
}

/// Reads what of a request is corrected, and why (R55).
pub fn corrected(
    request: pb::CorrectInformationRequestRequest,
    now: Timestamp,
) -> Asked<(On, Correction, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = (&*request.information_request_id, request.revision);
    let on = fields.target("information_request_id", "R55", on);
    let reason = sealed(&mut fields, "reason", request.reason, 1..=widths::REASON);
    let correction = correction(&mut fields, request.correction.unwrap_or_default(), now);
    let nothing = correction.as_ref().is_some_and(Correction::is_nothing);
    fields.holds("correction", "R55", "is missing", !nothing);
    let whole = || Some((request_id?, (on?, correction?, reason?)));
    fields.whole(whole())
}

fn correction(
    fields: &mut Fields,
    to: pb::InformationRequestCorrection,
    now: Timestamp,
) -> Option<Correction> {
    let kind = optional(unless_zero(to.kind), |number| kind(fields, "correction.kind", number));
    let country =
        optional(unless_empty(to.country), |code| country(fields, "correction.country", code));
    let received_at = received_at_in(fields, "correction.received_at", to.received_at, now);
    let purpose =
        optional(to.purpose, |text| sealed(fields, "correction.purpose", text, 0..=widths::REASON));
    let some = to.subjects.len() <= MOST_SUBJECTS;
    fields.holds("correction.subjects", "R55", "must be 1 to 50", some);
    let subjects: Option<Vec<Subject>> = each(to.subjects, |place, about| {
        subject(fields, &format!("correction.subjects[{place}]"), about, now)
    });
    Some(Correction {
        kind: kind?,
        country: country?,
        received_at: received_at?,
        purpose: purpose?,
        subjects: subjects.map(|subjects| Some(subjects).filter(|all| !all.is_empty()))?,
    })
}
