//! Corrections of a contact: a part as it ought to be. What stood there before is kept,
//! with who and why.

use access::Personal;
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    contact::{Adult, Child, Incident},
    groundwork::Groundwork,
    subject::ContactSubject,
};

/// A part of a contact as it ought to be, whole.
pub enum Correction {
    /// The concern in the referrer's words.
    Concern(Personal<String>),
    /// Codes of the factors.
    Factors(Vec<String>),
    /// How urgent it is (R5, R18).
    Urgency {
        /// Significant harm is indicated.
        significant_harm: bool,
        /// A child is in immediate danger now.
        immediate_danger: bool,
    },
    /// A child on the contact, without what is sealed.
    Child(Uuid, Box<Child>),
    /// An adult on the contact.
    Adult(Uuid, Box<Adult>),
    /// When and where an incident took place.
    Incident(Incident),
    /// What a professional's form told (R6).
    Groundwork(Groundwork),
    /// How the referrer can be told, and that they are protected (R2, R28).
    Referrer(ReferrerCorrection),
    /// A child who was missed.
    NewChild(Box<Child>),
    /// An adult who was missed.
    NewAdult(Box<Adult>),
    /// A place, group or online space that it is about too (R5).
    LinkSubject(ContactSubject),
    /// One that it is not about.
    UnlinkSubject(Uuid),
}

/// What of a referrer is corrected.
pub struct ReferrerCorrection {
    /// Where to be told of the outcome; `None` where it stays as it is.
    pub contact_details: Option<Personal<String>>,
    /// They are sealed from now on (R2). Nothing takes that back.
    pub protect: bool,
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
