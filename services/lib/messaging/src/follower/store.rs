//! All SQL of following.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::received::Received;

/// How far a source has been followed.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    pub(crate) position: i64,
    pub(crate) event_id: Option<Uuid>,
    pub(crate) rewound: bool,
}

impl Cursor {
    const START: Self = Self { position: 0, event_id: None, rewound: false };
}

/// Where a parked event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "messaging.parked_state", rename_all = "snake_case")]
pub enum ParkedState {
    /// It failed and waits for a person.
    Parked,
    /// It waits for an earlier one of the same record.
    Behind,
    /// A person wants it tried again.
    Retry,
    /// It has been applied since.
    Applied,
    /// A person dropped it, with a reason.
    Dropped,
}

/// How far `source` has been followed, without a lock.
pub(crate) async fn cursor(pool: &PgPool, source: &str) -> Result<Cursor, sqlx::Error> {
    let row = sqlx::query_as!(
        Cursor,
        r#"
        SELECT position, event_id, rewound_at IS NOT NULL AS "rewound!"
        FROM messaging.cursor WHERE source = $1
        "#,
        source,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.unwrap_or(Cursor::START))
}

/// Locks the cursor of `source`, which is the lease to apply; `None` where another
/// replica holds it.
pub(crate) async fn lock_cursor(
    connection: &mut PgConnection,
    source: &str,
) -> Result<Option<Cursor>, sqlx::Error> {
    sqlx::query!(
        "INSERT INTO messaging.cursor (source, position) VALUES ($1, 0) ON CONFLICT DO NOTHING",
        source
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_as!(
        Cursor,
        r#"
        SELECT position, event_id, rewound_at IS NOT NULL AS "rewound!"
        FROM messaging.cursor WHERE source = $1
        FOR UPDATE SKIP LOCKED
        "#,
        source,
    )
    .fetch_optional(connection)
    .await
}

/// Moves the cursor to an event that was dealt with.
pub(crate) async fn move_cursor(
    connection: &mut PgConnection,
    source: &str,
    event: &Received,
) -> Result<(), sqlx::Error> {
    let moved = sqlx::query!(
        "UPDATE messaging.cursor SET position = $2, event_id = $3 WHERE source = $1 AND position < $2",
        source,
        event.position,
        event.id,
    )
    .execute(connection)
    .await?;
    if moved.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Notes that the source's log went back; false where that was noted before.
pub(crate) async fn note_rewound(
    connection: &mut PgConnection,
    source: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!(
        "UPDATE messaging.cursor SET rewound_at = $2 WHERE source = $1 AND rewound_at IS NULL",
        source,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Records of which an event is parked: their later events wait behind it.
pub(crate) async fn parked_aggregates(
    connection: &mut PgConnection,
    source: &str,
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let aggregates = sqlx::query_scalar!(
        "SELECT DISTINCT aggregate FROM messaging.parked WHERE source = $1 AND state IN ('parked', 'behind', 'retry')",
        source,
    )
    .fetch_all(connection)
    .await?;
    Ok(aggregates.into_iter().collect())
}

/// How many events are parked and not resolved.
pub(crate) async fn count_parked(pool: &PgPool, source: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "parked!" FROM messaging.parked
        WHERE source = $1 AND state IN ('parked', 'behind', 'retry')
        "#,
        source,
    )
    .fetch_one(pool)
    .await
}

/// Keeps an event that is not applied.
pub(crate) async fn park(
    connection: &mut PgConnection,
    source: &str,
    event: &Received,
    state: ParkedState,
    cause: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO messaging.parked
            (source, position, state, event_id, aggregate, revision, type, payload, trace_parent,
             occurred_at, cause, parked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        "#,
        source,
        event.position,
        state as ParkedState,
        event.id,
        event.aggregate,
        event.revision,
        event.type_name,
        event.payload.as_ref(),
        event.trace_parent,
        event.occurred_at.to_sqlx() as _,
        cause,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The next parked event to try: marked by a person, or free since the one before
/// it was resolved. Always the first unresolved one of its record.
pub(crate) async fn next_retry(pool: &PgPool, source: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT position FROM (
            SELECT DISTINCT ON (aggregate) position, state FROM messaging.parked
            WHERE source = $1 AND state IN ('parked', 'behind', 'retry')
            ORDER BY aggregate, position
        ) AS first
        WHERE state IN ('behind', 'retry')
        ORDER BY position
        LIMIT 1
        "#,
        source,
    )
    .fetch_optional(pool)
    .await
}

/// A parked event that is to be tried, locked.
pub(crate) async fn parked_event(
    connection: &mut PgConnection,
    source: &str,
    position: i64,
) -> Result<Option<Received>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT position, event_id, aggregate, revision, type AS type_name, payload, trace_parent, occurred_at
        FROM messaging.parked
        WHERE source = $1 AND position = $2 AND state IN ('behind', 'retry')
        FOR UPDATE
        "#,
        source,
        position,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Received {
        position: row.position,
        id: row.event_id,
        aggregate: row.aggregate,
        revision: row.revision,
        type_name: row.type_name,
        occurred_at: row.occurred_at.to_jiff(),
        previous: None,
        payload: row.payload.into(),
        trace_parent: row.trace_parent,
    }))
}

/// Marks a parked event as applied.
pub(crate) async fn resolve(
    connection: &mut PgConnection,
    source: &str,
    position: i64,
) -> Result<(), sqlx::Error> {
    let resolved = sqlx::query!(
        "UPDATE messaging.parked SET state = 'applied' WHERE source = $1 AND position = $2",
        source,
        position
    )
    .execute(connection)
    .await?;
    if resolved.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Parks an event again that failed when it was tried.
pub(crate) async fn park_again(
    pool: &PgPool,
    source: &str,
    position: i64,
    cause: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE messaging.parked SET state = 'parked', cause = $3
        WHERE source = $1 AND position = $2 AND state IN ('behind', 'retry')
        "#,
        source,
        position,
        cause,
    )
    .execute(pool)
    .await?;
    Ok(())
}
