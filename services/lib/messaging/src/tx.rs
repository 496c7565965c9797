//! A transaction of a service: changes of rows, and the events that tell of them.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use jiff::Timestamp;
use prost::Message;
use proto::event::Event;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use thiserror::Error;
use tokio::sync::Notify;
use tonic::Status;
use uuid::Uuid;

use crate::{command::CommandKey, store};

/// A transaction that can append to the log. Committing wakes the numbering, so
/// that no edge can forget to.
pub struct Tx {
    transaction: Transaction<'static, Postgres>,
    actor: String,
    now: Timestamp,
    appended: Arc<Notify>,
    pub(crate) command: Option<CommandKey>,
}

/// An event that could not be appended.
#[derive(Debug, Error)]
pub enum AppendError {
    /// Somebody else has extended the record meanwhile.
    #[error("the record has another event at this revision")]
    StaleRevision,
    /// The database refused or is away.
    #[error("the event could not be appended")]
    Store(#[from] sqlx::Error),
}

impl From<&AppendError> for Status {
    fn from(error: &AppendError) -> Self {
        match error {
            // A command locks its record first, and refuses one that has moved on.
            AppendError::StaleRevision => runtime::refusal::internal(error),
            AppendError::Store(cause) => crate::store_failure(cause),
        }
    }
}

/// A command that was not committed for certain.
#[derive(Debug, Error)]
pub enum CommitError {
    /// The reply could not be kept; nothing has happened.
    #[error("the reply could not be kept")]
    Unkept(#[source] sqlx::Error),
    /// The commit was not answered; it may have happened.
    #[error("the commit was not answered")]
    Unknown(#[source] sqlx::Error),
}

impl From<CommitError> for Status {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Unkept(cause) => crate::store_failure(&cause),
            CommitError::Unknown(cause) => {
                tracing::warn!(%cause, "a commit was not answered");
                runtime::refusal::outcome_unknown()
            }
        }
    }
}

impl Tx {
    pub(crate) async fn begin(
        pool: &PgPool,
        actor: String,
        now: Timestamp,
        appended: Arc<Notify>,
    ) -> Result<Self, sqlx::Error> {
        let transaction = pool.begin().await?;
        Ok(Self { transaction, actor, now, appended, command: None })
    }

    /// The instant of this transaction: every rule in it decides by this one.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Who acts: an opaque id, never a name.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Appends what happened to a record, as its revision `revision` (1, 2, 3 …).
    ///
    /// # Errors
    /// `StaleRevision` where the record has been extended meanwhile.
    pub async fn append<E: Event>(
        &mut self,
        aggregate: Uuid,
        revision: i64,
        event: &E,
    ) -> Result<Uuid, AppendError> {
        let row = store::NewEvent {
            id: Uuid::now_v7(),
            aggregate,
            revision,
            type_name: E::full_name(),
            addressee: event.addressee().map(str::to_owned),
            payload: event.encode_to_vec(),
            actor: self.actor.clone(),
            trace_parent: runtime::telemetry::trace_parent(),
            occurred_at: self.now,
        };
        match store::append(&mut self.transaction, &row).await {
            Ok(()) => Ok(row.id),
            Err(error) if violates(&error, "event_revision") => Err(AppendError::StaleRevision),
            Err(error) => Err(error.into()),
        }
    }

    /// Commits work that answers no command.
    ///
    /// # Errors
    /// Where the database is away: nothing has happened, or all of it.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        debug_assert!(self.command.is_none(), "a command commits with its reply");
        self.transaction.commit().await?;
        self.appended.notify_one();
        Ok(())
    }

    /// Keeps the reply for the same request sent again, and commits. The reply
    /// holds ids, codes, times, and sentences of the protocol file only.
    ///
    /// # Errors
    /// `Unkept` where nothing has happened; `Unknown` where all of it may have.
    pub async fn commit_reply(mut self, reply: &impl Message) -> Result<(), CommitError> {
        if let Some(key) = self.command.take() {
            let reply = reply.encode_to_vec();
            let kept = store::keep_reply(&mut self.transaction, &key, &reply).await;
            kept.map_err(CommitError::Unkept)?;
        }
        self.commit().await.map_err(CommitError::Unknown)
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}

/// Whether a statement failed on the constraint named.
pub fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().and_then(|error| error.constraint()) == Some(constraint)
}
