//! That whoever something was passed to has it: the authority of another area (R3), a unit
//! (R9, R54), information governance (R55).

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;

/// Since when they have it, and who said so there.
#[derive(Clone)]
pub struct Receipt {
    /// Since when.
    pub at: Timestamp,
    /// Who said so there: a name.
    pub by: Personal<String>,
}

/// What nobody had passed on yet, nobody had: the wait would seem shorter than it was.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the receipt is from before it was passed on")]
pub struct BeforePassing;

impl Receipt {
    /// The receipt that a row keeps, where it keeps one.
    pub fn kept(at: Option<Timestamp>, by: Option<String>) -> Option<Self> {
        at.zip(by).map(|(at, by)| Self { at, by: Personal::new(by) })
    }

    /// Whether it can be of what was passed on at an instant (R13).
    pub fn of_passing(&self, passed_at: Timestamp) -> Result<(), BeforePassing> {
        if self.at < passed_at { Err(BeforePassing) } else { Ok(()) }
    }
}
