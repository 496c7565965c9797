//! How two birth dates agree.

use jiff::civil::Date;

/// What two birth dates say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BirthDate {
    /// The same day.
    Same,
    /// Both 1 January, which stands for many days that nobody knows.
    SameFirstOfJanuary,
    /// Day and month stand in each other's place.
    Swapped,
    /// At most so many days apart, or two of day, month and year agree.
    Near,
    /// Other days.
    Different,
}

/// Further apart than this, in days, is not near.
const NEAR_DAYS: i32 = 7;

/// Compares two days.
pub fn compare(one: Date, other: Date) -> BirthDate {
    if one == other {
        let first_of_january = (one.month(), one.day()) == (1, 1);
        return if first_of_january { BirthDate::SameFirstOfJanuary } else { BirthDate::Same };
    }
    let parts =
        [one.year() == other.year(), one.month() == other.month(), one.day() == other.day()];
    let agreeing = parts.into_iter().filter(|agrees| *agrees).count();
    let swapped = one.year() == other.year()
        && i32::from(one.month()) == i32::from(other.day())
        && i32::from(one.day()) == i32::from(other.month());
    let apart = one.duration_until(other).abs().as_hours() / 24;
    if swapped {
        BirthDate::Swapped
    } else if agreeing == 2 || apart <= i64::from(NEAR_DAYS) {
        BirthDate::Near
    } else {
        BirthDate::Different
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn r8_birth_dates_are_the_same_swapped_near_or_different() {
        let born = date(2016, 5, 7);
        for (other, found) in [
            (date(2016, 5, 7), BirthDate::Same),
            (date(2016, 7, 5), BirthDate::Swapped),
            (date(2016, 5, 27), BirthDate::Near),
            (date(2016, 9, 7), BirthDate::Near),
            (date(2006, 5, 7), BirthDate::Near),
            (date(2016, 4, 30), BirthDate::Near),
            (date(2016, 4, 29), BirthDate::Different),
            (date(2015, 7, 5), BirthDate::Different),
        ] {
            assert_eq!(compare(born, other), found, "{other}");
            assert_eq!(compare(other, born), found, "{other}");
        }
        let new_year = date(2016, 1, 1);
        assert_eq!(compare(new_year, new_year), BirthDate::SameFirstOfJanuary);
    }
}
