//! When a child comes of age (R3).

use jiff::civil::Date;

/// The day on which somebody born on `birth` reaches `years`. Born on 29 February:
/// on 1 March in a common year (R3). `None` beyond the calendar's last year.
pub fn birthday(birth: Date, years: i16) -> Option<Date> {
    let year = birth.year().checked_add(years)?;
    match Date::new(year, birth.month(), birth.day()) {
        Ok(day) => Some(day),
        Err(_) => Date::new(year, 3, 1).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn r3_a_leap_day_child_comes_of_age_on_1_march_in_a_common_year() {
        assert_eq!(birthday(day("2008-02-29"), 18), Some(day("2026-03-01")));
        assert_eq!(birthday(day("2008-02-29"), 20), Some(day("2028-02-29")));
        assert_eq!(birthday(day("2008-11-22"), 18), Some(day("2026-11-22")));
    }
}
