//! The one place that reads the time.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// A service's clock. A started process has the system's; only a test that calls
/// a service's `run` can move it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    moved: Option<Arc<Mutex<Timestamp>>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self { moved: None }
    }

    /// A clock that stands still until it is moved.
    pub fn standing_at(at: Timestamp) -> Self {
        Self { moved: Some(Arc::new(Mutex::new(at))) }
    }

    /// The present instant (UTC), in microseconds as the database keeps it, so that
    /// an instant equals itself when it is read back.
    pub fn now(&self) -> Timestamp {
        let now = match &self.moved {
            Some(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
            None => system_now(),
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Moves a standing clock; does nothing to the system's.
    pub fn advance(&self, by: SignedDuration) {
        if let Some(at) = &self.moved {
            *at.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let start: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let clock = Clock::standing_at(start);
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_hours(4));
        assert_eq!(clock.clone().now(), start + SignedDuration::from_hours(4));
    }
}
