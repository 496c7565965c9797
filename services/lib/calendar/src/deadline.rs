//! When a timescale runs out, and when somebody is warned before it does (R24).

use jiff::{SignedDuration, Timestamp};

use crate::{Calendar, Length, Timescale, Warning};

/// The instant at which a timescale runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When (UTC); up to this instant, and at it, is in time.
    pub at: Timestamp,
    /// Whether it lies beyond the published bank holidays and so is the earliest
    /// possible one, which a later publication may put off (R58).
    pub provisional: bool,
}

impl Calendar {
    /// The deadline of a timescale that starts at `from` (R24, R55, R57, R58).
    ///
    /// Elapsed time ignores clock changes and closed hours, and is never provisional.
    /// Hub hours that start while the hub is closed run from its next opening; an end
    /// exactly at closing time is due then. Working days are counted from the first one
    /// after the day of `from`, and end at close of business (R55, R72).
    pub fn deadline(&self, from: Timestamp, timescale: &Timescale) -> Deadline {
        let at = match timescale.length {
            Length::Elapsed(amount) => {
                let at = from.saturating_add(amount.duration()).unwrap_or(Timestamp::MAX);
                return Deadline { at, provisional: false };
            }
            Length::HubHours(amount) => self.after_hub_time(from, amount.duration()),
            Length::WorkingDays(days) => self.closing_of_working_day(from, days.get()),
        };
        Deadline { at, provisional: self.last_hub_day(at) > self.holidays_end() }
    }

    /// The instants between start and deadline at which somebody is warned, in order,
    /// each once (R24, R43): the timescale's own points, and where the deadline falls
    /// into closed hours, the `closing_warning` of hub time before the hub closes for
    /// the last time before it. The deadline is a parameter because it may have been
    /// moved (R25, R30, R42); percentages are of the time up to it.
    pub fn warnings(
        &self,
        started: Timestamp,
        deadline: Timestamp,
        timescale: &Timescale,
    ) -> Vec<Timestamp> {
        let mut warnings: Vec<Timestamp> = timescale
            .warnings
            .iter()
            .map(|warning| self.warning(started, deadline, timescale.length, *warning))
            .chain(self.closing_warning(deadline))
            .filter(|at| started < *at && *at < deadline)
            .collect();
        warnings.sort_unstable();
        warnings.dedup();
        warnings
    }

    fn warning(
        &self,
        started: Timestamp,
        deadline: Timestamp,
        length: Length,
        warning: Warning,
    ) -> Timestamp {
        let part = |whole: SignedDuration| match warning {
            Warning::After(amount) => amount.duration(),
            Warning::Percent(percent) => whole / 100 * i32::from(percent),
        };
        match length {
            Length::Elapsed(_) => {
                let after = part(started.duration_until(deadline));
                started.saturating_add(after).unwrap_or(Timestamp::MAX)
            }
            Length::HubHours(_) | Length::WorkingDays(_) => {
                self.after_hub_time(started, part(self.hub_time_between(started, deadline)))
            }
        }
    }

    /// R24: whoever holds a deadline that falls into closed hours hears of it while the
    /// hub is still open. One that falls on closing time itself is met by then anyway.
    fn closing_warning(&self, deadline: Timestamp) -> Option<Timestamp> {
        if self.is_open(deadline) {
            return None;
        }
        let closing = self.last_closing(deadline).filter(|closing| *closing < deadline)?;
        Some(self.before_hub_time(closing, self.closing_warning.duration()))
    }

    /// The day whose business ends at, or is under way at, an instant: a closing time of
    /// 24:00 is the next day's midnight, and still the old day's business.
    fn last_hub_day(&self, at: Timestamp) -> jiff::civil::Date {
        let just_before =
            at.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN);
        self.local_date(just_before)
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

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn elapsed(amount: &str) -> Timescale {
        Timescale::unwarned(Length::Elapsed(amount.parse().unwrap()))
    }

    fn hub_hours(amount: &str) -> Timescale {
        Timescale::unwarned(Length::HubHours(amount.parse().unwrap()))
    }

    fn working_days(days: u16) -> Timescale {
        Timescale::unwarned(Length::WorkingDays(days.try_into().unwrap()))
    }

    fn red() -> Timescale {
        Timescale {
            warnings: vec![
                "30m".to_owned().try_into().unwrap(),
                "75%".to_owned().try_into().unwrap(),
            ],
            ..elapsed("4h")
        }
    }

    #[test]
    fn r24_hub_hours_skip_christmas_2026() {
        let deadline = hackney().deadline(at("2026-12-24T15:00:00Z"), &hub_hours("4h"));
        assert_eq!(deadline, Deadline { at: at("2026-12-29T11:00:00Z"), provisional: false });
    }

    #[test]
    fn r24_hub_hours_from_a_closed_instant_start_at_the_next_opening() {
        let calendar = hackney();
        for from in [
            "2026-01-02T17:00:00Z",
            "2026-01-03T12:00:00Z",
            "2026-01-05T03:00:00Z",
            "2026-01-05T09:00:00Z",
        ] {
            assert_eq!(
                calendar.deadline(at(from), &hub_hours("2h")).at,
                at("2026-01-05T11:00:00Z"),
                "{from}"
            );
        }
    }

    #[test]
    fn r24_an_end_on_closing_time_is_due_at_that_closing() {
        let calendar = hackney();
        let monday = at("2026-01-05T15:00:00Z");
        assert_eq!(calendar.deadline(monday, &hub_hours("2h")).at, at("2026-01-05T17:00:00Z"));
        assert_eq!(calendar.deadline(monday, &hub_hours("2h1s")).at, at("2026-01-06T09:00:01Z"));
        assert_eq!(calendar.deadline(monday, &hub_hours("10h")).at, at("2026-01-06T17:00:00Z"));
    }

    #[test]
    fn r24_an_elapsed_timescale_runs_on_while_the_hub_is_closed() {
        let deadline = hackney().deadline(at("2026-01-02T16:00:00Z"), &red());
        assert_eq!(deadline, Deadline { at: at("2026-01-02T20:00:00Z"), provisional: false });
    }

    #[test]
    fn r57_elapsed_hours_ignore_clock_changes_and_hub_hours_follow_them() {
        let calendar = hackney();
        for (from, a_day_later, four_hub_hours_later) in [
            ("2026-03-28T12:00:00Z", "2026-03-29T13:00:00+01:00", "2026-03-30T13:00:00+01:00"),
            ("2026-10-24T12:00:00+01:00", "2026-10-25T11:00:00Z", "2026-10-26T13:00:00Z"),
        ] {
            assert_eq!(calendar.deadline(at(from), &elapsed("24h")).at, at(a_day_later));
            assert_eq!(calendar.deadline(at(from), &hub_hours("4h")).at, at(four_hub_hours_later));
        }
    }

    #[test]
    fn r55_day_one_is_the_first_working_day_after_receipt() {
        let calendar = hackney();
        for (from, days, due) in [
            ("2026-01-05T09:30:00Z", 1, "2026-01-06T17:00:00Z"),
            ("2026-01-05T23:30:00Z", 1, "2026-01-06T17:00:00Z"),
            ("2026-01-03T12:00:00Z", 1, "2026-01-05T17:00:00Z"),
            ("2026-12-24T12:00:00Z", 10, "2027-01-12T17:00:00Z"),
            ("2026-07-01T23:30:00Z", 1, "2026-07-03T17:00:00+01:00"),
        ] {
            let deadline = calendar.deadline(at(from), &working_days(days));
            assert_eq!(deadline, Deadline { at: at(due), provisional: false }, "{from}");
        }
    }

    #[test]
    fn r58_a_deadline_beyond_the_published_holidays_is_provisional_and_the_earliest() {
        let calendar = hackney();
        assert_eq!(calendar.holidays_end(), date(2028, 12, 31));
        let friday = at("2028-12-29T10:00:00Z");
        let new_year = calendar.deadline(friday, &working_days(1));
        assert_eq!(new_year, Deadline { at: at("2029-01-01T17:00:00Z"), provisional: true });
        assert!(calendar.deadline(friday, &hub_hours("8h")).provisional);
        assert!(!calendar.deadline(friday, &hub_hours("7h")).provisional);
        assert!(!calendar.deadline(friday, &elapsed("240h")).provisional);

        let round_the_clock = Protocol::embedded_demo().unwrap();
        let last_day =
            round_the_clock.calendar().deadline(at("2028-12-30T10:00:00Z"), &working_days(1));
        assert_eq!(last_day, Deadline { at: at("2029-01-01T00:00:00Z"), provisional: false });
    }

    #[test]
    fn r43_red_check_warns_after_thirty_minutes_and_at_three_quarters() {
        let started = at("2026-01-05T10:00:00Z");
        let warnings = hackney().warnings(started, at("2026-01-05T14:00:00Z"), &red());
        assert_eq!(warnings, [at("2026-01-05T10:30:00Z"), at("2026-01-05T13:00:00Z")]);
    }

    #[test]
    fn r24_a_deadline_in_closed_hours_warns_two_hub_hours_before_closing() {
        let calendar = hackney();
        for (started, due, warnings) in [
            ("2026-01-02T12:00:00Z", "2026-01-03T12:00:00Z", vec!["2026-01-02T15:00:00Z"]),
            ("2026-12-23T20:00:00Z", "2026-12-28T20:00:00Z", vec!["2026-12-24T15:00:00Z"]),
            ("2026-01-02T15:00:00Z", "2026-01-03T15:00:00Z", vec![]),
            ("2026-01-05T12:00:00Z", "2026-01-06T12:00:00Z", vec![]),
            ("2026-01-05T12:00:00Z", "2026-01-05T17:00:00Z", vec![]),
        ] {
            let expected: Vec<Timestamp> = warnings.into_iter().map(at).collect();
            assert_eq!(
                calendar.warnings(at(started), at(due), &elapsed("24h")),
                expected,
                "{started}"
            );
        }
    }

    #[test]
    fn r24_warnings_of_hub_time_fall_into_open_hours() {
        let calendar = hackney();
        let friday = at("2026-01-02T16:00:00Z");
        let timescale = Timescale { warnings: vec![Warning::Percent(50)], ..hub_hours("4h") };
        let deadline = calendar.deadline(friday, &timescale).at;
        assert_eq!(calendar.warnings(friday, deadline, &timescale), [at("2026-01-05T10:00:00Z")]);
    }

    #[test]
    fn r24_warnings_are_sorted_and_each_comes_once() {
        let points = ["75%", "30m", "3h", "5h"].map(|text| text.to_owned().try_into().unwrap());
        let timescale = Timescale { warnings: points.to_vec(), ..elapsed("4h") };
        let warnings =
            hackney().warnings(at("2026-01-05T10:00:00Z"), at("2026-01-05T14:00:00Z"), &timescale);
        assert_eq!(warnings, [at("2026-01-05T10:30:00Z"), at("2026-01-05T13:00:00Z")]);
    }

    fn any_timescale() -> impl Strategy<Value = Timescale> {
        let amount = (1_u32..400_000).prop_map(|seconds| format!("{seconds}s").parse().unwrap());
        let length = prop_oneof![
            amount.clone().prop_map(Length::Elapsed),
            amount.prop_map(Length::HubHours),
            (1_u16..40).prop_map(|days| Length::WorkingDays(days.try_into().unwrap())),
        ];
        let warnings = proptest::collection::vec((1_u8..100).prop_map(Warning::Percent), 0..4);
        (length, warnings).prop_map(|(length, warnings)| Timescale { length, warnings })
    }

    proptest! {
        #[test]
        fn a_deadline_is_after_its_start_and_warnings_lie_between(
            start in 1_735_689_600_i64..1_893_456_000, timescale in any_timescale(),
        ) {
            let calendar = hackney();
            let started = Timestamp::from_second(start).unwrap();
            let deadline = calendar.deadline(started, &timescale).at;
            prop_assert!(started < deadline);
            let warnings = calendar.warnings(started, deadline, &timescale);
            prop_assert!(warnings.is_sorted());
            prop_assert!(warnings.iter().all(|at| started < *at && *at < deadline));
        }

        #[test]
        fn r24_hub_hours_to_the_deadline_are_the_amount(
            start in 1_735_689_600_i64..1_893_456_000, seconds in 1_i64..400_000,
        ) {
            let calendar = hackney();
            let started = Timestamp::from_second(start).unwrap();
            let deadline = calendar.deadline(started, &hub_hours(&format!("{seconds}s"))).at;
            prop_assert_eq!(calendar.hub_time_between(started, deadline), SignedDuration::from_secs(seconds));
        }

        #[test]
        fn r55_working_days_end_at_closing_of_a_working_day(
            start in 1_735_689_600_i64..1_893_456_000, days in 1_u16..40,
        ) {
            let calendar = hackney();
            let started = Timestamp::from_second(start).unwrap();
            let deadline = calendar.deadline(started, &working_days(days)).at;
            prop_assert!(calendar.is_working_day(calendar.local_date(deadline)));
            prop_assert_eq!(calendar.last_closing(deadline), Some(deadline));
        }
    }
}
