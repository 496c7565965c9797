//! Clocks of a case: from when they run, and until when (R22, R23, R24, R28).

use calendar::{Calendar, Timescale};
use jiff::Timestamp;
use uuid::Uuid;

use super::{contact::Channel, decision::Screening};

/// What a clock of a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "screening.clock_kind", rename_all = "snake_case")]
pub enum ClockKind {
    /// The initial decision (R72).
    InitialDecision,
    /// CSC screening (R22).
    CscScreening,
    /// Early Help screening (R23).
    EarlyHelpScreening,
    /// Telling the referrer (R28).
    InformReferrer,
}

/// A running timescale.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The clock.
    pub id: Uuid,
    /// What it is about.
    pub kind: ClockKind,
    /// Whose screening it is (R20); none for clocks of the whole case.
    pub child: Option<Uuid>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it runs out.
    pub deadline: Timestamp,
    /// When somebody is warned before.
    pub warnings: Vec<Timestamp>,
}

/// The clock of the initial decision on the children with whom a contact arrived (R72).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalClock {
    /// It runs.
    Running(Uuid),
    /// It has ended: the decision was made, or nobody waits for it.
    Ended(Uuid),
}

/// The instant from which screening is timed: receipt, or the next opening where what
/// is not urgent arrives outside hub hours by a channel that is only reviewed in them
/// (R24).
pub fn start_of_screening_clock(
    channel: Channel,
    received_at: Timestamp,
    urgent: bool,
    calendar: &Calendar,
    office_hours_channels: &[Channel],
) -> Timestamp {
    if office_hours_channels.contains(&channel) && !urgent {
        calendar.next_opening(received_at)
    } else {
        received_at
    }
}

/// The clock of the initial decision, for children who came back into the hub at an
/// instant (R72); intake starts that of a contact's arrival.
pub fn initial_decision_clock(at: Timestamp, timescale: &Timescale, calendar: &Calendar) -> Clock {
    running(ClockKind::InitialDecision, at, timescale, calendar)
}

/// The clock of one child's screening (R20, R22, R23), from the start that R24 gives.
pub fn screening_clock(
    screening: Screening,
    child: Uuid,
    start: Timestamp,
    timescale: &Timescale,
    calendar: &Calendar,
) -> Clock {
    let kind = match screening {
        Screening::Csc => ClockKind::CscScreening,
        Screening::EarlyHelp => ClockKind::EarlyHelpScreening,
    };
    Clock { child: Some(child), ..running(kind, start, timescale, calendar) }
}

/// The clock of telling the referrer: from the decision after which each child has an
/// outcome (R28).
pub fn inform_referrer_clock(
    decided_at: Timestamp,
    timescale: &Timescale,
    calendar: &Calendar,
) -> Clock {
    running(ClockKind::InformReferrer, decided_at, timescale, calendar)
}

fn running(
    kind: ClockKind,
    started_at: Timestamp,
    timescale: &Timescale,
    calendar: &Calendar,
) -> Clock {
    let deadline = calendar.deadline(started_at, timescale).at;
    let warnings = calendar.warnings(started_at, deadline, timescale);
    Clock { id: Uuid::now_v7(), kind, child: None, started_at, deadline, warnings }
}

#[cfg(test)]
mod tests {
    use calendar::protocol::Protocol;

    use super::*;
    use crate::protocol::ScreeningProtocol;

    const CHILD: Uuid = Uuid::from_u128(7);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn protocol() -> (Protocol, ScreeningProtocol) {
        let protocol = Protocol::embedded().unwrap();
        let table = protocol.table("screening").unwrap();
        (protocol, table)
    }

    fn start(channel: Channel, received_at: &str, urgent: bool) -> Timestamp {
        let (protocol, table) = protocol();
        let received_at = at(received_at);
        start_of_screening_clock(
            channel,
            received_at,
            urgent,
            protocol.calendar(),
            &table.office_hours_channels,
        )
    }

    fn screening(screening: Screening, from: &str) -> Clock {
        let (protocol, table) = protocol();
        screening_clock(
            screening,
            CHILD,
            at(from),
            table.timescales.of(screening),
            protocol.calendar(),
        )
    }

    #[test]
    fn r22_csc_screening_ends_within_24_hours() {
        let clock = screening(Screening::Csc, "2026-11-24T10:00:00Z");
        assert_eq!((clock.kind, clock.child), (ClockKind::CscScreening, Some(CHILD)));
        assert_eq!(clock.deadline, at("2026-11-25T10:00:00Z"));
    }

    #[test]
    fn r23_early_help_screening_ends_within_72_hours() {
        let clock = screening(Screening::EarlyHelp, "2026-11-24T10:00:00Z");
        assert_eq!((clock.kind, clock.child), (ClockKind::EarlyHelpScreening, Some(CHILD)));
        assert_eq!(clock.deadline, at("2026-11-27T10:00:00Z"));
    }

    #[test]
    fn r24_in_hub_hours_every_channel_runs_from_receipt() {
        for channel in [Channel::Form, Channel::Phone, Channel::System] {
            assert_eq!(start(channel, "2026-11-24T10:00:00Z", false), at("2026-11-24T10:00:00Z"));
        }
    }

    #[test]
    fn r24_a_form_of_the_weekend_runs_from_the_next_opening() {
        for channel in [Channel::Form, Channel::Email, Channel::Mail, Channel::System] {
            assert_eq!(start(channel, "2026-11-21T22:00:00Z", false), at("2026-11-23T09:00:00Z"));
        }
    }

    #[test]
    fn r24_what_is_urgent_or_spoken_runs_from_receipt_at_any_hour() {
        let night = "2026-11-21T22:00:00Z";
        assert_eq!(start(Channel::Form, night, true), at(night));
        assert_eq!(start(Channel::Phone, night, false), at(night));
        assert_eq!(start(Channel::WalkIn, night, false), at(night));
    }

    #[test]
    fn r24_a_deadline_in_closed_hours_is_warned_of_before_closing() {
        let clock = screening(Screening::Csc, "2026-11-27T16:00:00Z");
        assert_eq!(clock.deadline, at("2026-11-28T16:00:00Z"));
        assert_eq!(clock.warnings, [at("2026-11-27T16:00:00Z")][..0]);
        let clock = screening(Screening::Csc, "2026-11-26T19:00:00Z");
        assert_eq!(clock.warnings, [at("2026-11-27T15:00:00Z")]);
    }

    #[test]
    fn r28_the_referrer_is_told_within_a_working_day_of_the_decision() {
        let (protocol, table) = protocol();
        let friday = at("2026-11-27T11:00:00Z");
        let clock =
            inform_referrer_clock(friday, &table.timescales.inform_referrer, protocol.calendar());
        assert_eq!((clock.kind, clock.child), (ClockKind::InformReferrer, None));
        assert_eq!(clock.deadline, at("2026-11-30T17:00:00Z"));
    }
}
