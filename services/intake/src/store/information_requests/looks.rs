//! Looking again at what the register says of those whom requests are about (R54).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use super::acts::Next;
use crate::domain::clock::Clock;

/// The request with the hub that nobody has looked at for the longest time, and not since an
/// instant; locked, past those that others hold.
pub async fn take_next(
    connection: &mut PgConnection,
    not_since: Timestamp,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT id FROM intake.information_request
        WHERE state = 'received' AND looked_at <= $1
        ORDER BY looked_at
        LIMIT 1
        FOR UPDATE SKIP LOCKED
        "#,
        not_since.to_sqlx() as _,
    )
    .fetch_optional(connection)
    .await
}

/// Notes that a request was looked at, or could not be.
pub async fn looked(
    connection: &mut PgConnection,
    id: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE intake.information_request SET looked_at = $2 WHERE id = $1",
        id,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Puts from when the hour of its passing runs, where there is an open case, and the clock that
/// runs instead of the one that ran.
pub async fn put_open_case(
    connection: &mut PgConnection,
    (id, revision): Next,
    open_case_from: Option<Timestamp>,
    clock: Option<&Clock>,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.information_request
        SET revision = $2, open_case = $3::timestamptz IS NOT NULL, open_case_from = $3,
            clock_id = COALESCE($4, clock_id), deadline = COALESCE($5, deadline)
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        open_case_from.map(|at| at.to_sqlx()) as _,
        clock.map(|clock| clock.id),
        clock.map(|clock| clock.due_at.to_sqlx()) as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}
