//! Corrections of a contact: a part as it ought to be. What stood there before is kept,
//! with who and why.

use std::mem::replace;

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::{
    basis::{Adopter, may_adopt},
    contact::{Adult, Channel, Child, Contact, Incident, SealedCorrection},
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
    /// What of a child is sealed (R4).
    Sealed(Uuid, Box<SealedCorrection>),
    /// A child who was missed.
    NewChild(Box<Child>),
    /// An adult who was missed.
    NewAdult(Box<Adult>),
    /// A child who was put on it by mistake (R20).
    ChildOff(Uuid),
    /// An adult who was.
    AdultOff(Uuid),
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

/// What a correction bears on beside the part itself.
#[derive(Clone, Copy, Default)]
pub struct Bearing {
    /// It says that a child is in immediate danger (R5).
    pub danger: bool,
    /// The receipt, by which a contact stands before or after others (R8).
    pub receipt: bool,
    /// A child on the contact, whose place in the remit is then looked at again (R3).
    pub children: bool,
    /// Somebody on the contact: its people are then matched again (R8).
    pub people: bool,
    /// Who consent rests on: whoever gave it, or the referrer who told of it (R2, R6).
    pub givers: bool,
    /// Of which source the referrer is (R2).
    pub source: bool,
    /// How the referrer can be told (R28).
    pub way_back: bool,
    /// The way by which the contact came (R1).
    pub channel: bool,
    /// Whom it takes off: they leave the register too (R8).
    pub taken_off: Option<TakenOff>,
}

/// Somebody who was put on a contact by mistake (R20).
#[derive(Clone, Copy)]
pub enum TakenOff {
    /// A child, on whom nothing is decided any more.
    Child(Uuid),
    /// An adult.
    Adult(Uuid),
}

impl Correction {
    /// What it bears on.
    pub fn bears_on(&self) -> Bearing {
        let part = Bearing::default();
        match self {
            Self::Content(Content::Urgency(urgency)) => {
                Bearing { danger: urgency.immediate_danger, ..part }
            }
            Self::Content(Content::Channel(_)) => Bearing { channel: true, ..part },
            Self::Content(
                Content::Concern(_)
                | Content::Factors(_)
                | Content::Incident(_)
                | Content::Groundwork(_),
            )
            | Self::Sealed(..)
            | Self::LinkSubject(_)
            | Self::UnlinkSubject(_) => part,
            Self::Child(..) | Self::NewChild(_) => Bearing { children: true, people: true, ..part },
            Self::Adult(..) => Bearing { people: true, givers: true, ..part },
            Self::NewAdult(_) => Bearing { people: true, ..part },
            Self::ChildOff(child) => {
                let taken_off = Some(TakenOff::Child(*child));
                Bearing { children: true, people: true, givers: true, taken_off, ..part }
            }
            Self::AdultOff(adult) => {
                let taken_off = Some(TakenOff::Adult(*adult));
                Bearing { people: true, givers: true, taken_off, ..part }
            }
            Self::Referrer(referrer) => {
                let said = &referrer.said;
                let (source, way_back) = (said.source.is_some(), said.contact_details.is_some());
                Bearing { givers: true, source, way_back, ..part }
            }
            Self::ReceivedAt(_) => Bearing { receipt: true, ..part },
        }
    }
}

/// Why a child is not taken off a contact.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotTakenOff {
    /// It is not for them to do.
    #[error("a child is taken off a contact by a MASH Manager")]
    NoManager,
    /// It is the only one.
    #[error("it is the only child on the contact")]
    LastChild,
}

/// Whether somebody may take a child off a contact (R20): no decision, check or clock is for that
/// child any more, so that it is a MASH Manager's to say, and while the hub is closed EDT's duty
/// manager's too, like every decision that takes something from a child.
pub fn may_take_off(by: Adopter, hub_is_open: bool) -> Result<(), NotTakenOff> {
    may_adopt(by, hub_is_open).map_err(|_| NotTakenOff::NoManager)
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
