//! Corrections of a contact: a part as it ought to be. What stood there before is kept,
//! with who and why.

use std::mem::replace;

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::{
    contact::{Adult, Channel, Child, Contact, Incident},
    groundwork::Groundwork,
    referrer::ReferrerCorrection,
    subject::ContactSubject,
    urgency::Urgency,
};

/// A part of a contact as it ought to be, whole.
pub enum Correction {
    /// Something that the contact itself says.
    Content(Content),
    /// A child on the contact, without what is sealed.
    Child(Uuid, Box<Child>),
    /// An adult on the contact.
    Adult(Uuid, Box<Adult>),
    /// Who the referrer is, how they can be told, and that they are protected (R2, R28).
    Referrer(Box<ReferrerCorrection>),
    /// A child who was missed.
    NewChild(Box<Child>),
    /// An adult who was missed.
    NewAdult(Box<Adult>),
    /// A place, group or online space that it is about too (R5).
    LinkSubject(ContactSubject),
    /// One that it is not about.
    UnlinkSubject(Uuid),
    /// When the contact was received (R13).
    ReceivedAt(Timestamp),
}

/// What a contact itself says, without the people and places on it.
pub enum Content {
    /// The concern in the referrer's words.
    Concern(Personal<String>),
    /// Codes of the factors.
    Factors(Vec<String>),
    /// How urgent it is (R5, R18).
    Urgency(Urgency),
    /// When and where an incident took place.
    Incident(Incident),
    /// What a professional's form told (R6).
    Groundwork(Groundwork),
    /// The way it came (R1).
    Channel(Channel),
}

impl Correction {
    /// Whether it says that a child is in immediate danger (R5).
    pub fn says_danger(&self) -> bool {
        match self {
            Self::Content(Content::Urgency(urgency)) => urgency.immediate_danger,
            Self::Content(_)
            | Self::Child(..)
            | Self::Adult(..)
            | Self::Referrer(_)
            | Self::NewChild(_)
            | Self::NewAdult(_)
            | Self::LinkSubject(_)
            | Self::UnlinkSubject(_)
            | Self::ReceivedAt(_) => false,
        }
    }

    /// Whether it is about the receipt, by which a contact stands before or after others (R8).
    pub fn is_about_receipt(&self) -> bool {
        matches!(self, Self::ReceivedAt(_))
    }

    /// Whether it is about a child on the contact, whose place in the remit is then looked at
    /// again (R3).
    pub fn is_about_children(&self) -> bool {
        matches!(self, Self::Child(..) | Self::NewChild(_))
    }

    /// Whether it is about people on the contact, who are then matched again (R8).
    pub fn is_about_people(&self) -> bool {
        self.is_about_children() || matches!(self, Self::Adult(..) | Self::NewAdult(_))
    }

    /// Whether it is about who consent rests on: an adult who gave it, or the referrer who told
    /// of it (R2, R6).
    pub fn is_about_givers(&self) -> bool {
        matches!(self, Self::Adult(..) | Self::Referrer(_))
    }

    /// Whether it changes of which source the referrer is (R2).
    pub fn changes_source(&self) -> bool {
        matches!(self, Self::Referrer(part) if part.said.source.is_some())
    }

    /// Whether it changes the way by which the contact came (R1).
    pub fn changes_channel(&self) -> bool {
        matches!(self, Self::Content(Content::Channel(_)))
    }

    /// Whether it changes how the referrer can be told (R28).
    pub fn changes_way_back(&self) -> bool {
        matches!(self, Self::Referrer(part) if part.said.contact_details.is_some())
    }
}

/// A contact cannot have been received after it was recorded (R13).
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("lies after the contact was recorded")]
pub struct ReceivedAfterRecorded;

/// Puts when a contact was received as it ought to be, and gives what stood there (R13). When it
/// was recorded is never corrected: the two instants stay apart.
pub fn put_received_at(
    contact: &mut Contact,
    at: Timestamp,
) -> Result<Timestamp, ReceivedAfterRecorded> {
    if at > contact.recorded_at {
        return Err(ReceivedAfterRecorded);
    }
    contact.content.received_at = Some(at);
    Ok(replace(&mut contact.received_at, at))
}

/// A correction that was made.
pub struct Amendment {
    /// Its id.
    pub id: Uuid,
    /// Why.
    pub reason: Personal<String>,
    /// The part as it stood before, as it is shown.
    pub before: Vec<u8>,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
