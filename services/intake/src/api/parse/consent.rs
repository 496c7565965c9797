//! What was asked of the family, and agreed (R6).

use access::Personal;
use jiff::Timestamp;
use proto::intake::v1 as pb;
use runtime::fields::{Fields, optional, unless_empty, unless_zero};
use service::edge::Asked;
use uuid::Uuid;

use super::{
    people::{Numbers, place},
    personal, reason,
};
use crate::{
    api::widths,
    domain::{
        basis::Finding,
        codes::Codes,
        consent::{ChildAsked, Consent, ConsentAnswer, ConsentGiver, ConsentPurpose, Giver},
        contact::MOST_PEOPLE,
    },
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
    let answer = answer_of(fields, &format!("{path}.answer"), consent.answer);
    let giver = giver_of(fields, path, &consent, numbers);
    let given_by = given_by(fields, path, &consent);
    let child_asked = optional(consent.child_asked, |asked| {
        child_asked_of(fields, &format!("{path}.child_asked"), asked)
    });
    let asked_at = optional(consent.asked_at, |at| {
        fields.past(&format!("{path}.asked_at"), "R6", Some(&at), now)
    });
    let why = "is told when it is withdrawn, not before";
    fields.holds(&format!("{path}.withdrawn_at"), "R6", why, consent.withdrawn_at.is_none());
    let how = personal(fields, format!("{path}.how"), "R6", consent.how, widths::HOW_ASKED);
    let asked_by =
        personal(fields, format!("{path}.asked_by"), "R6", consent.asked_by, widths::NAME);
    let agency = unless_empty(consent.agency);
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
        asker_sealed: false,
        given_by: given_by?,
        giver: giver?,
        child_asked: child_asked?,
        giver_responsible: None,
        with_contact: false,
        claimed: false,
        family_told: consent.family_told,
        withdrawn_at: None,
        withdrawn_by: None,
    })
}

/// Whose information it is about: a child's, an adult's, or, with neither, every child's.
fn person_of(
    fields: &mut Fields,
    path: &str,
    consent: &pb::Consent,
    (children, adults): Numbers,
) -> (Option<Option<usize>>, Option<Option<usize>>) {
    let mut read = |field: &str, index, number, why: &str| {
        let field = format!("{path}.{field}");
        optional(index, |index| fields.check(&field, "R6", why, place(index, number)))
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

fn answer_of(fields: &mut Fields, field: &str, number: i32) -> Option<ConsentAnswer> {
    match fields.code(field, "R6", number)? {
        pb::ConsentAnswer::Agreed => Some(ConsentAnswer::Agreed),
        pb::ConsentAnswer::Refused => Some(ConsentAnswer::Refused),
        pb::ConsentAnswer::NotSought => Some(ConsentAnswer::NotSought),
        pb::ConsentAnswer::Unspecified => None,
    }
}

/// Who on the contact answered; may be left out. A child answers for itself (R6).
fn giver_of(
    fields: &mut Fields,
    path: &str,
    consent: &pb::Consent,
    (children, adults): Numbers,
) -> Option<Option<Giver<usize>>> {
    let (field, giver, why) = match (consent.giver_child_index, consent.giver_adult_index) {
        (None, None) => return Some(None),
        (Some(child), None) => {
            let own = consent.child_index.is_none_or(|index| index == child);
            let there = place(child, children).filter(|_| own && consent.adult_index.is_none());
            let why = "names no child of this contact who answers for itself";
            ("giver_child_index", there.map(Giver::Child), why)
        }
        (None, Some(adult)) => {
            let there = place(adult, adults).map(Giver::Adult);
            ("giver_adult_index", there, "names no adult of this contact")
        }
        (Some(_), Some(_)) => {
            ("giver_adult_index", None, "is given beside giver_child_index: one person answers")
        }
    };
    fields.check(&format!("{path}.{field}"), "R6", why, giver.map(Some))
}

/// As what somebody answered; may be left out.
fn given_by(
    fields: &mut Fields,
    path: &str,
    consent: &pb::Consent,
) -> Option<Option<ConsentGiver>> {
    let field = format!("{path}.given_by");
    optional(unless_zero(consent.given_by), |number| {
        let given_by = match fields.code(&field, "R6", number)? {
            pb::ConsentGiver::Parent => ConsentGiver::Parent,
            pb::ConsentGiver::Child => ConsentGiver::Child,
            pb::ConsentGiver::Adult => ConsentGiver::Adult,
            pb::ConsentGiver::Unspecified => return None,
        };
        let other = match given_by {
            ConsentGiver::Child => consent.giver_adult_index.is_some(),
            ConsentGiver::Parent | ConsentGiver::Adult => consent.giver_child_index.is_some(),
        };
        let why = "is not what the giver is who is named";
        fields.check(&field, "R6", why, (!other).then_some(given_by))
    })
}

/// Whether the child was asked (R6).
fn child_asked_of(fields: &mut Fields, path: &str, asked: pb::ChildAsked) -> Option<ChildAsked> {
    use pb::child_asked::State;
    let why = "is missing: asked, not of an age and understanding, or not asked and why";
    match fields.check(path, "R6", why, asked.state)? {
        State::Answer(number) => {
            let field = format!("{path}.answer");
            let answer = answer_of(fields, &field, number)?;
            let asked = Some(answer).filter(|answer| *answer != ConsentAnswer::NotSought);
            fields
                .check(&field, "R6", "is no answer of a child who was asked", asked)
                .map(ChildAsked::Asked)
        }
        State::NotOfAge(true) => Some(ChildAsked::NotOfAge),
        State::NotOfAge(false) => {
            fields.check(&format!("{path}.not_of_age"), "R6", "is true or not sent", None)
        }
        State::NotAskedBecause(words) => {
            let field = format!("{path}.not_asked_because");
            fields
                .text(&field, "R6", words, 1..=widths::NOT_ASKED)
                .map(Personal::new)
                .map(ChildAsked::NotAsked)
        }
    }
}

/// Reads consent that was asked for after the contact. Whether the people it names are on
/// the contact is known there only.
pub fn consent_later(
    request: pb::RecordConsentRequest,
    codes: &Codes,
    now: Timestamp,
) -> Asked<((Uuid, i64), Consent<usize>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.target("contact_id", "R12", (&request.contact_id, request.revision));
    let consent = fields.check("consent", "R6", "is missing", request.consent);
    let anybody = (MOST_PEOPLE, MOST_PEOPLE);
    let consent = consent
        .and_then(|consent| consent_of(&mut fields, "consent", consent, (anybody, codes), now));
    fields.whole(request_id.zip(contact.zip(consent)))
}

/// Reads which consent was withdrawn, and when.
pub fn withdrawal(
    request: pb::WithdrawConsentRequest,
    now: Timestamp,
) -> Asked<((Uuid, i64), (Uuid, Timestamp))> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.target("contact_id", "R12", (&request.contact_id, request.revision));
    let consent = fields.id("consent_id", "R6", &request.consent_id);
    let at = match request.withdrawn_at {
        None => Some(now),
        at => fields.past("withdrawn_at", "R6", at.as_ref(), now),
    };
    fields.whole(request_id.zip(contact.zip(consent.zip(at))))
}

/// Reads what was found when an override was looked at again (R7).
pub fn override_review(
    request: pb::ReviewOverrideRequest,
    now: Timestamp,
) -> Asked<((Uuid, i64), (Uuid, Finding))> {
    use pb::review_override_request::Finding as Given;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.target("contact_id", "R12", (&request.contact_id, request.revision));
    let basis = fields.id("basis_id", "R7", &request.basis_id);
    let why = "is missing: the family was told, or why not";
    let finding = match fields.check("finding", "R7", why, request.finding) {
        None => None,
        Some(Given::FamilyToldAt(at)) => {
            fields.past("family_told_at", "R7", Some(&at), now).map(Finding::FamilyTold)
        }
        Some(Given::RenewedReason(text)) => {
            reason(&mut fields, "renewed_reason", "R7", text).map(Finding::Renewed)
        }
    };
    fields.whole(request_id.zip(contact.zip(basis.zip(finding))))
}
