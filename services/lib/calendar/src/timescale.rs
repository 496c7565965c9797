//! How long something may take, and in which kind of time (R24).

use std::fmt;
use std::num::NonZeroU16;

use serde::Deserialize;
use serde::de::{self, Deserializer, Unexpected, Visitor};

use crate::{Amount, NotAnAmount};

/// A timescale of the protocol file: how long, and when somebody is warned (R24).
///
/// In TOML: `{ amount = "4h", basis = "elapsed", warnings = ["30m", "75%"] }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "TimescaleTable")]
pub struct Timescale {
    /// How long, counted in one of the three kinds of time.
    pub length: Length,
    /// Points between start and deadline, in the order of the file.
    pub warnings: Vec<Warning>,
}

/// The length of a timescale (R24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Time as it passes, clock changes ignored (R57).
    Elapsed(Amount),
    /// Time during which the hub is open (R10).
    HubHours(Amount),
    /// Due at close of business of the n-th working day after the start (R55).
    WorkingDays(NonZeroU16),
}

/// The kind of time in which a length is counted (R24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Time as it passes.
    Elapsed,
    /// Time during which the hub is open.
    HubHours,
    /// Working days after the day of the start.
    WorkingDays,
}

/// A point at which somebody is warned before a deadline (R24, R43), in the time of
/// the timescale's own basis; with working days, in hub hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Warning {
    /// So long after the start.
    After(Amount),
    /// When so many hundredths (1 to 99) of the time from start to deadline are gone.
    Percent(u8),
}

impl Timescale {
    /// A timescale without warning points.
    pub fn unwarned(length: Length) -> Self {
        Self { length, warnings: Vec::new() }
    }
}

impl TryFrom<String> for Warning {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Some(number) = text.strip_suffix('%') else {
            return text.parse().map(Self::After).map_err(|error: NotAnAmount| {
                format!("{error}, nor a percentage such as \"75%\"")
            });
        };
        match number.parse() {
            Ok(percent @ 1..=99) => Ok(Self::Percent(percent)),
            Ok(_) | Err(_) => Err(format!("`{text}` is not a percentage from \"1%\" to \"99%\"")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TimescaleTable {
    amount: WrittenAmount,
    basis: Basis,
    #[serde(default)]
    warnings: Vec<Warning>,
}

impl TryFrom<TimescaleTable> for Timescale {
    type Error = &'static str;

    fn try_from(table: TimescaleTable) -> Result<Self, &'static str> {
        let length = match (table.basis, table.amount) {
            (Basis::Elapsed, WrittenAmount::Time(amount)) => Length::Elapsed(amount),
            (Basis::HubHours, WrittenAmount::Time(amount)) => Length::HubHours(amount),
            (Basis::WorkingDays, WrittenAmount::Days(days)) => Length::WorkingDays(days),
            (Basis::Elapsed | Basis::HubHours, WrittenAmount::Days(_)) => {
                return Err("with this basis the amount is a time such as \"4h\"");
            }
            (Basis::WorkingDays, WrittenAmount::Time(_)) => {
                return Err("with basis `working_days` the amount is a whole number of days");
            }
        };
        Ok(Self { length, warnings: table.warnings })
    }
}

enum WrittenAmount {
    Time(Amount),
    Days(NonZeroU16),
}

impl<'de> Deserialize<'de> for WrittenAmount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenAmountVisitor)
    }
}

struct WrittenAmountVisitor;

impl Visitor<'_> for WrittenAmountVisitor {
    type Value = WrittenAmount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as \"4h\", or a number of working days from 1 to 65535")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<WrittenAmount, E> {
        text.parse().map(WrittenAmount::Time).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, days: i64) -> Result<WrittenAmount, E> {
        u16::try_from(days)
            .ok()
            .and_then(NonZeroU16::new)
            .map(WrittenAmount::Days)
            .ok_or_else(|| E::invalid_value(Unexpected::Signed(days), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Timescale, String> {
        let deserializer = toml::de::ValueDeserializer::parse(value).unwrap();
        Timescale::deserialize(deserializer).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn r24_a_timescale_has_amount_basis_and_warnings() {
        let red =
            read(r#"{ amount = "4h", basis = "elapsed", warnings = ["30m", "75%"] }"#).unwrap();
        assert_eq!(red.length, Length::Elapsed("4h".parse().unwrap()));
        assert_eq!(red.warnings, [Warning::After("30m".parse().unwrap()), Warning::Percent(75)]);
        let inform = read(r#"{ amount = 1, basis = "working_days" }"#).unwrap();
        assert_eq!(inform, Timescale::unwarned(Length::WorkingDays(NonZeroU16::MIN)));
    }

    #[test]
    fn r24_amount_must_suit_the_basis() {
        for (value, problem) in [
            (r#"{ amount = 4, basis = "hub_hours" }"#, "a time such as"),
            (r#"{ amount = "4h", basis = "working_days" }"#, "whole number of days"),
            (r#"{ amount = 0, basis = "working_days" }"#, "1 to 65535"),
            (r#"{ amount = 1.5, basis = "working_days" }"#, "1 to 65535"),
            (r#"{ amount = "4x", basis = "elapsed" }"#, "`4x`"),
            (r#"{ amount = "4h", basis = "lunar" }"#, "`lunar`"),
            (r#"{ amount = "4h", basis = "elapsed", warnings = ["100%"] }"#, "`100%`"),
            (r#"{ amount = "4h", basis = "elapsed", warnings = ["soon"] }"#, "percentage"),
            (r#"{ amount = "4h", basis = "elapsed", warning = [] }"#, "unknown field `warning`"),
            (r#"{ basis = "elapsed" }"#, "missing field `amount`"),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(problem), "{value}: {error}");
        }
    }
}
