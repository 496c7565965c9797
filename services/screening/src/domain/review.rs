//! Reading what agencies said, outside a decision (R40, R41), and deciding on what they have
//! without consent (R6).

use access::Personal;
use thiserror::Error;
use uuid::Uuid;

use super::case::Case;

/// What somebody has read.
pub struct Review {
    /// An answer of a check.
    pub answer: Option<SeenAnswer>,
    /// Risk flags.
    pub flags: Vec<Uuid>,
    /// What was decided on checks without consent.
    pub withdrawals: Vec<DecidedWithdrawal>,
}

/// As whom it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A MASH Manager, or acting cover.
    MashManager,
    /// Whoever else decides or screens.
    Other,
}

/// What was decided on a check that its agency has without consent.
pub struct DecidedWithdrawal {
    /// The check.
    pub check: Uuid,
    /// The latest withdrawal that was seen, by the check's revision that told it.
    pub revision: i64,
    /// What becomes of it, and why.
    pub decision: Personal<String>,
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
    /// No such withdrawal of consent has been heard of.
    #[error("there is no such withdrawal of consent on this contact")]
    NoSuchWithdrawal,
    /// A MASH Manager decides on what an agency has without consent.
    #[error("this is for a MASH Manager to decide")]
    NotTheirs,
    /// These children are still to be decided, and that decision weighs the flags.
    #[error("a decision that names the flags is still to come")]
    DecisionToCome(Vec<Uuid>),
}

/// Whether it can be recorded that this was read. Only what was heard of can have been. While
/// a child has no outcome, a flag is left to the decision that weighs it: nobody else takes
/// it from the worklist (R41). What an agency has without consent is a MASH Manager's to
/// decide, and stays on the worklist whoever else has read it (R6).
///
/// # Errors
/// Why not.
pub fn may_review(case: &Case, review: &Review, reader: Reader) -> Result<(), ReviewRefusal> {
    if !review.withdrawals.is_empty() && reader != Reader::MashManager {
        return Err(ReviewRefusal::NotTheirs);
    }
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
    let told = |decided: &DecidedWithdrawal| {
        let mut of_check = case.consent_withdrawals.iter().filter(|it| it.check == decided.check);
        of_check.any(|known| known.revision == decided.revision)
    };
    if !review.withdrawals.iter().all(told) {
        return Err(ReviewRefusal::NoSuchWithdrawal);
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
        check::{ConsentWithdrawal, KnownFlag, known_check},
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
        let answer = Some(SeenAnswer { check, revision });
        Review { answer, flags: Vec::new(), withdrawals: Vec::new() }
    }

    #[test]
    fn r40_an_answer_is_reviewed_that_has_been_heard_of() {
        let case = heard(None);
        for revision in [2, 4] {
            assert_eq!(may_review(&case, &answer(CHECK, revision), Reader::Other), Ok(()));
        }
        assert_eq!(
            may_review(&case, &answer(CHECK, 5), Reader::Other),
            Err(ReviewRefusal::NoSuchAnswer)
        );
        assert_eq!(
            may_review(&case, &answer(FLAG, 4), Reader::Other),
            Err(ReviewRefusal::NoSuchAnswer)
        );
    }

    #[test]
    fn r41_a_flag_is_left_to_the_decision_that_is_still_to_come() {
        let flags = |flag| Review { answer: None, flags: vec![flag], withdrawals: Vec::new() };
        let decided = heard(Some(Outcome::NoFurtherAction));
        assert_eq!(may_review(&decided, &flags(FLAG), Reader::Other), Ok(()));
        assert_eq!(
            may_review(&decided, &flags(CHECK), Reader::Other),
            Err(ReviewRefusal::NoSuchFlag)
        );
        let early = may_review(&heard(None), &flags(FLAG), Reader::Other);
        assert_eq!(early, Err(ReviewRefusal::DecisionToCome(vec![BEN])));
    }

    #[test]
    fn r6_what_an_agency_has_without_consent_is_a_mash_managers_to_decide() {
        let withdrawal = ConsentWithdrawal {
            check: CHECK,
            revision: 5,
            agency: "police".to_owned(),
            withdrawn_at: Timestamp::UNIX_EPOCH,
            taken_off: false,
            basis_ended: false,
            decision: None,
        };
        let case = Case { consent_withdrawals: vec![withdrawal], ..heard(None) };
        let decided = |check, revision| {
            let decision = Personal::new("They go on: she is not safe.".to_owned());
            let withdrawals = vec![DecidedWithdrawal { check, revision, decision }];
            Review { answer: None, flags: Vec::new(), withdrawals }
        };
        let manager =
            |check, revision| may_review(&case, &decided(check, revision), Reader::MashManager);
        assert_eq!(manager(CHECK, 5), Ok(()));
        assert_eq!(manager(CHECK, 6), Err(ReviewRefusal::NoSuchWithdrawal));
        assert_eq!(manager(FLAG, 5), Err(ReviewRefusal::NoSuchWithdrawal));
        let other = may_review(&case, &decided(CHECK, 5), Reader::Other);
        assert_eq!(other, Err(ReviewRefusal::NotTheirs));
    }
}
