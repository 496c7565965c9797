//! Answers, from domain to wire. Personal values are opened here, where they are
//! shown or disclosed.

use access::Personal;
use proto::{
    convert::{to_date, to_timestamp},
    intake::v1 as pb,
};
use uuid::Uuid;

use crate::{
    commands::{
        disclose::{Disclosure, Record},
        submit_contact::Rules,
    },
    domain::{
        basis::{Basis, BasisKind, SharingBasis},
        consent::{Consent, ConsentAnswer, ConsentPurpose},
        contact::{Adult, Child, Contact, OverrideGrounds, Referrer},
        remit::{self, RemitReason},
    },
    events::{basis_kind, channel},
};

/// A contact as it stands.
pub fn contact(record: Record, rules: &Rules) -> pb::Contact {
    let remit_questions = remit_questions(&record.contact, rules);
    let Record { contact, consents, bases } = record;
    let consents =
        consents.into_iter().map(|consent| consent_of(consent, &contact.child_ids)).collect();
    let content = contact.content;
    let children = contact.child_ids.iter().zip(content.children);
    pb::Contact {
        contact_id: contact.id.to_string(),
        reference: contact.reference.to_string(),
        revision: contact.revision,
        channel: channel(content.channel).into(),
        received_at: Some(to_timestamp(contact.received_at)),
        recorded_at: Some(to_timestamp(contact.recorded_at)),
        referrer: Some(referrer(content.referrer)),
        children: children
            .map(|(id, child)| pb::RecordedChild {
                child_id: id.to_string(),
                child: Some(child_of(child)),
            })
            .collect(),
        adults: content.adults.into_iter().map(adult).collect(),
        concern: content.concern.into_open(),
        factors: content.factors,
        significant_harm: content.significant_harm,
        immediate_danger: content.immediate_danger,
        consents,
        override_evidence: content.override_evidence.map(grounds),
        bases: bases.into_iter().map(basis).collect(),
        remit_questions,
    }
}

/// The identity that a check discloses: nothing beyond what it needs (R45).
pub fn disclosure(disclosure: Disclosure) -> pb::GetDisclosureResponse {
    let children = disclosure.children.into_iter().map(|(id, child)| pb::DisclosedChild {
        child_id: id.to_string(),
        name: child.name.into_open(),
        birth_date: child.birth_date.map(|date| to_date(date.into_open())),
        address: child.address.into_open(),
        school: child.school.into_open(),
        nhs_number: child.nhs_number.map(Personal::into_open).unwrap_or_default(),
    });
    pb::GetDisclosureResponse {
        revision: disclosure.revision,
        reference: disclosure.reference,
        children: children.collect(),
        basis: basis_kind(disclosure.basis).into(),
    }
}

/// Whether a child may be outside the remit, on the day of the contact (R3).
fn remit_questions(contact: &Contact, rules: &Rules) -> Vec<pb::RemitQuestion> {
    let day = rules.protocol.calendar().local_date(contact.received_at);
    let children = contact.child_ids.iter().zip(&contact.content.children);
    let questions = children.filter_map(|(id, child)| {
        let reason = match remit::question(child, day, rules.intake.remit_age)? {
            RemitReason::Adult => pb::RemitReason::Adult,
            RemitReason::OutsideArea => pb::RemitReason::OutsideArea,
        };
        Some(pb::RemitQuestion { child_id: id.to_string(), reason: reason.into() })
    });
    questions.collect()
}

fn referrer(referrer: Referrer) -> pb::Referrer {
    pb::Referrer {
        source: referrer.source,
        name: referrer.name.into_open(),
        organisation: referrer.organisation.into_open(),
        contact_details: referrer.contact_details.into_open(),
        anonymous: referrer.anonymous,
    }
}

fn child_of(child: Child) -> pb::Child {
    pb::Child {
        name: child.name.into_open(),
        birth_date: child.birth_date.map(|date| to_date(date.into_open())),
        unborn: child.unborn,
        sex: child.sex,
        ethnicity: child.ethnicity,
        address: child.address.into_open(),
        outside_area: child.outside_area,
        school: child.school.into_open(),
        nhs_number: child.nhs_number.map(Personal::into_open).unwrap_or_default(),
    }
}

fn adult(adult: Adult) -> pb::Adult {
    pb::Adult {
        name: adult.name.into_open(),
        relationship: adult.relationship.into_open(),
        parental_responsibility: adult.parental_responsibility,
    }
}

fn consent_of(consent: Consent<Uuid>, children: &[Uuid]) -> pb::Consent {
    let place = |id| children.iter().position(|child| *child == id);
    let purpose = match consent.purpose {
        ConsentPurpose::ShareInformation => pb::ConsentPurpose::ShareInformation,
        ConsentPurpose::Service => pb::ConsentPurpose::Service,
    };
    let answer = match consent.answer {
        ConsentAnswer::Agreed => pb::ConsentAnswer::Agreed,
        ConsentAnswer::Refused => pb::ConsentAnswer::Refused,
        ConsentAnswer::NotSought => pb::ConsentAnswer::NotSought,
    };
    pb::Consent {
        child_index: consent.child.and_then(place).and_then(|place| u32::try_from(place).ok()),
        agency: consent.agency.unwrap_or_default(),
        purpose: purpose.into(),
        answer: answer.into(),
        asked_at: consent.asked_at.map(to_timestamp),
        how: consent.how.into_open(),
        family_told: consent.family_told,
    }
}

fn grounds(grounds: OverrideGrounds) -> pb::OverrideGrounds {
    pb::OverrideGrounds {
        urgent_concerns: grounds.urgent_concerns.into_open(),
        risk_of_telling: grounds.risk_of_telling.into_open(),
    }
}

/// The reasons of an override are its two grounds, shown together.
fn basis(basis: Basis) -> pb::Basis {
    let mut reasons = basis.reasons.into_open();
    if let Some(further) = basis.further {
        reasons.push_str(match basis.kind {
            BasisKind::Override => "\nRisk of telling: ",
            BasisKind::PublicInterest | BasisKind::Section47 | BasisKind::CourtOrder => {
                "\nConsent: "
            }
        });
        reasons.push_str(further.open());
    }
    pb::Basis {
        basis_id: basis.id.to_string(),
        kind: basis_kind(SharingBasis::Recorded(basis.kind)).into(),
        child_ids: basis.child_ids.iter().map(Uuid::to_string).collect(),
        reasons,
        recorded_at: Some(to_timestamp(basis.recorded_at)),
    }
}
