//! The initial decision (R16) and the outcomes in which a contact ends (R26).

use access::Personal;
use thiserror::Error;
use uuid::Uuid;

use super::gate::Gate;

/// The four initial decisions (R16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "screening.pathway", rename_all = "snake_case")]
pub enum Pathway {
    /// A: no further action within the hub.
    NoFurtherActionInHub,
    /// B: straight to CSC for an assessment.
    StatutoryAssessment,
    /// C: CSC screening in the hub.
    CscScreening,
    /// D: Early Help screening in the hub.
    EarlyHelpScreening,
}

/// A screening in the hub, which C and D start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screening {
    /// C: by CSC (R22).
    Csc,
    /// D: by Early Help (R23).
    EarlyHelp,
}

impl Pathway {
    /// The screening that it starts; none for A and B.
    pub fn screening(self) -> Option<Screening> {
        match self {
            Self::NoFurtherActionInHub | Self::StatutoryAssessment => None,
            Self::CscScreening => Some(Screening::Csc),
            Self::EarlyHelpScreening => Some(Screening::EarlyHelp),
        }
    }
}

/// What a contact ends in, for each child (R26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "screening.outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Advice and guidance to the agency, the family, or both.
    AdviceAndGuidance,
    /// A community or voluntary service.
    CommunityOrVoluntaryService,
    /// An early help assessment.
    EarlyHelpAssessment,
    /// A statutory assessment under Section 17 or Section 47.
    StatutoryAssessment,
    /// No further action.
    NoFurtherAction,
}

/// The level of the Child Wellbeing Framework (R16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "screening.framework_level", rename_all = "snake_case")]
pub enum FrameworkLevel {
    /// Universal services.
    Universal,
    /// Universal Plus.
    UniversalPlus,
    /// Targeted support.
    Targeted,
    /// Statutory services.
    Statutory,
}

/// A pathway with the outcome that it decides at once: always one for A and B, never
/// one for C and D.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Initial {
    pathway: Pathway,
    outcome: Option<Outcome>,
}

/// An outcome that the pathway cannot decide at once (R16).
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotThisOutcome {
    /// A ends in one of two.
    #[error("must be no further action or advice and guidance for A")]
    NoFurtherAction,
    /// B is an outcome of itself.
    #[error("must be unset for B, which is a statutory assessment")]
    Assessment,
    /// C and D decide later.
    #[error("must be unset for C and D, which decide it later")]
    Screening,
}

impl Initial {
    /// The four and what each decides at once (R16).
    ///
    /// # Errors
    /// An outcome that does not go with the pathway.
    pub fn new(pathway: Pathway, outcome: Option<Outcome>) -> Result<Self, NotThisOutcome> {
        let outcome = match (pathway, outcome) {
            (
                Pathway::NoFurtherActionInHub,
                Some(Outcome::NoFurtherAction | Outcome::AdviceAndGuidance),
            ) => outcome,
            (Pathway::StatutoryAssessment, None) => Some(Outcome::StatutoryAssessment),
            (Pathway::CscScreening | Pathway::EarlyHelpScreening, None) => None,
            (Pathway::NoFurtherActionInHub, _) => return Err(NotThisOutcome::NoFurtherAction),
            (Pathway::StatutoryAssessment, Some(_)) => return Err(NotThisOutcome::Assessment),
            (Pathway::CscScreening | Pathway::EarlyHelpScreening, Some(_)) => {
                return Err(NotThisOutcome::Screening);
            }
        };
        Ok(Self { pathway, outcome })
    }

    /// A to D.
    pub fn pathway(self) -> Pathway {
        self.pathway
    }

    /// What it decides at once.
    pub fn outcome(self) -> Option<Outcome> {
        self.outcome
    }
}

/// Whether the record says what it must about consent: a decision A says that lack of
/// consent is not its reason; B, C and D never wait for consent (R21).
pub fn consent_is_accounted_for(pathway: Pathway, consent_is_not_the_reason: bool) -> bool {
    match pathway {
        Pathway::NoFurtherActionInHub => consent_is_not_the_reason,
        Pathway::StatutoryAssessment | Pathway::CscScreening | Pathway::EarlyHelpScreening => true,
    }
}

/// What every decision carries besides what it decides.
pub struct Grounds {
    /// The children named; empty for each that is still to be decided (R20).
    pub children: Vec<Uuid>,
    /// Level of the framework.
    pub level: FrameworkLevel,
    /// Why.
    pub rationale: Personal<String>,
    /// How each check is taken into account (R27).
    pub gate: Gate,
    /// The risk flags that whoever decides has seen: the decision acknowledges these and
    /// no others (R41).
    pub seen_flags: Vec<Uuid>,
    /// Lack of consent is not its reason, which A has to say (R21).
    pub consent_not_the_reason: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r16_a_ends_in_no_further_action_or_advice_and_nothing_else() {
        let a =
            |outcome| Initial::new(Pathway::NoFurtherActionInHub, outcome).map(Initial::outcome);
        for outcome in [Outcome::NoFurtherAction, Outcome::AdviceAndGuidance] {
            assert_eq!(a(Some(outcome)), Ok(Some(outcome)));
        }
        for outcome in
            [None, Some(Outcome::EarlyHelpAssessment), Some(Outcome::StatutoryAssessment)]
        {
            assert_eq!(a(outcome), Err(NotThisOutcome::NoFurtherAction));
        }
    }

    #[test]
    fn r16_b_is_a_statutory_assessment_of_itself() {
        let b = |outcome| Initial::new(Pathway::StatutoryAssessment, outcome).map(Initial::outcome);
        assert_eq!(b(None), Ok(Some(Outcome::StatutoryAssessment)));
        assert_eq!(b(Some(Outcome::NoFurtherAction)), Err(NotThisOutcome::Assessment));
    }

    #[test]
    fn r16_c_and_d_decide_no_outcome_yet() {
        for pathway in [Pathway::CscScreening, Pathway::EarlyHelpScreening] {
            assert_eq!(Initial::new(pathway, None).map(Initial::outcome), Ok(None));
            let early = Initial::new(pathway, Some(Outcome::NoFurtherAction));
            assert_eq!(early, Err(NotThisOutcome::Screening));
        }
    }

    #[test]
    fn r21_only_a_has_to_say_that_consent_is_not_its_reason() {
        assert!(!consent_is_accounted_for(Pathway::NoFurtherActionInHub, false));
        assert!(consent_is_accounted_for(Pathway::NoFurtherActionInHub, true));
        for pathway in
            [Pathway::StatutoryAssessment, Pathway::CscScreening, Pathway::EarlyHelpScreening]
        {
            assert!(consent_is_accounted_for(pathway, false));
        }
    }
}
