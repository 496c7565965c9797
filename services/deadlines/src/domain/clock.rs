//! Clocks: when they warn, how they end, and which of them are urgent.

use jiff::Timestamp;
use uuid::Uuid;

/// What a clock is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "deadlines.clock_kind", rename_all = "snake_case")]
pub enum ClockKind {
    /// The initial decision (R72).
    InitialDecision,
    /// CSC screening (R22).
    CscScreening,
    /// Early Help screening (R23).
    EarlyHelpScreening,
    /// The answer to a check (R34).
    Check,
    /// Telling the referrer (R28).
    InformReferrer,
    /// The decision after a Section 47 page was acknowledged (R18).
    #[sqlx(rename = "section_47_decision")]
    Section47Decision,
    /// A request for information is answered, refused or passed on (R54, R55).
    InformationRequest,
    /// Whoever a request for information was passed to has it (R54).
    InformationRequestReceipt,
    /// The Emergency Duty Team has what was handed to it (R10).
    EdtReceipt,
    /// The hub has reviewed what the Emergency Duty Team did (R10).
    EdtReview,
    /// Another authority has the children passed to it (R3).
    AuthorityReceipt,
    /// The second look at an override (R7).
    OverrideReview,
    /// A contact about an open case is passed to its unit (R9).
    UnitPass,
    /// The unit has it (R9).
    UnitReceipt,
    /// A manager decides whether a contact is the hub's (R3).
    RemitDecision,
}

/// How urgent a check is (R34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "deadlines.rag", rename_all = "snake_case")]
pub enum Rag {
    /// Within 4 hours.
    Red,
    /// Within 24 hours.
    Amber,
    /// Within 72 hours.
    Green,
}

impl ClockKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::InitialDecision,
        Self::CscScreening,
        Self::EarlyHelpScreening,
        Self::Check,
        Self::InformReferrer,
        Self::Section47Decision,
        Self::InformationRequest,
        Self::InformationRequestReceipt,
        Self::EdtReceipt,
        Self::EdtReview,
        Self::AuthorityReceipt,
        Self::OverrideReview,
        Self::UnitPass,
        Self::UnitReceipt,
        Self::RemitDecision,
    ];

    /// The code that operators see.
    pub fn code(self) -> &'static str {
        match self {
            Self::InitialDecision => "initial_decision",
            Self::CscScreening => "csc_screening",
            Self::EarlyHelpScreening => "early_help_screening",
            Self::Check => "check",
            Self::InformReferrer => "inform_referrer",
            Self::Section47Decision => "section_47_decision",
            Self::InformationRequest => "information_request",
            Self::InformationRequestReceipt => "information_request_receipt",
            Self::EdtReceipt => "edt_receipt",
            Self::EdtReview => "edt_review",
            Self::AuthorityReceipt => "authority_receipt",
            Self::OverrideReview => "override_review",
            Self::UnitPass => "unit_pass",
            Self::UnitReceipt => "unit_receipt",
            Self::RemitDecision => "remit_decision",
        }
    }
}

impl Rag {
    /// The code that pagers are told.
    pub fn code(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Amber => "amber",
            Self::Green => "green",
        }
    }
}

/// Where a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "deadlines.clock_state", rename_all = "snake_case")]
pub enum ClockState {
    /// Running.
    Running,
    /// Ran out, and what it waits for has not happened.
    Late,
    /// What it waited for happened in time.
    Met,
    /// What it waited for happened after the deadline.
    MetLate,
    /// No longer needed, or replaced by another.
    Cancelled,
}

/// How a clock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "deadlines.ending", rename_all = "snake_case")]
pub enum Ending {
    /// What it waited for has happened.
    Met,
    /// What it waited for is no longer needed.
    Cancelled,
    /// Another clock has taken its place.
    Replaced,
}

/// A clock as its owner started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClock {
    /// Its id.
    pub id: Uuid,
    /// The contact.
    pub contact: Uuid,
    /// What it is about.
    pub kind: ClockKind,
    /// When the timescale began.
    pub started_at: Timestamp,
    /// When it runs out; at this instant is still in time.
    pub deadline: Timestamp,
    /// When somebody is warned.
    pub warnings: Vec<Timestamp>,
    /// The protocol that it was started under (R59).
    pub protocol_version: String,
    /// For a check: how urgent.
    pub rag: Option<Rag>,
    /// For a check: code of the agency.
    pub agency: Option<String>,
}

/// A clock's end, which may be heard of before its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockEnd {
    /// The clock.
    pub clock: Uuid,
    /// The instant of the act that ended it.
    pub at: Timestamp,
    /// How it ended.
    pub ending: Ending,
}

/// Whether a clock's timers fire before all others that are due (R60): those of a
/// RED check and of a Section 47 decision.
pub fn is_urgent(kind: ClockKind, rag: Option<Rag>) -> bool {
    kind == ClockKind::Section47Decision || is_red_check(kind, rag)
}

/// Whether it is the clock of a RED check, which pages (R43).
pub fn is_red_check(kind: ClockKind, rag: Option<Rag>) -> bool {
    kind == ClockKind::Check && rag == Some(Rag::Red)
}

/// Where a clock stands after its end (R60): what happened when is decided by the
/// instants of the acts, not by when they were heard of. At the deadline is in time.
pub fn ended_state(end: &ClockEnd, deadline: Timestamp) -> ClockState {
    match end.ending {
        Ending::Met if end.at <= deadline => ClockState::Met,
        Ending::Met => ClockState::MetLate,
        Ending::Cancelled | Ending::Replaced => ClockState::Cancelled,
    }
}

/// Whether a clock that was not known to be late had run out before it was ended, so
/// that this is still to be told (R60).
pub fn ran_out_before(end: &ClockEnd, state: ClockState, deadline: Timestamp) -> bool {
    state == ClockState::Running && end.at > deadline
}

/// Whether the agency is reminded at a warning of a RED check (R43): at the last one
/// always, at those before it only while nobody there has seen the check.
pub fn reminds(seen: bool, last_warning: bool) -> bool {
    last_warning || !seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(at: &str, ending: Ending) -> ClockEnd {
        ClockEnd { clock: Uuid::nil(), at: at.parse().unwrap(), ending }
    }

    #[test]
    fn r60_the_instant_of_the_act_decides_and_the_deadline_itself_is_in_time() {
        let deadline = "2026-11-24T14:00:00Z".parse().unwrap();
        let state = |at, ending| ended_state(&end(at, ending), deadline);
        assert_eq!(state("2026-11-24T13:59:59Z", Ending::Met), ClockState::Met);
        assert_eq!(state("2026-11-24T14:00:00Z", Ending::Met), ClockState::Met);
        assert_eq!(state("2026-11-24T14:00:00.000001Z", Ending::Met), ClockState::MetLate);
        assert_eq!(state("2026-11-24T15:00:00Z", Ending::Replaced), ClockState::Cancelled);
        assert_eq!(state("2026-11-24T13:00:00Z", Ending::Cancelled), ClockState::Cancelled);
    }

    #[test]
    fn r60_red_checks_and_section_47_come_first() {
        assert!(is_urgent(ClockKind::Check, Some(Rag::Red)));
        assert!(is_urgent(ClockKind::Section47Decision, None));
        assert!(!is_urgent(ClockKind::Check, Some(Rag::Amber)));
        assert!(!is_urgent(ClockKind::InitialDecision, None));
    }

    #[test]
    fn r43_a_check_that_was_seen_is_reminded_of_at_the_last_warning_only() {
        assert!(reminds(false, false) && reminds(false, true) && reminds(true, true));
        assert!(!reminds(true, false));
    }
}
