//! What an event says that figures are made of.

use jiff::Timestamp;
use uuid::Uuid;

use super::terms::{Channel, Milestone, Outcome, PageCause, Pathway, Rag};

/// One fact. Each stands alone: those that it belongs with may be heard of later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A contact reached the hub.
    Contact(Contact),
    /// An initial decision for some children.
    InitialDecision(ChildrenDecision<Pathway>),
    /// An outcome for some children.
    Outcome(ChildrenDecision<Outcome>),
    /// The referrer was told, or a reason not to is on the record (R28).
    Referrer {
        /// The contact.
        contact: Uuid,
        /// Was told.
        informed: bool,
        /// When.
        at: Timestamp,
    },
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
    /// How many children it is about.
    pub children: i32,
    /// Significant harm or immediate danger is indicated.
    pub section_47: bool,
    /// When the initial decision is due (R72).
    pub decision_due: Option<Timestamp>,
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
    /// Every child of the contact has such a decision now.
    pub complete: bool,
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
