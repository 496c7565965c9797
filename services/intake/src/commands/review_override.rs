//! Looking at an override again (R7): the family is told, or the reason not to is renewed,
//! and then it is looked at once more. One that was a mistake is ended like any basis.

use jiff::Timestamp;
use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use super::{ContactError, stand_at};
use crate::{
    domain::{
        basis::{Adopter, Finding, NotAdopted, may_adopt},
        clock::Clock,
    },
    events,
    protocol::Rules,
    store::{contacts, override_reviews},
};

/// A look at an override that was not noted.
#[derive(Debug, Error)]
pub enum ReviewError {
    /// The contact is not there, or is not as it was read.
    #[error(transparent)]
    Contact(#[from] ContactError),
    /// It is not for them to look at (R7).
    #[error(transparent)]
    NotAdopted(#[from] NotAdopted),
    /// There is no such override on the contact, the family was told already, or it was ended.
    #[error("there is no such override on this contact that is to be looked at again")]
    NoReviewDue,
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// When an override that is recorded or renewed now is to be looked at again (R7).
pub fn next_review(now: Timestamp, rules: &Rules) -> Clock {
    rules.clock(now, &rules.intake.timescales.override_review)
}

/// Notes what was found. Answers the contact's new revision, and when the override is to
/// be looked at again.
pub async fn review_override(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    (basis, finding): (Uuid, Finding),
    (adopter, rules): (Adopter, &Rules),
) -> Result<(i64, Option<Timestamp>), ReviewError> {
    may_adopt(adopter, rules.calendar().is_open(tx.now()))?;
    stand_at(tx, contact, revision).await?;
    let (now, by, next) = (tx.now(), tx.actor().to_owned(), revision + 1);
    let done = override_reviews::close(tx, (contact, basis), &finding, (&by, now)).await?;
    let ended = done.ok_or(ReviewError::NoReviewDue)?;
    let due = match &finding {
        Finding::FamilyTold(_) => None,
        Finding::Renewed(_) => Some(next_review(now, rules)),
    };
    if let Some(due) = &due {
        override_reviews::insert(tx, basis, due.running()).await?;
    }
    contacts::set_revision(tx, contact, next).await?;
    let looked = events::Looked { finding: &finding, ended, due: due.as_ref() };
    let event = events::override_reviewed((contact, basis), now, looked);
    tx.append(contact, next, &event).await?;
    Ok((next, due.map(|due| due.due_at)))
}
