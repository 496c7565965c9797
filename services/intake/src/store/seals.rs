//! Who opened what is sealed, and why (R2, R4). Only ever added to.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

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
