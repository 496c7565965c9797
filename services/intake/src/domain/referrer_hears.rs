//! What the referrer of a child with an open case may be told (R9).

use super::{codes::is_public, unit_hand_over::UnitHandOver};
use crate::protocol::Texts;

/// The referrer of a contact, as it is shown: of who is under seal only that they are (R2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferrerShown {
    /// National referral-source code, as it is shown.
    pub source: String,
    /// What they said of themselves is sealed.
    pub is_sealed: bool,
    /// Their name and their organisation are on record.
    pub is_identified: bool,
    /// They are a child or an adult of the contact.
    pub is_on_contact: bool,
}

/// What the referrer may be told of a hand-over to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferrerHears {
    /// The unit.
    Unit,
    /// Only that it was passed on.
    PassedOn,
}

impl ReferrerHears {
    /// What this referrer may be told (R9). A professional whose name and organisation are on
    /// record is told the unit; the public, who is under seal, and who may be either only that it
    /// was passed on. Readings: who gives no organisation is in doubt, and a professional who is
    /// somebody on the contact hears of it as family; where no unit is named there is none to
    /// tell.
    pub fn of(referrer: Option<&ReferrerShown>, hand_over: &UnitHandOver) -> Self {
        let is_professional = referrer.is_some_and(|referrer| {
            let in_doubt = referrer.is_sealed || referrer.is_on_contact || !referrer.is_identified;
            !is_public(&referrer.source) && !in_doubt
        });
        match is_professional && !hand_over.unit_told().is_empty() {
            true => Self::Unit,
            false => Self::PassedOn,
        }
    }

    /// That in the words of the protocol file; behind those of a unit its name is said.
    pub fn words(self, texts: &Texts) -> &str {
        match self {
            Self::Unit => &texts.passed_to_unit,
            Self::PassedOn => &texts.passed_on,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::domain::clock::Running;

    fn hand_over(unit: &str) -> UnitHandOver {
        UnitHandOver {
            id: Uuid::from_u128(1),
            revision: 1,
            contact: Uuid::from_u128(2),
            children: vec![Uuid::from_u128(3)],
            unit: unit.to_owned(),
            found_at: Timestamp::UNIX_EPOCH,
            passing: Running { id: Uuid::from_u128(4), due_at: Timestamp::UNIX_EPOCH },
            passing_from: Timestamp::UNIX_EPOCH,
            passed: None,
            receipt: None,
            receipt_recorded_by: None,
            withdrawn_at: None,
            begun: None,
            taken_back: None,
        }
    }

    #[test]
    fn r9_a_professional_of_whom_nothing_is_in_doubt_is_told_the_unit_and_nobody_else() {
        let school = ReferrerShown {
            source: "2A".to_owned(),
            is_sealed: false,
            is_identified: true,
            is_on_contact: false,
        };
        let hears =
            |referrer: &ReferrerShown| ReferrerHears::of(Some(referrer), &hand_over("Unit 7"));
        assert_eq!(hears(&school), ReferrerHears::Unit);
        for source in ["1A", "1B", "1C", "1D", "9", "10"] {
            let public = ReferrerShown { source: source.to_owned(), ..school.clone() };
            assert_eq!(hears(&public), ReferrerHears::PassedOn, "{source}");
        }
        for in_doubt in [
            ReferrerShown { is_sealed: true, ..school.clone() },
            ReferrerShown { is_identified: false, ..school.clone() },
            ReferrerShown { is_on_contact: true, ..school.clone() },
        ] {
            assert_eq!(hears(&in_doubt), ReferrerHears::PassedOn, "{in_doubt:?}");
        }
        assert_eq!(ReferrerHears::of(None, &hand_over("Unit 7")), ReferrerHears::PassedOn);
        assert_eq!(ReferrerHears::of(Some(&school), &hand_over("")), ReferrerHears::PassedOn);
    }
}
