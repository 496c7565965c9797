//! What intake does: one act a file. Load, decide, save, tell; the edge commits.

pub mod disclose;
pub mod record_basis;
pub mod submit_contact;

use messaging::tx::AppendError;
use thiserror::Error;

use crate::domain::basis::BasisRefusal;

/// A command that was refused, or could not be done.
#[derive(Debug, Error)]
pub enum CommandError {
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// A child named is not on the contact.
    #[error("a child named is not on this contact")]
    NoSuchChild,
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
