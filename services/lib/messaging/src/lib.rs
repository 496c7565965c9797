//! The event log, its feed, and those who follow it.
//!
//! A service appends what happened to its own log, in the transaction in which it
//! happened ([`Tx`]). [`numbering`] gives the events gapless positions,
//! [`publisher`] sends them to the broker in order, and a [`follower`] in another
//! service applies each exactly once: its cursor moves in the transaction of the
//! effects. The log is the truth and the broker only makes it fast: what the feed
//! lacks is read from the owner ([`source`]).

pub mod broker;
pub mod command;
pub mod event_log;
pub mod follower;
pub mod numbering;
pub mod operator;
pub mod publisher;
pub mod received;
pub mod source;
mod store;
pub mod tx;

use std::{future::Future, time::Duration};

pub use event_log::EventLog;
pub use tx::Tx;

/// The tables that every service's database holds for its messages.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// How long background work with the database may take. The server ends a statement
/// after eight seconds; whoever waits longer waits for a server that has vanished
/// without closing its connections, as after a failover.
const GONE_AFTER: Duration = Duration::from_secs(12);

/// Gives up work on a database that has vanished, so that a loop tries again on a new
/// connection.
///
/// # Errors
/// The work's own, or `PoolTimedOut`.
pub async fn unless_gone<T, E: From<sqlx::Error>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let result = tokio::time::timeout(GONE_AFTER, work).await;
    result.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut.into()))
}

/// Whether a change touched the one row that it was about.
///
/// # Errors
/// `RowNotFound` where it touched none, or more.
pub fn one_row(result: &sqlx::postgres::PgQueryResult) -> Result<(), sqlx::Error> {
    if result.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// What a caller is told where the database fails: that it is away, which is worth
/// another try, or nothing of the inside.
pub fn store_failure(error: &sqlx::Error) -> tonic::Status {
    if is_away(error) {
        tracing::warn!(%error, "the database is away");
        runtime::refusal::unavailable("the database")
    } else {
        runtime::refusal::internal(error)
    }
}

/// Whether a failure says that the database is away, busy, or not set up as this
/// version wants it, so that the same work may succeed later, rather than that it
/// refuses this work.
pub fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // A statement that took too long will take too long again.
            const TOO_LONG: &str = "57014";
            // Connection exceptions, a read-only standby, failed logins, rollbacks such
            // as deadlocks, missing tables or rights, insufficient resources, lock
            // timeouts, operator intervention.
            const CLASSES: [&str; 9] =
                ["08", "25006", "25P03", "28", "40", "42", "53", "55P03", "57"];
            code != TOO_LONG && CLASSES.iter().any(|class| code.starts_with(class))
        }),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        _ => false,
    }
}
