//! What is done with a request for information (R54–R56): a file for its arrival, for handling it,
//! for taking it back, for correcting it, for looking at it again, and for the decision.

pub mod correct;
pub mod decide;
mod found;
pub mod handle;
pub mod look_again;
mod own_contact;
pub mod read;
pub mod receive;
pub mod take_back;

use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    domain::{
        information_request::{RequestStanding, correction::CannotBe, decision::Refusal},
        receipt::BeforePassing,
    },
    store::information_requests,
};

/// A request that an act was refused on, or could not be done.
#[derive(Debug, Error)]
pub enum RequestError {
    /// There is no such request.
    #[error("there is no such request for information")]
    NoSuchRequest,
    /// The request is at this revision now.
    #[error("the request is at revision {0}")]
    StaleRevision(i64),
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The receipt cannot be of what was passed on.
    #[error(transparent)]
    Receipt(#[from] BeforePassing),
    /// It cannot be as it would be corrected to.
    #[error("the request cannot be so")]
    CannotBe(Vec<CannotBe>),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

impl From<Vec<CannotBe>> for RequestError {
    fn from(wrong: Vec<CannotBe>) -> Self {
        Self::CannotBe(wrong)
    }
}

/// Locks a request that stands at the revision that was read.
async fn load(
    tx: &mut Tx,
    (request, revision): (Uuid, i64),
) -> Result<RequestStanding, RequestError> {
    let standing = information_requests::lock(tx, request).await?;
    let standing = standing.ok_or(RequestError::NoSuchRequest)?;
    if standing.revision == revision {
        Ok(standing)
    } else {
        Err(RequestError::StaleRevision(standing.revision))
    }
}
