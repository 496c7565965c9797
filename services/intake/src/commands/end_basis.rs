//! Ending a basis that was a mistake or does not hold any more (R7, R31, R38): it stays on record,
//! with who ended it and why, and nothing rests on it from then on.

use access::Personal;
use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use super::{ContactError, stand_at};
use crate::{
    domain::basis::{Adopter, Basis, NotTheirsToEnd, may_end},
    events,
    protocol::Rules,
    store::{bases, basis_endings, contacts, override_reviews},
};

/// A basis that was not ended.
#[derive(Debug, Error)]
pub enum EndingError {
    /// The contact is not there, or is not as it was read.
    #[error(transparent)]
    Contact(#[from] ContactError),
    /// It is not for them to end.
    #[error(transparent)]
    NotTheirs(#[from] NotTheirsToEnd),
    /// There is no such basis on the contact.
    #[error("there is no such basis on this contact")]
    NoSuchBasis,
    /// It was ended before: it never stands again.
    #[error("the basis was ended before")]
    EndedBefore,
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Ends a basis on a contact that stands at `revision`. Answers the contact's new revision.
pub async fn end_basis(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    (basis, reason): (Uuid, Personal<String>),
    (by, rules): (Adopter, &Rules),
) -> Result<i64, EndingError> {
    may_end(by, rules.calendar().is_open(tx.now()))?;
    stand_at(tx, contact, revision).await?;
    let bases = bases::of_contact(tx, contact).await?;
    let standing = bases.iter().find(|held| held.id == basis).ok_or(EndingError::NoSuchBasis)?;
    if standing.is_ended() {
        return Err(EndingError::EndedBefore);
    }
    end(tx, (contact, revision), (standing, &reason)).await
}

/// The same of a basis that stands, on a contact that is locked and stands at `revision`, whoever
/// does it.
pub(super) async fn end(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    (basis, reason): (&Basis, &Personal<String>),
) -> Result<i64, EndingError> {
    let (now, by, next) = (tx.now(), tx.actor().to_owned(), revision + 1);
    basis_endings::insert(tx, basis.id, reason, (&by, now)).await?;
    let look = override_reviews::remove_due(tx, basis.id).await?;
    contacts::set_revision(tx, contact, next).await?;
    tx.append(contact, next, &events::basis_ended(contact, basis, look, now)).await?;
    Ok(next)
}
