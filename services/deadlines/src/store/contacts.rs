//! What deadlines needs to know of a contact, and the lock under which facts of
//! different logs meet.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

/// Waits until no other transaction takes in facts on a contact. A start and an end, or
/// a decision and an acknowledgement, that are taken in at the same time would not see
/// each other; with this one of them is second. Two followers whose batches cross on two
/// contacts are a deadlock, which the database ends: one of them applies its batch again.
pub async fn take_facts_alone(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))", contact)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes the right to raise and join pages on a contact until the transaction ends;
/// false, without waiting, where another has it.
pub async fn try_lock_pages(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid::text, 1)) AS "locked!""#,
        contact
    )
    .fetch_one(connection)
    .await
}

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

/// Whether every child of a contact is known to have an initial decision.
pub async fn is_decided(connection: &mut PgConnection, contact: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM deadlines.decision WHERE contact_id = $1) AS "decided!""#,
        contact
    )
    .fetch_one(connection)
    .await
}
