//! Who opened what is sealed, and why (R2, R4). Only ever added to.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::turn::Turn;

/// Notes an opening: of the referrer of a contact, or of a child's fields.
pub async fn note_opening(
    connection: &mut PgConnection,
    (contact, child): (Uuid, Option<Uuid>),
    reason: &Personal<String>,
    (by, at): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.seal_opening (id, contact_id, child_id, reason, opened_by, opened_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        Uuid::now_v7(),
        contact,
        child,
        reason.open(),
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An opening that was noted.
pub struct Opened {
    /// Its id.
    pub id: Uuid,
    /// The contact.
    pub contact: Uuid,
    /// Whose fields; `None` for the referrer.
    pub child: Option<Uuid>,
    /// Why.
    pub reason: Personal<String>,
    /// Who: an opaque id.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Its place on the list.
    pub turn: Turn,
}

/// At most `limit` openings behind a place, the latest first (R62).
pub async fn page(
    connection: &mut PgConnection,
    behind: Option<Turn>,
    limit: i64,
) -> Result<Vec<Opened>, sqlx::Error> {
    let at = |turn: Turn| Timestamp::from_microsecond(turn.order).unwrap_or(Timestamp::UNIX_EPOCH);
    let rows = sqlx::query!(
        r#"
        SELECT id, contact_id, child_id, reason, opened_by, opened_at AS "opened_at: jiff_sqlx::Timestamp"
        FROM intake.seal_opening
        WHERE $1::timestamptz IS NULL OR (opened_at, id) < ($1, $2::uuid)
        ORDER BY opened_at DESC, id DESC
        LIMIT $3
        "#,
        behind.map(|behind| at(behind).max(Timestamp::UNIX_EPOCH).to_sqlx()) as _,
        behind.map(|behind| behind.id),
        limit,
    )
    .fetch_all(connection)
    .await?;
    let opened = rows.into_iter().map(|row| {
        let at = row.opened_at.to_jiff();
        Opened {
            id: row.id,
            contact: row.contact_id,
            child: row.child_id,
            reason: Personal::new(row.reason),
            by: row.opened_by,
            at,
            turn: Turn { done: false, order: at.as_microsecond(), id: row.id },
        }
    });
    Ok(opened.collect())
}
