//! The period that figures are of.

use jiff::Timestamp;
use thiserror::Error;

/// From an instant to before another; `None` for no bound on that side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// A period that ends before it begins.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("ends before it begins")]
pub struct EndsBeforeItBegins;

impl Period {
    /// The period from `from` to before `until`: two that meet count nothing twice.
    ///
    /// # Errors
    /// Where it ends before it begins.
    pub fn new(
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Self, EndsBeforeItBegins> {
        match (from, until) {
            (Some(from), Some(until)) if until < from => Err(EndsBeforeItBegins),
            _ => Ok(Self { from, until }),
        }
    }

    /// Its first instant.
    pub fn from(&self) -> Option<Timestamp> {
        self.from
    }

    /// The first instant after it.
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn r67_a_period_may_be_open_or_empty_and_never_backwards() {
        let noon = Timestamp::UNIX_EPOCH;
        let later = noon + SignedDuration::from_hours(1);
        assert_eq!(Period::new(Some(later), Some(noon)), Err(EndsBeforeItBegins));
        for (from, until) in
            [(None, None), (Some(later), None), (None, Some(noon)), (Some(noon), Some(noon))]
        {
            assert!(Period::new(from, until).is_ok());
        }
    }
}
