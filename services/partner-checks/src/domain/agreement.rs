//! The data sharing agreement: to whom anything may be sent at all (R37).

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use uuid::Uuid;

/// A confirmation of an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Its id.
    pub id: Uuid,
    /// Code of the agency.
    pub agency: String,
    /// When it was given.
    pub confirmed_at: Timestamp,
    /// When it lapses.
    pub lapses_at: Timestamp,
}

/// How an agency's confirmation of the agreement stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Never confirmed.
    Missing,
    /// Confirmed, and no longer.
    Lapsed,
    /// Confirmed, and to be confirmed anew soon.
    LapsesSoon,
    /// Confirmed.
    Confirmed,
}

impl Confirmation {
    /// Whole days until it lapses, counted down; below 0 once it has.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        self.lapses_at.duration_since(now).as_secs().div_euclid(24 * 60 * 60)
    }
}

/// Agencies to which nothing may be sent; carries their codes.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AgreementRefusal {
    /// They never confirmed the agreement.
    #[error("the data sharing agreement is not confirmed")]
    Missing(Vec<String>),
    /// Their confirmation has lapsed.
    #[error("the confirmation of the data sharing agreement has lapsed")]
    Lapsed(Vec<String>),
}

/// How a confirmation that lapses at `lapses_at` stands `now`; it is about to lapse
/// for the time `soon` before (R37).
pub fn standing(lapses_at: Option<Timestamp>, now: Timestamp, soon: SignedDuration) -> Standing {
    match lapses_at {
        None => Standing::Missing,
        Some(lapses_at) if lapses_at <= now => Standing::Lapsed,
        Some(lapses_at) if lapses_at.duration_since(now) <= soon => Standing::LapsesSoon,
        Some(_) => Standing::Confirmed,
    }
}

/// Whether something may be sent to each of these agencies (R37): never without a
/// confirmation; after it has lapsed only where it is urgent (RED, Section 47,
/// immediate danger) and a reason is given.
///
/// # Errors
/// The agencies to which it may not.
pub fn may_send(
    agencies: &[(&str, Standing)],
    urgent: bool,
    reason_given: bool,
) -> Result<(), AgreementRefusal> {
    let those = |standing| {
        let found = agencies.iter().filter(move |(_, one)| *one == standing);
        found.map(|(agency, _)| (*agency).to_owned()).collect::<Vec<_>>()
    };
    let missing = those(Standing::Missing);
    if !missing.is_empty() {
        return Err(AgreementRefusal::Missing(missing));
    }
    let lapsed = those(Standing::Lapsed);
    if lapsed.is_empty() || (urgent && reason_given) {
        Ok(())
    } else {
        Err(AgreementRefusal::Lapsed(lapsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn now() -> Timestamp {
        "2026-11-24T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn r37_a_confirmation_lapses_at_its_instant_and_warns_before() {
        let at = |lapses_at| standing(Some(lapses_at), now(), DAY * 30);
        assert_eq!(standing(None, now(), DAY * 30), Standing::Missing);
        assert_eq!(at(now()), Standing::Lapsed);
        assert_eq!(at(now() + SignedDuration::from_secs(1)), Standing::LapsesSoon);
        assert_eq!(at(now() + DAY * 30), Standing::LapsesSoon);
        assert_eq!(at(now() + DAY * 31), Standing::Confirmed);
    }

    #[test]
    fn r37_the_days_left_are_whole_and_below_0_after_the_lapse() {
        let left = |lapses_at| {
            let agency = "police".to_owned();
            Confirmation { id: Uuid::nil(), agency, confirmed_at: now(), lapses_at }
                .days_left(now())
        };
        let second = SignedDuration::from_secs(1);
        assert_eq!(left(now() + DAY * 30), 30);
        assert_eq!(left(now() + DAY * 30 - second), 29);
        assert_eq!((left(now()), left(now() - second)), (0, -1));
    }

    #[test]
    fn r37_nothing_is_sent_without_a_confirmation_however_urgent() {
        let refused = may_send(
            &[("police", Standing::Confirmed), ("housing", Standing::Missing)],
            true,
            true,
        );
        assert_eq!(refused, Err(AgreementRefusal::Missing(vec!["housing".to_owned()])));
    }

    #[test]
    fn r37_a_lapsed_one_needs_urgency_and_a_reason() {
        let lapsed = [("police", Standing::Lapsed), ("health", Standing::LapsesSoon)];
        let refused = Err(AgreementRefusal::Lapsed(vec!["police".to_owned()]));
        assert_eq!(may_send(&lapsed, false, true), refused);
        assert_eq!(may_send(&lapsed, true, false), refused);
        assert_eq!(may_send(&lapsed, true, true), Ok(()));
        assert_eq!(may_send(&lapsed[1..], false, false), Ok(()));
    }
}
