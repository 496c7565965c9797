//! What is done with a request for information (R54–R56): one file for its arrival, one
//! for handling it, one for the decision.

pub mod decide;
pub mod handle;
mod own_contact;
pub mod read;
pub mod receive;

use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    domain::{
        information_request::{RequestStanding, decision::Refusal},
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
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
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
