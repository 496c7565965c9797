//! Lists of what somebody must take, answer, or say that they have (R3, R7, R9, R10): nothing that
//! waits stands behind what does not.

use jiff::Timestamp;
use uuid::Uuid;

/// One of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// What the hub hands to the Emergency Duty Team (R10).
    ToEdt,
    /// What the team hands to the hub (R10).
    FromEdt,
    /// What is passed to other authorities (R3).
    Authority,
    /// What is passed to the units that hold open cases (R9).
    Unit,
    /// Questions of the remit (R3).
    Remit,
    /// Overrides that are to be looked at again (R7).
    OverrideReview,
}

/// A place on a list: what waits first, the oldest of it first; then the rest, the latest of it
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// It does not wait any more.
    pub done: bool,
    /// Its place among those that wait, or among those that do not.
    pub order: i64,
    /// Its id.
    pub id: Uuid,
}

/// A line of a list, without what it is about.
pub struct InTurn {
    /// Its place.
    pub turn: Turn,
    /// The contact's short reference.
    pub reference: String,
    /// When the contact was received.
    pub received_at: Timestamp,
    /// The children whom it shows, for the read log.
    pub subjects: Vec<Uuid>,
}
