//! What is done with a request. Each act makes its next revision.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    clock::Clock,
    information_request::{Verification, state::State},
    receipt::Receipt,
};

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

/// Adds a date that a manager has set.
pub async fn insert_dating(
    connection: &mut PgConnection,
    (request, revision): Next,
    (deadline, reason): (Timestamp, &Personal<String>),
    (by, at): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.information_dating (request_id, revision, deadline, reason, dated_by, dated_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        request,
        revision,
        deadline.to_sqlx() as _,
        reason.open(),
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps that a manager has set its date, and the clock to it where the one that ran gave
/// way.
pub async fn date(
    connection: &mut PgConnection,
    (id, revision): Next,
    clock: Option<&Clock>,
    (by, reason): (&str, &Personal<String>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE intake.information_request
        SET revision = $2, clock_id = COALESCE($3, clock_id), deadline = COALESCE($4, deadline),
            dated_by = $5, dated_reason = $6
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        clock.map(|clock| clock.id),
        clock.map(|clock| clock.due_at.to_sqlx()) as _,
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
        clock.due_at.to_sqlx() as _,
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
    receipt: &Receipt,
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
        receipt.by.open(),
        receipt.at.to_sqlx() as _,
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
