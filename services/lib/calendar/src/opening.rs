//! The days and hours on which the hub is open, as the protocol file gives them (R10).

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Span, ToSpan};
use serde::Deserialize;

const MINUTES_A_DAY: u16 = 24 * 60;

/// Opening hours of a week: the same hours on each of the open days (R10).
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "OpeningTable")]
pub(crate) struct OpeningHours {
    days: Vec<Weekday>,
    opens: TimeOfDay,
    closes: TimeOfDay,
}

impl OpeningHours {
    /// Whether the hub opens on this day of the week, holidays apart.
    pub(crate) fn include(&self, weekday: Weekday) -> bool {
        self.days.contains(&weekday)
    }

    /// Local times of opening and closing on a day.
    pub(crate) fn on(&self, date: Date) -> (DateTime, DateTime) {
        (self.opens.on(date), self.closes.on(date))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningTable {
    days: Vec<Day>,
    opens: TimeOfDay,
    closes: TimeOfDay,
}

impl TryFrom<OpeningTable> for OpeningHours {
    type Error = &'static str;

    fn try_from(table: OpeningTable) -> Result<Self, &'static str> {
        if table.days.is_empty() {
            return Err("a hub that never opens: `days` is empty");
        }
        if table.closes <= table.opens {
            return Err("`closes` must be later in the day than `opens`");
        }
        let days = table.days.into_iter().map(Day::weekday).collect();
        Ok(Self { days, opens: table.opens, closes: table.closes })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

/// Minutes after midnight by the wall clock, `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct TimeOfDay(u16);

impl TimeOfDay {
    fn on(self, date: Date) -> DateTime {
        let since_midnight: Span = i64::from(self.0).minutes();
        date.at(0, 0, 0, 0).saturating_add(since_midnight)
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let two_digits = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok()).flatten()
        };
        text.split_once(':')
            .and_then(|(hours, minutes)| Some((two_digits(hours)?, two_digits(minutes)?)))
            .filter(|(_, minutes)| *minutes < 60)
            .map(|(hours, minutes)| hours * 60 + minutes)
            .filter(|minutes| *minutes <= MINUTES_A_DAY)
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a time of day from \"00:00\" to \"24:00\""))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(value: &str) -> Result<OpeningHours, String> {
        let deserializer = toml::de::ValueDeserializer::parse(value).unwrap();
        OpeningHours::deserialize(deserializer).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn r10_hours_may_last_to_the_end_of_the_day() {
        let hours = read(r#"{ days = ["sun"], opens = "00:00", closes = "24:00" }"#).unwrap();
        let (opens, closes) = hours.on(date(2026, 3, 29));
        assert_eq!(
            (opens, closes),
            (date(2026, 3, 29).at(0, 0, 0, 0), date(2026, 3, 30).at(0, 0, 0, 0))
        );
        assert!(hours.include(Weekday::Sunday) && !hours.include(Weekday::Monday));
    }

    #[test]
    fn r10_hours_that_cannot_be_are_refused() {
        for (value, problem) in [
            (r#"{ days = [], opens = "09:00", closes = "17:00" }"#, "never opens"),
            (r#"{ days = ["mon"], opens = "17:00", closes = "17:00" }"#, "later"),
            (r#"{ days = ["monday"], opens = "09:00", closes = "17:00" }"#, "`monday`"),
            (r#"{ days = ["mon"], opens = "9:00", closes = "17:00" }"#, "`9:00`"),
            (r#"{ days = ["mon"], opens = "09:60", closes = "17:00" }"#, "`09:60`"),
            (r#"{ days = ["mon"], opens = "09:00", closes = "24:01" }"#, "`24:01`"),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(problem), "{value}: {error}");
        }
    }
}
