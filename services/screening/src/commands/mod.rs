//! What screening does: one act a file. Load, decide, save, tell; the edge commits.

pub mod close_case;
pub mod decide_initially;
pub mod decide_outcome;
pub mod inform_referrer;
pub mod know_check;
pub mod load;
pub mod open_case;
pub mod review_answer;

use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    domain::{
        case::{Case, CaseRefusal},
        decision::Grounds,
        gate::{GateRefusal, Mark},
        outcome::NotTheirDecision,
        referrer::ReferrerRefusal,
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
    /// Somebody else decides it (R26).
    #[error(transparent)]
    Decider(#[from] NotTheirDecision),
    /// The referrer stands in the way (R28), or a child without an outcome (R20).
    #[error(transparent)]
    Referrer(#[from] ReferrerRefusal),
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

/// Keeps a decision with its grounds and the marks of its gate. An answer that it
/// considers has been read (R40); a mark of another kind says nothing of an answer. The
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
        if marked.mark == Mark::Considered {
            checks::set_read(tx, marked.check).await?;
        }
    }
    flags::acknowledge(tx, (decision.contact, decision.revision), &grounds.seen_flags).await
}
