//! What deadlines needs to know of a contact.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

/// Notes that every child of a contact has an initial decision.
pub async fn note_decision(
    connection: &mut PgConnection,
    contact: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO deadlines.decision (contact_id, decided_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        contact,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets it: a child came back into the hub that has none (R9).
pub async fn forget_decision(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM deadlines.decision WHERE contact_id = $1", contact)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether every child of a contact is known to have an initial decision.
pub async fn is_decided(connection: &mut PgConnection, contact: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM deadlines.decision WHERE contact_id = $1) AS "decided!""#,
        contact
    )
    .fetch_one(connection)
    .await
}
