//! Ids, instants and days between the wire and the domain.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::terms::v1 as terms;

/// An instant for the wire.
pub fn to_timestamp(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

/// An instant from the wire; `None` where it lies outside the years 1 to 9999 or
/// its parts are out of range.
pub fn from_timestamp(at: &prost_types::Timestamp) -> Option<Timestamp> {
    const YEAR_1: i64 = -62_135_596_800;
    if at.seconds < YEAR_1 || !(0..1_000_000_000).contains(&at.nanos) {
        return None;
    }
    Timestamp::new(at.seconds, at.nanos).ok()
}

/// A day for the wire.
pub fn to_date(day: Date) -> terms::Date {
    terms::Date { year: day.year().into(), month: day.month().into(), day: day.day().into() }
}

/// A day from the wire; `None` where it does not exist or lies outside the years
/// 1900 to 2200.
pub fn from_date(day: &terms::Date) -> Option<Date> {
    if !(1900..=2200).contains(&day.year) {
        return None;
    }
    let year = i16::try_from(day.year).ok()?;
    let month = i8::try_from(day.month).ok()?;
    Date::new(year, month, i8::try_from(day.day).ok()?).ok()
}

/// An id from the wire, in the hyphenated form only, so that one id has one
/// spelling.
pub fn from_id(id: &str) -> Option<Uuid> {
    if id.len() != uuid::fmt::Hyphenated::LENGTH {
        return None;
    }
    Uuid::try_parse(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_does_not_exist_is_none() {
        let day = |year, month, day| from_date(&terms::Date { year, month, day });
        assert!(day(2026, 2, 29).is_none());
        assert!(day(2028, 2, 29).is_some());
        assert!(day(2026, 13, 1).is_none());
        assert!(day(1899, 12, 31).is_none());
        assert!(day(70_000, 1, 1).is_none());
    }

    #[test]
    fn an_instant_survives_the_wire() {
        let at: Timestamp = "2026-11-22T09:30:00.123456Z".parse().expect("a literal");
        assert_eq!(from_timestamp(&to_timestamp(at)), Some(at));
    }

    #[test]
    fn an_instant_out_of_range_is_none() {
        assert!(from_timestamp(&prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }).is_none());
        assert!(from_timestamp(&prost_types::Timestamp { seconds: 0, nanos: -1 }).is_none());
    }

    #[test]
    fn an_id_has_one_spelling() {
        assert!(from_id("018f4e9e-0000-7000-8000-000000000001").is_some());
        assert!(from_id("018f4e9e000070008000000000000001").is_none());
        assert!(from_id("").is_none());
    }
}
