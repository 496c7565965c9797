//! The consent gate: no referral to a service that the family may refuse without its
//! agreement or an override (R21).

use thiserror::Error;
use uuid::Uuid;

use super::{case::Case, decision::Outcome};

/// What a manager records in intake that bears on decisions here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "screening.basis_kind", rename_all = "snake_case")]
pub enum BasisKind {
    /// Support without the family's consent (R7).
    Override,
    /// Reasonable cause to suspect significant harm (R18).
    #[sqlx(rename = "section_47")]
    Section47,
}

/// Such a basis was recorded.
pub struct Recorded {
    /// Its id.
    pub id: Uuid,
    /// The contact.
    pub contact: Uuid,
    /// What is known of it.
    pub basis: KnownBasis,
}

/// What is known of a basis.
pub struct KnownBasis {
    /// Which.
    pub kind: BasisKind,
    /// The children it covers.
    pub children: Vec<Uuid>,
}

/// A referral that the family may refuse, and has not agreed to for these children.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the family has not agreed to this referral, and no override is recorded")]
pub struct NotAgreed(pub Vec<Uuid>);

/// Lets a referral through for children whose family agrees (R6), and for those whom an
/// override covers (R7). Section 47 is no referral that a family may refuse, and what
/// refers nobody needs no consent (R21).
///
/// # Errors
/// The children for whom neither is there.
pub fn may_refer(case: &Case, outcome: Outcome, children: &[Uuid]) -> Result<(), NotAgreed> {
    let may_be_refused = |child: Uuid| match outcome {
        Outcome::AdviceAndGuidance | Outcome::NoFurtherAction => false,
        Outcome::CommunityOrVoluntaryService | Outcome::EarlyHelpAssessment => true,
        Outcome::StatutoryAssessment => !case.is_section_47_for(child),
    };
    let agreed = |child: Uuid| {
        case.children.iter().any(|known| known.id == child && known.service_consent)
            || case.has_basis(BasisKind::Override, child)
    };
    let missing =
        children.iter().copied().filter(|child| may_be_refused(*child) && !agreed(*child));
    let missing: Vec<Uuid> = missing.collect();
    if missing.is_empty() { Ok(()) } else { Err(NotAgreed(missing)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::tests::{ANNA, BEN, case},
        contact::Urgency,
        decision::Pathway,
    };

    const REFERRALS: [Outcome; 3] = [
        Outcome::CommunityOrVoluntaryService,
        Outcome::EarlyHelpAssessment,
        Outcome::StatutoryAssessment,
    ];

    /// Two siblings in CSC screening, of whom Anna may be referred or not.
    fn siblings(annas_consent: bool) -> Case {
        let screened = (Some(Pathway::CscScreening), None);
        let mut case = case(screened, screened);
        case.children[0].service_consent = annas_consent;
        case
    }

    fn with(kind: BasisKind, children: &[Uuid]) -> Case {
        let basis = KnownBasis { kind, children: children.to_vec() };
        Case { bases: vec![basis], ..siblings(false) }
    }

    fn refused(case: &Case, outcome: Outcome) -> Vec<Uuid> {
        may_refer(case, outcome, &[ANNA, BEN]).err().map_or(Vec::new(), |NotAgreed(of)| of)
    }

    #[test]
    fn r21_a_referral_that_may_be_refused_needs_consent_for_each_child() {
        for outcome in REFERRALS {
            assert_eq!(refused(&siblings(false), outcome), [ANNA, BEN]);
            assert_eq!(refused(&siblings(true), outcome), [BEN]);
            assert_eq!(may_refer(&siblings(true), outcome, &[ANNA]), Ok(()));
        }
    }

    #[test]
    fn r21_advice_and_no_further_action_refer_nobody() {
        for outcome in [Outcome::AdviceAndGuidance, Outcome::NoFurtherAction] {
            assert!(refused(&siblings(false), outcome).is_empty());
        }
    }

    #[test]
    fn r7_an_override_stands_for_the_consent_of_its_children() {
        for outcome in REFERRALS {
            assert_eq!(refused(&with(BasisKind::Override, &[ANNA]), outcome), [BEN]);
        }
    }

    #[test]
    fn r21_section_47_is_never_refused_and_is_no_consent_to_a_service() {
        let recorded = with(BasisKind::Section47, &[BEN]);
        assert_eq!(refused(&recorded, Outcome::StatutoryAssessment), [ANNA]);
        assert_eq!(refused(&recorded, Outcome::EarlyHelpAssessment), [ANNA, BEN]);
        for (immediate_danger, significant_harm) in [(true, false), (false, true)] {
            let urgency = Urgency { immediate_danger, significant_harm };
            let case = Case { urgency, ..siblings(false) };
            assert!(refused(&case, Outcome::StatutoryAssessment).is_empty());
        }
    }
}
