//! What is done with a request. Each act makes its next revision.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::information_request::{Verification, clock::Clock, state::State};

/// A request, and the revision that an act makes of it.
pub type Next = (Uuid, i64);

/// Keeps how it was made sure who asks.
pub async fn verify(
    connection: &mut PgConnection,
    (id, revision): Next,
    verification: Verification,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE intake.information_request SET revision = $2, verification = $3
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        verification as Verification,
    )
    .execute(connection)
    .await
    .and_then(|updated| one_row(&updated))
}

/// Keeps the date that a manager has set, beside the first one.
pub async fn date(
    connection: &mut PgConnection,
    (id, revision): Next,
    clock: &Clock,
    (by, reason): (&str, &Personal<String>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE intake.information_request
        SET revision = $2, clock_id = $3, deadline = $4, dated_by = $5, dated_reason = $6
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        clock.id,
        clock.deadline.to_sqlx() as _,
        by,
        reason.open(),
    )
    .execute(connection)
    .await
    .and_then(|updated| one_row(&updated))
}

/// Keeps to whom it was passed: a unit, or nobody named for information governance.
pub async fn pass(
    connection: &mut PgConnection,
    (id, revision): Next,
    (state, unit): (State, Option<&Personal<String>>),
    (clock, at): (&Clock, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE intake.information_request
        SET revision = $2, state = $3, unit = $4, clock_id = $5, deadline = $6, passed_at = $7
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        state as State,
        unit.map(Personal::open),
        clock.id,
        clock.deadline.to_sqlx() as _,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await
    .and_then(|updated| one_row(&updated))
}

/// Keeps who has it since when.
pub async fn record_receipt(
    connection: &mut PgConnection,
    (id, revision): Next,
    state: State,
    (by, at): (&Personal<String>, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE intake.information_request
        SET revision = $2, state = $3, receipt_by = $4, receipt_at = $5
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        state as State,
        by.open(),
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await
    .and_then(|updated| one_row(&updated))
}

/// Keeps that it was answered or refused.
pub async fn decide(
    connection: &mut PgConnection,
    (id, revision): Next,
    state: State,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE intake.information_request SET revision = $2, state = $3
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        state as State,
    )
    .execute(connection)
    .await
    .and_then(|updated| one_row(&updated))
}
