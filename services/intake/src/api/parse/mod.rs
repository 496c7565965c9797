//! Requests into values that cannot be wrong; every bad field is named at once.

mod amendment;
mod basis;
mod concern;
mod consent;
mod people;
mod seals;
mod subjects;

use access::Personal;
use jiff::Timestamp;
use proto::{convert::from_timestamp, intake::v1 as pb, terms::v1 as terms};
use runtime::fields::{Fields, each, optional};
use service::edge::Asked;
use tonic::Status;
use uuid::Uuid;

pub use self::{
    amendment::amendment,
    basis::{basis, basis_ending, disclosure},
    consent::{consent_later, override_review, withdrawal},
    people::{EXPECTED_WITHIN, NO_NHS_NUMBER, latest_day, number},
    seals::{sealed_fields, sealed_referrer},
    subjects::{WantedSubject, find_subjects, get_subject},
};
use self::{
    basis::grounds_of,
    concern::{contact_subject, groundwork_of, incident_of, named_once},
    consent::consent_of,
    people::{adult_of, child_of, referrer},
};
use super::widths;
use crate::domain::{
    codes::Codes,
    contact::{Channel, MOST_PEOPLE, NewContact},
    reference::Reference,
    subject::MOST_SUBJECTS,
};

/// Reads a contact that is submitted at `now`.
pub fn contact(
    request: pb::SubmitContactRequest,
    codes: &Codes,
    now: Timestamp,
) -> Asked<NewContact> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let channel = channel(&mut fields, "channel", request.channel);
    let received_at = received_at(&mut fields, request.received_at, now);
    let numbers @ (number, _) = (request.children.len(), request.adults.len());
    let referrer = referrer(&mut fields, request.referrer, codes, numbers);
    let some = (1..=MOST_PEOPLE).contains(&number);
    fields.holds("children", "R4", "must be 1 to 200", some);
    let since = Some(received_at.flatten().unwrap_or(now));
    let children = each(request.children, |place, child| {
        let path = format!("children[{place}]");
        child_of(&mut fields, &path, child, codes, (since, now))
    });
    let few = request.adults.len() <= MOST_PEOPLE;
    fields.holds("adults", "R4", "must be at most 200", few);
    let adults = each(request.adults, |place, adult| {
        adult_of(&mut fields, &format!("adults[{place}]"), adult, now)
    });
    let concern = fields.text("concern", "R5", request.concern, 1..=widths::CONCERN);
    factors_of(&mut fields, "factors", &request.factors, codes);
    let consents = each(request.consents, |place, consent| {
        let path = format!("consents[{place}]");
        consent_of(&mut fields, &path, consent, (numbers, codes), now)
    });
    let few = request.subjects.len() <= MOST_SUBJECTS;
    fields.holds("subjects", "R5", "must be at most 50", few);
    let subjects = each(request.subjects, |place, subject| {
        contact_subject(&mut fields, &format!("subjects[{place}]"), subject, number)
    });
    named_once(&mut fields, subjects.as_deref().unwrap_or_default());
    let incident = incident_of(&mut fields, "incident", request.incident.unwrap_or_default(), now);
    let groundwork =
        groundwork_of(&mut fields, "groundwork", request.groundwork.unwrap_or_default());
    let grounds = optional(request.override_evidence, |grounds| {
        grounds_of(&mut fields, "override_evidence", grounds)
    });
    let whole = || {
        let contact = NewContact {
            channel: channel?,
            received_at: received_at?,
            referrer: referrer?,
            children: children?,
            adults: adults?,
            concern: Personal::new(concern?),
            factors: request.factors,
            significant_harm: request.significant_harm,
            immediate_danger: request.immediate_danger,
            consents: consents?,
            override_evidence: grounds?,
            subjects: subjects?,
            incident: incident?,
            groundwork: groundwork?,
        };
        Some((request_id?, contact))
    };
    fields.whole(whole())
}

/// Which contact is wanted.
pub enum Wanted {
    /// By its id.
    Id(Uuid),
    /// By what a caller read out (R11).
    Reference(Reference),
}

/// Reads which contact is wanted, and why (R61).
pub fn get_contact(request: pb::GetContactRequest) -> Result<(Wanted, terms::Purpose), Status> {
    let mut fields = Fields::new();
    let contact = match (request.contact_id.as_str(), request.reference.as_str()) {
        (contact, "") => fields.id("contact_id", "R12", contact).map(Wanted::Id),
        ("", reference) => {
            let why = "is not one: its check character is wrong, ask for it again";
            let read = Reference::parse(reference).map(Wanted::Reference);
            fields.check("reference", "R11", why, read)
        }
        _ => fields.check("reference", "R11", "is given beside contact_id", None),
    };
    let purpose = fields.code("purpose", "R61", request.purpose);
    fields.whole(contact.zip(purpose))
}

/// Why something is done, in a person's own words.
fn reason(fields: &mut Fields, field: &str, rule: &str, text: String) -> Option<Personal<String>> {
    fields.text(field, rule, text, 10..=widths::REASON).map(Personal::new)
}

fn factors_of(fields: &mut Fields, field: &str, factors: &[String], codes: &Codes) {
    for (place, why) in codes.factor_faults(factors) {
        fields.violation(&format!("{field}[{place}]"), "R5", why);
    }
}

/// Text of at most so many characters, sealed.
fn personal(
    fields: &mut Fields,
    field: String,
    rule: &str,
    text: String,
    most: usize,
) -> Option<Personal<String>> {
    fields.text(&field, rule, text, 0..=most).map(Personal::new)
}

fn channel(fields: &mut Fields, field: &str, number: i32) -> Option<Channel> {
    match fields.code(field, "R1", number)? {
        terms::Channel::Unspecified => None,
        terms::Channel::Form => Some(Channel::Form),
        terms::Channel::Phone => Some(Channel::Phone),
        terms::Channel::Email => Some(Channel::Email),
        terms::Channel::Mail => Some(Channel::Mail),
        terms::Channel::WalkIn => Some(Channel::WalkIn),
        terms::Channel::System => Some(Channel::System),
    }
}

/// When something was received, where that was not just now (R13).
pub fn received_at(
    fields: &mut Fields,
    at: Option<prost_types::Timestamp>,
    now: Timestamp,
) -> Option<Option<Timestamp>> {
    received_at_in(fields, "received_at", at, now)
}

/// The same, of a field with this name.
pub fn received_at_in(
    fields: &mut Fields,
    field: &str,
    at: Option<prost_types::Timestamp>,
    now: Timestamp,
) -> Option<Option<Timestamp>> {
    optional(at, |at| {
        let at = fields.check(field, "R13", "is not an instant", from_timestamp(&at))?;
        fields.check(field, "R13", "lies in the future", (at <= now).then_some(at))
    })
}
