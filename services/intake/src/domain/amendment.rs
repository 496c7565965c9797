//! Corrections of a contact: a part as it ought to be. What stood there before is kept,
//! with who and why.

use access::Personal;
use uuid::Uuid;

use super::contact::{Adult, Child, Incident};

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
}
