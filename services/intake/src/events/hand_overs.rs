//! What intake tells of what is passed on.

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    intake::v1 as pb,
    terms::v1::{ClockEnd, ClockEnding, ClockKind, ClockStart},
};
use uuid::Uuid;

use crate::domain::hand_over::{Content, Direction, HandOver, PassedOn};

/// When somebody is warned that a clock runs out, and under which protocol it runs.
pub struct Watch {
    /// Instants before the deadline.
    pub warnings: Vec<Timestamp>,
    /// Version of the protocol file (R59).
    pub protocol_version: String,
}

/// A contact was handed over between the hub and the Emergency Duty Team.
pub fn hand_over_made(hand_over: &HandOver, watch: Watch) -> pb::HandOverMade {
    let kind = match hand_over.content.direction() {
        Direction::ToEdt => ClockKind::EdtReceipt,
        Direction::FromEdt => ClockKind::EdtReview,
    };
    let clock = clock((hand_over.clock, kind), (hand_over.made_at, hand_over.due_at), watch);
    pb::HandOverMade {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        direction: direction(hand_over.content.direction()).into(),
        automatic: matches!(hand_over.content, Content::Automatic),
        made_at: Some(to_timestamp(hand_over.made_at)),
        clocks_started: vec![clock],
    }
}

/// The other side has taken a hand-over.
pub fn hand_over_taken(hand_over: &HandOver, at: Timestamp) -> pb::HandOverTaken {
    pb::HandOverTaken {
        hand_over_id: hand_over.id.to_string(),
        contact_id: hand_over.contact.to_string(),
        direction: direction(hand_over.content.direction()).into(),
        taken_at: Some(to_timestamp(at)),
        clocks_ended: vec![met(hand_over.clock, at)],
    }
}

/// Children were passed to another authority.
pub fn passed_to_authority(
    passed: &PassedOn,
    watch: Watch,
    ended: Option<ClockEnd>,
) -> pb::PassedToAuthority {
    let kind = ClockKind::AuthorityReceipt;
    pb::PassedToAuthority {
        hand_over_id: passed.id.to_string(),
        contact_id: passed.contact.to_string(),
        child_ids: passed.passing.children.iter().map(Uuid::to_string).collect(),
        passed_at: Some(to_timestamp(passed.passed_at)),
        clocks_started: vec![clock((passed.clock, kind), (passed.passed_at, passed.due_at), watch)],
        clocks_ended: ended.into_iter().collect(),
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
        clocks_ended: vec![met(passed.clock, at)],
    }
}

/// A direction for the wire.
pub fn direction(direction: Direction) -> pb::HandOverDirection {
    match direction {
        Direction::ToEdt => pb::HandOverDirection::ToEdt,
        Direction::FromEdt => pb::HandOverDirection::FromEdt,
    }
}

pub(super) fn clock(
    (id, kind): (Uuid, ClockKind),
    (started, deadline): (Timestamp, Timestamp),
    watch: Watch,
) -> ClockStart {
    ClockStart {
        clock_id: id.to_string(),
        kind: kind.into(),
        started_at: Some(to_timestamp(started)),
        deadline: Some(to_timestamp(deadline)),
        warnings: watch.warnings.into_iter().map(to_timestamp).collect(),
        protocol_version: watch.protocol_version,
        ..ClockStart::default()
    }
}

pub(super) fn met(clock: Uuid, at: Timestamp) -> ClockEnd {
    ClockEnd {
        clock_id: clock.to_string(),
        ended_at: Some(to_timestamp(at)),
        ending: ClockEnding::Met.into(),
    }
}
