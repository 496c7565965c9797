//! Children who were put on a contact by mistake and are taken off (R20).

use sqlx::PgConnection;
use uuid::Uuid;

use super::checks::CheckRow;
use crate::domain::{
    check::{Check, Rag},
    disclosure::Basis,
};

/// Notes that children of a contact are taken off it.
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    children: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.taken_off_child (child_id, contact_id)
        SELECT child_id, $1 FROM unnest($2::uuid[]) AS off (child_id)
        ON CONFLICT (child_id) DO NOTHING
        "#,
        contact,
        children,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether one of these is.
pub async fn is_among(
    connection: &mut PgConnection,
    children: &[Uuid],
) -> Result<bool, sqlx::Error> {
    let statement = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM partner_checks.taken_off_child WHERE child_id = ANY ($1)) AS "is!""#,
        children,
    );
    statement.fetch_one(connection).await
}

/// Whether one of those whom a check is about is.
pub async fn is_in(connection: &mut PgConnection, check: Uuid) -> Result<bool, sqlx::Error> {
    let statement = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM partner_checks.checked_child JOIN partner_checks.taken_off_child USING (child_id)
            WHERE check_id = $1
        ) AS "is!"
        "#,
        check,
    );
    statement.fetch_one(connection).await
}

/// Whether all of those whom a check is about are.
pub async fn are_all_in(connection: &mut PgConnection, check: Uuid) -> Result<bool, sqlx::Error> {
    let statement = sqlx::query_scalar!(
        r#"
        SELECT NOT EXISTS (
            SELECT FROM partner_checks.checked_child AS child
            WHERE check_id = $1
              AND NOT EXISTS (
                  SELECT FROM partner_checks.taken_off_child AS off WHERE off.child_id = child.child_id)
        ) AS "all!"
        "#,
        check,
    );
    statement.fetch_one(connection).await
}

/// Locks the checks of a contact that are about one of these children and that their agencies
/// have.
pub async fn lock_delivered(
    connection: &mut PgConnection,
    contact: Uuid,
    children: &[Uuid],
) -> Result<Vec<Check>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               basis_lost_at, paged_at
        FROM partner_checks.requested_check
        WHERE contact_id = $1 AND delivered_at IS NOT NULL
          AND EXISTS (
              SELECT FROM partner_checks.checked_child AS child
              WHERE child.check_id = requested_check.id AND child.child_id = ANY ($2))
        ORDER BY id
        FOR UPDATE
        "#,
        contact,
        children,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Check::from).collect())
}
