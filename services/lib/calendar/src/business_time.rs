//! When the hub is open, and how much open time lies between two instants (R10, R57).
//!
//! A day's opening is one stretch from its local opening to its local closing time,
//! turned into instants by the zone's rules of that day, so that a clock change makes
//! a day's stretch longer or shorter where it falls into it, and never shifts it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::Amount;
use crate::holidays::Holidays;
use crate::opening::OpeningHours;

/// The authority's calendar: zone, opening hours and bank holidays (R10, R57, R58).
#[derive(Clone, Debug)]
pub struct Calendar {
    pub(crate) zone: TimeZone,
    pub(crate) hours: OpeningHours,
    pub(crate) holidays: Holidays,
    pub(crate) closed_on_bank_holidays: bool,
    pub(crate) closing_warning: Amount,
}

/// From opening (within) to closing (without).
#[derive(Clone, Copy)]
struct Opening {
    opens: Timestamp,
    closes: Timestamp,
}

impl Calendar {
    /// Whether the hub is open (R10). At opening time it is, at closing time no longer.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.opening_on(self.local_date(at))
            .is_some_and(|opening| opening.opens <= at && at < opening.closes)
    }

    /// The instant itself when the hub is open, else when it next opens (R10, R24).
    pub fn next_opening(&self, at: Timestamp) -> Timestamp {
        self.openings_from(at).next().map_or(Timestamp::MAX, |opening| opening.opens.max(at))
    }

    /// Whether the hub opens at all on that day: an open day of the week, and no bank
    /// holiday as far as those are published (R10, R55, R58).
    pub fn is_working_day(&self, date: Date) -> bool {
        let holiday = self.closed_on_bank_holidays && self.holidays.contain(date);
        self.hours.include(date.weekday()) && !holiday
    }

    /// The day that an instant falls on in the authority's zone (R57).
    pub fn local_date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// When a day begins in the authority's zone (R57).
    pub fn beginning_of(&self, day: Date) -> Timestamp {
        self.zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN)
    }

    /// Open time from `a` to `b`; below zero where `b` is the earlier.
    pub fn hub_time_between(&self, a: Timestamp, b: Timestamp) -> SignedDuration {
        if b < a {
            return -self.hub_time_between(b, a);
        }
        self.openings_from(a)
            .take_while(|opening| opening.opens < b)
            .map(|opening| opening.opens.max(a).duration_until(opening.closes.min(b)))
            .sum()
    }

    /// The last day for which bank holidays are published; a working day or hub hour
    /// beyond it is provisional (R58). Operators are told well ahead of it.
    pub fn holidays_end(&self) -> Date {
        self.holidays.end()
    }

    /// The day `months` calendar months earlier, clamped at the month's end: 31 May back
    /// three is 28 or 29 February (R17).
    pub fn months_before(date: Date, months: u16) -> Date {
        date.saturating_sub(i32::from(months).months())
    }

    /// The instant by which `amount` of open time has passed. Where that is a closing
    /// time it is that closing, not the next opening.
    pub(crate) fn after_hub_time(&self, from: Timestamp, amount: SignedDuration) -> Timestamp {
        let mut left = amount;
        for opening in self.openings_from(from) {
            let begins = opening.opens.max(from);
            let open = begins.duration_until(opening.closes);
            if left <= open {
                return begins.saturating_add(left).unwrap_or(Timestamp::MAX);
            }
            left -= open;
        }
        Timestamp::MAX
    }

    /// The instant from which `amount` of open time is left until `until`.
    pub(crate) fn before_hub_time(&self, until: Timestamp, amount: SignedDuration) -> Timestamp {
        let mut left = amount;
        for opening in self.openings_back_from(until) {
            let ends = opening.closes.min(until);
            let open = opening.opens.duration_until(ends);
            if left <= open {
                return ends.saturating_sub(left).unwrap_or(Timestamp::MIN);
            }
            left -= open;
        }
        Timestamp::MIN
    }

    /// The latest closing time at or before an instant.
    pub(crate) fn last_closing(&self, at: Timestamp) -> Option<Timestamp> {
        self.openings_back_from(at).map(|opening| opening.closes).find(|closes| *closes <= at)
    }

    /// Closing time of the `nth` working day after that of the start (R55).
    pub(crate) fn closing_of_working_day(&self, from: Timestamp, nth: u16) -> Timestamp {
        let after = self.local_date(from).saturating_add(1.day());
        after
            .series(1.day())
            .filter_map(|date| self.opening_on(date))
            .nth(usize::from(nth.saturating_sub(1)))
            .map_or(Timestamp::MAX, |opening| opening.closes)
    }

    /// What is left of openings at `from`, and all later ones.
    fn openings_from(&self, from: Timestamp) -> impl Iterator<Item = Opening> {
        self.local_date(from)
            .series(1.day())
            .filter_map(|date| self.opening_on(date))
            .skip_while(move |opening| opening.closes <= from)
    }

    /// Openings that began before `until`, the latest first.
    fn openings_back_from(&self, until: Timestamp) -> impl Iterator<Item = Opening> {
        self.local_date(until)
            .series(-1.day())
            .filter_map(|date| self.opening_on(date))
            .skip_while(move |opening| opening.opens >= until)
    }

    /// A working day's opening; none either where the day has none after a clock change.
    fn opening_on(&self, date: Date) -> Option<Opening> {
        if !self.is_working_day(date) {
            return None;
        }
        let (opens, closes) = self.hours.on(date);
        let opening = Opening {
            opens: self.zone.to_timestamp(opens).ok()?,
            closes: self.zone.to_timestamp(closes).ok()?,
        };
        (opening.opens < opening.closes).then_some(opening)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::Protocol;

    fn hackney() -> Calendar {
        Protocol::embedded().unwrap().calendar().clone()
    }

    fn demo() -> Calendar {
        Protocol::embedded_demo().unwrap().calendar().clone()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn r10_open_from_nine_to_five_on_working_days() {
        let calendar = hackney();
        for (instant, open) in [
            ("2026-01-05T08:59:59Z", false),
            ("2026-01-05T09:00:00Z", true),
            ("2026-01-05T16:59:59Z", true),
            ("2026-01-05T17:00:00Z", false),
            ("2026-01-03T12:00:00Z", false),
            ("2026-12-25T12:00:00Z", false),
            ("2026-12-28T12:00:00Z", false),
            ("2026-12-29T12:00:00Z", true),
        ] {
            assert_eq!(calendar.is_open(at(instant)), open, "{instant}");
        }
    }

    #[test]
    fn r57_opening_follows_the_wall_clock_across_both_changes() {
        let calendar = hackney();
        for (closed, opens) in [
            ("2026-03-27T18:00:00Z", "2026-03-30T08:00:00Z"),
            ("2026-10-23T18:00:00+01:00", "2026-10-26T09:00:00Z"),
        ] {
            assert_eq!(calendar.next_opening(at(closed)), at(opens));
        }
        let week =
            calendar.hub_time_between(at("2026-03-23T00:00:00Z"), at("2026-04-02T23:00:00Z"));
        assert_eq!(week, SignedDuration::from_hours(9 * 8));
    }

    #[test]
    fn r57_a_clock_change_in_opening_hours_makes_the_day_shorter_or_longer() {
        let calendar = demo();
        for (day, hours) in
            [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 12, 25), 24)]
        {
            let opening = calendar.opening_on(day).unwrap();
            assert_eq!(
                opening.opens.duration_until(opening.closes),
                SignedDuration::from_hours(hours)
            );
        }
    }

    #[test]
    fn r10_next_opening_is_the_instant_itself_when_open() {
        let calendar = hackney();
        let open = at("2026-01-05T10:00:00Z");
        assert_eq!(calendar.next_opening(open), open);
        assert_eq!(calendar.next_opening(at("2026-12-24T17:00:00Z")), at("2026-12-29T09:00:00Z"));
    }

    #[test]
    fn r57_the_day_is_the_local_one() {
        assert_eq!(hackney().local_date(at("2026-07-01T23:30:00Z")), date(2026, 7, 2));
    }

    #[test]
    fn r17_months_are_clamped_at_the_end_of_the_month() {
        for (day, months, before) in [
            (date(2026, 5, 31), 3, date(2026, 2, 28)),
            (date(2028, 5, 31), 3, date(2028, 2, 29)),
            (date(2026, 1, 15), 3, date(2025, 10, 15)),
            (date(2026, 5, 31), 0, date(2026, 5, 31)),
        ] {
            assert_eq!(Calendar::months_before(day, months), before);
        }
        assert_eq!(Calendar::months_before(date(2026, 1, 1), u16::MAX), date(-3436, 10, 1));
    }

    #[test]
    fn the_ends_of_time_are_no_trap() {
        let calendar = hackney();
        assert_eq!(calendar.next_opening(Timestamp::MAX), Timestamp::MAX);
        assert_eq!(
            calendar.after_hub_time(Timestamp::MAX, SignedDuration::from_hours(1)),
            Timestamp::MAX
        );
        assert_eq!(
            calendar.before_hub_time(Timestamp::MIN, SignedDuration::from_hours(1)),
            Timestamp::MIN
        );
        assert_eq!(calendar.closing_of_working_day(Timestamp::MAX, 1), Timestamp::MAX);
        assert_eq!(calendar.last_closing(Timestamp::MIN), None);
    }

    proptest! {
        #[test]
        fn hub_time_adds_up(start in 1_767_225_600_i64..1_798_761_600, first in 0_i64..900_000, second in 0_i64..900_000) {
            let calendar = hackney();
            let instant = |second| Timestamp::from_second(second).unwrap();
            let (a, b, c) = (instant(start), instant(start + first), instant(start + first + second));
            let parts = calendar.hub_time_between(a, b) + calendar.hub_time_between(b, c);
            prop_assert_eq!(parts, calendar.hub_time_between(a, c));
            prop_assert_eq!(-parts, calendar.hub_time_between(c, a));
        }

        #[test]
        fn going_back_undoes_going_on(start in 1_767_225_600_i64..1_798_761_600, hub_seconds in 1_i64..400_000) {
            let calendar = hackney();
            let amount = SignedDuration::from_secs(hub_seconds);
            let end = calendar.after_hub_time(Timestamp::from_second(start).unwrap(), amount);
            let back = calendar.before_hub_time(end, amount);
            prop_assert_eq!(calendar.hub_time_between(back, end), amount);
        }
    }
}
