//! Who may decide an outcome (R26).

use thiserror::Error;

use super::decision::{Outcome, Pathway};

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// The MASH Manager, or acting cover (R15).
    MashManager,
    /// The Early Help MASH Manager.
    EarlyHelpManager,
}

/// An outcome that is not the caller's to decide.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this outcome is decided by the MASH Manager")]
pub struct NotTheirDecision;

/// Outcomes of CSC screening, and anything statutory, are the MASH Manager's; those of
/// Early Help screening also the Early Help MASH Manager's (R26).
///
/// # Errors
/// Where it is not theirs for every child covered.
pub fn may_decide(
    decider: Decider,
    outcome: Outcome,
    pathways: impl IntoIterator<Item = Pathway>,
) -> Result<(), NotTheirDecision> {
    let theirs = match decider {
        Decider::MashManager => true,
        Decider::EarlyHelpManager => {
            outcome != Outcome::StatutoryAssessment
                && pathways.into_iter().all(|pathway| pathway == Pathway::EarlyHelpScreening)
        }
    };
    if theirs { Ok(()) } else { Err(NotTheirDecision) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: Pathway = Pathway::CscScreening;
    const D: Pathway = Pathway::EarlyHelpScreening;

    #[test]
    fn r26_the_early_help_manager_decides_early_help_screening_only() {
        let decide = |pathways: &[Pathway]| {
            may_decide(
                Decider::EarlyHelpManager,
                Outcome::EarlyHelpAssessment,
                pathways.iter().copied(),
            )
        };
        assert_eq!(decide(&[D, D]), Ok(()));
        assert_eq!(decide(&[D, C]), Err(NotTheirDecision));
        assert_eq!(decide(&[C]), Err(NotTheirDecision));
    }

    #[test]
    fn r26_anything_statutory_is_the_mash_managers() {
        let decide = |decider| may_decide(decider, Outcome::StatutoryAssessment, [D]);
        assert_eq!(decide(Decider::EarlyHelpManager), Err(NotTheirDecision));
        assert_eq!(decide(Decider::MashManager), Ok(()));
        assert_eq!(may_decide(Decider::MashManager, Outcome::NoFurtherAction, [C, D]), Ok(()));
    }
}
