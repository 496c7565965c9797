//! Pages, and what became of them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{figures::Pages, period::Period, terms::PageCause};

/// Keeps a page that was raised.
pub async fn keep(
    connection: &mut PgConnection,
    event: Uuid,
    page: Uuid,
    (cause, at): (PageCause, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.page (page_id, event_id, cause, raised_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (page_id) DO NOTHING
        "#,
        page,
        event,
        cause as PageCause,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Pages to people of the hub that were raised in a period (R67): those about a
/// contact and those about the system. A reminder goes to the agency and is none.
pub async fn totals(connection: &mut PgConnection, period: Period) -> Result<Pages, sqlx::Error> {
    sqlx::query_as!(
        Pages,
        r#"
        SELECT count(*) AS "raised!",
               count(climbed.reached) AS "climbed!",
               count(acknowledged.reached) AS "acknowledged!"
        FROM reporting.page
        LEFT JOIN reporting.milestone AS climbed
            ON climbed.record_id = page.page_id AND climbed.kind = 'climbed'
        LEFT JOIN reporting.milestone AS acknowledged
            ON acknowledged.record_id = page.page_id AND acknowledged.kind = 'acknowledged'
        WHERE cause <> 'red_check_reminder'
          AND ($1::timestamptz IS NULL OR raised_at >= $1)
          AND ($2::timestamptz IS NULL OR raised_at < $2)
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_one(connection)
    .await
}
