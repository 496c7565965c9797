//! What intake does, a file for each act or for acts on one thing. Load, decide, save, tell;
//! the edge commits.

pub mod amend_contact;
pub mod amend_people;
mod amend_receipt;
mod amend_referrer;
pub mod amend_subjects;
mod become_urgent;
pub mod consultation;
pub mod disclose;
pub mod hand_over;
pub mod information_request;
pub mod keep_consent;
pub mod notices;
pub mod open_case;
pub mod open_seal;
pub mod pass_on;
pub mod record;
pub mod record_basis;
pub mod register;
pub mod remit;
pub mod review_override;
pub mod submit_contact;

use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use self::register::RegisterError;
use crate::{
    domain::{
        amendment::{NotTakenOff, ReceivedAfterRecorded},
        basis::{BasisRefusal, NotAdopted},
        consent::WithdrawnBeforeAsked,
        referrer::CannotCorrect,
    },
    store::contacts,
};

/// A command about a contact on record that was refused, or could not be done.
#[derive(Debug, Error)]
pub enum CommandError {
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// A child named is not on the contact.
    #[error("a child named is not on this contact")]
    NoSuchChild,
    /// An adult named is not on the contact.
    #[error("an adult named is not on this contact")]
    NoSuchAdult,
    /// A field names nobody on the contact.
    #[error("{field} names nobody on this contact")]
    NotOnContact {
        /// Which field of the command.
        field: &'static str,
        /// The rule that asks for somebody on the contact.
        rule: &'static str,
    },
    /// A consent named is not on the contact, or does not hold any more.
    #[error("there is no such consent on this contact that still holds")]
    NoSuchConsent,
    /// There is no such override on the contact, or the family was told already.
    #[error("there is no such override on this contact that is to be looked at again")]
    NoReviewDue,
    /// There is no room for another one.
    #[error("a contact has at most 200 children and 200 adults")]
    TooManyPeople,
    /// An override is not for them to adopt (R7).
    #[error(transparent)]
    NotAdopted(#[from] NotAdopted),
    /// Nothing is sealed there.
    #[error("nothing is sealed there")]
    NothingSealed,
    /// There is no such place, group or online space.
    #[error("there is no such subject")]
    NoSuchSubject,
    /// The contact is linked to the subject already.
    #[error("is linked already")]
    SubjectLinked,
    /// There is no room for another one.
    #[error("a contact has at most 50 places, groups and online spaces")]
    TooManySubjects,
    /// A child is not taken off the contact (R20).
    #[error(transparent)]
    NotTakenOff(#[from] NotTakenOff),
    /// What the register makes of somebody who is taken off could not be done (R8).
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The receipt is put after the recording (R13).
    #[error(transparent)]
    ReceivedAfterRecorded(#[from] ReceivedAfterRecorded),
    /// The referrer cannot be corrected so (R2).
    #[error(transparent)]
    Referrer(#[from] CannotCorrect),
    /// A consent is withdrawn before it was asked for (R6).
    #[error(transparent)]
    WithdrawnBeforeAsked(#[from] WithdrawnBeforeAsked),
    /// The contact has changed since it was read; it is at this revision now.
    #[error("the contact is at revision {0}")]
    StaleRevision(i64),
    /// Nothing allows the disclosure (R38).
    #[error(transparent)]
    Basis(#[from] BasisRefusal),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Locks a contact that is to change, and refuses one that is not as it was read.
async fn stand_at(tx: &mut Tx, contact: Uuid, revision: i64) -> Result<(), CommandError> {
    let current = contacts::lock(tx, contact).await?.ok_or(CommandError::NoSuchContact)?;
    if current == revision { Ok(()) } else { Err(CommandError::StaleRevision(current)) }
}
