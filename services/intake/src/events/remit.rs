//! What intake tells of questions of the remit (R3).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    intake::v1 as pb,
    terms::v1::{ClockEnd, ClockEnding, ClockKind, ClockStart},
};
use uuid::Uuid;

use super::hand_overs::{self, Watch};
use crate::domain::remit::{Question, RemitReason};

/// The clock until a manager has answered.
pub fn clock(question: &Question, watch: Watch) -> ClockStart {
    let kind = (question.clock, ClockKind::RemitDecision);
    hand_overs::clock(kind, (question.raised_at, question.due_at), watch)
}

/// The question is answered.
pub fn met(clock: Uuid, at: Timestamp) -> ClockEnd {
    hand_overs::met(clock, at)
}

/// A correction settled the question.
pub fn cancelled(clock: Uuid, at: Timestamp) -> ClockEnd {
    ClockEnd {
        clock_id: clock.to_string(),
        ended_at: Some(to_timestamp(at)),
        ending: ClockEnding::Cancelled.into(),
    }
}

/// A manager decided that the hub keeps the contact.
pub fn kept_by_hub(question: &Question, at: Timestamp) -> pb::ContactKept {
    pb::ContactKept {
        contact_id: question.contact.to_string(),
        question_id: question.id.to_string(),
        decided_at: Some(to_timestamp(at)),
        clocks_ended: vec![met(question.clock, at)],
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
