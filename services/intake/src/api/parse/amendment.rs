//! Corrections of a contact.

use access::Personal;
use jiff::Timestamp;
use proto::intake::v1::{self as pb, correction::Part, referrer_correction::Person};
use runtime::fields::{Fields, optional};
use service::edge::Asked;
use uuid::Uuid;

use super::{
    channel,
    concern::{contact_subject, groundwork_of, incident_of},
    factors_of,
    people::{adult_of, child_of},
    personal, reason,
};
use crate::{
    api::widths,
    domain::{
        amendment::{Content, Correction},
        codes::{Codes, NO_CODE},
        contact::{MOST_PEOPLE, SealedCorrection},
        referrer::{ReferrerCorrection, Said, Who},
        urgency::Urgency,
    },
};

/// Reads a correction that is made at `now`: of which contact and revision, what, why.
pub fn amendment(
    request: pb::AmendContactRequest,
    codes: &Codes,
    now: Timestamp,
) -> Asked<((Uuid, i64), Correction, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.target("contact_id", "R12", (&request.contact_id, request.revision));
    let reason = reason(&mut fields, "reason", "R5", request.reason);
    let part = request.correction.and_then(|correction| correction.part);
    let part = fields.check("correction", "R5", "is missing", part);
    let correction = part.and_then(|part| correction(&mut fields, part, codes, now));
    let whole = || Some((request_id?, (contact?, correction?, reason?)));
    fields.whole(whole())
}

fn correction(
    fields: &mut Fields,
    part: Part,
    codes: &Codes,
    now: Timestamp,
) -> Option<Correction> {
    match part {
        Part::Concern(concern) => {
            let concern = fields.text("correction.concern", "R5", concern, 1..=widths::CONCERN)?;
            Some(Correction::Content(Content::Concern(Personal::new(concern))))
        }
        Part::Factors(factors) => {
            factors_of(fields, "correction.factors.factors", &factors.factors, codes);
            Some(Correction::Content(Content::Factors(factors.factors)))
        }
        Part::Urgency(urgency) => Some(Correction::Content(Content::Urgency(Urgency {
            significant_harm: urgency.significant_harm,
            immediate_danger: urgency.immediate_danger,
        }))),
        Part::Child(recorded) => {
            let child = fields.id("correction.child.child_id", "R4", &recorded.child_id);
            let path = "correction.child.child";
            let values = fields.check(path, "R4", "is missing", recorded.child)?;
            if values.sealed.is_some() {
                let why = "is sealed, and not corrected here";
                fields.violation("correction.child.child.sealed", "R4", why);
            }
            let values = child_of(fields, path, values, codes, (None, now))?;
            Some(Correction::Child(child?, Box::new(values)))
        }
        Part::Adult(recorded) => {
            let adult = fields.id("correction.adult.adult_id", "R4", &recorded.adult_id);
            let path = "correction.adult.adult";
            let values = fields.check(path, "R4", "is missing", recorded.adult)?;
            let values = adult_of(fields, path, values, now)?;
            Some(Correction::Adult(adult?, Box::new(values)))
        }
        Part::Incident(incident) => incident_of(fields, "correction.incident", incident, now)
            .map(|incident| Correction::Content(Content::Incident(incident))),
        Part::Groundwork(groundwork) => groundwork_of(fields, "correction.groundwork", groundwork)
            .map(|told| Correction::Content(Content::Groundwork(told))),
        Part::Channel(way) => channel(fields, "correction.channel", way)
            .map(|way| Correction::Content(Content::Channel(way))),
        Part::Referrer(referrer) => referrer_of(fields, referrer, codes),
        Part::NewChild(child) => {
            child_of(fields, "correction.new_child", child, codes, (None, now))
                .map(|child| Correction::NewChild(Box::new(child)))
        }
        Part::SealedFields(sealed) => sealed_of(fields, sealed),
        Part::TakenOffChild(recorded) => fields
            .id("correction.taken_off_child.child_id", "R20", &recorded.child_id)
            .map(Correction::ChildOff),
        Part::TakenOffAdult(recorded) => fields
            .id("correction.taken_off_adult.adult_id", "R4", &recorded.adult_id)
            .map(Correction::AdultOff),
        Part::LinkSubject(subject) => {
            contact_subject(fields, "correction.link_subject", subject, MOST_PEOPLE)
                .map(Correction::LinkSubject)
        }
        Part::UnlinkSubject(subject) => {
            fields.id("correction.unlink_subject", "R5", &subject).map(Correction::UnlinkSubject)
        }
        Part::ReceivedAt(at) => {
            fields.past("correction.received_at", "R13", Some(&at), now).map(Correction::ReceivedAt)
        }
        Part::NewAdult(adult) => adult_of(fields, "correction.new_adult", adult, now)
            .map(|adult| Correction::NewAdult(Box::new(adult))),
    }
}

/// What of a child is sealed, and corrected (R4).
fn sealed_of(fields: &mut Fields, sealed: pb::SealedFieldsCorrection) -> Option<Correction> {
    let pb::SealedFieldsCorrection { child_id, sexual_orientation, gender_identity, trans_history } =
        sealed;
    let child = fields.id("correction.sealed_fields.child_id", "R4", &child_id);
    let texts = [&sexual_orientation, &gender_identity, &trans_history];
    let something = texts.into_iter().any(Option::is_some);
    fields.holds("correction.sealed_fields", "R4", "corrects nothing", something);
    let mut text = |field: &str, words: Option<String>, most| {
        optional(words, |words| {
            let field = format!("correction.sealed_fields.{field}");
            fields.text(&field, "R4", words, 0..=most).map(Personal::new)
        })
    };
    let sexual_orientation = text("sexual_orientation", sexual_orientation, widths::SEALED);
    let gender_identity = text("gender_identity", gender_identity, widths::SEALED);
    let trans_history = text("trans_history", trans_history, widths::TRANS_HISTORY);
    let new = SealedCorrection {
        sexual_orientation: sexual_orientation?,
        gender_identity: gender_identity?,
        trans_history: trans_history?,
    };
    Some(Correction::Sealed(child?, Box::new(new)))
}

/// What of a referrer is corrected (R2, R28).
fn referrer_of(
    fields: &mut Fields,
    referrer: pb::ReferrerCorrection,
    codes: &Codes,
) -> Option<Correction> {
    let pb::ReferrerCorrection {
        contact_details,
        protect,
        source,
        name,
        organisation,
        role,
        person,
    } = referrer;
    let texts = [&contact_details, &source, &name, &organisation, &role];
    let something = protect || person.is_some() || texts.into_iter().any(Option::is_some);
    fields.holds("correction.referrer", "R2", "corrects nothing", something);
    if let Some(source) = &source {
        let known = codes.is_referral_source(source);
        fields.holds("correction.referrer.source", "R2", NO_CODE, known);
    }
    let person = optional(person, |person| who(fields, person));
    let mut text = |field: &str, rule, words, most| {
        let field = format!("correction.referrer.{field}");
        optional(words, |words| personal(fields, field, rule, words, most))
    };
    let name = text("name", "R2", name, widths::NAME);
    let organisation = text("organisation", "R2", organisation, widths::NAME);
    let role = text("role", "R2", role, widths::ROLE);
    let contact_details = text("contact_details", "R28", contact_details, widths::CONTACT_DETAILS);
    let said = Said {
        source,
        name: name?,
        organisation: organisation?,
        role: role?,
        contact_details: contact_details?,
        person: person?,
    };
    Some(Correction::Referrer(Box::new(ReferrerCorrection { said, protect })))
}

/// Who of the contact a referrer is (R2).
fn who(fields: &mut Fields, person: Person) -> Option<Who> {
    match person {
        Person::Nobody(nobody) => {
            fields.holds("correction.referrer.nobody", "R2", "is not true", nobody);
            Some(Who::Nobody)
        }
        Person::ChildId(id) => fields.id("correction.referrer.child_id", "R2", &id).map(Who::Child),
        Person::AdultId(id) => fields.id("correction.referrer.adult_id", "R2", &id).map(Who::Adult),
    }
}
