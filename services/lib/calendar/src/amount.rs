//! An amount of time as people write it in the protocol file: `4h`, `90m`, `1h30m`.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::Deserialize;

/// Units with their length in seconds, in the order in which they may be written.
const UNITS: [(char, u64); 3] = [('h', 3600), ('m', 60), ('s', 1)];

/// Ten years: beyond any timescale, and far from what an instant cannot hold.
const LONGEST_SECONDS: u64 = 10 * 366 * 24 * 3600;

/// A positive amount of time in whole seconds, at most ten years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Amount(SignedDuration);

/// A text that is no amount of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an amount of time such as \"4h\", \"90m\", \"5s\" or \"1h30m\"")]
pub struct NotAnAmount(String);

impl Amount {
    /// The amount as a duration, always above zero.
    pub fn duration(self) -> SignedDuration {
        self.0
    }
}

impl FromStr for Amount {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        seconds(text)
            .filter(|seconds| (1..=LONGEST_SECONDS).contains(seconds))
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map(|seconds| Self(SignedDuration::from_secs(seconds)))
            .ok_or_else(|| NotAnAmount(text.to_owned()))
    }
}

impl TryFrom<String> for Amount {
    type Error = NotAnAmount;

    fn try_from(text: String) -> Result<Self, NotAnAmount> {
        text.parse()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_secs().unsigned_abs();
        for (unit, length) in UNITS {
            if rest >= length {
                write!(f, "{}{unit}", rest / length)?;
                rest %= length;
            }
        }
        Ok(())
    }
}

/// The sum of the parts, each unit at most once, the larger first.
fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text;
    for (unit, length) in UNITS {
        let Some((number, after)) = rest.split_once(unit) else {
            continue;
        };
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let part = number.parse::<u64>().ok()?.checked_mul(length)?;
        total = total.checked_add(part)?;
        rest = after;
    }
    rest.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_sums_of_hours_minutes_and_seconds() {
        for (text, seconds) in
            [("4h", 14_400), ("90m", 5_400), ("5s", 5), ("1h30m", 5_400), ("1h1s", 3_601)]
        {
            assert_eq!(
                text.parse::<Amount>().unwrap().duration(),
                SignedDuration::from_secs(seconds),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "0h",
            "h",
            "4",
            "4 h",
            "-4h",
            "+4h",
            "4H",
            "1.5h",
            "30m1h",
            "1h1h",
            "4hm",
            "4d",
            "99999999999999999999h",
            "9999999999h",
        ] {
            assert_eq!(text.parse::<Amount>(), Err(NotAnAmount(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn an_amount_reads_back_what_it_shows(seconds in 1..=LONGEST_SECONDS) {
            let amount = Amount(SignedDuration::from_secs(i64::try_from(seconds).unwrap()));
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }
    }
}
