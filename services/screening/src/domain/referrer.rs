//! Telling the referrer (R28), and closing a case (R20, R28).

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::case::Case;

/// How the referrer is dealt with.
pub enum Telling {
    /// How and what they were told.
    Informed(Personal<String>),
    /// Why telling them is inappropriate.
    NotInformed(Personal<String>),
}

/// How the referrer was dealt with, on the record.
pub struct ReferrerNote {
    /// They were told.
    pub informed: bool,
    /// When.
    pub at: Timestamp,
    /// How they were told, or why not.
    pub note: Personal<String>,
}

/// An end of the hub's work that comes too early, or cannot have been.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReferrerRefusal {
    /// These children have no outcome yet.
    #[error("each child needs an outcome first")]
    OutcomesMissing(Vec<Uuid>),
    /// The referrer left no way to be told.
    #[error("the referrer left no way to be told")]
    Unreachable,
    /// The referrer has been dealt with already.
    #[error("how the referrer was dealt with is on the record already")]
    DealtWith,
    /// The referrer has not been dealt with.
    #[error("the referrer has not been told, and no reason is on the record")]
    NotDealtWith,
}

/// Puts on the record that the referrer was told, or why not; one or the other, once
/// no child needs an outcome. Nobody can have told a referrer who left no way back
/// (R28).
///
/// # Errors
/// Why not yet, or not so.
pub fn deal_with_referrer(
    case: &Case,
    telling: Telling,
    now: Timestamp,
) -> Result<ReferrerNote, ReferrerRefusal> {
    let missing = case.unfinished();
    if !missing.is_empty() {
        return Err(ReferrerRefusal::OutcomesMissing(missing));
    }
    if case.referrer.is_some() {
        return Err(ReferrerRefusal::DealtWith);
    }
    match telling {
        Telling::Informed(_) if case.referrer_unreachable => Err(ReferrerRefusal::Unreachable),
        Telling::Informed(note) => Ok(ReferrerNote { informed: true, at: now, note }),
        Telling::NotInformed(note) => Ok(ReferrerNote { informed: false, at: now, note }),
    }
}

/// A case may be closed when no child needs an outcome (R9, R20) and the referrer was told
/// or a reason not to is on the record (R28).
///
/// # Errors
/// What is missing.
pub fn may_close(case: &Case) -> Result<(), ReferrerRefusal> {
    let missing = case.unfinished();
    if !missing.is_empty() {
        return Err(ReferrerRefusal::OutcomesMissing(missing));
    }
    if case.referrer.is_none() { Err(ReferrerRefusal::NotDealtWith) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::tests::{BEN, case},
        decision::{Outcome, Pathway},
    };

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn words() -> Personal<String> {
        Personal::new("by telephone".to_owned())
    }

    fn finished() -> Case {
        let done = (Some(Pathway::CscScreening), Some(Outcome::NoFurtherAction));
        case(done, done)
    }

    fn unfinished() -> Case {
        let done = (Some(Pathway::CscScreening), Some(Outcome::NoFurtherAction));
        case(done, (Some(Pathway::CscScreening), None))
    }

    fn deal(case: &Case, telling: Telling) -> Result<bool, ReferrerRefusal> {
        deal_with_referrer(case, telling, NOW).map(|note| note.informed)
    }

    #[test]
    fn r28_the_referrer_is_told_or_a_reason_is_recorded_once_all_is_decided() {
        assert_eq!(deal(&finished(), Telling::Informed(words())), Ok(true));
        assert_eq!(deal(&finished(), Telling::NotInformed(words())), Ok(false));
        let early = deal(&unfinished(), Telling::NotInformed(words()));
        assert_eq!(early, Err(ReferrerRefusal::OutcomesMissing(vec![BEN])));
    }

    #[test]
    fn r28_an_unreachable_referrer_needs_a_reason_instead() {
        let case = Case { referrer_unreachable: true, ..finished() };
        assert_eq!(deal(&case, Telling::Informed(words())), Err(ReferrerRefusal::Unreachable));
        assert_eq!(deal(&case, Telling::NotInformed(words())), Ok(false));
    }

    #[test]
    fn r28_no_case_closes_before_the_referrer_is_dealt_with() {
        assert_eq!(may_close(&finished()), Err(ReferrerRefusal::NotDealtWith));
        let note = ReferrerNote { informed: false, at: NOW, note: words() };
        let told = Case { referrer: Some(note), ..finished() };
        assert_eq!(may_close(&told), Ok(()));
        assert_eq!(deal(&told, Telling::Informed(words())), Err(ReferrerRefusal::DealtWith));
    }

    #[test]
    fn r20_no_case_closes_before_each_child_has_an_outcome() {
        assert_eq!(may_close(&unfinished()), Err(ReferrerRefusal::OutcomesMissing(vec![BEN])));
    }
}
