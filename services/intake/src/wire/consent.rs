//! Consent, from domain to wire.

use proto::{convert::to_timestamp, intake::v1 as pb};
use uuid::Uuid;

use crate::domain::consent::{
    ChildAsked, Consent, ConsentAnswer, ConsentGap, ConsentGiver, ConsentPurpose, Giver,
    HeldConsent,
};

/// Who stands for a referrer under seal, who asked for consent (R2).
const SEALED_ASKER: &str = "the referrer";

/// What was asked of the family; people by their places.
pub fn consent(held: HeldConsent, children: &[Uuid], adults: &[Uuid]) -> pb::Consent {
    let HeldConsent { id, consent } = held;
    let place = |people: &[Uuid], id: Option<Uuid>| {
        let place = people.iter().position(|person| Some(*person) == id)?;
        u32::try_from(place).ok()
    };
    let (is_claim, gaps) = (consent.is_claim(), gaps(&consent));
    let (giver_child, giver_adult) = consent.giver.map_or((None, None), Giver::split);
    let asked_by =
        if consent.asker_sealed { SEALED_ASKER.to_owned() } else { consent.asked_by.into_open() };
    pb::Consent {
        child_index: place(children, consent.child),
        adult_index: place(adults, consent.adult),
        agency: consent.agency.unwrap_or_default(),
        purpose: consent_purpose(consent.purpose).into(),
        answer: consent_answer(consent.answer).into(),
        asked_at: consent.asked_at.map(to_timestamp),
        how: consent.how.into_open(),
        asked_by,
        given_by: given_by(consent.given_by).into(),
        giver_child_index: place(children, giver_child),
        giver_adult_index: place(adults, giver_adult),
        child_asked: consent.child_asked.map(child_asked),
        is_claim,
        gaps,
        family_told: consent.family_told,
        consent_id: id.to_string(),
        withdrawn_at: consent.withdrawn_at.map(to_timestamp),
        withdrawn_by: consent.withdrawn_by.unwrap_or_default(),
    }
}

/// A purpose for the wire.
pub fn consent_purpose(purpose: ConsentPurpose) -> pb::ConsentPurpose {
    match purpose {
        ConsentPurpose::ShareInformation => pb::ConsentPurpose::ShareInformation,
        ConsentPurpose::Service => pb::ConsentPurpose::Service,
    }
}

/// An answer for the wire.
pub fn consent_answer(answer: ConsentAnswer) -> pb::ConsentAnswer {
    match answer {
        ConsentAnswer::Agreed => pb::ConsentAnswer::Agreed,
        ConsentAnswer::Refused => pb::ConsentAnswer::Refused,
        ConsentAnswer::NotSought => pb::ConsentAnswer::NotSought,
    }
}

fn given_by(given_by: Option<ConsentGiver>) -> pb::ConsentGiver {
    match given_by {
        Some(ConsentGiver::Parent) => pb::ConsentGiver::Parent,
        Some(ConsentGiver::Child) => pb::ConsentGiver::Child,
        Some(ConsentGiver::Adult) => pb::ConsentGiver::Adult,
        None => pb::ConsentGiver::Unspecified,
    }
}

fn child_asked(asked: ChildAsked) -> pb::ChildAsked {
    use pb::child_asked::State;
    let state = match asked {
        ChildAsked::Asked(answer) => State::Answer(consent_answer(answer).into()),
        ChildAsked::NotOfAge => State::NotOfAge(true),
        ChildAsked::NotAsked(why) => State::NotAskedBecause(why.into_open()),
    };
    pb::ChildAsked { state: Some(state) }
}

/// What the record of an agreement lacks (R6).
fn gaps(consent: &Consent<Uuid>) -> Vec<i32> {
    let gap = |gap| match gap {
        ConsentGap::AskedAt => pb::ConsentGap::AskedAt,
        ConsentGap::How => pb::ConsentGap::How,
        ConsentGap::AskedBy => pb::ConsentGap::AskedBy,
        ConsentGap::Giver => pb::ConsentGap::Giver,
        ConsentGap::PublicClaim => pb::ConsentGap::ClaimOfThePublic,
        ConsentGap::GiverWithoutResponsibility => pb::ConsentGap::GiverWithoutResponsibility,
        ConsentGap::ResponsibilityUnknown => pb::ConsentGap::ResponsibilityUnknown,
    };
    consent.gaps().into_iter().map(|one| gap(one).into()).collect()
}
