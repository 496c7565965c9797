//! The codes by which figures are broken down.

/// The way a contact arrived (R1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "reporting.channel", rename_all = "snake_case")]
pub enum Channel {
    /// The hub's form.
    Form,
    /// A telephone call.
    Phone,
    /// Electronic mail.
    Email,
    /// A letter.
    Mail,
    /// Somebody at the door.
    WalkIn,
    /// The system of an agency or of EDT.
    System,
}

/// How urgent a check is (R34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "reporting.rag", rename_all = "snake_case")]
pub enum Rag {
    /// Within 4 hours.
    Red,
    /// Within 24 hours.
    Amber,
    /// Within 72 hours.
    Green,
}

/// The four initial decisions (R16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "reporting.pathway", rename_all = "snake_case")]
pub enum Pathway {
    /// A.
    NoFurtherActionInHub,
    /// B.
    StatutoryAssessment,
    /// C.
    CscScreening,
    /// D.
    EarlyHelpScreening,
}

/// What a contact ends in for a child (R26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "reporting.outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Advice to the agency, the family, or both.
    AdviceAndGuidance,
    /// A community or voluntary service.
    CommunityOrVoluntaryService,
    /// An early help assessment.
    EarlyHelpAssessment,
    /// Section 17 or Section 47.
    StatutoryAssessment,
    /// No further action.
    NoFurtherAction,
}

/// Why somebody was paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "reporting.page_cause", rename_all = "snake_case")]
pub enum PageCause {
    /// Significant harm or immediate danger (R18).
    #[sqlx(rename = "section_47")]
    Section47,
    /// A partner's risk flag (R41).
    RiskFlag,
    /// A RED check not answered in time (R43).
    RedCheckOverdue,
    /// The agency is reminded of a RED check (R43).
    RedCheckReminder,
    /// What was passed on was not taken in time (R3, R9, R10).
    HandOverOverdue,
    /// A unit has not said in time that it has what was passed to it (R9, R54).
    UnitReceiptOverdue,
    /// An event could not be applied.
    EventParked,
}

/// What becomes of a record once; the earliest instant counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "reporting.milestone_kind", rename_all = "snake_case")]
pub enum Milestone {
    /// Harm or danger was indicated of a contact after it arrived (R18).
    SaidUrgent,
    /// A check has its final answer (R40), by the instant at which it was received (R13).
    Answered,
    /// A check was withdrawn, by the instant at which its clock ended (R6, R9).
    Withdrawn,
    /// A page went on to somebody else.
    Climbed,
    /// A person acknowledged a page.
    Acknowledged,
}
