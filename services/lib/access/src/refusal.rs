//! Refusals: what the caller is told, and what is kept of them.
//!
//! The caller hears a fixed text and a stable reason, nothing of why.

use std::time::Duration;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::caller::Caller;
use crate::policy::Api;

/// How long a refusal waits for its row, before the answer goes out without it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// Where refusals are kept. All of them are traced, without personal data. A call
/// that proved no identity is only traced: it has no actor to hold to account, and
/// anybody on the network could fill the table.
#[derive(Clone)]
pub enum RefusalLog {
    /// Traced only: for a process without a database, such as an adapter.
    Traced,
    /// Also a row in `access.refusal`, in a transaction of its own.
    Database(PgPool),
}

/// A call that is not let in.
pub(crate) enum Refusal {
    /// No identity, or one that does not hold; the text is for the trace.
    Unauthenticated(String),
    /// Known, and not allowed.
    NotAllowed(Box<Caller>),
}

impl Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::NotAllowed(_) => "NOT_ALLOWED",
        }
    }

    /// What the caller is told.
    pub(crate) fn status(&self) -> Status {
        let (code, text) = match self {
            Self::Unauthenticated(_) => (Code::Unauthenticated, "the caller is not known"),
            Self::NotAllowed(_) => (Code::PermissionDenied, "the caller may not do this"),
        };
        let details = ErrorDetails::with_error_info(self.reason(), "mash", []);
        Status::with_error_details(code, text, details)
    }
}

impl RefusalLog {
    /// Keeps a refusal. A row that cannot be written changes nothing for the
    /// caller, who is refused all the same.
    pub(crate) async fn keep(&self, refusal: &Refusal, action: &str, api: &Api, at: Timestamp) {
        let reason = refusal.reason();
        let caller = match refusal {
            Refusal::Unauthenticated(cause) => {
                tracing::info!(action, api = api.id(), reason, cause, "call refused");
                return;
            }
            Refusal::NotAllowed(caller) => caller,
        };
        let principal = caller.kind();
        tracing::warn!(action, api = api.id(), reason, principal, "call refused");
        let Self::Database(pool) = self else { return };
        let row = Row {
            at,
            actor: caller.actor(),
            via: caller.via(),
            action: action.to_owned(),
            api: api.id().to_owned(),
            reason,
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "a caller who hangs up must not undo the record; it ends by itself in two seconds"
        )]
        let written = tokio::spawn(row.write(pool.clone())).await;
        if written.is_err() {
            tracing::error!(action, "refusal not written: its task failed");
        }
    }
}

/// A row of `access.refusal`.
struct Row {
    at: Timestamp,
    actor: String,
    via: Option<String>,
    action: String,
    api: String,
    reason: &'static str,
}

impl Row {
    async fn write(self, pool: PgPool) {
        let write = sqlx::query!(
            "INSERT INTO access.refusal (at, actor, via, action, api, reason)
             VALUES ($1, $2, $3, $4, $5, $6)",
            self.at.to_sqlx() as _,
            self.actor,
            self.via,
            self.action,
            self.api,
            self.reason,
        )
        .execute(&pool);
        match tokio::time::timeout(WRITE_TIMEOUT, write).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::error!(action = self.action, %error, "refusal not written");
            }
            Err(_) => {
                tracing::error!(action = self.action, "refusal not written: database too slow");
            }
        }
    }
}
