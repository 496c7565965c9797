//! Clocks of cases.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::clock::{ArrivalClock, Clock, ClockKind};

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

/// Ends a clock that runs.
pub async fn end_one(
    connection: &mut PgConnection,
    clock: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE screening.clock SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
        clock,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// The clock of the initial decision of a contact's arrival, as the receipt is known now (R13).
pub async fn of_arrival(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Option<ArrivalClock>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT id, ended_at IS NOT NULL AS "ended!"
        FROM screening.clock
        WHERE contact_id = $1 AND of_arrival
        "#,
        contact,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| match row.ended {
        true => ArrivalClock::Ended(row.id),
        false => ArrivalClock::Running(row.id),
    }))
}

/// Makes one clock that of a contact's arrival, in the stead of any before.
pub async fn set_of_arrival(
    connection: &mut PgConnection,
    contact: Uuid,
    clock: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE screening.clock SET of_arrival = (id = $2)
        WHERE contact_id = $1 AND of_arrival <> (id = $2)
        "#,
        contact,
        clock,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The running screening clocks of the children of a case.
pub async fn running_of_children(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Clock>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, child_id, kind AS "kind: ClockKind", started_at AS "started_at: jiff_sqlx::Timestamp",
               deadline AS "deadline: jiff_sqlx::Timestamp"
        FROM screening.clock
        WHERE contact_id = $1 AND child_id IS NOT NULL AND ended_at IS NULL
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let clocks = rows.into_iter().map(|row| Clock {
        id: row.id,
        kind: row.kind,
        child: row.child_id,
        started_at: row.started_at.to_jiff(),
        deadline: row.deadline.to_jiff(),
        // They are not kept: who watches the clock has them.
        warnings: Vec::new(),
    });
    Ok(clocks.collect())
}
