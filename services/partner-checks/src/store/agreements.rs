//! Confirmations of the data sharing agreement (R37).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

/// Adds a confirmation, which from now on is the one that holds.
pub async fn insert(
    connection: &mut PgConnection,
    id: Uuid,
    agency: &str,
    (confirmed_at, lapses_at): (Timestamp, Timestamp),
    by: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.agreement (id, agency, confirmed_at, lapses_at, confirmed_by)
        VALUES ($1, $2, $3, $4, $5)
        "#,
        id,
        agency,
        confirmed_at.to_sqlx() as _,
        lapses_at.to_sqlx() as _,
        by,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// When the latest confirmation of an agency lapses; `None` where there is none.
pub async fn lapses_at(
    connection: &mut PgConnection,
    agency: &str,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let latest = sqlx::query_scalar!(
        r#"
        SELECT lapses_at FROM partner_checks.agreement
        WHERE agency = $1
        ORDER BY confirmed_at DESC, id DESC
        LIMIT 1
        "#,
        agency
    )
    .fetch_optional(connection)
    .await?;
    Ok(latest.map(|at: jiff_sqlx::Timestamp| at.to_jiff()))
}
