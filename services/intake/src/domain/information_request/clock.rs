//! The one clock that runs on a request for information until it is over (R54, R55).

use calendar::{Calendar, Timescale};
use jiff::Timestamp;
use uuid::Uuid;

use super::Kind;
use crate::protocol::InformationRequestTimescales;

/// What a clock waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// That the request is answered, refused or passed on.
    Answer,
    /// That whoever it was passed to says that they have it.
    Receipt,
}

/// A clock that starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Its id.
    pub id: Uuid,
    /// What it waits for.
    pub awaited: Awaited,
    /// When its time began.
    pub started_at: Timestamp,
    /// When that runs out.
    pub deadline: Timestamp,
    /// When somebody is warned before.
    pub warnings: Vec<Timestamp>,
}

/// The clock that starts with receipt: without an open case the time of an answer (R55),
/// with one the time in which a unit must have been passed it (R54). A request that a
/// manager is to date has this clock until then, so that none is ever without one.
pub fn from_receipt(
    kind: Kind,
    open_case: bool,
    received_at: Timestamp,
    timescales: &InformationRequestTimescales,
    calendar: &Calendar,
) -> Clock {
    let timescale = match open_case && !kind.is_for_governance() {
        true => &timescales.pass_to_unit,
        false => &timescales.answer,
    };
    let deadline = calendar.deadline(received_at, timescale).at;
    running(Awaited::Answer, received_at, deadline, timescale, calendar)
}

/// Whether the clock that runs to `running` gives way to the date that a manager has set
/// (R54, R55): while an open case is to be passed to its unit only to an earlier one, since
/// the unit has the request within its time whatever the answer's date is.
pub fn gives_way(open_case: bool, running: Timestamp, date: Timestamp) -> bool {
    !open_case || date < running
}

/// The clock to the date that a manager has set (R55). It still runs from receipt.
pub fn to_date(
    received_at: Timestamp,
    deadline: Timestamp,
    timescales: &InformationRequestTimescales,
    calendar: &Calendar,
) -> Clock {
    running(Awaited::Answer, received_at, deadline, &timescales.answer, calendar)
}

/// The clock of the receipt, from when a request was passed on (R54, as R9).
pub fn of_receipt(
    passed_at: Timestamp,
    timescales: &InformationRequestTimescales,
    calendar: &Calendar,
) -> Clock {
    let deadline = calendar.deadline(passed_at, &timescales.receipt).at;
    running(Awaited::Receipt, passed_at, deadline, &timescales.receipt, calendar)
}

fn running(
    awaited: Awaited,
    started_at: Timestamp,
    deadline: Timestamp,
    timescale: &Timescale,
    calendar: &Calendar,
) -> Clock {
    let warnings = calendar.warnings(started_at, deadline, timescale);
    Clock { id: Uuid::now_v7(), awaited, started_at, deadline, warnings }
}

#[cfg(test)]
mod tests {
    use calendar::protocol::Protocol;

    use super::*;
    use crate::protocol::IntakeProtocol;

    fn first(kind: Kind, open_case: bool, received_at: &str) -> Timestamp {
        let protocol = Protocol::embedded().unwrap();
        let intake: IntakeProtocol = protocol.table("intake").unwrap();
        let timescales = &intake.information_requests.timescales;
        let received_at = received_at.parse().unwrap();
        from_receipt(kind, open_case, received_at, timescales, protocol.calendar()).deadline
    }

    #[test]
    fn r55_due_at_close_of_business_on_the_tenth_working_day_after_receipt() {
        for (received_at, due) in [
            // Christmas, Boxing Day (observed on the Monday) and New Year's Day lie between.
            ("2026-12-18T10:00:00Z", "2027-01-06T17:00:00Z"),
            ("2026-11-24T10:00:00Z", "2026-12-08T17:00:00Z"),
            // On a Saturday: day 1 is the Monday.
            ("2026-11-21T10:00:00Z", "2026-12-04T17:00:00Z"),
            // Over the change to summer time: five in the afternoon is four by UTC.
            ("2026-03-20T18:00:00Z", "2026-04-07T16:00:00Z"),
        ] {
            let due: Timestamp = due.parse().unwrap();
            assert_eq!(first(Kind::Routine, false, received_at), due, "{received_at}");
            assert_eq!(first(Kind::Court, false, received_at), due, "{received_at}");
        }
    }

    #[test]
    fn r54_with_an_open_case_the_unit_has_it_within_the_hour() {
        let within = "2026-11-24T11:00:00Z".parse().unwrap();
        assert_eq!(first(Kind::Routine, true, "2026-11-24T10:00:00Z"), within);
        let for_governance = first(Kind::SubjectAccess, true, "2026-11-24T10:00:00Z");
        assert_ne!(for_governance, within);
    }
}
