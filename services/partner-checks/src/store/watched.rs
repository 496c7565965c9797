//! Checks as the watch sees them: RED, and waiting too long for a page (R43) or for
//! their delivery (R46). The conditions are those of `domain::watch`.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use super::checks::CheckRow;
use crate::domain::{
    check::{Check, Rag},
    disclosure::Basis,
    watch::Watch,
};

/// Notes that somebody was paged for the RED check of a clock. A clock that is no such
/// check's is passed over.
pub async fn set_paged(
    connection: &mut PgConnection,
    clock: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE partner_checks.requested_check SET paged_at = $2
        WHERE clock_id = $1 AND rag = 'red' AND paged_at IS NULL
        "#,
        clock,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks at most `limit` checks that are unpaged and not told of, by their deadlines.
/// What another transaction holds is left for the next look.
pub async fn claim_unpaged(
    connection: &mut PgConnection,
    watch: &Watch,
    limit: i64,
) -> Result<Vec<Check>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               basis_lost_at, paged_at
        FROM partner_checks.requested_check
        WHERE rag = 'red' AND answered_at IS NULL AND withdrawn_at IS NULL AND paged_at IS NULL AND deadline <= $1
          AND unpaged_told_at IS NULL
        ORDER BY deadline, id
        LIMIT $2
        FOR UPDATE SKIP LOCKED
        "#,
        watch.due_by.to_sqlx() as _,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Check::from).collect())
}

/// Locks at most `limit` checks that are undelivered and not told of, by their deadlines.
pub async fn claim_undelivered(
    connection: &mut PgConnection,
    watch: &Watch,
    limit: i64,
) -> Result<Vec<Check>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               basis_lost_at, paged_at
        FROM partner_checks.requested_check
        WHERE rag = 'red' AND answered_at IS NULL AND withdrawn_at IS NULL AND delivered_at IS NULL AND requested_at <= $1
          AND undelivered_told_at IS NULL
        ORDER BY deadline, id
        LIMIT $2
        FOR UPDATE SKIP LOCKED
        "#,
        watch.requested_by.to_sqlx() as _,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Check::from).collect())
}

/// Notes that a locked check was told of as unpaged, with its revision.
pub async fn set_unpaged_told(
    connection: &mut PgConnection,
    check: &Check,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE partner_checks.requested_check SET revision = $2, unpaged_told_at = $3 WHERE id = $1",
        check.id,
        check.revision,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Notes that a locked check was told of as undelivered, with its revision.
pub async fn set_undelivered_told(
    connection: &mut PgConnection,
    check: &Check,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE partner_checks.requested_check SET revision = $2, undelivered_told_at = $3 WHERE id = $1",
        check.id,
        check.revision,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// How many checks are unpaged.
pub async fn count_unpaged(
    connection: &mut PgConnection,
    watch: &Watch,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM partner_checks.requested_check
        WHERE rag = 'red' AND answered_at IS NULL AND withdrawn_at IS NULL AND paged_at IS NULL AND deadline <= $1
        "#,
        watch.due_by.to_sqlx() as _,
    )
    .fetch_one(connection)
    .await
}

/// At most `limit` checks that are unpaged or undelivered, by their deadlines, from after
/// the check `after`. A check is never deleted and a RED's deadline never moves, so that
/// it goes on standing for its place.
pub async fn needing_attention(
    connection: &mut PgConnection,
    watch: &Watch,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Check>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               basis_lost_at, paged_at
        FROM partner_checks.requested_check
        WHERE rag = 'red' AND answered_at IS NULL AND withdrawn_at IS NULL
          AND ((paged_at IS NULL AND deadline <= $1) OR (delivered_at IS NULL AND requested_at <= $2))
          AND ($3::uuid IS NULL OR (deadline, id) > (
              SELECT deadline, id FROM partner_checks.requested_check WHERE id = $3))
        ORDER BY deadline, id
        LIMIT $4
        "#,
        watch.due_by.to_sqlx() as _,
        watch.requested_by.to_sqlx() as _,
        after,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Check::from).collect())
}
