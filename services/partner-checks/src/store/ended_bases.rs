//! Bases on record at intake that were ended, an override that was a mistake among them (R7), and
//! the checks that rest on them (R38).

use sqlx::PgConnection;
use uuid::Uuid;

use super::checks::CheckRow;
use crate::domain::{
    check::{Check, Rag},
    disclosure::{Basis, EndedBasis},
};

/// Notes that a basis of a contact was ended.
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    basis: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.ended_basis (basis_id, contact_id) VALUES ($1, $2)
        ON CONFLICT (basis_id) DO NOTHING
        "#,
        basis,
        contact,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether a basis is one of them.
pub async fn has(connection: &mut PgConnection, basis: Uuid) -> Result<bool, sqlx::Error> {
    let statement = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM partner_checks.ended_basis WHERE basis_id = $1) AS "has!""#,
        basis,
    );
    statement.fetch_one(connection).await
}

/// Locks the checks of a contact that rest on a basis which was ended at a revision of the contact,
/// wherever they stand. Of a check from before its basis was kept it is only known of which kind that
/// is: it counts as resting on this one where it can, which is of the kind, covered all its children
/// and stood when it was asked for.
pub async fn lock_resting(
    connection: &mut PgConnection,
    (contact, revision): (Uuid, i64),
    ended: &EndedBasis,
) -> Result<Vec<Check>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               basis_lost_at, paged_at
        FROM partner_checks.requested_check
        WHERE contact_id = $1 AND (basis_id = $2 OR (
            basis_id IS NULL AND basis = $3
            AND ($4::uuid[] IS NULL OR NOT EXISTS (
                SELECT FROM partner_checks.checked_child AS child
                WHERE child.check_id = requested_check.id AND child.child_id <> ALL ($4)))
            AND EXISTS (
                SELECT FROM partner_checks.disclosure
                WHERE disclosure.check_id = requested_check.id AND contact_revision < $5)))
        ORDER BY id
        FOR UPDATE
        "#,
        contact,
        ended.id,
        ended.kind as Basis,
        ended.children.as_deref(),
        revision,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Check::from).collect())
}
