//! `mash calendar due`: a deadline reckoned on the command line, for people who want to
//! check one by hand.

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde::de::{IntoDeserializer, value};

use crate::{Basis, Calendar, Length, NotAnAmount, Timescale};

/// An argument that cannot be used, by the name of its flag.
#[derive(Debug, thiserror::Error)]
pub enum DueError {
    /// `--from` is no instant.
    #[error("--from: `{0}` is not a time such as 2026-12-24T15:00 (local) or 2026-12-24T15:00:00Z")]
    From(String),
    /// `--amount` is no time.
    #[error("--amount: {0}; a number alone means hours")]
    Amount(NotAnAmount),
    /// `--amount` is no number of working days.
    #[error("--amount: `{0}` is not a number of working days from 1 to 65535")]
    Days(String),
    /// `--basis` is none of the three.
    #[error("--basis: {0}")]
    Basis(value::Error),
}

/// The deadline as RFC 3339 local time with its offset: `2026-12-29T11:00:00+00:00`,
/// followed by a remark where it is provisional (R58).
///
/// `from` without an offset is local time (R57). A local time that comes twice, when
/// clocks go back, is the first of the two; one that is skipped, when they go forward, is
/// as much later as the clock was put forward (01:30 on 29 March 2026 is 02:30+01:00).
/// `amount` is hours where it is a number alone, and working days on that basis.
pub fn due(calendar: &Calendar, from: &str, amount: &str, basis: &str) -> Result<String, DueError> {
    let zone = &calendar.zone;
    let started = instant(zone, from).ok_or_else(|| DueError::From(from.to_owned()))?;
    let timescale = Timescale::unwarned(length(amount, basis)?);
    let deadline = calendar.deadline(started, &timescale);
    let local = deadline.at.display_with_offset(zone.to_offset(deadline.at));
    if deadline.provisional {
        let end = calendar.holidays_end();
        return Ok(format!("{local} (provisional: bank holidays are published to {end})"));
    }
    Ok(local.to_string())
}

fn instant(zone: &TimeZone, text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let local: DateTime = text.parse().ok()?;
    zone.to_timestamp(local).ok()
}

fn length(amount: &str, basis: &str) -> Result<Length, DueError> {
    let time = || {
        let hours = !amount.is_empty() && amount.bytes().all(|byte| byte.is_ascii_digit());
        let written = if hours { format!("{amount}h") } else { amount.to_owned() };
        written.parse().map_err(DueError::Amount)
    };
    match Basis::deserialize(basis.into_deserializer()).map_err(DueError::Basis)? {
        Basis::Elapsed => time().map(Length::Elapsed),
        Basis::HubHours => time().map(Length::HubHours),
        Basis::WorkingDays => {
            amount.parse().map(Length::WorkingDays).map_err(|_| DueError::Days(amount.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;

    fn run(from: &str, amount: &str, basis: &str) -> Result<String, String> {
        let protocol = Protocol::embedded().unwrap();
        due(protocol.calendar(), from, amount, basis).map_err(|error| error.to_string())
    }

    #[test]
    fn r24_four_hub_hours_before_christmas_are_due_after_it() {
        for amount in ["4", "4h", "3h60m"] {
            assert_eq!(
                run("2026-12-24T15:00", amount, "hub_hours").unwrap(),
                "2026-12-29T11:00:00+00:00"
            );
        }
    }

    #[test]
    fn r57_a_time_without_offset_is_local() {
        for (from, basis, due) in [
            ("2026-07-01T09:00", "elapsed", "2026-07-01T10:00:00+01:00"),
            ("2026-07-01T09:00:00Z", "elapsed", "2026-07-01T11:00:00+01:00"),
            ("2026-03-29T01:30", "elapsed", "2026-03-29T03:30:00+01:00"),
            ("2026-10-25T01:30", "elapsed", "2026-10-25T01:30:00+00:00"),
            ("2026-07-01T09:00", "working_days", "2026-07-02T17:00:00+01:00"),
        ] {
            assert_eq!(run(from, "1", basis).unwrap(), due, "{from}");
        }
    }

    #[test]
    fn r58_a_provisional_deadline_says_so() {
        let due = run("2028-12-29T10:00", "1", "working_days").unwrap();
        assert_eq!(
            due,
            "2029-01-01T17:00:00+00:00 (provisional: bank holidays are published to 2028-12-31)"
        );
    }

    #[test]
    fn errors_name_the_flag() {
        for (from, amount, basis, flag) in [
            ("yesterday", "4", "elapsed", "--from"),
            ("2026-12-24T15:00", "", "elapsed", "--amount"),
            ("2026-12-24T15:00", "4d", "hub_hours", "--amount"),
            ("2026-12-24T15:00", "4h", "working_days", "--amount"),
            ("2026-12-24T15:00", "0", "working_days", "--amount"),
            ("2026-12-24T15:00", "4", "days", "--basis"),
        ] {
            let error = run(from, amount, basis).unwrap_err();
            assert!(error.starts_with(flag), "{error}");
        }
    }
}
