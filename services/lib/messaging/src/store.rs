//! All SQL of the log. Statements of followers are in `follower/store.rs`.

use crate::one_row;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{command::CommandKey, received::Logged};

pub(crate) struct NewEvent {
    pub(crate) id: Uuid,
    pub(crate) aggregate: Uuid,
    pub(crate) revision: i64,
    pub(crate) type_name: String,
    pub(crate) addressee: Option<String>,
    pub(crate) payload: Vec<u8>,
    pub(crate) actor: String,
    pub(crate) trace_parent: Option<String>,
    pub(crate) occurred_at: Timestamp,
}

/// Adds an event to the log and to what waits for a position.
pub(crate) async fn append(
    connection: &mut PgConnection,
    event: &NewEvent,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        WITH appended AS (
            INSERT INTO messaging.event
                (id, aggregate, revision, type, addressee, payload, actor, trace_parent, occurred_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            RETURNING number
        )
        INSERT INTO messaging.waiting (number) SELECT number FROM appended
        "#,
        event.id,
        event.aggregate,
        event.revision,
        event.type_name,
        event.addressee,
        event.payload,
        event.actor,
        event.trace_parent,
        event.occurred_at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether anything waits for a position. It reads the front of an index, however many
/// rows have come and gone.
pub(crate) async fn anything_waits(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let first = sqlx::query_scalar!("SELECT number FROM messaging.waiting ORDER BY number LIMIT 1")
        .fetch_optional(connection)
        .await?;
    Ok(first.is_some())
}

/// Takes what came and went out of the table and the index of what waits. Not truncated:
/// that waits for a lock that shuts writers out. A login that may not vacuum only gets a
/// warning from the server.
pub(crate) async fn vacuum_waiting(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!("VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) messaging.waiting").execute(pool).await?;
    Ok(())
}

/// Locks the head of the log and gives the last position given out.
pub(crate) async fn lock_head(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("SELECT position FROM messaging.head FOR UPDATE")
        .fetch_one(connection)
        .await
}

/// Gives the next positions to at most `limit` waiting events; answers how many.
/// Its own statement, after `lock_head`: its snapshot must be younger than the lock.
pub(crate) async fn number(connection: &mut PgConnection, limit: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH batch AS (
            DELETE FROM messaging.waiting
            WHERE number IN (SELECT number FROM messaging.waiting ORDER BY number LIMIT $1)
            RETURNING number
        ), numbered AS (
            INSERT INTO messaging.position (position, number)
            SELECT (SELECT position FROM messaging.head) + row_number() OVER (ORDER BY number), number
            FROM batch
            RETURNING position
        ), moved AS (
            UPDATE messaging.head SET position = position + (SELECT count(*) FROM numbered)
            RETURNING position
        )
        SELECT count(*) AS "numbered!" FROM numbered, moved
        "#,
        limit,
    )
    .fetch_one(connection)
    .await
}

/// The last position given out.
pub(crate) async fn head(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("SELECT position FROM messaging.head").fetch_one(connection).await
}

/// The event at a position.
pub(crate) async fn event_at(
    connection: &mut PgConnection,
    position: i64,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT event.id FROM messaging.position JOIN messaging.event USING (number)
        WHERE position.position = $1
        "#,
        position,
    )
    .fetch_optional(connection)
    .await
}

/// At most `limit` events after a position, in order.
pub(crate) async fn events_after(
    connection: &mut PgConnection,
    position: i64,
    limit: i64,
) -> Result<Vec<Logged>, sqlx::Error> {
    sqlx::query_as!(
        Logged,
        r#"
        SELECT position.position, event.id, event.aggregate, event.revision, event.type AS type_name,
               event.addressee, event.payload, event.trace_parent, event.occurred_at
        FROM messaging.position JOIN messaging.event USING (number)
        WHERE position.position > $1
        ORDER BY position.position
        LIMIT $2
        "#,
        position,
        limit,
    )
    .fetch_all(connection)
    .await
}

/// Takes or renews the lease of the publisher for five seconds; answers how far
/// the feed has been sent, or `None` where another process holds it.
pub(crate) async fn hold_publisher(
    connection: &mut PgConnection,
    holder: Uuid,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        UPDATE messaging.publisher SET holder = $1, held_to = now() + interval '5 seconds'
        WHERE holder = $1 OR held_to < now()
        RETURNING published
        "#,
        holder,
    )
    .fetch_optional(connection)
    .await
}

/// How far the feed has been sent.
pub(crate) async fn published(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("SELECT published FROM messaging.publisher").fetch_one(connection).await
}

/// Marks how far the feed has been sent. The mark moves forward only; it need not reach
/// the disk before others commit, for what is sent again is skipped by every follower.
pub(crate) async fn mark_published(
    connection: &mut PgConnection,
    position: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE messaging.publisher SET published = greatest(published, $1)
        RETURNING set_config('synchronous_commit', 'off', true)
        "#,
        position,
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// Notes a command; false where it was noted before. Waits for a twin that is being
/// done at this moment.
pub(crate) async fn claim_command(
    connection: &mut PgConnection,
    key: &CommandKey,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"
        INSERT INTO messaging.command (caller, rpc, request_id, body_hash, accepted_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        "#,
        key.caller,
        key.rpc,
        key.request_id,
        key.body_hash,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The body hash and the reply of a command noted before.
pub(crate) async fn kept_reply(
    connection: &mut PgConnection,
    key: &CommandKey,
) -> Result<(Vec<u8>, Vec<u8>), sqlx::Error> {
    let row = sqlx::query!(
        "SELECT body_hash, reply FROM messaging.command WHERE caller = $1 AND rpc = $2 AND request_id = $3",
        key.caller,
        key.rpc,
        key.request_id,
    )
    .fetch_one(connection)
    .await?;
    Ok((row.body_hash, row.reply))
}

/// Keeps the reply of a command noted in the same transaction.
pub(crate) async fn keep_reply(
    connection: &mut PgConnection,
    key: &CommandKey,
    reply: &[u8],
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE messaging.command SET reply = $4 WHERE caller = $1 AND rpc = $2 AND request_id = $3",
        key.caller,
        key.rpc,
        key.request_id,
        reply,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}
