//! What intake tells of notices that came in bulk.

use jiff::Timestamp;
use proto::{convert::to_timestamp, intake::v1 as pb};
use uuid::Uuid;

use crate::domain::{
    contact::Contact,
    notice::{Confirmation, Priority, Proposal, Reason, Unconfirmed},
};

/// A notice has come in.
pub fn notice_received(
    id: Uuid,
    batch: Uuid,
    contact: &Contact,
    proposal: &Proposal,
) -> pb::NoticeReceived {
    pb::NoticeReceived {
        notice_id: id.to_string(),
        contact_id: contact.id.to_string(),
        batch_id: batch.to_string(),
        received_at: Some(to_timestamp(contact.received_at)),
        recorded_at: Some(to_timestamp(contact.recorded_at)),
        proposed: priority(proposal.priority).into(),
        reasons: proposal.reasons.iter().map(|why| reason(*why).into()).collect(),
    }
}

/// Another priority is proposed of a notice, or for other reasons, than before.
pub fn proposal_changed(
    (id, contact): (Uuid, Uuid),
    proposal: &Proposal,
    at: Timestamp,
) -> pb::NoticeProposalChanged {
    pb::NoticeProposalChanged {
        notice_id: id.to_string(),
        contact_id: contact.to_string(),
        proposed: priority(proposal.priority).into(),
        reasons: proposal.reasons.iter().map(|why| reason(*why).into()).collect(),
        changed_at: Some(to_timestamp(at)),
    }
}

/// A person has said what the priority of a notice is, as it stood before.
pub fn priority_confirmed(
    (id, before): (Uuid, &Unconfirmed),
    confirmation: &Confirmation,
    became_urgent: bool,
) -> pb::NoticePriorityConfirmed {
    pb::NoticePriorityConfirmed {
        notice_id: id.to_string(),
        contact_id: before.contact_id.to_string(),
        proposed: priority(before.proposed).into(),
        confirmed: priority(confirmation.priority).into(),
        confirmed_at: Some(to_timestamp(confirmation.at)),
        confirmation_id: confirmation.id.to_string(),
        became_urgent,
    }
}

/// A priority for the wire.
pub fn priority(priority: Priority) -> pb::NoticePriority {
    match priority {
        Priority::Urgent => pb::NoticePriority::Urgent,
        Priority::High => pb::NoticePriority::High,
        Priority::Medium => pb::NoticePriority::Medium,
        Priority::Low => pb::NoticePriority::Low,
    }
}

/// A reason for the wire.
pub fn reason(reason: Reason) -> pb::NoticeReason {
    match reason {
        Reason::ImmediateDanger => pb::NoticeReason::ImmediateDanger,
        Reason::SignificantHarm => pb::NoticeReason::SignificantHarm,
        Reason::SeriousFactor => pb::NoticeReason::SeriousFactor,
        Reason::Factor => pb::NoticeReason::Factor,
        Reason::Unborn => pb::NoticeReason::Unborn,
        Reason::YoungChild => pb::NoticeReason::YoungChild,
        Reason::RepeatInBatch => pb::NoticeReason::RepeatInBatch,
        Reason::EarlierContact => pb::NoticeReason::EarlierContact,
        Reason::MayBeKnown => pb::NoticeReason::MayBeKnown,
    }
}
