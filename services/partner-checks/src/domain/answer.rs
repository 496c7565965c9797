//! What an agency may answer, and in which order (R40).

use access::Personal;
use serde::Deserialize;
use thiserror::Error;

/// How far an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "partner_checks.extent", rename_all = "snake_case")]
pub enum Extent {
    /// More will follow; the clock runs on.
    Interim,
    /// The agency's answer; the clock ends.
    Final,
    /// Corrects the final answer.
    Correction,
}

/// The typed form in which an agency answers (R36).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The police's.
    Police,
    /// Health's.
    Health,
    /// Education's.
    Education,
    /// Housing's.
    Housing,
    /// Probation's.
    Probation,
}

/// An answer whose fields are as they must be.
pub struct NewAnswer {
    /// How far it goes.
    pub extent: Extent,
    /// The agency holds nothing on the children.
    pub nothing_held: bool,
    /// The whole answer as it came, encoded.
    pub content: Personal<Vec<u8>>,
}

/// An answer out of order.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AnswerRefusal {
    /// Nothing has been answered that it could correct.
    #[error("there is no final answer to correct; send a final answer")]
    NothingToCorrect,
    /// A final answer has been given.
    #[error("a final answer has been given; send a correction")]
    AlreadyAnswered,
}

/// Whether an answer may come now (R40): interim ones and one final answer before it
/// is given, corrections after it. Being late bars nothing.
///
/// # Errors
/// An answer out of order, with what to send instead.
pub fn may_follow(extent: Extent, answered: bool) -> Result<(), AnswerRefusal> {
    match (extent, answered) {
        (Extent::Interim | Extent::Final, false) | (Extent::Correction, true) => Ok(()),
        (Extent::Interim | Extent::Final, true) => Err(AnswerRefusal::AlreadyAnswered),
        (Extent::Correction, false) => Err(AnswerRefusal::NothingToCorrect),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r40_one_final_answer_then_corrections_only() {
        assert_eq!(may_follow(Extent::Interim, false), Ok(()));
        assert_eq!(may_follow(Extent::Final, false), Ok(()));
        assert_eq!(may_follow(Extent::Correction, false), Err(AnswerRefusal::NothingToCorrect));
        assert_eq!(may_follow(Extent::Correction, true), Ok(()));
        assert_eq!(may_follow(Extent::Final, true), Err(AnswerRefusal::AlreadyAnswered));
        assert_eq!(may_follow(Extent::Interim, true), Err(AnswerRefusal::AlreadyAnswered));
    }
}
