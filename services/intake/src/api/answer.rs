//! Answers, from domain to wire. Personal values are opened here, where they are
//! shown or disclosed.

use access::Personal;
use prost::Message;
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
        codes::{Codes, is_public},
        contact::{Contact, OverrideGrounds},
        remit::{self, RemitReason},
    },
    events::{basis_kind, channel},
    store::amendments::Amendment,
    wire,
};

/// A contact as it stands.
///
/// # Errors
/// Where what stood before a correction cannot be read.
pub fn contact(
    record: Record,
    rules: &Rules,
    codes: &Codes,
) -> Result<pb::Contact, prost::DecodeError> {
    let remit_questions = remit_questions(&record.contact, rules);
    let Record { contact, sealed, consents, bases, subjects, amendments } = record;
    let Contact { child_ids, adult_ids, content, .. } = contact;
    let consents = consents.into_iter().map(|one| wire::consent(one, &child_ids, &adult_ids));
    let consents = consents.collect();
    let own_contact = content.own_contact_of().into_iter();
    let own_contact_child_ids = own_contact.map(|place| child_ids[place].to_string()).collect();
    let professional = !is_public(&content.referrer.source);
    let gaps = wire::gaps(content.groundwork.gaps(professional));
    let children = child_ids.into_iter().zip(content.children);
    let adults = adult_ids.into_iter().zip(content.adults);
    Ok(pb::Contact {
        contact_id: contact.id.to_string(),
        reference: contact.reference.to_string(),
        revision: contact.revision,
        channel: channel(content.channel).into(),
        received_at: Some(to_timestamp(contact.received_at)),
        recorded_at: Some(to_timestamp(contact.recorded_at)),
        referrer: Some(wire::referrer(content.referrer)),
        children: children
            .map(|(id, child)| wire::recorded_child(id, child, sealed.contains(&id), codes))
            .collect(),
        adults: adults.map(|(id, adult)| wire::recorded_adult(id, adult)).collect(),
        concern: content.concern.into_open(),
        factors: content.factors,
        significant_harm: content.significant_harm,
        immediate_danger: content.immediate_danger,
        consents,
        override_evidence: content.override_evidence.map(grounds),
        bases: bases.into_iter().map(basis).collect(),
        remit_questions,
        subjects: subjects.into_iter().map(wire::recorded_subject).collect(),
        incident: wire::incident(content.incident),
        groundwork: wire::groundwork(content.groundwork),
        gaps,
        amendments: amendments.into_iter().map(amendment).collect::<Result<_, _>>()?,
        own_contact_child_ids,
    })
}

fn amendment(amendment: Amendment) -> Result<pb::Amendment, prost::DecodeError> {
    Ok(pb::Amendment {
        amendment_id: amendment.id.to_string(),
        amended_at: Some(to_timestamp(amendment.at)),
        amended_by: amendment.by,
        reason: amendment.reason.into_open(),
        before: Some(pb::Correction::decode(amendment.before.as_slice())?),
    })
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
        next_review_due: basis.next_review_due.map(to_timestamp),
        family_told_at: basis.family_told_at.map(to_timestamp),
    }
}
