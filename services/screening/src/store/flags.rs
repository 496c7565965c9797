//! Risk flags of partners (R41). They may come before the case, and without a check.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::check::{Flagged, KnownFlag};

/// Keeps a risk flag.
pub async fn insert(connection: &mut PgConnection, flag: &Flagged) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.risk_flag (id, contact_id, check_id, received_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        "#,
        flag.flag,
        flag.contact,
        flag.check,
        flag.received_at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The risk flags of a contact, by when they were received.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<KnownFlag>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, check_id, received_at AS "received_at: jiff_sqlx::Timestamp",
               acknowledged_in IS NOT NULL OR reviewed_at IS NOT NULL AS "acknowledged!"
        FROM screening.risk_flag
        WHERE contact_id = $1
        ORDER BY received_at, id
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let flags = rows.into_iter().map(|row| KnownFlag {
        id: row.id,
        check: row.check_id,
        received_at: row.received_at.to_jiff(),
        acknowledged: row.acknowledged,
    });
    Ok(flags.collect())
}

/// Acknowledges the flags of a contact that its decision at `revision` names (R41). What
/// was acknowledged before keeps its decision, and what is none of its flags is left
/// alone, so any number of rows may change.
pub async fn acknowledge(
    connection: &mut PgConnection,
    (contact, revision): (Uuid, i64),
    named: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE screening.risk_flag SET acknowledged_in = $2
        WHERE contact_id = $1 AND id = ANY($3) AND acknowledged_in IS NULL AND reviewed_at IS NULL
        "#,
        contact,
        revision,
        named,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps who has read flags of a contact that no decision will name any more (R41). Whoever
/// read one first stands.
pub async fn set_reviewed(
    connection: &mut PgConnection,
    (contact, named): (Uuid, &[Uuid]),
    (by, at): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE screening.risk_flag SET reviewed_by = $3, reviewed_at = $4
        WHERE contact_id = $1 AND id = ANY($2) AND acknowledged_in IS NULL AND reviewed_at IS NULL
        "#,
        contact,
        named,
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
