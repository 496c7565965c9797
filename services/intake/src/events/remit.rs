//! What intake tells of questions of the remit (R3).

use jiff::Timestamp;
use proto::{convert::to_timestamp, intake::v1 as pb};
use uuid::Uuid;

use super::clocks::ended;
use crate::domain::{
    clock::Ending,
    remit::{Question, RemitReason},
};

/// A manager decided that the hub keeps the contact.
pub fn kept_by_hub(question: &Question, at: Timestamp) -> pb::ContactKept {
    pb::ContactKept {
        contact_id: question.contact.to_string(),
        question_id: question.id.to_string(),
        decided_at: Some(to_timestamp(at)),
        clocks_ended: vec![ended(question.clock.id, Ending::Met, at)],
    }
}

/// A reason for the wire.
pub fn reason(reason: RemitReason) -> pb::RemitReason {
    match reason {
        RemitReason::Adult => pb::RemitReason::Adult,
        RemitReason::OutsideArea => pb::RemitReason::OutsideArea,
    }
}

/// Which reasons there are on a contact, each once.
pub fn codes(reasons: &[(Uuid, RemitReason)]) -> Vec<i32> {
    let mut each: Vec<RemitReason> = reasons.iter().map(|(_, reason)| *reason).collect();
    each.sort_unstable();
    each.dedup();
    each.into_iter().map(|one| reason(one).into()).collect()
}
