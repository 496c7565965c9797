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
pub mod end_basis;
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

use self::{end_basis::EndingError, register::RegisterError};
use crate::{
    domain::{
        amendment::{NotTakenOff, ReceivedAfterRecorded},
        referrer::CannotCorrect,
    },
    store::contacts,
};

/// A contact on record that could not be read, or is not as it was read.
#[derive(Debug, Error)]
pub enum ContactError {
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// The contact has changed since it was read; it is at this revision now.
    #[error("the contact is at revision {0}")]
    StaleRevision(i64),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// A correction of a contact that was refused, or could not be made.
#[derive(Debug, Error)]
pub enum AmendError {
    /// The contact is not there, or is not as it was read.
    #[error(transparent)]
    Contact(#[from] ContactError),
    /// A field names nobody on the contact.
    #[error("{field} names nobody on this contact")]
    NotOnContact {
        /// Which field of the command.
        field: &'static str,
        /// The rule that asks for somebody on the contact.
        rule: &'static str,
    },
    /// There is no room for another one, whom this field of the command names.
    #[error("a contact has at most 200 children and 200 adults")]
    TooManyPeople(&'static str),
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
    /// An override that covers nobody any more could not be ended (R7).
    #[error(transparent)]
    Ending(#[from] EndingError),
    /// The receipt is put after the recording (R13).
    #[error(transparent)]
    ReceivedAfterRecorded(#[from] ReceivedAfterRecorded),
    /// The referrer cannot be corrected so (R2).
    #[error(transparent)]
    Referrer(#[from] CannotCorrect),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Locks a contact that is to change, and refuses one that is not as it was read.
async fn stand_at(tx: &mut Tx, contact: Uuid, revision: i64) -> Result<(), ContactError> {
    let current = contacts::lock(tx, contact).await?.ok_or(ContactError::NoSuchContact)?;
    if current == revision { Ok(()) } else { Err(ContactError::StaleRevision(current)) }
}
