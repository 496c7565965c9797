//! What operators watch of clocks and pages.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;

use crate::domain::clock::ClockKind;

/// How many clocks of a kind run out soon, or have run out, and have not ended.
#[derive(Clone, Copy, Debug)]
pub struct Unended {
    /// What they are about.
    pub kind: ClockKind,
    /// How many run out soon.
    pub due: i64,
    /// How many have run out.
    pub late: i64,
}

/// The clocks that have not ended and run out at `soon` or before.
pub async fn unended_clocks(
    connection: &mut PgConnection,
    now: Timestamp,
    soon: Timestamp,
) -> Result<Vec<Unended>, sqlx::Error> {
    sqlx::query_as!(
        Unended,
        r#"
        SELECT kind AS "kind: ClockKind", count(*) FILTER (WHERE deadline >= $1) AS "due!",
               count(*) FILTER (WHERE deadline < $1) AS "late!"
        FROM deadlines.clock
        WHERE ended_at IS NULL AND deadline <= $2
        GROUP BY kind
        "#,
        now.to_sqlx() as _,
        soon.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}

/// When the oldest page was raised that waits for somebody.
pub async fn oldest_waiting_page(
    connection: &mut PgConnection,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let oldest = sqlx::query_scalar!(
        r#"
        SELECT min(raised_at) FROM deadlines.page
        WHERE acknowledged_at IS NULL AND resolved_at IS NULL AND cause <> 'red_check_reminder'
        "#
    )
    .fetch_one(connection)
    .await?;
    Ok(oldest.map(|at: jiff_sqlx::Timestamp| at.to_jiff()))
}
