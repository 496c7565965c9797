//! What was asked of the family, and agreed (R6).

use jiff::Timestamp;
use proto::{convert::from_timestamp, intake::v1 as pb};
use runtime::fields::Fields;
use tonic::Status;
use uuid::Uuid;

use super::{
    Change, MOST_PEOPLE, change, id,
    people::{Numbers, place},
    personal, reason,
};
use crate::{
    domain::{
        codes::Codes,
        consent::{Consent, ConsentAnswer, ConsentGiver, ConsentPurpose},
    },
    store::override_reviews::Finding,
};

/// What was asked of the family of a contact with so many children and adults.
pub fn consent_of(
    fields: &mut Fields,
    path: &str,
    consent: pb::Consent,
    (numbers, codes): (Numbers, &Codes),
    now: Timestamp,
) -> Option<Consent<usize>> {
    let (child, adult) = person_of(fields, path, &consent, numbers);
    let purpose = match fields.code(&format!("{path}.purpose"), "R6", consent.purpose) {
        Some(pb::ConsentPurpose::ShareInformation) => Some(ConsentPurpose::ShareInformation),
        Some(pb::ConsentPurpose::Service) => Some(ConsentPurpose::Service),
        Some(pb::ConsentPurpose::Unspecified) | None => None,
    };
    let answer = match fields.code(&format!("{path}.answer"), "R6", consent.answer) {
        Some(pb::ConsentAnswer::Agreed) => Some(ConsentAnswer::Agreed),
        Some(pb::ConsentAnswer::Refused) => Some(ConsentAnswer::Refused),
        Some(pb::ConsentAnswer::NotSought) => Some(ConsentAnswer::NotSought),
        Some(pb::ConsentAnswer::Unspecified) | None => None,
    };
    let given_by = giver(fields, path, consent.given_by);
    let asked_at = match &consent.asked_at {
        None => Some(None),
        Some(at) => past(fields, &format!("{path}.asked_at"), "R6", at, now).map(Some),
    };
    let how = personal(fields, format!("{path}.how"), "R6", consent.how, 200);
    let asked_by = personal(fields, format!("{path}.asked_by"), "R6", consent.asked_by, 200);
    let agency = Some(consent.agency).filter(|agency| !agency.is_empty());
    let known = agency.as_deref().is_none_or(|agency| codes.is_agency(agency));
    fields.holds(&format!("{path}.agency"), "R6", "is not the code of an agency", known);
    Some(Consent {
        child: child?,
        adult: adult?,
        agency,
        purpose: purpose?,
        answer: answer?,
        asked_at: asked_at?,
        how: how?,
        asked_by: asked_by?,
        given_by: given_by?,
        family_told: consent.family_told,
        withdrawn_at: None,
    })
}

/// Whose information it is about: a child's, an adult's, or, with neither, every child's.
fn person_of(
    fields: &mut Fields,
    path: &str,
    consent: &pb::Consent,
    (children, adults): Numbers,
) -> (Option<Option<usize>>, Option<Option<usize>>) {
    let mut read = |field: &str, index: Option<u32>, number, why: &str| match index {
        None => Some(None),
        Some(index) => {
            let there = place(index, number).map(Some);
            fields.check(&format!("{path}.{field}"), "R6", why, there)
        }
    };
    let child =
        read("child_index", consent.child_index, children, "names no child of this contact");
    let adult = read("adult_index", consent.adult_index, adults, "names no adult of this contact");
    if consent.child_index.is_some() && consent.adult_index.is_some() {
        let why = "is given beside child_index: a consent is about one person";
        fields.violation(&format!("{path}.adult_index"), "R6", why);
    }
    (child, adult)
}

/// Who answered; may be left out.
fn giver(fields: &mut Fields, path: &str, number: i32) -> Option<Option<ConsentGiver>> {
    if number == 0 {
        return Some(None);
    }
    match fields.code(&format!("{path}.given_by"), "R6", number)? {
        pb::ConsentGiver::Parent => Some(Some(ConsentGiver::Parent)),
        pb::ConsentGiver::Child => Some(Some(ConsentGiver::Child)),
        pb::ConsentGiver::Adult => Some(Some(ConsentGiver::Adult)),
        pb::ConsentGiver::Unspecified => Some(None),
    }
}

/// Reads consent that was asked for after the contact. Whether the people it names are on
/// the contact is known there only.
pub fn consent_later(
    request: pb::RecordConsentRequest,
    codes: &Codes,
    now: Timestamp,
) -> Result<(Change, Consent<usize>), Status> {
    let mut fields = Fields::new();
    let change = change(&mut fields, (&request.request_id, &request.contact_id, request.revision));
    let consent = fields.check("consent", "R6", "is missing", request.consent);
    let anybody = (MOST_PEOPLE, MOST_PEOPLE);
    let consent = consent
        .and_then(|consent| consent_of(&mut fields, "consent", consent, (anybody, codes), now));
    match change.zip(consent) {
        Some(whole) if fields.good() => Ok(whole),
        _ => Err(fields.refuse()),
    }
}

/// Reads which consent was withdrawn, and when.
pub fn withdrawal(
    request: &pb::WithdrawConsentRequest,
    now: Timestamp,
) -> Result<(Change, (Uuid, Timestamp)), Status> {
    let mut fields = Fields::new();
    let change = change(&mut fields, (&request.request_id, &request.contact_id, request.revision));
    let consent = id(&mut fields, "consent_id", "R6", &request.consent_id);
    let at = match &request.withdrawn_at {
        None => Some(now),
        Some(at) => past(&mut fields, "withdrawn_at", "R6", at, now),
    };
    change.zip(consent.zip(at)).ok_or_else(|| fields.refuse())
}

/// Reads what was found when an override was looked at again (R7).
pub fn override_review(
    request: pb::ReviewOverrideRequest,
    now: Timestamp,
) -> Result<(Change, (Uuid, Finding)), Status> {
    use pb::review_override_request::Finding as Given;
    let mut fields = Fields::new();
    let change = change(&mut fields, (&request.request_id, &request.contact_id, request.revision));
    let basis = id(&mut fields, "basis_id", "R7", &request.basis_id);
    let why = "is missing: the family was told, or why not";
    let finding = match fields.check("finding", "R7", why, request.finding) {
        None => None,
        Some(Given::FamilyToldAt(at)) => {
            past(&mut fields, "family_told_at", "R7", &at, now).map(Finding::FamilyTold)
        }
        Some(Given::RenewedReason(text)) => {
            reason(&mut fields, "renewed_reason", "R7", text).map(Finding::Renewed)
        }
    };
    change.zip(basis.zip(finding)).ok_or_else(|| fields.refuse())
}

fn past(
    fields: &mut Fields,
    field: &str,
    rule: &str,
    at: &prost_types::Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    let at = from_timestamp(at).filter(|at| *at <= now);
    fields.check(field, rule, "is not an instant of the past", at)
}
