//! How far imports are (R8, R9).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::register_import::{Mark, Tally};

/// An import: who sends it, and the id that the sender gave it.
#[derive(Clone, Debug)]
pub struct ImportKey {
    /// Who sends it.
    pub sender: String,
    /// Its id.
    pub id: Uuid,
}

/// Begins an import at its beginning, unless it was begun before; answers when it was.
pub async fn begin(
    connection: &mut PgConnection,
    key: &ImportKey,
    system: &str,
    at: Timestamp,
) -> Result<Timestamp, sqlx::Error> {
    let content = Mark::of(system).content;
    sqlx::query!(
        r#"
        INSERT INTO intake.import (sender, id, system, content, begun_at, advanced_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT DO NOTHING
        "#,
        key.sender,
        key.id,
        system,
        content.as_slice(),
        at.to_sqlx() as _,
    )
    .execute(&mut *connection)
    .await?;
    let begun_at: jiff_sqlx::Timestamp = sqlx::query_scalar!(
        "SELECT begun_at FROM intake.import WHERE sender = $1 AND id = $2",
        key.sender,
        key.id,
    )
    .fetch_one(connection)
    .await?;
    Ok(begun_at.to_jiff())
}

/// Locks an import, and tells how far it is.
pub async fn lock(connection: &mut PgConnection, key: &ImportKey) -> Result<Mark, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT position, content FROM intake.import WHERE sender = $1 AND id = $2 FOR UPDATE",
        key.sender,
        key.id,
    )
    .fetch_one(connection)
    .await?;
    let content = row.content.try_into();
    let content = content.map_err(|_| sqlx::Error::Decode("import.content: no hash".into()))?;
    Ok(Mark { position: row.position, content })
}

/// Notes that an import is as far as `to`, and what became of the rows since.
pub async fn advance(
    connection: &mut PgConnection,
    key: &ImportKey,
    (to, tally): (Mark, Tally),
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let advanced = sqlx::query!(
        r#"
        UPDATE intake.import
        SET position = $3, content = $4, created = created + $5, changed = changed + $6,
            unchanged = unchanged + $7, refused = refused + $8, advanced_at = $9
        WHERE sender = $1 AND id = $2
        "#,
        key.sender,
        key.id,
        to.position,
        to.content.as_slice(),
        tally.created,
        tally.changed,
        tally.unchanged,
        tally.refused,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&advanced)
}

/// Notes that the stream of an import has ended. When one ended first stays.
pub async fn end(
    connection: &mut PgConnection,
    key: &ImportKey,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let ended = sqlx::query!(
        "UPDATE intake.import SET ended_at = COALESCE(ended_at, $3) WHERE sender = $1 AND id = $2",
        key.sender,
        key.id,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&ended)
}

/// An import as it stands.
pub struct ImportOnRecord {
    /// The case system.
    pub system: String,
    /// Number of the last row that was looked at.
    pub position: i32,
    /// What became of the rows up to there.
    pub tally: Tally,
    /// When it began.
    pub begun_at: Timestamp,
    /// When rows were last taken.
    pub advanced_at: Timestamp,
    /// When its stream first ended.
    pub ended_at: Option<Timestamp>,
}

/// An import as it stands.
pub async fn find(
    connection: &mut PgConnection,
    key: &ImportKey,
) -> Result<Option<ImportOnRecord>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT system, position, created, changed, unchanged, refused, begun_at, advanced_at, ended_at
        FROM intake.import
        WHERE sender = $1 AND id = $2
        "#,
        key.sender,
        key.id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| ImportOnRecord {
        system: row.system,
        position: row.position,
        tally: Tally {
            created: row.created,
            changed: row.changed,
            unchanged: row.unchanged,
            refused: row.refused,
        },
        begun_at: row.begun_at.to_jiff(),
        advanced_at: row.advanced_at.to_jiff(),
        ended_at: row.ended_at.map(|at: jiff_sqlx::Timestamp| at.to_jiff()),
    }))
}
