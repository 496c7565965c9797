//! How what allowed information to be shared was ended (R7, R31, R38).

use std::collections::HashMap;

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::basis::BasisEnding;

/// Ends a basis. One that was ended before is refused.
pub async fn insert(
    connection: &mut PgConnection,
    basis: Uuid,
    reason: &Personal<String>,
    (by, at): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO intake.basis_ending (basis_id, reason, ended_by, ended_at) VALUES ($1, $2, $3, $4)",
        basis,
        reason.open(),
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How the bases of a contact were ended, by basis.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<HashMap<Uuid, BasisEnding>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT basis_id, reason, ended_by, ended_at
        FROM intake.basis_ending JOIN intake.basis ON basis.id = basis_id
        WHERE contact_id = $1
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let endings = rows.into_iter().map(|row| {
        let (at, reason) = (row.ended_at.to_jiff(), Personal::new(row.reason));
        (row.basis_id, BasisEnding { at, by: row.ended_by, reason })
    });
    Ok(endings.collect())
}
