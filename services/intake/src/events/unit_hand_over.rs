//! What intake tells of children with an open case, who are passed to the unit that holds
//! it (R9).

use jiff::Timestamp;
use proto::{convert::to_timestamp, intake::v1 as pb, terms::v1::ClockKind};
use uuid::Uuid;

use super::clocks::{ended, started};
use crate::domain::{
    clock::{Clock, Ending},
    unit_hand_over::{Passed, UnitHandOver},
};

/// An open case was found.
pub fn open_case_found(hand_over: &UnitHandOver, clock: &Clock) -> pb::OpenCaseFound {
    pb::OpenCaseFound {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        child_ids: children(hand_over),
        found_at: Some(to_timestamp(hand_over.found_at)),
        clocks_started: vec![started(ClockKind::UnitPass, clock)],
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
    clock: &Clock,
) -> pb::ContactPassedToUnit {
    pb::ContactPassedToUnit {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        child_ids: children(hand_over),
        passed_at: Some(to_timestamp(passed.at)),
        clocks_ended: vec![ended(hand_over.passing.id, Ending::Met, passed.at)],
        clocks_started: vec![started(ClockKind::UnitReceipt, clock)],
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
        clocks_ended: vec![ended(clock, Ending::Met, at)],
    }
}

/// Its ground is gone, or a manager took it back.
pub fn withdrawn(
    hand_over: &UnitHandOver,
    taken_back: bool,
    at: Timestamp,
) -> pb::UnitHandOverWithdrawn {
    let cancelled = hand_over.running().map(|clock| ended(clock.id, Ending::Cancelled, at));
    pb::UnitHandOverWithdrawn {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        child_ids: children(hand_over),
        withdrawn_at: Some(to_timestamp(at)),
        clocks_ended: cancelled.into_iter().collect(),
        received_at: hand_over.receipt.as_ref().map(|receipt| to_timestamp(receipt.at)),
        taken_back,
    }
}

fn children(hand_over: &UnitHandOver) -> Vec<String> {
    hand_over.children.iter().map(Uuid::to_string).collect()
}
