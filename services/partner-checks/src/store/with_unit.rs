//! Children whom their units have (R9), and the checks that are about nobody who is still the hub's.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::checks::CheckRow;
use crate::domain::{
    check::{Check, Rag},
    disclosure::Basis,
};

/// Notes that children of a contact are with their units. Heard twice, the first counts.
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    children: &[Uuid],
    received_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.child_with_unit (child_id, contact_id, received_at)
        SELECT child_id, $1, $3 FROM unnest($2::uuid[]) AS gone (child_id)
        ON CONFLICT (child_id) DO NOTHING
        "#,
        contact,
        children,
        received_at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets that children are with their units: the hub has them again.
pub async fn remove(connection: &mut PgConnection, children: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM partner_checks.child_with_unit WHERE child_id = ANY ($1)", children)
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks the checks of a contact that were requested until an instant, where one is given, are neither answered
/// nor withdrawn, and all of whose children are with their units or were taken off the contact.
pub async fn lock_needless(
    connection: &mut PgConnection,
    contact: Uuid,
    until: Option<Timestamp>,
) -> Result<Vec<Check>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               basis_lost_at, paged_at
        FROM partner_checks.requested_check
        WHERE contact_id = $1 AND answered_at IS NULL AND withdrawn_at IS NULL AND ($2::timestamptz IS NULL OR requested_at <= $2)
          AND NOT EXISTS (
              SELECT FROM partner_checks.checked_child AS child
              WHERE child.check_id = requested_check.id
                AND NOT EXISTS (
                    SELECT FROM partner_checks.child_with_unit AS gone WHERE gone.child_id = child.child_id)
                AND NOT EXISTS (
                    SELECT FROM partner_checks.taken_off_child AS off WHERE off.child_id = child.child_id))
        ORDER BY id
        FOR UPDATE
        "#,
        contact,
        until.map(|at| at.to_sqlx()) as _,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Check::from).collect())
}
