//! The one clock that runs on a request for information until it is over (R54, R55).

use jiff::Timestamp;

use super::Kind;
use crate::{domain::clock::Clock, protocol::Rules};

/// The clock that starts with receipt: without an open case the time of an answer (R55),
/// with one the time in which a unit must have been passed it (R54). A request that a
/// manager is to date has this clock until then, so that none is ever without one.
pub fn from_receipt(kind: Kind, open_case: bool, received_at: Timestamp, rules: &Rules) -> Clock {
    let timescales = &rules.intake.information_requests.timescales;
    let timescale = match open_case && !kind.is_for_governance() {
        true => &timescales.pass_to_unit,
        false => &timescales.answer,
    };
    rules.clock(received_at, timescale)
}

/// Whether the clock that runs to `running` gives way to the date that a manager has set
/// (R54, R55): while an open case is to be passed to its unit only to an earlier one, since
/// the unit has the request within its time whatever the answer's date is.
pub fn gives_way(open_case: bool, running: Timestamp, date: Timestamp) -> bool {
    !open_case || date < running
}

/// The clock to the date that a manager has set (R55). It still runs from receipt.
pub fn to_date(received_at: Timestamp, deadline: Timestamp, rules: &Rules) -> Clock {
    let timescales = &rules.intake.information_requests.timescales;
    rules.clock_until(deadline, received_at, &timescales.answer)
}

/// The clock of the receipt, from when a request was passed on (R54, as R9).
pub fn of_receipt(passed_at: Timestamp, rules: &Rules) -> Clock {
    let timescales = &rules.intake.information_requests.timescales;
    rules.clock(passed_at, &timescales.receipt)
}

#[cfg(test)]
mod tests {
    use calendar::protocol::Protocol;

    use super::*;

    fn first(kind: Kind, open_case: bool, received_at: &str) -> Timestamp {
        let rules = Rules::read(Protocol::embedded().unwrap()).unwrap();
        from_receipt(kind, open_case, received_at.parse().unwrap(), &rules).due_at
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
