//! What partner-checks does: one act a file. Load, decide, save, tell; the edge
//! commits.

pub mod confirm_agreement;
pub mod mark;
pub mod record_answer;
pub mod record_risk_flag;
pub mod request_checks;
pub mod watch_agreements;
pub mod watch_checks;
pub mod withdraw_checks;

use messaging::{Tx, tx::AppendError};
use proto::event::Event;
use thiserror::Error;
use uuid::Uuid;

use crate::{
    domain::{agreement::AgreementRefusal, answer::AnswerRefusal, check::Check},
    store::door,
};

/// A command that was refused, or could not be done.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The agency has no such check; another agency's is none (R45).
    #[error("there is no such check")]
    NoSuchCheck,
    /// An agency may not be sent anything (R37).
    #[error(transparent)]
    Agreement(#[from] AgreementRefusal),
    /// Consent was taken back or refused since intake was asked (R6, R38).
    #[error("consent has changed meanwhile")]
    ConsentChanged,
    /// The basis named was ended since intake was asked (R38).
    #[error("the basis was ended: nothing rests on it any more")]
    BasisEnded,
    /// A child was taken off the contact since intake was asked (R20).
    #[error("a child named is not on the contact any more")]
    TakenOff,
    /// The answer is out of order (R40).
    #[error(transparent)]
    Answer(#[from] AnswerRefusal),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Locks a check of this agency (R45).
async fn lock(tx: &mut Tx, agency: &str, check: Uuid) -> Result<Check, CommandError> {
    door::lock(tx, agency, check).await?.ok_or(CommandError::NoSuchCheck)
}

/// Tells an event as the next revision of a locked check, and answers that revision. It
/// stands in the check as well, to be saved with it.
async fn tell<E: Event>(tx: &mut Tx, check: &mut Check, event: &E) -> Result<i64, AppendError> {
    let revision = check.revision + 1;
    tx.append(check.id, revision, event).await?;
    check.revision = revision;
    Ok(revision)
}
