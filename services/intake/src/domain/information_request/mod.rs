//! A request for information that somebody makes of the hub (R54–R56).

pub mod clock;
pub mod correction;
pub mod decision;
pub mod disclosure;
pub mod state;

use access::Personal;
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use self::{correction::Correction, state::State};
use super::{clock::Clock, reference::Reference};

/// What kind of request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.information_request_kind", rename_all = "snake_case")]
pub enum Kind {
    /// Answered in the ordinary time (R55).
    Routine,
    /// A manager sets its date.
    UrgentChildProtection,
    /// A manager sets its date.
    Court,
    /// For information governance.
    SubjectAccess,
    /// For information governance.
    FreedomOfInformation,
}

impl Kind {
    /// Whether it is for information governance to answer (R55).
    pub fn is_for_governance(self) -> bool {
        match self {
            Self::SubjectAccess | Self::FreedomOfInformation => true,
            Self::Routine | Self::UrgentChildProtection | Self::Court => false,
        }
    }

    /// Whether a manager sets its date (R55).
    pub fn is_dated_by_a_manager(self) -> bool {
        match self {
            Self::UrgentChildProtection | Self::Court => true,
            Self::Routine | Self::SubjectAccess | Self::FreedomOfInformation => false,
        }
    }
}

/// How it was made sure who asks (R55).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.requester_verification", rename_all = "snake_case")]
pub enum Verification {
    /// Called back at a number that their agency is known by.
    CallBack,
    /// A listed secure e-mail address.
    SecureEmail,
    /// A document.
    IdentityDocument,
    /// The seal or order of a court.
    CourtSeal,
}

/// What an answer can rest on (R38).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.answer_basis", rename_all = "snake_case")]
pub enum AnswerBasis {
    /// Consent.
    Consent,
    /// A manager's override of missing consent.
    Override,
    /// The public interest, as a manager records it.
    PublicInterest,
    /// Reasonable cause to suspect significant harm, as a manager records it.
    #[sqlx(rename = "section_47")]
    Section47,
    /// An order of a court.
    CourtOrder,
}

impl AnswerBasis {
    /// Which rule demands a second part of the reasons, as a basis on a contact has it (R7, R38):
    /// of an override that telling the family may increase the risk, of the public interest
    /// whether consent was refused or why it was not sought.
    pub fn demands_further(self) -> Option<&'static str> {
        match self {
            Self::Override => Some("R7"),
            Self::PublicInterest => Some("R38"),
            Self::Consent | Self::Section47 | Self::CourtOrder => None,
        }
    }
}

/// Who asks.
pub struct Requester {
    /// Name.
    pub name: Personal<String>,
    /// Organisation; may be empty.
    pub organisation: Personal<String>,
    /// Capacity in which they ask.
    pub capacity: Personal<String>,
    /// Where the answer goes.
    pub contact_details: Personal<String>,
    /// Country, ISO 3166-1.
    pub country: String,
}

/// Somebody a request is about.
pub struct Subject {
    /// Name.
    pub name: Personal<String>,
    /// Date of birth, where it is known.
    pub birth_date: Option<Personal<Date>>,
    /// Ten digits, where it is known.
    pub nhs_number: Option<Personal<String>>,
}

/// A request as it comes in.
pub struct NewRequest {
    /// When it was received; `None` for now (R13).
    pub received_at: Option<Timestamp>,
    /// Which kind.
    pub kind: Kind,
    /// Who asks.
    pub requester: Requester,
    /// On what authority.
    pub authority: Personal<String>,
    /// What for; may be empty for information governance.
    pub purpose: Personal<String>,
    /// What is asked.
    pub asked_for: Personal<String>,
    /// The basis that the requester names.
    pub named_basis: Option<AnswerBasis>,
    /// Whom it is about.
    pub subjects: Vec<Subject>,
    /// How it was made sure who asks, where it was.
    pub verification: Option<Verification>,
}

/// Where a request stands: what decisions go by.
#[derive(Clone, Debug)]
pub struct RequestStanding {
    /// How often it has changed.
    pub revision: i64,
    /// Which kind.
    pub kind: Kind,
    /// Its state.
    pub state: State,
    /// From another country (R56).
    pub is_foreign: bool,
    /// How it was made sure who asks.
    pub verification: Option<Verification>,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was passed on, where it was.
    pub passed_at: Option<Timestamp>,
    /// The clock that runs.
    pub clock: Uuid,
    /// When that runs out.
    pub deadline: Timestamp,
    /// The date that a manager has set (R55).
    pub dated: Option<Timestamp>,
    /// From when the hour runs in which a unit is to be passed it; `None` where nobody it is about
    /// has an open case, as far as the register said when it was looked at last (R54).
    pub open_case_from: Option<Timestamp>,
}

impl RequestStanding {
    /// How it stands once it is corrected; `home` is the authority's own country (R56). An hour
    /// that ran from its receipt runs from the receipt as it ought to be, and a date that a manager
    /// has set counts while it is of a kind that a manager dates.
    pub fn corrected(self, to: &Correction, home: &str) -> Self {
        let received_at = to.received_at.unwrap_or(self.received_at);
        let kind = to.kind.unwrap_or(self.kind);
        let moved = |from| if from == self.received_at { received_at } else { from };
        let is_foreign = to.country.as_deref().map_or(self.is_foreign, |country| country != home);
        Self {
            kind,
            received_at,
            is_foreign,
            open_case_from: self.open_case_from.map(moved),
            dated: self.dated.filter(|_| kind.is_dated_by_a_manager()),
            ..self
        }
    }
}

#[cfg(test)]
impl RequestStanding {
    /// A routine request that has just come in and was verified.
    pub fn just_received() -> Self {
        Self {
            revision: 1,
            kind: Kind::Routine,
            state: State::Received,
            is_foreign: false,
            verification: Some(Verification::CallBack),
            received_at: Timestamp::UNIX_EPOCH,
            passed_at: None,
            clock: Uuid::from_u128(1),
            deadline: Timestamp::UNIX_EPOCH,
            dated: None,
            open_case_from: None,
        }
    }
}

/// What is added to a request as it comes in.
pub struct Arrived {
    /// Its id.
    pub id: Uuid,
    /// Its short reference.
    pub reference: Reference,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// From another country.
    pub is_foreign: bool,
    /// Somebody it is about has an open case.
    pub open_case: bool,
    /// The clock that starts.
    pub clock: Clock,
}
