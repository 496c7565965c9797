//! What an event says that figures are made of.

use jiff::Timestamp;
use uuid::Uuid;

use super::terms::{Channel, Milestone, Outcome, PageCause, Pathway, Rag};

/// One fact. Each stands alone: those that it belongs with may be heard of later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A contact reached the hub.
    Contact(Contact),
    /// Children are on a contact, from the beginning or since they were added (R20).
    Children {
        /// The contact.
        contact: Uuid,
        /// The children.
        children: Vec<Uuid>,
    },
    /// Children were put on a contact by mistake, and are taken off (R20).
    TakenOff {
        /// The contact.
        contact: Uuid,
        /// The children.
        children: Vec<Uuid>,
    },
    /// A clock of the initial decision was started (R72).
    DecisionClock {
        /// The clock.
        clock: Uuid,
        /// The contact.
        contact: Uuid,
        /// When the decision is due.
        due: Timestamp,
    },
    /// It was corrected when a contact was received (R13).
    Received {
        /// The contact.
        contact: Uuid,
        /// When.
        at: Timestamp,
    },
    /// The way by which a contact came, or the referral-source code, was corrected (R1, R2).
    CameBy {
        /// The contact.
        contact: Uuid,
        /// The way; `None` where it stays.
        channel: Option<Channel>,
        /// The code; `None` where it stays.
        source: Option<String>,
    },
    /// An initial decision that was made was due at another instant, by the corrected receipt
    /// (R13, R72).
    DecisionRetimed {
        /// The case, as its event left it.
        case: CaseAt,
        /// The clock of the decision.
        clock: Uuid,
        /// When it was due.
        due: Timestamp,
    },
    /// A clock has ended.
    ClockEnded {
        /// The clock.
        clock: Uuid,
        /// When.
        at: Timestamp,
        /// What it waited for has happened; false where it was no longer needed.
        met: bool,
    },
    /// An initial decision for some children.
    InitialDecision(ChildrenDecision<Pathway>),
    /// An outcome for some children.
    Outcome(ChildrenDecision<Outcome>),
    /// Children of a case went to their units, or came back (R9).
    Moved {
        /// The case, as its event left it.
        case: CaseAt,
        /// The children.
        children: Vec<Uuid>,
        /// Their units have them.
        with_unit: bool,
    },
    /// The referrer was told, or a reason not to is on the record (R28).
    Referrer {
        /// The case.
        case: CaseAt,
        /// Was told.
        informed: bool,
        /// When.
        at: Timestamp,
    },
    /// The hub's work on a contact is over.
    Closed {
        /// The case.
        case: CaseAt,
        /// When.
        at: Timestamp,
    },
    /// A child of a case needs an outcome again, whether or not it was over (R9, R20).
    TakenUpAgain(CaseAt),
    /// An agency was asked.
    CheckRequested(Check),
    /// A page was raised.
    PageRaised {
        /// The page.
        page: Uuid,
        /// Why.
        cause: PageCause,
        /// When.
        at: Timestamp,
    },
    /// A contact, a check or a page has come so far.
    Reached {
        /// How far.
        milestone: Milestone,
        /// Which contact, check or page.
        record: Uuid,
        /// When.
        at: Timestamp,
    },
}

/// A case at the revision that an event made: of two facts the one of the later revision
/// stands, whenever either is heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseAt {
    /// The contact.
    pub contact: Uuid,
    /// The revision.
    pub revision: i64,
}

/// A contact, as far as figures go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: Uuid,
    /// When it was received, which every figure runs on (R13).
    pub received_at: Timestamp,
    /// The way it came.
    pub channel: Channel,
    /// National referral-source code.
    pub referral_source: String,
    /// When it was recorded (R13).
    pub recorded_at: Timestamp,
    /// Significant harm or immediate danger is indicated, as it arrived.
    pub section_47: bool,
}

/// A decision of a contact for some of its children (R20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildrenDecision<D> {
    /// The contact.
    pub contact: Uuid,
    /// The children.
    pub children: Vec<Uuid>,
    /// What was decided.
    pub decision: D,
    /// When.
    pub at: Timestamp,
}

/// A check as it was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its id.
    pub id: Uuid,
    /// The contact it is about.
    pub contact: Uuid,
    /// Code of the agency.
    pub agency: String,
    /// How urgent.
    pub rag: Rag,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// When the answer is due.
    pub deadline: Timestamp,
}
