//! What screening does: one act a file. Load, decide, save, tell; the edge commits.

pub mod close_case;
pub mod come_back;
pub mod decide_initially;
pub mod decide_outcome;
pub mod inform_referrer;
pub mod know_check;
pub mod know_contact;
pub mod leave_hub;
pub mod load;
pub mod open_case;
mod retime;
pub mod review;

use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    domain::{
        case::{Case, CaseRefusal},
        consent::NotAgreed,
        decision::Grounds,
        gate::GateRefusal,
        outcome::NotTheirDecision,
        referrer::ReferrerRefusal,
        review::{ReviewRefusal, SeenAnswer},
    },
    store::{cases, checks, decisions, flags},
};

/// A command that was refused, or could not be done.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The contact has no case: it is unknown, or its arrival has not been heard of.
    #[error("there is no case of this contact yet")]
    NotOpenYet,
    /// The case refuses as it stands.
    #[error(transparent)]
    Case(#[from] CaseRefusal),
    /// The decision gate stops it (R27).
    #[error(transparent)]
    Gate(#[from] GateRefusal),
    /// The consent gate stops it (R21).
    #[error(transparent)]
    Consent(#[from] NotAgreed),
    /// Somebody else decides it (R26).
    #[error(transparent)]
    Decider(#[from] NotTheirDecision),
    /// The referrer stands in the way (R28), or a child without an outcome (R20).
    #[error(transparent)]
    Referrer(#[from] ReferrerRefusal),
    /// What was read cannot be recorded so (R40, R41).
    #[error(transparent)]
    Review(#[from] ReviewRefusal),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Locks a case that stands at `revision` and is open, and loads it.
async fn load_for_change(tx: &mut Tx, contact: Uuid, revision: i64) -> Result<Case, CommandError> {
    if !cases::lock(tx, contact).await? {
        return Err(CommandError::NotOpenYet);
    }
    let case = load::load(tx, contact).await?.ok_or(CommandError::NotOpenYet)?;
    case.accepts(revision)?;
    Ok(case)
}

/// Keeps a decision with its grounds and the marks of its gate. The answer that it
/// considers has been read, one that comes this instant has not (R40); a mark of another
/// kind says nothing of an answer. The
/// flags that it names are acknowledged by it, and no others (R41).
async fn save_decision(
    tx: &mut Tx,
    decision: &decisions::NewDecision<'_>,
    grounds: &Grounds,
) -> Result<(), sqlx::Error> {
    decisions::insert(tx, decision, grounds).await?;
    for marked in &grounds.gate.marks {
        decisions::insert_mark(tx, decision.contact, decision.revision, marked).await?;
        checks::set_mark(tx, marked.check, marked.mark).await?;
        if let Some(revision) = marked.seen {
            checks::set_read(tx, SeenAnswer { check: marked.check, revision }).await?;
        }
    }
    flags::acknowledge(tx, (decision.contact, decision.revision), &grounds.seen_flags).await
}
