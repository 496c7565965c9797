//! Bank holidays as GOV.UK publishes them: one JSON object with a list a division (R58).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;

/// The bank holidays of one division, and how far they are known.
#[derive(Clone, Debug)]
pub(crate) struct Holidays {
    dates: BTreeSet<Date>,
    end: Date,
}

/// Why a holidays file is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HolidaysError {
    #[error("not in the GOV.UK format of bank holidays: {0}")]
    Format(#[from] serde_json::Error),
    #[error("the holidays file has no holidays of `{0}`")]
    Division(String),
}

impl Holidays {
    /// Reads one division of a file in the published format.
    pub(crate) fn read(json: &str, division: &str) -> Result<Self, HolidaysError> {
        let mut divisions: BTreeMap<String, Division> = serde_json::from_str(json)?;
        let dates: BTreeSet<Date> = divisions
            .remove(division)
            .into_iter()
            .flat_map(|division| division.events)
            .map(|event| event.date)
            .collect();
        let last = dates.last().ok_or_else(|| HolidaysError::Division(division.to_owned()))?;
        // Years are published whole, so the year of the last holiday is known to its end.
        let end = last.last_of_year();
        Ok(Self { dates, end })
    }

    pub(crate) fn contain(&self, date: Date) -> bool {
        self.dates.contains(&date)
    }

    /// The last day of the last published year (R58).
    pub(crate) fn end(&self) -> Date {
        self.end
    }
}

#[derive(Deserialize)]
struct Division {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    date: Date,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const FILE: &str = r#"{"england-and-wales": {"division": "england-and-wales", "events":
        [{"title": "Christmas Day", "date": "2026-12-25", "notes": "", "bunting": true}]},
        "scotland": {"division": "scotland", "events": []}}"#;

    #[test]
    fn r58_holidays_are_known_to_the_end_of_the_last_published_year() {
        let holidays = Holidays::read(FILE, "england-and-wales").unwrap();
        assert!(holidays.contain(date(2026, 12, 25)) && !holidays.contain(date(2026, 12, 24)));
        assert_eq!(holidays.end(), date(2026, 12, 31));
    }

    #[test]
    fn r58_a_file_without_the_division_or_in_another_format_is_refused() {
        for (json, division, problem) in [
            (FILE, "wales", "`wales`"),
            (FILE, "scotland", "`scotland`"),
            (r#"{"wales": {"events": [{"date": "25 Dec"}]}}"#, "wales", "GOV.UK"),
        ] {
            let error = Holidays::read(json, division).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
