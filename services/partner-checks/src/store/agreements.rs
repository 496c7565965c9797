//! Confirmations of the data sharing agreement (R37).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::agreement::Confirmation;

/// Adds a confirmation, which from now on is the one that holds.
pub async fn insert(
    connection: &mut PgConnection,
    confirmation: &Confirmation,
    by: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.agreement (id, agency, confirmed_at, lapses_at, confirmed_by)
        VALUES ($1, $2, $3, $4, $5)
        "#,
        confirmation.id,
        confirmation.agency,
        confirmation.confirmed_at.to_sqlx() as _,
        confirmation.lapses_at.to_sqlx() as _,
        by,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The latest confirmation of every agency that ever gave one: those that hold.
pub async fn latest(connection: &mut PgConnection) -> Result<Vec<Confirmation>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT ON (agency) id, agency, confirmed_at, lapses_at
        FROM partner_checks.agreement
        ORDER BY agency, confirmed_at DESC, id DESC
        "#
    )
    .fetch_all(connection)
    .await?;
    let latest = rows.into_iter().map(|row| Confirmation {
        id: row.id,
        agency: row.agency,
        confirmed_at: row.confirmed_at.to_jiff(),
        lapses_at: row.lapses_at.to_jiff(),
    });
    Ok(latest.collect())
}

/// Notes that it was told that a confirmation lapses soon. Answers whether it had not
/// been before.
pub async fn set_warned(
    connection: &mut PgConnection,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE partner_checks.agreement SET warned_at = $2 WHERE id = $1 AND warned_at IS NULL",
        id,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() == 1)
}
