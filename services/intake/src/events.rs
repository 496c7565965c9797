//! What intake tells, from domain to wire: ids, codes and times (R63).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    intake::v1 as pb,
    terms::v1::{self as terms, ClockKind, ClockStart},
};
use uuid::Uuid;

use crate::domain::{
    basis::{BasisKind, SharingBasis},
    contact::{Channel, Contact},
};

/// What a contact's arrival means to the other services, beyond the record itself.
pub struct Arrival {
    /// The hub was open when the contact was received (R10).
    pub in_hub_hours: bool,
    /// A child may be outside the remit (R3).
    pub remit_in_question: bool,
    /// When the initial decision is due (R72).
    pub decision_due: Timestamp,
    /// When somebody is warned that it will be due.
    pub decision_warnings: Vec<Timestamp>,
    /// Version of the protocol file (R59).
    pub protocol_version: String,
}

/// A contact was received.
pub fn contact_received(contact: &Contact, arrival: Arrival) -> pb::ContactReceived {
    let content = &contact.content;
    let decision = ClockStart {
        clock_id: Uuid::now_v7().to_string(),
        kind: ClockKind::InitialDecision.into(),
        started_at: Some(to_timestamp(contact.received_at)),
        deadline: Some(to_timestamp(arrival.decision_due)),
        warnings: arrival.decision_warnings.into_iter().map(to_timestamp).collect(),
        protocol_version: arrival.protocol_version,
        ..ClockStart::default()
    };
    pb::ContactReceived {
        contact_id: contact.id.to_string(),
        received_at: Some(to_timestamp(contact.received_at)),
        recorded_at: Some(to_timestamp(contact.recorded_at)),
        channel: channel(content.channel).into(),
        referral_source: content.referrer.source.clone(),
        child_ids: contact.child_ids.iter().map(Uuid::to_string).collect(),
        immediate_danger: content.immediate_danger,
        significant_harm: content.significant_harm,
        in_hub_hours: arrival.in_hub_hours,
        referrer_unreachable: content.referrer.is_unreachable(),
        remit_in_question: arrival.remit_in_question,
        clocks_started: vec![decision],
    }
}

/// A basis was recorded.
pub fn basis_recorded(
    contact: Uuid,
    id: Uuid,
    kind: BasisKind,
    children: &[Uuid],
    at: Timestamp,
) -> pb::BasisRecorded {
    pb::BasisRecorded {
        contact_id: contact.to_string(),
        basis_id: id.to_string(),
        kind: basis_kind(SharingBasis::Recorded(kind)).into(),
        child_ids: children.iter().map(Uuid::to_string).collect(),
        recorded_at: Some(to_timestamp(at)),
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
