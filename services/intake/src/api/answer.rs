//! Answers, from domain to wire. Personal values are opened here, where they are
//! shown or disclosed.

use access::Personal;
use prost::Message;
use proto::{
    convert::{to_date, to_timestamp},
    intake::v1::{self as pb, correction::Part},
};
use uuid::Uuid;

use crate::{
    commands::{disclose::Disclosure, record::Record, remit::in_question},
    domain::{
        amendment::Amendment,
        basis::{Basis, BasisKind, Finding, Review, SharingBasis},
        codes::is_public,
        contact::{Contact, OverrideGrounds},
        referrer::Said,
        remit::{Answered, RemitAnswer, RemitReason},
        shared_number::shared_numbers,
    },
    events::{basis_kind, channel, remit},
    protocol::Rules,
    wire,
};

/// A contact as it stands.
///
/// # Errors
/// Where what stood before a correction cannot be read.
pub fn contact(record: Record, rules: &Rules) -> Result<pb::Contact, prost::DecodeError> {
    let remit_questions = remit_questions(&record.contact, rules);
    let Record {
        contact,
        sealed,
        consents,
        bases,
        subjects,
        amendments,
        remit,
        earlier_referrer,
        own_contact_of,
        ..
    } = record;
    let Contact { child_ids, adult_ids, content, .. } = contact;
    let consents = consents.into_iter().map(|one| wire::consent(one, &child_ids, &adult_ids));
    let consents = consents.collect();
    let own_contact_child_ids = own_contact_of.iter().map(Uuid::to_string).collect();
    let professional = !is_public(&content.referrer.source);
    let gaps = wire::gaps(content.groundwork.gaps(professional));
    let shared = shared_numbers(child_ids.iter().copied().zip(&content.children)).into_iter();
    let shared_numbers = shared.map(|shared| pb::SharedNumber {
        field: shared.field.to_owned(),
        child_ids: shared.children.iter().map(Uuid::to_string).collect(),
    });
    let shared_numbers = shared_numbers.collect();
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
            .map(|(id, child)| wire::recorded_child(id, child, sealed.contains(&id), &rules.codes))
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
        amendments: amendments
            .into_iter()
            .map(|one| amendment(one, &earlier_referrer))
            .collect::<Result<_, _>>()?,
        own_contact_child_ids,
        shared_numbers,
        remit_answers: remit.into_iter().map(remit_answer).collect(),
    })
}

/// A correction; what a referrer had said of themselves is shown beside it, unless they are under
/// seal now (R2).
fn amendment(
    amendment: Amendment,
    earlier_referrer: &[(Uuid, Said)],
) -> Result<pb::Amendment, prost::DecodeError> {
    let mut before = pb::Correction::decode(amendment.before.as_slice())?;
    if let Some(Part::Referrer(referrer)) = &mut before.part {
        let earlier = earlier_referrer.iter().find(|(of, _)| *of == amendment.id);
        if let Some((_, before)) = earlier {
            let protect = referrer.protect;
            *referrer = pb::ReferrerCorrection { protect, ..wire::said_before(before) };
        }
    }
    Ok(pb::Amendment {
        amendment_id: amendment.id.to_string(),
        amended_at: Some(to_timestamp(amendment.at)),
        amended_by: amendment.by,
        reason: amendment.reason.into_open(),
        before: Some(before),
    })
}

/// The identity that a check discloses: nothing beyond what it needs (R45).
pub fn disclosure(disclosure: Disclosure) -> pb::GetDisclosureResponse {
    let children = disclosure.children.into_iter().map(|(id, child)| {
        let date = child.birth_date.map(|date| to_date(date.into_open()));
        let (birth_date, expected_date) = if child.unborn { (None, date) } else { (date, None) };
        pb::DisclosedChild {
            child_id: id.to_string(),
            name: child.name.into_open(),
            birth_date,
            address: child.address.into_open(),
            school: child.school.into_open(),
            nhs_number: child.nhs_number.map(Personal::into_open).unwrap_or_default(),
            unborn: child.unborn,
            expected_date,
        }
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
    in_question(contact, rules).into_iter().map(remit_question).collect()
}

/// A reason why a child may be outside the remit.
pub fn remit_question((child, reason): (Uuid, RemitReason)) -> pb::RemitQuestion {
    pb::RemitQuestion { child_id: child.to_string(), reason: remit::reason(reason).into() }
}

/// A question of the remit, and how it ended (R3).
fn remit_answer(asked: Answered) -> pb::RemitAnswer {
    let Answered { question, answer } = asked;
    let mut shown = pb::RemitAnswer {
        question_id: question.id.to_string(),
        revision: question.revision,
        questions: question.reasons.into_iter().map(remit_question).collect(),
        raised_at: Some(to_timestamp(question.raised_at)),
        due_at: Some(to_timestamp(question.clock.due_at)),
        ..pb::RemitAnswer::default()
    };
    if let Some((ending, at, by, words)) = answer {
        let ending = match ending {
            RemitAnswer::Kept => pb::RemitEnding::Kept,
            RemitAnswer::PassedOn => pb::RemitEnding::PassedOn,
            RemitAnswer::Settled => pb::RemitEnding::Settled,
        };
        shown.ending = ending.into();
        shown.answered_at = Some(to_timestamp(at));
        shown.answered_by = by;
        shown.reason = words.into_open();
    }
    shown
}

fn grounds(grounds: OverrideGrounds) -> pb::OverrideGrounds {
    pb::OverrideGrounds {
        urgent_concerns: grounds.urgent_concerns.into_open(),
        risk_of_telling: grounds.risk_of_telling.into_open(),
    }
}

/// The reasons of an override are its two grounds, shown together.
fn basis(basis: Basis) -> pb::Basis {
    let (next_review_due, family_told_at) = (basis.next_review_due(), basis.family_told_at());
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
        next_review_due: next_review_due.map(to_timestamp),
        family_told_at: family_told_at.map(to_timestamp),
        recorded_by: basis.recorded_by,
        evidence: basis.evidence.into_open(),
        reviews: basis.reviews.into_iter().map(review).collect(),
        ending: basis.ending.map(|ending| pb::BasisEnding {
            ended_at: Some(to_timestamp(ending.at)),
            ended_by: ending.by,
            reason: ending.reason.into_open(),
        }),
    }
}

/// A look at an override (R7).
fn review(review: Review) -> pb::OverrideReview {
    use pb::override_review::Finding as Shown;
    let due_at = Some(to_timestamp(review.due_at));
    let Some((at, by, finding)) = review.done else {
        return pb::OverrideReview { due_at, ..pb::OverrideReview::default() };
    };
    let finding = match finding {
        Finding::FamilyTold(at) => Shown::FamilyToldAt(to_timestamp(at)),
        Finding::Renewed(reason) => Shown::RenewedReason(reason.into_open()),
    };
    pb::OverrideReview {
        due_at,
        reviewed_at: Some(to_timestamp(at)),
        reviewed_by: by,
        finding: Some(finding),
    }
}
