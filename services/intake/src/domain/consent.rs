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

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.consent_giver", rename_all = "snake_case")]
pub enum ConsentGiver {
    /// A parent, or who else holds parental responsibility.
    Parent,
    /// The child, of an age and understanding to give it.
    Child,
    /// The adult whom it is about.
    Adult,
}

/// Consent as it was asked for; `C` names a person, by place or by id.
pub struct Consent<C> {
    /// Which child; `None` for every one.
    pub child: Option<C>,
    /// Which adult's own information it is about, and then no child's.
    pub adult: Option<C>,
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
    /// Who asked.
    pub asked_by: Personal<String>,
    /// Who answered, where it was told.
    pub given_by: Option<ConsentGiver>,
    /// The family was told of the contact.
    pub family_told: bool,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

impl<C: PartialEq> Consent<C> {
    /// Whether it speaks of this child, for this purpose.
    fn is_for(&self, child: &C, purpose: ConsentPurpose) -> bool {
        let about_child = self.child.as_ref().is_none_or(|its| its == child);
        self.purpose == purpose && self.adult.is_none() && about_child
    }

    /// Whether it still holds: what was withdrawn counts like a refusal (R6).
    fn holds(&self) -> bool {
        self.answer == ConsentAnswer::Agreed && self.withdrawn_at.is_none()
    }
}

impl Consent<usize> {
    /// The same with the ids of the people whom it names by place.
    pub fn named(&self, children: &[Uuid], adults: &[Uuid]) -> Consent<Uuid> {
        Consent {
            child: self.child.and_then(|place| children.get(place).copied()),
            adult: self.adult.and_then(|place| adults.get(place).copied()),
            agency: self.agency.clone(),
            purpose: self.purpose,
            answer: self.answer,
            asked_at: self.asked_at,
            how: self.how.clone(),
            asked_by: self.asked_by.clone(),
            given_by: self.given_by,
            family_told: self.family_told,
            withdrawn_at: self.withdrawn_at,
        }
    }
}

/// Whether there is consent to share information on each of `children` with each of
/// `agencies` (R6). Where two answers fit a child and an agency, the one that
/// refuses counts: silence and doubt are no consent.
pub fn allows_sharing(consents: &[Consent<Uuid>], children: &[Uuid], agencies: &[String]) -> bool {
    let one = |child: &Uuid, agency: &String| {
        let mut fitting = consents
            .iter()
            .filter(|consent| consent.is_for(child, ConsentPurpose::ShareInformation))
            .filter(|consent| consent.agency.as_ref().is_none_or(|its| its == agency))
            .peekable();
        fitting.peek().is_some() && fitting.all(Consent::holds)
    };
    children.iter().all(|child| agencies.iter().all(|agency| one(child, agency)))
}

/// Whether the family has agreed that `child` is referred to a service (R6, R21). A referral
/// does not name its service yet, so only an agreement to any service carries it, and no
/// refusal of one may stand beside: silence and doubt are no consent.
pub fn agrees_to_service<C: PartialEq>(consents: &[Consent<C>], child: &C) -> bool {
    let fitting =
        || consents.iter().filter(|consent| consent.is_for(child, ConsentPurpose::Service));
    fitting().any(|consent| consent.agency.is_none()) && fitting().all(Consent::holds)
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
            adult: None,
            asked_by: Personal::new(String::new()),
            given_by: None,
            family_told: true,
            withdrawn_at: None,
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
    fn r6_consent_that_was_withdrawn_is_none_and_stops_what_rests_on_it() {
        let mut health = [consent(None, None, ConsentAnswer::Agreed)];
        assert!(allowed(&health, &[AMARA], &["health"]));
        health[0].withdrawn_at = Some(Timestamp::UNIX_EPOCH);
        assert!(!allowed(&health, &[AMARA], &["health"]));
        let mut service = [to_service(None, None, ConsentAnswer::Agreed)];
        service[0].withdrawn_at = Some(Timestamp::UNIX_EPOCH);
        assert!(!agrees_to_service(&service, &AMARA));
    }

    #[test]
    fn r6_an_adults_consent_is_for_that_adult_and_no_child() {
        let mut father = [consent(None, None, ConsentAnswer::Agreed)];
        father[0].adult = Some(Uuid::from_u128(9));
        assert!(!allowed(&father, &[AMARA], &["health"]));
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

    fn to_service(
        child: Option<Uuid>,
        agency: Option<&str>,
        answer: ConsentAnswer,
    ) -> Consent<Uuid> {
        Consent { purpose: ConsentPurpose::Service, ..consent(child, agency, answer) }
    }

    #[test]
    fn r6_a_referral_is_agreed_for_a_child_and_consent_to_share_is_not_consent_to_it() {
        assert!(!agrees_to_service(&[], &AMARA));
        assert!(!agrees_to_service(&[consent(None, None, ConsentAnswer::Agreed)], &AMARA));
        let for_amara = [to_service(Some(AMARA), None, ConsentAnswer::Agreed)];
        assert!(agrees_to_service(&for_amara, &AMARA));
        assert!(!agrees_to_service(&for_amara, &KOFI));
        assert!(agrees_to_service(&[to_service(None, None, ConsentAnswer::Agreed)], &KOFI));
    }

    #[test]
    fn r6_doubt_about_a_referral_is_no_agreement_to_it() {
        let general = || to_service(None, None, ConsentAnswer::Agreed);
        for answer in [ConsentAnswer::Refused, ConsentAnswer::NotSought] {
            assert!(!agrees_to_service(&[to_service(None, None, answer)], &AMARA));
            let doubt = [general(), to_service(Some(AMARA), Some("early_help"), answer)];
            assert!(!agrees_to_service(&doubt, &AMARA));
            assert!(agrees_to_service(&doubt, &KOFI));
        }
        let one_service = [to_service(None, Some("early_help"), ConsentAnswer::Agreed)];
        assert!(!agrees_to_service(&one_service, &AMARA));
    }
}
