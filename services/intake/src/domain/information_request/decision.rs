//! Who may decide what of a request for information: answer it, refuse it, pass it on
//! (R54–R56).

use thiserror::Error;

use super::{
    AnswerBasis, RequestStanding,
    correction::Correction,
    state::{Act, NotNow, State, after},
};

/// As whom somebody decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// A manager of the hub.
    Manager,
    /// A practitioner.
    Practitioner,
}

/// A decision that is not allowed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Not where the request stands.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// It is not clear yet who asks (R55).
    #[error("nothing is answered before it was made sure who asks")]
    NotVerified,
    /// Somebody it is about has an open case (R54).
    #[error("somebody it is about has an open case: it goes to the unit")]
    OpenCase,
    /// It is a manager's to decide.
    #[error("{0}")]
    NeedsManager(WhyManager),
}

/// Why a decision is a manager's.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WhyManager {
    /// It comes from, or goes to, another country (R56).
    #[error("a request from, or an answer to, another country needs a manager")]
    Foreign,
    /// It is of a kind that a manager dates (R55).
    #[error("what a manager dates becomes a manager's no more by a manager only")]
    Dated,
    /// A basis that is a manager's to record in an answer (R38).
    #[error("an override, the public interest or Section 47 is a manager's to record")]
    Basis,
    /// Somebody it is about has an open case (R54).
    #[error("a decision in spite of an open case needs a manager")]
    OpenCase,
    /// A contact about them may be the child's own (R2).
    #[error("a contact may be the child's own: an answer that could show it needs a manager")]
    OwnContact,
    /// Somebody refuses that information on them is shared, or has taken an agreement back (R6,
    /// R38).
    #[error(
        "a contact says that consent is refused or was withdrawn: to rest on it needs a manager"
    )]
    ConsentRefused,
}

/// An answer, as far as it matters to whether it may be given.
#[derive(Clone, Copy, Debug)]
pub struct Answering {
    /// What it rests on.
    pub basis: AnswerBasis,
    /// It goes to another country.
    pub goes_abroad: bool,
    /// Somebody it is about has an open case now.
    pub open_case: bool,
    /// Why it is given all the same was said.
    pub open_case_reason: bool,
    /// A contact about somebody it is about may be the child's own.
    pub own_contact: bool,
    /// On a contact about somebody it is about, consent to share is refused or was withdrawn.
    pub consent_refused: bool,
}

/// Whether a request may be answered so (R54–R56). What a child told the hub is shown to no
/// parent without a manager's decision (R2): who a requester is to the child is in words only,
/// so any answer that could show it is a manager's. An answer on consent is one too where a
/// contact says that consent is refused or was withdrawn (R38): who asks may have another, which
/// is for a manager to weigh, and no contact's agreement takes another contact's refusal away.
///
/// # Errors
/// Why not.
pub fn answer(
    standing: &RequestStanding,
    answer: Answering,
    by: Decider,
) -> Result<State, Refusal> {
    let state = after(standing.kind, standing.state, Act::Answer)?;
    if standing.verification.is_none() {
        return Err(Refusal::NotVerified);
    }
    if answer.open_case && !answer.open_case_reason {
        return Err(Refusal::OpenCase);
    }
    let why = if standing.is_foreign || answer.goes_abroad {
        Some(WhyManager::Foreign)
    } else if answer.open_case {
        Some(WhyManager::OpenCase)
    } else if answer.own_contact {
        Some(WhyManager::OwnContact)
    } else if answer.basis == AnswerBasis::Consent && answer.consent_refused {
        Some(WhyManager::ConsentRefused)
    } else {
        is_a_managers(answer.basis).then_some(WhyManager::Basis)
    };
    manager_where(why, by).map(|()| state)
}

/// A refusal, as far as it matters to whether it may be given.
#[derive(Clone, Copy, Debug)]
pub struct Refusing {
    /// Whoever asked has withdrawn the request: nothing is decided in the unit's stead.
    pub withdrawn: bool,
    /// Somebody it is about has an open case now.
    pub open_case: bool,
    /// Why it is refused without the unit was said.
    pub open_case_reason: bool,
}

/// Whether a request may be refused (R44, R54, R56). Nobody need have been verified for
/// that. With an open case it is the unit's to refuse as it is the unit's to answer.
///
/// # Errors
/// Why not.
pub fn refuse(
    standing: &RequestStanding,
    refusing: Refusing,
    by: Decider,
) -> Result<State, Refusal> {
    let state = after(standing.kind, standing.state, Act::Refuse)?;
    let without_unit = refusing.open_case && !refusing.withdrawn;
    if without_unit && !refusing.open_case_reason {
        return Err(Refusal::OpenCase);
    }
    let why = if standing.is_foreign {
        Some(WhyManager::Foreign)
    } else {
        without_unit.then_some(WhyManager::OpenCase)
    };
    manager_where(why, by).map(|()| state)
}

/// Whether a request may be corrected so (R31, R55, R56). What was a manager's because of what it
/// said is made anybody's by a manager only: that it comes from no other country after all, or is
/// nothing that a manager dates.
///
/// # Errors
/// Why not.
pub fn correct(
    standing: &RequestStanding,
    to: &Correction,
    home: &str,
    by: Decider,
) -> Result<(), Refusal> {
    after(standing.kind, standing.state, Act::Correct)?;
    let dated = standing.kind.is_dated_by_a_manager();
    let why = if standing.is_foreign && to.country.as_deref() == Some(home) {
        Some(WhyManager::Foreign)
    } else {
        let undated = to.kind.is_some_and(|kind| !kind.is_dated_by_a_manager());
        (dated && undated).then_some(WhyManager::Dated)
    };
    manager_where(why, by)
}

/// The bases that a manager records (R38).
fn is_a_managers(basis: AnswerBasis) -> bool {
    match basis {
        AnswerBasis::Consent | AnswerBasis::CourtOrder => false,
        AnswerBasis::Override | AnswerBasis::PublicInterest | AnswerBasis::Section47 => true,
    }
}

fn manager_where(why: Option<WhyManager>, by: Decider) -> Result<(), Refusal> {
    match (why, by) {
        (Some(why), Decider::Practitioner) => Err(Refusal::NeedsManager(why)),
        (Some(_), Decider::Manager) | (None, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::information_request::Kind;

    fn standing() -> RequestStanding {
        RequestStanding::just_received()
    }

    const ON_CONSENT: Answering = Answering {
        basis: AnswerBasis::Consent,
        goes_abroad: false,
        open_case: false,
        open_case_reason: false,
        own_contact: false,
        consent_refused: false,
    };

    const QUIET: Refusing =
        Refusing { withdrawn: false, open_case: false, open_case_reason: false };

    #[test]
    fn r55_nothing_is_answered_before_it_is_clear_who_asks() {
        let unknown = RequestStanding { verification: None, ..standing() };
        assert_eq!(answer(&unknown, ON_CONSENT, Decider::Manager), Err(Refusal::NotVerified));
        assert_eq!(answer(&standing(), ON_CONSENT, Decider::Practitioner), Ok(State::Answered));
        assert_eq!(refuse(&unknown, QUIET, Decider::Practitioner), Ok(State::Refused));
    }

    #[test]
    fn r54_an_open_case_goes_to_the_unit_unless_a_manager_says_why_not() {
        let open = Answering { open_case: true, ..ON_CONSENT };
        assert_eq!(answer(&standing(), open, Decider::Manager), Err(Refusal::OpenCase));
        let reasoned = Answering { open_case_reason: true, ..open };
        assert_eq!(
            answer(&standing(), reasoned, Decider::Practitioner),
            Err(Refusal::NeedsManager(WhyManager::OpenCase))
        );
        assert_eq!(answer(&standing(), reasoned, Decider::Manager), Ok(State::Answered));
    }

    #[test]
    fn r54_a_refusal_without_the_unit_needs_a_manager_and_a_reason_and_a_withdrawal_none() {
        let open = Refusing { open_case: true, ..QUIET };
        assert_eq!(refuse(&standing(), open, Decider::Manager), Err(Refusal::OpenCase));
        let reasoned = Refusing { open_case_reason: true, ..open };
        assert_eq!(
            refuse(&standing(), reasoned, Decider::Practitioner),
            Err(Refusal::NeedsManager(WhyManager::OpenCase))
        );
        assert_eq!(refuse(&standing(), reasoned, Decider::Manager), Ok(State::Refused));
        let withdrawn = Refusing { withdrawn: true, ..open };
        assert_eq!(refuse(&standing(), withdrawn, Decider::Practitioner), Ok(State::Refused));
    }

    #[test]
    fn r2_an_answer_that_could_show_a_childs_own_contact_needs_a_manager() {
        let own = Answering { own_contact: true, ..ON_CONSENT };
        assert_eq!(
            answer(&standing(), own, Decider::Practitioner),
            Err(Refusal::NeedsManager(WhyManager::OwnContact))
        );
        assert_eq!(answer(&standing(), own, Decider::Manager), Ok(State::Answered));
    }

    #[test]
    fn r38_an_answer_on_consent_that_is_refused_needs_a_manager() {
        let refused = Answering { consent_refused: true, ..ON_CONSENT };
        assert_eq!(
            answer(&standing(), refused, Decider::Practitioner),
            Err(Refusal::NeedsManager(WhyManager::ConsentRefused))
        );
        assert_eq!(answer(&standing(), refused, Decider::Manager), Ok(State::Answered));
        let ordered = Answering { basis: AnswerBasis::CourtOrder, ..refused };
        assert_eq!(answer(&standing(), ordered, Decider::Practitioner), Ok(State::Answered));
    }

    #[test]
    fn r56_another_country_needs_a_manager() {
        let refusal = Err(Refusal::NeedsManager(WhyManager::Foreign));
        let foreign = RequestStanding { is_foreign: true, ..standing() };
        let abroad = Answering { goes_abroad: true, ..ON_CONSENT };
        assert_eq!(answer(&foreign, ON_CONSENT, Decider::Practitioner), refusal);
        assert_eq!(answer(&standing(), abroad, Decider::Practitioner), refusal);
        assert_eq!(refuse(&foreign, QUIET, Decider::Practitioner), refusal);
        assert_eq!(answer(&foreign, abroad, Decider::Manager), Ok(State::Answered));
        assert_eq!(refuse(&foreign, QUIET, Decider::Manager), Ok(State::Refused));
    }

    #[test]
    fn r38_some_bases_are_a_managers_to_record() {
        for (basis, practitioner_may) in [
            (AnswerBasis::Consent, true),
            (AnswerBasis::CourtOrder, true),
            (AnswerBasis::Override, false),
            (AnswerBasis::PublicInterest, false),
            (AnswerBasis::Section47, false),
        ] {
            let on_basis = Answering { basis, ..ON_CONSENT };
            let given = answer(&standing(), on_basis, Decider::Practitioner);
            assert_eq!(given.is_ok(), practitioner_may, "{basis:?}");
            assert!(answer(&standing(), on_basis, Decider::Manager).is_ok());
        }
    }
    #[test]
    fn r55_r56_what_was_a_managers_is_made_anybodys_by_a_manager_only() {
        let from = |country: &str| Correction {
            country: Some(country.to_owned()),
            ..Correction::default()
        };
        let of = |kind| Correction { kind: Some(kind), ..Correction::default() };
        let foreign = RequestStanding { is_foreign: true, ..standing() };
        let court = RequestStanding { kind: Kind::Court, ..standing() };
        for (before, to, why) in [
            (&foreign, from("GB"), Some(WhyManager::Foreign)),
            (&foreign, from("IE"), None),
            (&court, of(Kind::Routine), Some(WhyManager::Dated)),
            (&court, of(Kind::UrgentChildProtection), None),
            (&standing(), of(Kind::Court), None),
            (&standing(), from("FR"), None),
        ] {
            let expected = why.map_or(Ok(()), |why| Err(Refusal::NeedsManager(why)));
            assert_eq!(correct(before, &to, "GB", Decider::Practitioner), expected, "{why:?}");
            assert_eq!(correct(before, &to, "GB", Decider::Manager), Ok(()));
        }
    }
}
