//! The one clock that runs on a request for information until it is over (R54, R55).

use calendar::Calendar;
use jiff::Timestamp;

use super::{Kind, RequestStanding};
use crate::{domain::clock::Clock, protocol::Rules};

/// What the clock of a request with the hub goes by.
#[derive(Clone, Copy, Debug)]
pub struct GoesBy {
    /// Which kind.
    pub kind: Kind,
    /// When it was received.
    pub received_at: Timestamp,
    /// From when the hour of its passing runs, where there is an open case.
    pub open_case_from: Option<Timestamp>,
    /// The date that a manager has set.
    pub dated: Option<Timestamp>,
}

impl GoesBy {
    /// What the clock of a request goes by as it stands.
    pub fn of(standing: &RequestStanding) -> Self {
        let RequestStanding { kind, received_at, open_case_from, dated, .. } = *standing;
        Self { kind, received_at, open_case_from, dated }
    }
}

/// The clock that starts with receipt: without an open case the time of an answer (R55),
/// with one the time in which a unit must have been passed it (R54). A request that a
/// manager is to date has this clock until then, so that none is ever without one.
pub fn from_receipt(by: &GoesBy, rules: &Rules) -> Clock {
    let timescales = &rules.intake.information_requests.timescales;
    match by.open_case_from.filter(|_| !by.kind.is_for_governance()) {
        Some(from) => rules.clock(from, &timescales.pass_to_unit),
        None => rules.clock(by.received_at, &timescales.answer),
    }
}

/// The clock of a request that is with the hub, also of one that comes back to it or is corrected
/// (R54, R55): the one from its receipt, or the one to a manager's date where that gives way.
pub fn with_hub(by: &GoesBy, rules: &Rules) -> Clock {
    let first = from_receipt(by, rules);
    match by.dated {
        Some(date) if gives_way(by.open_case_from.is_some(), first.due_at, date) => {
            to_date(by.received_at, date, rules)
        }
        Some(_) | None => first,
    }
}

/// What the register says of those a request is about.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Somebody has an open case.
    pub open: bool,
    /// Somebody may be missing: their keys are being made anew (R8).
    pub in_part: bool,
}

/// From when the hour runs in which a unit is to be passed a request, now that the register says
/// this (R54); `None` without an open case. An hour that runs goes on. Where nobody could know
/// before, since an import, a match or a correction had to tell first, it runs from then, or, as in
/// R9, from the next opening where that is while the hub is closed and the request is not urgent.
/// What was seen in part takes nothing back.
pub fn hour_from(
    standing: &RequestStanding,
    seen: Seen,
    now: Timestamp,
    calendar: &Calendar,
) -> Option<Timestamp> {
    let starts = || match standing.kind {
        Kind::UrgentChildProtection => now,
        Kind::Routine | Kind::Court | Kind::SubjectAccess | Kind::FreedomOfInformation => {
            calendar.next_opening(now)
        }
    };
    match standing.open_case_from {
        Some(from) => (seen.open || seen.in_part).then_some(from),
        None => seen.open.then(starts),
    }
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

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn rules() -> Rules {
        Rules::read(Protocol::embedded().unwrap()).unwrap()
    }

    fn received(kind: Kind, open_case: bool, received_at: &str) -> GoesBy {
        let received_at = at(received_at);
        GoesBy { kind, received_at, open_case_from: open_case.then_some(received_at), dated: None }
    }

    fn first(kind: Kind, open_case: bool, received_at: &str) -> Timestamp {
        from_receipt(&received(kind, open_case, received_at), &rules()).due_at
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
    #[test]
    fn r54_r55_a_date_gives_way_to_the_hour_of_an_open_case_that_ends_before() {
        let (rules, ten) = (rules(), "2026-11-24T10:00:00Z");
        let dated = |open_case, date| {
            let dated = Some(at(date));
            with_hub(&GoesBy { dated, ..received(Kind::Court, open_case, ten) }, &rules).due_at
        };
        let (friday, sooner) = ("2026-11-27T12:00:00Z", "2026-11-24T10:30:00Z");
        assert_eq!(dated(false, friday), at(friday));
        assert_eq!(dated(true, friday), at("2026-11-24T11:00:00Z"));
        assert_eq!(dated(true, sooner), at(sooner));
    }

    #[test]
    fn r54_the_hour_of_a_case_that_is_heard_of_later_runs_from_then_or_from_the_opening() {
        let rules = rules();
        let (day, night, opening) =
            ("2026-11-25T10:30:00Z", "2026-11-25T03:00:00Z", "2026-11-25T09:00:00Z");
        let of = |kind, open_case_from| RequestStanding {
            kind,
            open_case_from,
            ..RequestStanding::just_received()
        };
        let hour = |standing: &RequestStanding, open, in_part, now| {
            hour_from(standing, Seen { open, in_part }, at(now), rules.calendar())
        };
        let shut = of(Kind::Routine, None);
        assert_eq!(hour(&shut, true, false, day), Some(at(day)));
        assert_eq!(hour(&shut, true, false, night), Some(at(opening)));
        let urgent = of(Kind::UrgentChildProtection, None);
        assert_eq!(hour(&urgent, true, false, night), Some(at(night)));
        assert_eq!(hour(&shut, false, true, day), None);
        let open = of(Kind::Routine, Some(at(night)));
        assert_eq!(hour(&open, true, false, day), Some(at(night)), "it goes on");
        assert_eq!(hour(&open, false, true, day), Some(at(night)), "seen in part");
        assert_eq!(hour(&open, false, false, day), None);
    }
}
