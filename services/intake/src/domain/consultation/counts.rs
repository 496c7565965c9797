//! Figures of the consultation line (R67), and the small ones among them (R69).

use std::collections::BTreeMap;

use calendar::Calendar;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// The most months that are counted at once.
const MOST_MONTHS: i32 = 36;
/// The largest number that is small (R69).
const LARGEST_SMALL: i64 = 5;

/// Counts by month (its first day) and code.
pub type Counts = BTreeMap<(Date, String), i64>;

/// Counts as they may be shown: `None` for one that is withheld.
pub type Shown = BTreeMap<(Date, String), Option<i64>>;

/// Some months: 1 to 36 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Months {
    from: Date,
    until: Date,
}

impl Months {
    /// The months from the one that begins on `from` to before the one that begins on
    /// `until`; `None` where these are no months, or too many.
    pub fn new(from: Date, until: Date) -> Option<Self> {
        let number = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
        let some = (1..=MOST_MONTHS).contains(&(number(until) - number(from)));
        (some && from.day() == 1 && until.day() == 1).then_some(Self { from, until })
    }

    /// Instants between which they lie, wherever the zone is.
    pub fn instants(self) -> (Timestamp, Timestamp) {
        let midnight = |day: Date| day.to_zoned(TimeZone::UTC).map(|at| at.timestamp());
        let day = SignedDuration::from_hours(24);
        let from = midnight(self.from).and_then(|at| at.checked_sub(day));
        let until = midnight(self.until).and_then(|at| at.checked_add(day));
        (from.unwrap_or(Timestamp::MIN), until.unwrap_or(Timestamp::MAX))
    }
}

/// Counts of calls, given by the time that they are logged at, by the month of the
/// authority's zone (R57).
pub fn by_month(
    counted: impl Iterator<Item = (Timestamp, String, i64)>,
    months: Months,
    calendar: &Calendar,
) -> Counts {
    let mut counts = Counts::new();
    for (begun_at, code, calls) in counted {
        let day = calendar.local_date(begun_at);
        if months.from <= day && day < months.until {
            *counts.entry((day.first_of_month(), code)).or_default() += calls;
        }
    }
    counts
}

/// Everything, for those inside the hub.
pub fn whole(counts: Counts) -> Shown {
    counts.into_iter().map(|(key, calls)| (key, Some(calls))).collect()
}

/// What may leave the hub (R69): in each month the small numbers are withheld, and where
/// that is one alone, the next larger with it, since the month's total, which stands in
/// other tables, would give it away. The same where all that is withheld adds up to no
/// more than a small number could be.
pub fn without_small(counts: Counts) -> Shown {
    let mut months: BTreeMap<Date, Vec<(String, i64)>> = BTreeMap::new();
    for ((month, code), calls) in counts {
        months.entry(month).or_default().push((code, calls));
    }
    let mut shown = Shown::new();
    for (month, mut codes) in months {
        codes.sort_by_key(|(_, calls)| *calls);
        let small = codes.iter().filter(|(_, calls)| *calls <= LARGEST_SMALL).count();
        let sum: i64 = codes.iter().take(small).map(|(_, calls)| calls).sum();
        let more = small > 0 && (small == 1 || sum <= LARGEST_SMALL);
        let withheld = small + usize::from(more);
        for (place, (code, calls)) in codes.into_iter().enumerate() {
            shown.insert((month, code), (place >= withheld).then_some(calls));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(calls: &[i64]) -> Vec<Option<i64>> {
        let month: Date = "2026-11-01".parse().unwrap();
        let key = |place: usize| (month, format!("{place:02}"));
        let counts = calls.iter().enumerate().map(|(place, calls)| (key(place), *calls)).collect();
        without_small(counts).into_values().collect()
    }

    #[test]
    fn r57_a_call_counts_in_the_month_of_the_authoritys_zone() {
        let protocol = calendar::protocol::Protocol::embedded().unwrap();
        let [june, july, august] =
            ["2026-06-01", "2026-07-01", "2026-08-01"].map(|day| day.parse::<Date>().unwrap());
        let months = Months::new(june, august).unwrap();
        let (from, until) = months.instants();
        // Half past midnight on 1 July in London, and a quarter of an hour into August.
        let calls = ["2026-06-30T23:30:00Z", "2026-07-31T23:15:00Z"];
        let calls = calls.map(|at| (at.parse::<Timestamp>().unwrap(), "consent".to_owned(), 1));
        assert!(calls.iter().all(|(at, ..)| from <= *at && *at < until));
        let counts = by_month(calls.into_iter(), months, protocol.calendar());
        assert_eq!(counts, Counts::from([((july, "consent".to_owned()), 1)]));
    }

    #[test]
    fn r67_months_are_some_and_whole() {
        let months = |from: &str, until: &str| {
            Months::new(from.parse().unwrap(), until.parse().unwrap()).is_some()
        };
        assert!(months("2026-11-01", "2026-12-01") && months("2024-01-01", "2027-01-01"));
        assert!(!months("2026-11-01", "2026-11-01") && !months("2026-12-01", "2026-11-01"));
        assert!(!months("2024-01-01", "2027-02-01") && !months("2026-11-02", "2026-12-01"));
    }

    #[test]
    fn r69_small_numbers_are_withheld_and_totals_do_not_give_them_away() {
        assert_eq!(shown(&[6, 20]), [Some(6), Some(20)]);
        assert_eq!(shown(&[5, 4, 20]), [None, None, Some(20)]);
        // One alone would be the total less the others.
        assert_eq!(shown(&[30, 5, 20]), [Some(30), None, None]);
        // Two of one: the rest of the total, two, can only be one and one.
        assert_eq!(shown(&[1, 1, 9, 30]), [None, None, None, Some(30)]);
        assert_eq!(shown(&[3]), [None]);
        assert_eq!(shown(&[]), []);
    }

    #[test]
    fn r69_a_month_is_judged_by_itself() {
        let [october, november] = ["2026-10-01", "2026-11-01"].map(|day| day.parse().unwrap());
        let counts = Counts::from([
            ((october, "neglect".to_owned()), 7),
            ((october, "consent".to_owned()), 9),
            ((november, "neglect".to_owned()), 2),
            ((november, "consent".to_owned()), 9),
        ]);
        let shown = without_small(counts.clone());
        assert_eq!(shown[&(october, "neglect".to_owned())], Some(7));
        assert_eq!(shown[&(november, "consent".to_owned())], None);
        assert!(whole(counts).into_values().all(|calls| calls.is_some()));
    }
}
