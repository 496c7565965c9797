//! The read log: who read what of which child's record, when and why (R61), and the
//! chain of seals over it, by which a change shows (R62). The chain itself is computed
//! in `seal.rs`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::caller::Caller;
use crate::seal::{Link, Seal};

/// One answer that shows something of a child's record.
pub struct Read<'a> {
    /// When (UTC).
    pub at: Timestamp,
    /// Who reads, and through which system.
    pub caller: &'a Caller,
    /// The RPC as policies name it, for example `IntakeService.GetContact`.
    pub action: &'a str,
    /// The records and children that the answer shows; at least one.
    pub subjects: &'a [Uuid],
    /// Code of the purpose that the reader gave; not empty.
    pub purpose: &'a str,
    /// Names of the fields shown, never their values (R62).
    pub fields: &'a [&'a str],
}

/// Writes the read into the reader's own transaction (R61): the answer is sent
/// after the commit, so there is no answer without its row. It is sealed later, so that
/// reads do not queue.
///
/// # Errors
/// The row could not be written, or lacks a subject or a purpose; the read must
/// then not be answered.
pub async fn log_read(conn: &mut PgConnection, read: &Read<'_>) -> Result<(), sqlx::Error> {
    let fields: Vec<String> = read.fields.iter().map(|field| (*field).to_owned()).collect();
    sqlx::query!(
        "WITH logged AS (
             INSERT INTO access.read_log (at, actor, via, action, subjects, purpose, fields)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             RETURNING number
         )
         INSERT INTO access.unsealed (number) SELECT number FROM logged",
        read.at.to_sqlx() as _,
        read.caller.actor(),
        read.caller.via(),
        read.action,
        read.subjects,
        read.purpose,
        &fields,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A read as the log holds it.
pub(crate) struct Logged {
    pub(crate) number: i64,
    pub(crate) at: jiff_sqlx::Timestamp,
    pub(crate) actor: String,
    pub(crate) via: Option<String>,
    pub(crate) action: String,
    pub(crate) subjects: Vec<Uuid>,
    pub(crate) purpose: String,
    pub(crate) fields: Vec<String>,
}

/// Whether a read waits for its seal.
pub(crate) async fn anything_unsealed(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM access.unsealed) AS "waits!""#)
        .fetch_one(pool)
        .await
}

/// Locks the end of the chain: its place, and the seal there.
pub(crate) async fn lock_head(conn: &mut PgConnection) -> Result<(i64, Seal), sqlx::Error> {
    let row =
        sqlx::query!("SELECT place, seal FROM access.seal_head FOR UPDATE").fetch_one(conn).await?;
    Ok((row.place, row.seal))
}

/// The end of the chain: its place, and the seal there.
pub(crate) async fn head(conn: &mut PgConnection) -> Result<(i64, Seal), sqlx::Error> {
    let row = sqlx::query!("SELECT place, seal FROM access.seal_head").fetch_one(conn).await?;
    Ok((row.place, row.seal))
}

/// Takes at most `limit` reads that wait, in order. Its own statement, after
/// `lock_head`: its snapshot must be younger than the lock.
pub(crate) async fn take_unsealed(
    conn: &mut PgConnection,
    limit: i64,
) -> Result<Vec<Logged>, sqlx::Error> {
    sqlx::query_as!(
        Logged,
        "WITH taken AS (
             DELETE FROM access.unsealed
             WHERE number IN (SELECT number FROM access.unsealed ORDER BY number LIMIT $1)
             RETURNING number
         )
         SELECT number, at, actor, via, action, subjects, purpose, fields
         FROM access.read_log JOIN taken USING (number)
         ORDER BY number",
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Adds seals to the chain and moves its end to the last of them.
pub(crate) async fn add_seals(conn: &mut PgConnection, links: &[Link]) -> Result<(), sqlx::Error> {
    let Some(last) = links.last() else { return Ok(()) };
    let places: Vec<i64> = links.iter().map(|link| link.place).collect();
    let numbers: Vec<i64> = links.iter().map(|link| link.number).collect();
    let seals: Vec<Seal> = links.iter().map(|link| link.seal.clone()).collect();
    sqlx::query!(
        "WITH added AS (
             INSERT INTO access.read_seal (place, number, seal)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])
         )
         UPDATE access.seal_head SET place = $4, seal = $5",
        &places,
        &numbers,
        &seals,
        last.place,
        last.seal,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// At most `limit` links of the chain after a place, in order.
pub(crate) async fn links_after(
    conn: &mut PgConnection,
    place: i64,
    limit: i64,
) -> Result<Vec<Link>, sqlx::Error> {
    sqlx::query_as!(
        Link,
        "SELECT place, number, seal FROM access.read_seal
         WHERE place > $1 ORDER BY place LIMIT $2",
        place,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// The reads of these numbers that the log still holds.
pub(crate) async fn reads(
    conn: &mut PgConnection,
    numbers: &[i64],
) -> Result<BTreeMap<i64, Logged>, sqlx::Error> {
    let reads = sqlx::query_as!(
        Logged,
        "SELECT number, at, actor, via, action, subjects, purpose, fields
         FROM access.read_log WHERE number = ANY($1)",
        numbers,
    )
    .fetch_all(conn)
    .await?;
    Ok(reads.into_iter().map(|read| (read.number, read)).collect())
}

/// How many reads have no seal and wait for none, as one would that was put in from
/// outside.
pub(crate) async fn count_stray(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "stray!"
        FROM access.read_log
            LEFT JOIN access.read_seal USING (number)
            LEFT JOIN access.unsealed USING (number)
        WHERE read_seal.number IS NULL AND unsealed.number IS NULL
        "#
    )
    .fetch_one(conn)
    .await
}
