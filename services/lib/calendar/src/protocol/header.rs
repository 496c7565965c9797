//! The two tables that this crate reads itself: `[protocol]` and `[calendar]`.

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;
use toml::value::Datetime;

use crate::holidays::Holidays;
use crate::opening::OpeningHours;
use crate::{Amount, Calendar};

/// Whose protocol it is, and since when (R59).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) authority: String,
    pub(super) version: String,
    #[serde(deserialize_with = "day")]
    pub(super) in_force_from: Date,
    pub(super) approval: Option<Approval>,
}

/// The partnership's recorded approval of a protocol (R59).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The body that approved it.
    #[serde(deserialize_with = "name")]
    pub body: String,
    /// The day of the approval.
    #[serde(deserialize_with = "day")]
    pub date: Date,
    /// Who signed for the body.
    #[serde(deserialize_with = "name")]
    pub person: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarTable {
    zone: Zone,
    hours: OpeningHours,
    /// Relative to the protocol file.
    pub(super) holidays: Spanned<PathBuf>,
    pub(super) division: Spanned<String>,
    closed_on_bank_holidays: bool,
    closing_warning: Amount,
}

impl CalendarTable {
    pub(super) fn into_calendar(self, holidays: Holidays) -> Calendar {
        Calendar {
            zone: self.zone.0,
            hours: self.hours,
            holidays,
            closed_on_bank_holidays: self.closed_on_bank_holidays,
            closing_warning: self.closing_warning,
        }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Zone(TimeZone);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        TimeZone::get(&name)
            .map(Self)
            .map_err(|_| format!("`{name}` is not a time zone such as \"Europe/London\""))
    }
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let written = Datetime::deserialize(deserializer)?;
    written
        .date
        .filter(|_| written.time.is_none())
        .and_then(|day| {
            let year = i16::try_from(day.year).ok()?;
            let month = i8::try_from(day.month).ok()?;
            Date::new(year, month, i8::try_from(day.day).ok()?).ok()
        })
        .ok_or_else(|| {
            D::Error::custom(format!("`{written}` is not a day such as 2026-01-31, without quotes"))
        })
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    if name.trim().is_empty() {
        return Err(D::Error::custom("an approval without a name is none (R59)"));
    }
    Ok(name)
}
