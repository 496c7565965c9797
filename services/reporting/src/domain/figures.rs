//! The figures of a period (R67): counts, and no child in them.

use super::terms::{Channel, Outcome, Pathway, Rag};

/// All figures of one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Contacts received.
    pub contacts: Contacts,
    /// The children on them.
    pub children: Children,
    /// Contacts that were entered after they were received.
    pub late_entry: LateEntry,
    /// Contacts by channel.
    pub channels: Vec<Count<Channel>>,
    /// Contacts by national referral-source code.
    pub sources: Vec<Count<String>>,
    /// Children by initial decision.
    pub pathways: Vec<Count<Pathway>>,
    /// Children by outcome.
    pub outcomes: Vec<Count<Outcome>>,
    /// Checks by agency and RAG.
    pub checks: Vec<Checks>,
    /// Initial decisions.
    pub decisions: Decisions,
    /// How cases went.
    pub cases: Cases,
    /// Pages to people of the hub.
    pub pages: Pages,
}

/// How many there are of one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count<C> {
    /// The code.
    pub code: C,
    /// How many.
    pub count: i64,
}

/// Volumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contacts {
    /// Contacts.
    pub contacts: i64,
    /// Contacts with significant harm or immediate danger indicated.
    pub section_47: i64,
}

/// The children on the contacts of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Children {
    /// All, also those who were added.
    pub all: i64,
    /// Whom their units have (R9).
    pub with_unit: i64,
    /// Of the hub, and without an initial decision.
    pub undecided: i64,
}

/// Contacts that were entered after they were received (R13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateEntry {
    /// Contacts.
    pub contacts: i64,
    /// Mean time from receipt to entry, in seconds; 0 where there is none.
    pub mean_seconds: i64,
    /// The longest.
    pub longest_seconds: i64,
}

/// Timeliness of one agency's checks of one RAG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// Code of the agency.
    pub agency: String,
    /// The RAG they were requested with.
    pub rag: Rag,
    /// Requested.
    pub requested: i64,
    /// Final answer received by the deadline.
    pub answered_in_time: i64,
    /// Final answer received after the deadline.
    pub answered_late: i64,
    /// No final answer, and past the deadline.
    pub overdue: i64,
    /// Withdrawn by the deadline, and no final answer by it.
    pub withdrawn: i64,
    /// Mean time from request to final answer, in seconds, of those in time or late; 0 where
    /// there is none.
    pub mean_seconds_to_answer: i64,
}

/// Initial decisions that were owed (R72).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// Made by the deadline.
    pub in_time: i64,
    /// Made later, or still owed at the deadline and needless only then.
    pub late: i64,
    /// Needless by the deadline (R9).
    pub not_needed: i64,
}

/// How the contacts of a period went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cases {
    /// Referrer told (R28).
    pub referrers_informed: i64,
    /// Referrer not told, with a reason on the record.
    pub referrers_not_informed: i64,
    /// Closed.
    pub closed: i64,
}

/// Pages raised in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// Raised.
    pub raised: i64,
    /// Of them, climbed at least one step.
    pub climbed: i64,
    /// Of them, acknowledged by a person.
    pub acknowledged: i64,
}
