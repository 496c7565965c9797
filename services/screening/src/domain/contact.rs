//! What screening keeps of a contact.

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::clock::Clock;

/// The way by which a contact came (R1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "screening.channel", rename_all = "snake_case")]
pub enum Channel {
    /// The hub's own form.
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

/// What a contact says of danger and harm (R5, R18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Urgency {
    /// A child is in immediate danger.
    pub immediate_danger: bool,
    /// Significant harm is indicated.
    pub significant_harm: bool,
}

/// Questions about a contact that nobody has answered: they show, and hold up nothing (R8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Matches of its people that wait for a person.
    pub matches: i32,
    /// Children of whom it is not answered what is different this time.
    pub differences: i32,
}

impl Urgency {
    /// Either.
    pub fn is_urgent(self) -> bool {
        self.immediate_danger || self.significant_harm
    }
}

/// A contact that was corrected.
pub struct Amended {
    /// Its id.
    pub contact: Uuid,
    /// When.
    pub at: Timestamp,
    /// How urgent it is now.
    pub urgency: Urgency,
    /// Children who were missed and are added (R20).
    pub added: Vec<Uuid>,
    /// The clock of the initial decision on them (R72).
    pub initial_decision: Option<Clock>,
    /// Children who were put on it by mistake (R20).
    pub taken_off: Vec<Uuid>,
    /// Whether the referrer can be told now; `None` where that was not corrected (R28).
    pub referrer_unreachable: Option<bool>,
    /// When it was received; `None` where that was not corrected (R13).
    pub received_at: Option<Timestamp>,
    /// The way it came; `None` where that was not corrected (R1).
    pub channel: Option<Channel>,
}

/// A contact that has reached the hub.
pub struct Contact {
    /// Its id.
    pub id: Uuid,
    /// The ids of its children, in their order.
    pub child_ids: Vec<Uuid>,
    /// Those whose family has agreed that they are referred to a service (R6).
    pub service_consent: Vec<Uuid>,
    /// The way it came.
    pub channel: Channel,
    /// When it was received (R13).
    pub received_at: Timestamp,
    /// The hub was open then (R10).
    pub in_hub_hours: bool,
    /// How urgent it is.
    pub urgency: Urgency,
    /// The referrer left no way to be told (R28).
    pub referrer_unreachable: bool,
    /// The clock of the initial decision, which intake started (R72).
    pub initial_decision: Option<Clock>,
}
