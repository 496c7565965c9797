//! Clocks that begin and end with what intake tells (R24).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    terms::v1::{ClockEnd, ClockEnding, ClockKind, ClockStart},
};
use uuid::Uuid;

use crate::domain::clock::{Clock, Ending};

/// A clock that starts, and what it waits for.
pub fn started(kind: ClockKind, clock: &Clock) -> ClockStart {
    ClockStart {
        clock_id: clock.id.to_string(),
        kind: kind.into(),
        started_at: Some(to_timestamp(clock.started_at)),
        deadline: Some(to_timestamp(clock.due_at)),
        warnings: clock.warnings.iter().copied().map(to_timestamp).collect(),
        protocol_version: clock.protocol_version.clone(),
        ..ClockStart::default()
    }
}

/// A clock that ends at an instant.
pub fn ended(clock: Uuid, ending: Ending, at: Timestamp) -> ClockEnd {
    let ending = match ending {
        Ending::Met => ClockEnding::Met,
        Ending::Cancelled => ClockEnding::Cancelled,
        Ending::Replaced => ClockEnding::Replaced,
    };
    ClockEnd {
        clock_id: clock.to_string(),
        ended_at: Some(to_timestamp(at)),
        ending: ending.into(),
    }
}
