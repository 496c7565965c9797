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
    let rows = sqlx::query!(
        r#"
        WITH listed AS (
            SELECT *, -(extract(epoch FROM opened_at) * 1000000)::bigint AS turn FROM intake.seal_opening
        )
        SELECT id AS "id!", contact_id AS "contact_id!", child_id, reason AS "reason!", opened_by AS "opened_by!",
               opened_at AS "opened_at!", turn AS "turn!"
        FROM listed
        WHERE $1::bigint IS NULL OR (turn, id) > ($1, $2::uuid)
        ORDER BY turn, id
        LIMIT $3
        "#,
        behind.map(|behind| behind.order),
        behind.map(|behind| behind.id),
        limit,
    )
    .fetch_all(connection)
    .await?;
    let opened = rows.into_iter().map(|row| Opened {
        id: row.id,
        contact: row.contact_id,
        child: row.child_id,
        reason: Personal::new(row.reason),
        by: row.opened_by,
        at: row.opened_at.to_jiff(),
        turn: Turn { done: false, order: row.turn, id: row.id },
    });
    Ok(opened.collect())
}
