//! What intake tells, from domain to wire: ids, codes and times (R63).

pub mod clocks;
pub mod hand_overs;
pub mod information_request;
pub mod notices;
pub mod register;
pub mod remit;
pub mod unit_hand_over;

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    intake::v1 as pb,
    terms::v1::{self as terms, ClockKind},
};
use uuid::Uuid;

use self::clocks::{ended, started};
use crate::{
    domain::{
        amendment::Amendment,
        basis::{Basis, BasisKind, Finding, SharingBasis},
        clock::{Clock, Ending},
        consent::{HeldConsent, agrees_to_service, allows_sharing, refuses_itself},
        contact::{Channel, Contact},
        remit::Standing,
        urgency::Urgency,
    },
    wire,
};

/// What a contact's arrival means to the other services, beyond the record itself.
pub struct Arrival {
    /// The hub was open when the contact was received (R10).
    pub in_hub_hours: bool,
    /// What puts a child's place in the remit in question, and its clock (R3).
    pub remit: Standing,
    /// The clock of the initial decision (R72).
    pub decision: Clock,
}

/// A contact was received.
pub fn contact_received(contact: &Contact, arrival: Arrival) -> pb::ContactReceived {
    let content = &contact.content;
    let remit = arrival.remit.started.map(|clock| started(ClockKind::RemitDecision, &clock));
    let decision = started(ClockKind::InitialDecision, &arrival.decision);
    let clocks_started = [decision].into_iter().chain(remit).collect();
    pb::ContactReceived {
        contact_id: contact.id.to_string(),
        received_at: Some(to_timestamp(contact.received_at)),
        recorded_at: Some(to_timestamp(contact.recorded_at)),
        channel: channel(content.channel).into(),
        referral_source: content.referrer.shown_source().to_owned(),
        child_ids: contact.child_ids.iter().map(Uuid::to_string).collect(),
        immediate_danger: content.immediate_danger,
        significant_harm: content.significant_harm,
        in_hub_hours: arrival.in_hub_hours,
        referrer_unreachable: content.referrer.is_unreachable(),
        remit_in_question: !arrival.remit.reasons.is_empty(),
        remit_reasons: remit::codes(&arrival.remit.reasons),
        clocks_started,
        service_consent_child_ids: agreed_to_service(contact),
    }
}

/// The children whose family has agreed to a referral (R6, R21), for who decides one.
fn agreed_to_service(contact: &Contact) -> Vec<String> {
    let consents = &contact.content.consents;
    let children = contact.child_ids.iter().enumerate();
    let agreed = children.filter(|(place, _)| agrees_to_service(consents, place));
    agreed.map(|(_, child)| child.to_string()).collect()
}

/// A basis was recorded.
pub fn basis_recorded(
    contact: Uuid,
    id: Uuid,
    (kind, became_urgent): (BasisKind, bool),
    children: &[Uuid],
    at: Timestamp,
) -> pb::BasisRecorded {
    pb::BasisRecorded {
        contact_id: contact.to_string(),
        basis_id: id.to_string(),
        kind: basis_kind(SharingBasis::Recorded(kind)).into(),
        child_ids: children.iter().map(Uuid::to_string).collect(),
        recorded_at: Some(to_timestamp(at)),
        clocks_started: Vec::new(),
        became_urgent,
    }
}

/// A basis was ended; `look` is the clock of the look that was due at it: whoever ended it has
/// looked (R7).
pub fn basis_ended(
    contact: Uuid,
    basis: &Basis,
    look: Option<Uuid>,
    at: Timestamp,
) -> pb::BasisEnded {
    pb::BasisEnded {
        contact_id: contact.to_string(),
        basis_id: basis.id.to_string(),
        kind: basis_kind(SharingBasis::Recorded(basis.kind)).into(),
        child_ids: basis.child_ids.iter().map(Uuid::to_string).collect(),
        ended_at: Some(to_timestamp(at)),
        clocks_ended: look.into_iter().map(|clock| ended(clock, Ending::Met, at)).collect(),
    }
}

/// A look at an override.
pub struct Looked<'a> {
    /// What was found.
    pub finding: &'a Finding,
    /// The clock that ends with it.
    pub ended: Uuid,
    /// The next look.
    pub due: Option<&'a Clock>,
}

/// An override was looked at again (R7).
pub fn override_reviewed(
    (contact, basis): (Uuid, Uuid),
    at: Timestamp,
    looked: Looked<'_>,
) -> pb::OverrideReviewed {
    let finding = looked.finding;
    let next = looked.due.map(|clock| started(ClockKind::OverrideReview, clock));
    pb::OverrideReviewed {
        contact_id: contact.to_string(),
        basis_id: basis.to_string(),
        reviewed_at: Some(to_timestamp(at)),
        family_told: matches!(finding, Finding::FamilyTold(_)),
        clocks_ended: vec![ended(looked.ended, Ending::Met, at)],
        clocks_started: next.into_iter().collect(),
        ended: false,
    }
}

/// Consent was asked for, or withdrawn, after the contact came in (R6). What a child answers is
/// about that child alone.
pub fn consent_changed(
    (contact, changed): (Uuid, &HeldConsent),
    at: Timestamp,
    consents: &[HeldConsent],
    children: &[Uuid],
) -> pb::ConsentChanged {
    let all: Vec<_> = consents.iter().map(|held| held.consent.clone()).collect();
    let agreed = children.iter().filter(|child| agrees_to_service(&all, child));
    let HeldConsent { id: consent, consent: of } = changed;
    let about: Vec<_> = children.iter().filter(|child| of.speaks_of(child)).collect();
    let refusing = about.iter().filter(|child| refuses_itself(&all, of, child));
    pb::ConsentChanged {
        contact_id: contact.to_string(),
        consent_id: consent.to_string(),
        changed_at: Some(to_timestamp(at)),
        service_consent_child_ids: agreed.map(Uuid::to_string).collect(),
        purpose: wire::consent_purpose(of.purpose).into(),
        agency: of.agency.clone().unwrap_or_default(),
        refusing_child_ids: refusing.map(|child| child.to_string()).collect(),
        child_ids: about.iter().map(|child| child.to_string()).collect(),
        withdrawn: of.withdrawn_at.is_some(),
        answer: wire::consent_answer(of.answer).into(),
        lapsed: false,
    }
}

/// The same of an agreement on which nothing can rest any more: about the children of whom
/// nothing may be shared now with its agencies.
pub fn lapsed(
    changed: pb::ConsentChanged,
    held: &HeldConsent,
    consents: &[HeldConsent],
) -> pb::ConsentChanged {
    let all: Vec<_> = consents.iter().map(|held| held.consent.clone()).collect();
    let agency = [held.consent.agency.clone().unwrap_or_default()];
    let mut child_ids = changed.child_ids;
    child_ids.retain(|child| {
        let child = Uuid::parse_str(child).ok();
        child.is_none_or(|child| !allows_sharing(&all, &[child], &agency))
    });
    pb::ConsentChanged { lapsed: !child_ids.is_empty(), child_ids, ..changed }
}

/// A part of a contact was corrected that was as urgent as `before`.
pub fn contact_amended(
    contact: &Contact,
    amendment: &Amendment,
    before: Urgency,
    in_hub_hours: bool,
    standing: Standing,
) -> pb::ContactAmended {
    let urgency = contact.content.urgency();
    let remit_started = standing.started.map(|clock| started(ClockKind::RemitDecision, &clock));
    let remit_ended = standing.ended.map(|(clock, ending)| ended(clock, ending, amendment.at));
    pb::ContactAmended {
        contact_id: contact.id.to_string(),
        amendment_id: amendment.id.to_string(),
        amended_at: Some(to_timestamp(amendment.at)),
        immediate_danger: urgency.immediate_danger,
        significant_harm: urgency.significant_harm,
        became_urgent: urgency.is_trigger_after(before),
        in_hub_hours,
        newly_in_danger: urgency.is_danger_after(before),
        remit_reasons: remit::codes(&standing.reasons),
        clocks_started: remit_started.into_iter().collect(),
        clocks_ended: remit_ended.into_iter().collect(),
        added_child_ids: Vec::new(),
        taken_off_child_ids: Vec::new(),
        added_to_urgent: false,
        referral_source: None,
        channel: terms::Channel::Unspecified.into(),
        referrer_unreachable: None,
        received_at: None,
    }
}

/// A channel for the wire.
pub fn channel(channel: Channel) -> terms::Channel {
    match channel {
        Channel::Form => terms::Channel::Form,
        Channel::Phone => terms::Channel::Phone,
        Channel::Email => terms::Channel::Email,
        Channel::Mail => terms::Channel::Mail,
        Channel::WalkIn => terms::Channel::WalkIn,
        Channel::System => terms::Channel::System,
    }
}

/// A basis for the wire.
pub fn basis_kind(basis: SharingBasis) -> terms::BasisKind {
    match basis {
        SharingBasis::Consent => terms::BasisKind::Consent,
        SharingBasis::Recorded(BasisKind::Override) => terms::BasisKind::Override,
        SharingBasis::Recorded(BasisKind::PublicInterest) => terms::BasisKind::PublicInterest,
        SharingBasis::Recorded(BasisKind::Section47) => terms::BasisKind::Section47,
        SharingBasis::Recorded(BasisKind::CourtOrder) => terms::BasisKind::CourtOrder,
    }
}

#[cfg(test)]
mod tests {
    use access::Personal;

    use super::*;
    use crate::domain::{
        consent::{Consent, ConsentAnswer, ConsentPurpose, Giver},
        contact::{Child, NewContact},
        reference::Reference,
    };

    fn words() -> Personal<String> {
        Personal::new("by telephone".to_owned())
    }

    /// A contact about two siblings, with consent for the one at `place`.
    fn contact(place: usize) -> Contact {
        let consent = Consent {
            child: Some(place),
            agency: None,
            purpose: ConsentPurpose::Service,
            answer: ConsentAnswer::Agreed,
            asked_at: Some(Timestamp::UNIX_EPOCH),
            how: words(),
            adult: None,
            asked_by: words(),
            asker_sealed: false,
            given_by: None,
            giver: Some(Giver::Adult(0)),
            child_asked: None,
            giver_responsible: Some(true),
            with_contact: false,
            claimed: false,
            family_told: true,
            withdrawn_at: None,
            withdrawn_by: None,
        };
        let content = NewContact {
            children: vec![Child::unknown(), Child::unknown()],
            consents: vec![consent],
            ..NewContact::unremarkable()
        };
        Contact {
            id: Uuid::from_u128(9),
            revision: 1,
            reference: Reference::of_number(1),
            recorded_at: Timestamp::UNIX_EPOCH,
            received_at: Timestamp::UNIX_EPOCH,
            child_ids: vec![Uuid::from_u128(1), Uuid::from_u128(2)],
            adult_ids: Vec::new(),
            content,
        }
    }

    #[test]
    fn r6_the_event_names_the_children_who_may_be_referred_to_a_service() {
        for place in [0, 1] {
            let contact = contact(place);
            let arrival = Arrival {
                in_hub_hours: true,
                remit: Standing::default(),
                decision: Clock {
                    id: Uuid::nil(),
                    started_at: Timestamp::UNIX_EPOCH,
                    due_at: Timestamp::UNIX_EPOCH,
                    warnings: Vec::new(),
                    protocol_version: String::new(),
                },
            };
            let told = contact_received(&contact, arrival).service_consent_child_ids;
            assert_eq!(told, [contact.child_ids[place].to_string()]);
        }
    }
}
