//! Who has read an answer, outside a decision: added to, never changed.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

/// Adds that somebody has read the answer of a check.
pub async fn insert(
    connection: &mut PgConnection,
    check: Uuid,
    by: &str,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO screening.answer_review (check_id, reviewed_by, reviewed_at) VALUES ($1, $2, $3)",
        check,
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
