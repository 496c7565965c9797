//! What intake does with the register (R8, R9).

pub mod answer_difference;
pub mod decide_match;
pub mod entries;
pub mod history;
pub mod import;
pub mod leave_register;
pub mod match_entries;
mod near;
pub mod open_cases;
pub mod pass_to_unit;
pub mod questions;
pub mod take_back;
mod told_apart;

use messaging::{is_away, tx::AppendError};
use thiserror::Error;

use crate::domain::{register::MatchRefusal, unit_hand_over::UnitRefusal};

/// A command on the register that was refused, or could not be done.
#[derive(Debug, Error)]
pub enum RegisterError {
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// A child named in a field, which is a rule's, is not on the contact.
    #[error("a child named in {} is not on this contact", .0.0)]
    NoSuchChild((&'static str, &'static str)),
    /// A child named is none of the hand-over.
    #[error("child_ids names somebody who is none of this hand-over")]
    NotHandedOver,
    /// There is no such entry.
    #[error("there is no such person in the register")]
    NoSuchPerson,
    /// There is no such match.
    #[error("there is no such match")]
    NoSuchMatch,
    /// There is no such hand-over to a unit.
    #[error("there is no such hand-over")]
    NoSuchHandOver,
    /// The record has changed since it was read; it is at this revision now.
    #[error("the record is at revision {0}")]
    StaleRevision(i64),
    /// Somebody is held under keys that another version of the hub makes, and would be missed.
    #[error(
        "keys of another version of the hub are in the register: nobody is matched until all are made anew"
    )]
    KeyedOtherwise,
    /// The match does not stand so that this could be decided.
    #[error(transparent)]
    Match(#[from] MatchRefusal),
    /// The hand-over does not stand so that this could be recorded.
    #[error(transparent)]
    Unit(#[from] UnitRefusal),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

impl RegisterError {
    /// Whether the same work is likely to succeed in a moment, since others were in its way:
    /// a deadlock, a lock that was waited for in vain, a connection that was lost. Work that
    /// took too long will take too long again. Nor is it anybody's fault that keys are made anew.
    pub fn is_passing(&self) -> bool {
        if matches!(self, Self::KeyedOtherwise) {
            return true;
        }
        let (Self::Store(cause) | Self::Append(AppendError::Store(cause))) = self else {
            return false;
        };
        is_away(cause) && !matches!(cause, sqlx::Error::PoolTimedOut)
    }
}
