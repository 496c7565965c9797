//! Clocks of cases.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::clock::{Clock, ClockKind};

/// Keeps a clock that runs.
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    clock: &Clock,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.clock (id, contact_id, child_id, kind, started_at, deadline)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        clock.id,
        contact,
        clock.child,
        clock.kind as ClockKind,
        clock.started_at.to_sqlx() as _,
        clock.deadline.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether a clock of a case that is about `kind` runs.
pub async fn runs(
    connection: &mut PgConnection,
    contact: Uuid,
    kind: ClockKind,
) -> Result<bool, sqlx::Error> {
    let statement = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM screening.clock WHERE contact_id = $1 AND kind = $2 AND ended_at IS NULL
        ) AS "runs!"
        "#,
        contact,
        kind as ClockKind,
    );
    statement.fetch_one(connection).await
}

/// Ends the running clocks of a case that are about `kind`; answers which.
pub async fn end(
    connection: &mut PgConnection,
    contact: Uuid,
    kind: ClockKind,
    at: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        UPDATE screening.clock SET ended_at = $3
        WHERE contact_id = $1 AND kind = $2 AND ended_at IS NULL
        RETURNING id
        "#,
        contact,
        kind as ClockKind,
        at.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}

/// Ends the running screening clocks of these children; answers which.
pub async fn end_of_children(
    connection: &mut PgConnection,
    contact: Uuid,
    children: &[Uuid],
    at: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        UPDATE screening.clock SET ended_at = $3
        WHERE contact_id = $1 AND child_id = ANY($2) AND ended_at IS NULL
        RETURNING id
        "#,
        contact,
        children,
        at.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}
