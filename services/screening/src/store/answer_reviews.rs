//! Who has read an answer, outside a decision: added to, never changed.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;

use crate::domain::review::SeenAnswer;

/// Adds that somebody has read an answer of a check.
pub async fn insert(
    connection: &mut PgConnection,
    seen: SeenAnswer,
    by: &str,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.answer_review (check_id, answer_revision, reviewed_by, reviewed_at)
        VALUES ($1, $2, $3, $4)
        "#,
        seen.check,
        seen.revision,
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
