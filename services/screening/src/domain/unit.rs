//! Children with an open case: they are passed to the unit that holds it, and with its
//! receipt the hub plays no further role for them (R9). Until then all rules run.

use jiff::Timestamp;
use uuid::Uuid;

/// A step on a child's way to its unit, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "screening.unit_step", rename_all = "snake_case")]
pub enum Step {
    /// An open case was found.
    Found,
    /// The unit was told.
    Passed,
    /// The unit has the child.
    Received,
    /// There was no open case after all, or a manager took the child back, whether or not the unit
    /// had the child.
    Withdrawn,
}

/// A step was taken for some children of a contact.
pub struct Taken {
    /// The hand-over that it is a step of.
    pub hand_over: Uuid,
    /// Which step.
    pub step: Step,
    /// The contact.
    pub contact: Uuid,
    /// The children.
    pub children: Vec<Uuid>,
    /// When.
    pub at: Timestamp,
}
