//! How long each text may be that a caller gives, in characters: one place for what reads a
//! request, and for what cuts a text of a call in danger to what its field takes (R51).

/// The name of a person, a place, a unit, an organisation, an authority or a school.
pub const NAME: usize = 200;
/// What somebody is: their role, or whose mother they are.
pub const ROLE: usize = 100;
/// Where somebody can be told.
pub const CONTACT_DETAILS: usize = 200;
/// Pronouns of a child.
pub const PRONOUNS: usize = 50;
/// An address, and the place of an incident.
pub const ADDRESS: usize = 500;
/// A child's religion.
pub const RELIGION: usize = 100;
/// A child's first language.
pub const LANGUAGE: usize = 100;
/// What a child needs to be spoken with.
pub const COMMUNICATION_NEEDS: usize = 500;
/// How somebody is known whose name is not.
pub const DESCRIPTION: usize = 1_000;
/// Sexual orientation, gender identity: what is sealed of a child (R4).
pub const SEALED: usize = 100;
/// A child's trans history, sealed as well.
pub const TRANS_HISTORY: usize = 1_000;
/// What is known of a place, a peer group or an online space.
pub const SUBJECT_DESCRIPTION: usize = 2_000;
/// When on its day an incident took place.
pub const TIME_OF_DAY: usize = 100;
/// The concern in the referrer's words.
pub const CONCERN: usize = 20_000;
/// A service that a professional proposes.
pub const SERVICE: usize = 200;
/// How consent was asked for.
pub const HOW_ASKED: usize = 200;
/// Why a child was not asked.
pub const NOT_ASKED: usize = 500;
/// A reason, an answer to what is different, what a child needs.
pub const REASON: usize = 2_000;
/// What the hub and others tell each other, or ask.
pub const MESSAGE: usize = 4_000;
