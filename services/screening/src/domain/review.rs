//! Reading what agencies said, outside a decision (R40, R41).

use thiserror::Error;
use uuid::Uuid;

use super::case::Case;

/// What somebody has read.
pub struct Review {
    /// An answer of a check.
    pub answer: Option<SeenAnswer>,
    /// Risk flags.
    pub flags: Vec<Uuid>,
}

/// An answer, or a correction of one, as it was seen.
#[derive(Clone, Copy)]
pub struct SeenAnswer {
    /// The check.
    pub check: Uuid,
    /// The check's revision that it made.
    pub revision: i64,
}

/// A review that cannot be recorded.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReviewRefusal {
    /// No such answer of this contact has been heard of.
    #[error("there is no such answer on this contact")]
    NoSuchAnswer,
    /// A flag that is named is not one of this contact.
    #[error("there is no such flag on this contact")]
    NoSuchFlag,
    /// These children are still to be decided, and that decision weighs the flags.
    #[error("a decision that names the flags is still to come")]
    DecisionToCome(Vec<Uuid>),
}

/// Whether it can be recorded that this was read. Only what was heard of can have been. While
/// a child has no outcome, a flag is left to the decision that weighs it: nobody else takes
/// it from the worklist (R41).
///
/// # Errors
/// Why not.
pub fn may_review(case: &Case, review: &Review) -> Result<(), ReviewRefusal> {
    let heard = |seen: SeenAnswer| {
        let check = case.checks.iter().find(|check| check.id == seen.check);
        check.and_then(|check| check.answer_revision).is_some_and(|latest| seen.revision <= latest)
    };
    if !review.answer.is_none_or(heard) {
        return Err(ReviewRefusal::NoSuchAnswer);
    }
    let known = |flag: &Uuid| case.flags.iter().any(|known| known.id == *flag);
    if !review.flags.iter().all(known) {
        return Err(ReviewRefusal::NoSuchFlag);
    }
    let undecided = case.unfinished();
    if !review.flags.is_empty() && !undecided.is_empty() {
        return Err(ReviewRefusal::DecisionToCome(undecided));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{
        case::tests::{BEN, case},
        check::{KnownFlag, known_check},
        decision::{Outcome, Pathway},
    };

    const CHECK: Uuid = Uuid::from_u128(11);
    const FLAG: Uuid = Uuid::from_u128(12);

    /// A case with an answer of revision 4 and a flag.
    fn heard(bens_outcome: Option<Outcome>) -> Case {
        let screened = |outcome| (Some(Pathway::CscScreening), outcome);
        let flag = KnownFlag {
            id: FLAG,
            check: None,
            received_at: Timestamp::UNIX_EPOCH,
            acknowledged: false,
        };
        Case {
            checks: vec![known_check(CHECK, Some(4))],
            flags: vec![flag],
            ..case(screened(Some(Outcome::NoFurtherAction)), screened(bens_outcome))
        }
    }

    fn answer(check: Uuid, revision: i64) -> Review {
        Review { answer: Some(SeenAnswer { check, revision }), flags: Vec::new() }
    }

    #[test]
    fn r40_an_answer_is_reviewed_that_has_been_heard_of() {
        let case = heard(None);
        for revision in [2, 4] {
            assert_eq!(may_review(&case, &answer(CHECK, revision)), Ok(()));
        }
        assert_eq!(may_review(&case, &answer(CHECK, 5)), Err(ReviewRefusal::NoSuchAnswer));
        assert_eq!(may_review(&case, &answer(FLAG, 4)), Err(ReviewRefusal::NoSuchAnswer));
    }

    #[test]
    fn r41_a_flag_is_left_to_the_decision_that_is_still_to_come() {
        let flags = |flag| Review { answer: None, flags: vec![flag] };
        let decided = heard(Some(Outcome::NoFurtherAction));
        assert_eq!(may_review(&decided, &flags(FLAG)), Ok(()));
        assert_eq!(may_review(&decided, &flags(CHECK)), Err(ReviewRefusal::NoSuchFlag));
        let early = may_review(&heard(None), &flags(FLAG));
        assert_eq!(early, Err(ReviewRefusal::DecisionToCome(vec![BEN])));
    }
}
