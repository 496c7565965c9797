//! Consent (R6): for a child, an agency and a purpose. Consent to a service is not
//! consent to share.

use access::Personal;
use jiff::Timestamp;
use uuid::Uuid;

/// What consent was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.consent_purpose", rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// To share information with an agency.
    ShareInformation,
    /// To be referred to a service.
    Service,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.consent_answer", rename_all = "snake_case")]
pub enum ConsentAnswer {
    /// Agreed.
    Agreed,
    /// Refused.
    Refused,
    /// Not asked.
    NotSought,
}

/// Consent as it was asked for; `C` names a child, by place or by id.
pub struct Consent<C> {
    /// Which child; `None` for every one.
    pub child: Option<C>,
    /// Code of the agency; `None` for every one.
    pub agency: Option<String>,
    /// For what.
    pub purpose: ConsentPurpose,
    /// The answer.
    pub answer: ConsentAnswer,
    /// When it was asked.
    pub asked_at: Option<Timestamp>,
    /// How it was asked.
    pub how: Personal<String>,
    /// The family was told of the contact.
    pub family_told: bool,
}

/// Whether there is consent to share information on each of `children` with each of
/// `agencies` (R6). Where two answers fit a child and an agency, the one that
/// refuses counts: silence and doubt are no consent.
pub fn allows_sharing(consents: &[Consent<Uuid>], children: &[Uuid], agencies: &[String]) -> bool {
    let one = |child: &Uuid, agency: &String| {
        let mut fitting = consents
            .iter()
            .filter(|consent| consent.purpose == ConsentPurpose::ShareInformation)
            .filter(|consent| consent.child.is_none_or(|its| its == *child))
            .filter(|consent| consent.agency.as_ref().is_none_or(|its| its == agency))
            .map(|consent| consent.answer)
            .peekable();
        fitting.peek().is_some() && fitting.all(|answer| answer == ConsentAnswer::Agreed)
    };
    children.iter().all(|child| agencies.iter().all(|agency| one(child, agency)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMARA: Uuid = Uuid::from_u128(1);
    const KOFI: Uuid = Uuid::from_u128(2);

    fn consent(child: Option<Uuid>, agency: Option<&str>, answer: ConsentAnswer) -> Consent<Uuid> {
        Consent {
            child,
            agency: agency.map(str::to_owned),
            purpose: ConsentPurpose::ShareInformation,
            answer,
            asked_at: None,
            how: Personal::new(String::new()),
            family_told: true,
        }
    }

    fn allowed(consents: &[Consent<Uuid>], children: &[Uuid], agencies: &[&str]) -> bool {
        let agencies: Vec<String> = agencies.iter().map(|agency| agency.to_string()).collect();
        allows_sharing(consents, children, &agencies)
    }

    #[test]
    fn r6_consent_is_for_a_child_and_an_agency() {
        let health = [consent(Some(AMARA), Some("health"), ConsentAnswer::Agreed)];
        assert!(allowed(&health, &[AMARA], &["health"]));
        assert!(!allowed(&health, &[AMARA, KOFI], &["health"]));
        assert!(!allowed(&health, &[AMARA], &["health", "police"]));
        assert!(!allowed(&[], &[AMARA], &["health"]));
    }

    #[test]
    fn r6_consent_to_a_service_is_not_consent_to_share() {
        let mut service = consent(None, None, ConsentAnswer::Agreed);
        service.purpose = ConsentPurpose::Service;
        assert!(!allowed(&[service], &[AMARA], &["health"]));
    }

    #[test]
    fn r6_a_refusal_counts_over_a_general_agreement() {
        let general = [
            consent(None, None, ConsentAnswer::Agreed),
            consent(None, Some("police"), ConsentAnswer::Refused),
        ];
        assert!(allowed(&general, &[AMARA, KOFI], &["health"]));
        assert!(!allowed(&general, &[AMARA], &["police"]));
    }
}
