//! All SQL of following.

use std::collections::HashSet;

use crate::one_row;
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

/// Moves the cursor to the last of the events that were dealt with, and remembers them.
pub(crate) async fn move_cursor(
    connection: &mut PgConnection,
    source: &str,
    events: &[Received],
) -> Result<(), sqlx::Error> {
    let Some(last) = events.last() else { return Ok(()) };
    let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    let moved = sqlx::query!(
        r#"
        WITH remembered AS (
            INSERT INTO messaging.followed (source, position, event_id)
            SELECT $1, * FROM unnest($2::bigint[], $3::uuid[])
        )
        UPDATE messaging.cursor SET position = $4, event_id = $5
        WHERE source = $1 AND position < $4
        "#,
        source,
        &positions,
        &ids,
        last.position,
        last.id,
    )
    .execute(connection)
    .await?;
    one_row(&moved)
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
    event_id: Uuid,
) -> Result<(), sqlx::Error> {
    let resolved = sqlx::query!(
        "UPDATE messaging.parked SET state = 'applied' WHERE source = $1 AND event_id = $2",
        source,
        event_id
    )
    .execute(connection)
    .await?;
    one_row(&resolved)
}

/// Parks an event again that failed when it was tried.
pub(crate) async fn park_again(
    connection: &mut PgConnection,
    source: &str,
    event_id: Uuid,
    cause: &str,
) -> Result<(), sqlx::Error> {
    let parked = sqlx::query!(
        "UPDATE messaging.parked SET state = 'parked', cause = $3 WHERE source = $1 AND event_id = $2",
        source,
        event_id,
        cause,
    )
    .execute(connection)
    .await?;
    one_row(&parked)
}
