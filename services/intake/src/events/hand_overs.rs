//! What intake tells of what is passed on.

use jiff::Timestamp;
use proto::{convert::to_timestamp, intake::v1 as pb, terms::v1::ClockKind};
use uuid::Uuid;

use super::clocks::{ended, started};
use crate::domain::{
    clock::{Clock, Ending},
    hand_over::{Content, Direction, HandOver, PassedOn},
};

/// A contact was handed over between the hub and the Emergency Duty Team.
pub fn hand_over_made(hand_over: &HandOver, clock: &Clock) -> pb::HandOverMade {
    let kind = match hand_over.content.direction() {
        Direction::ToEdt => ClockKind::EdtReceipt,
        Direction::FromEdt => ClockKind::EdtReview,
    };
    pb::HandOverMade {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        direction: direction(hand_over.content.direction()).into(),
        automatic: matches!(hand_over.content, Content::Automatic),
        made_at: Some(to_timestamp(hand_over.made_at)),
        clocks_started: vec![started(kind, clock)],
    }
}

/// The other side has taken a hand-over.
pub fn hand_over_taken(hand_over: &HandOver, at: Timestamp) -> pb::HandOverTaken {
    pb::HandOverTaken {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        direction: direction(hand_over.content.direction()).into(),
        taken_at: Some(to_timestamp(at)),
        clocks_ended: vec![ended(hand_over.clock.id, Ending::Met, at)],
    }
}

/// The team does not have a contact after all; its clock runs again.
pub fn receipt_undone(
    hand_over: &HandOver,
    clock: &Clock,
    at: Timestamp,
) -> pb::HandOverReceiptUndone {
    pb::HandOverReceiptUndone {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        undone_at: Some(to_timestamp(at)),
        clocks_started: vec![started(ClockKind::EdtReceipt, clock)],
    }
}

/// Children were passed to another authority.
pub fn passed_to_authority(
    passed: &PassedOn,
    clock: &Clock,
    settled: Option<Uuid>,
) -> pb::PassedToAuthority {
    let settled = settled.map(|clock| ended(clock, Ending::Met, passed.passed_at));
    pb::PassedToAuthority {
        hand_over_id: passed.id.to_string(),
        contact_id: passed.contact.to_string(),
        child_ids: passed.passing.children.iter().map(Uuid::to_string).collect(),
        passed_at: Some(to_timestamp(passed.passed_at)),
        clocks_started: vec![started(ClockKind::AuthorityReceipt, clock)],
        clocks_ended: settled.into_iter().collect(),
    }
}

/// The other authority has them.
pub fn authority_receipt_recorded(
    passed: &PassedOn,
    at: Timestamp,
) -> pb::AuthorityReceiptRecorded {
    pb::AuthorityReceiptRecorded {
        hand_over_id: passed.id.to_string(),
        contact_id: passed.contact.to_string(),
        received_at: Some(to_timestamp(at)),
        clocks_ended: vec![ended(passed.clock.id, Ending::Met, at)],
    }
}

/// They were taken back from it; `asked` is the clock of the question that this raises.
pub fn taken_back_from_authority(
    passed: &PassedOn,
    asked: Option<&Clock>,
    at: Timestamp,
) -> pb::TakenBackFromAuthority {
    let waits = passed.receipt.is_none();
    let cancelled = waits.then(|| ended(passed.clock.id, Ending::Cancelled, at));
    let asked = asked.map(|clock| started(ClockKind::RemitDecision, clock));
    pb::TakenBackFromAuthority {
        hand_over_id: passed.id.to_string(),
        contact_id: passed.contact.to_string(),
        child_ids: passed.passing.children.iter().map(Uuid::to_string).collect(),
        taken_back_at: Some(to_timestamp(at)),
        clocks_started: asked.into_iter().collect(),
        clocks_ended: cancelled.into_iter().collect(),
    }
}

/// A direction for the wire.
pub fn direction(direction: Direction) -> pb::HandOverDirection {
    match direction {
        Direction::ToEdt => pb::HandOverDirection::ToEdt,
        Direction::FromEdt => pb::HandOverDirection::FromEdt,
    }
}
