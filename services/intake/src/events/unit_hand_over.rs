//! What intake tells of children with an open case, who are passed to the unit that holds
//! it (R9).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    intake::v1 as pb,
    terms::v1::{ClockEnd, ClockEnding, ClockKind},
};
use uuid::Uuid;

use super::hand_overs::{Watch, clock, met};
use crate::domain::unit_hand_over::{Passed, UnitHandOver};

/// An open case was found.
pub fn open_case_found(hand_over: &UnitHandOver, watch: Watch) -> pb::OpenCaseFound {
    let passing = hand_over.passing;
    let kind = (passing.clock, ClockKind::UnitPass);
    pb::OpenCaseFound {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        child_ids: children(hand_over),
        found_at: Some(to_timestamp(hand_over.found_at)),
        clocks_started: vec![clock(kind, (hand_over.passing_from, passing.due_at), watch)],
    }
}

/// The case went to another unit before one was told.
pub fn unit_changed(hand_over: &UnitHandOver, at: Timestamp) -> pb::HandOverUnitChanged {
    pb::HandOverUnitChanged {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        changed_at: Some(to_timestamp(at)),
    }
}

/// The unit was told.
pub fn passed_to_unit(
    hand_over: &UnitHandOver,
    passed: &Passed,
    watch: Watch,
) -> pb::ContactPassedToUnit {
    let kind = (passed.receipt.clock, ClockKind::UnitReceipt);
    pb::ContactPassedToUnit {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        child_ids: children(hand_over),
        passed_at: Some(to_timestamp(passed.at)),
        clocks_ended: vec![met(hand_over.passing.clock, passed.at)],
        clocks_started: vec![clock(kind, (passed.at, passed.receipt.due_at), watch)],
    }
}

/// The unit has them.
pub fn unit_receipt_recorded(
    hand_over: &UnitHandOver,
    clock: Uuid,
    at: Timestamp,
) -> pb::UnitReceiptRecorded {
    pb::UnitReceiptRecorded {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        child_ids: children(hand_over),
        received_at: Some(to_timestamp(at)),
        clocks_ended: vec![met(clock, at)],
    }
}

/// Its ground is gone.
pub fn withdrawn(hand_over: &UnitHandOver, at: Timestamp) -> pb::UnitHandOverWithdrawn {
    let ended = hand_over.running().map(|running| ClockEnd {
        clock_id: running.clock.to_string(),
        ended_at: Some(to_timestamp(at)),
        ending: ClockEnding::Cancelled.into(),
    });
    pb::UnitHandOverWithdrawn {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        child_ids: children(hand_over),
        withdrawn_at: Some(to_timestamp(at)),
        clocks_ended: ended.into_iter().collect(),
        received_at: hand_over.receipt.as_ref().map(|(at, _)| to_timestamp(*at)),
    }
}

fn children(hand_over: &UnitHandOver) -> Vec<String> {
    hand_over.children.iter().map(Uuid::to_string).collect()
}
