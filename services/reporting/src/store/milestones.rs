//! What became of contacts, checks and pages, each once. It is read where they are counted.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::terms::Milestone;

/// Keeps that a record has reached a milestone; of several instants, the earliest.
pub async fn keep(
    connection: &mut PgConnection,
    event: Uuid,
    (milestone, record, at): (Milestone, Uuid, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.milestone (kind, record_id, event_id, reached)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, record_id) DO UPDATE
        SET event_id = excluded.event_id, reached = excluded.reached
        WHERE excluded.reached < milestone.reached
        "#,
        milestone as Milestone,
        record,
        event,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
