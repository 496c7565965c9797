//! Corrections of contacts. Only ever added to.

use access::Personal;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::amendment::Amendment;

/// Adds a correction that made a contact's `revision`.
pub async fn insert(
    connection: &mut PgConnection,
    (contact, revision): (Uuid, i64),
    amendment: &Amendment,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.amendment (id, contact_id, revision, before, reason, amended_by, amended_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
        amendment.id,
        contact,
        revision,
        amendment.before,
        amendment.reason.open(),
        amendment.by,
        amendment.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The corrections of a contact, the latest last.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Amendment>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, before, reason, amended_by, amended_at FROM intake.amendment
        WHERE contact_id = $1
        ORDER BY revision
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let amendments = rows.into_iter().map(|row| Amendment {
        id: row.id,
        reason: Personal::new(row.reason),
        before: row.before,
        by: row.amended_by,
        at: row.amended_at.to_jiff(),
    });
    Ok(amendments.collect())
}
