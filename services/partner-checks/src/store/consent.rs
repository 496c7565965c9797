//! Checks that rest on consent (R6, R38).

use sqlx::PgConnection;
use uuid::Uuid;

use super::checks::CheckRow;
use crate::domain::{
    check::{Check, Rag},
    disclosure::Basis,
};

/// Locks the checks of a contact that rest on consent, are about one of these children, and go
/// to this agency (or any), wherever they stand.
pub async fn lock_resting(
    connection: &mut PgConnection,
    contact: Uuid,
    children: &[Uuid],
    agency: Option<&str>,
) -> Result<Vec<Check>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               consent_withdrawn_at, paged_at
        FROM partner_checks.requested_check
        WHERE contact_id = $1 AND basis = 'consent'
          AND ($3::text IS NULL OR agency = $3)
          AND EXISTS (
              SELECT FROM partner_checks.checked_child AS child
              WHERE child.check_id = requested_check.id AND child.child_id = ANY ($2))
        ORDER BY id
        FOR UPDATE
        "#,
        contact,
        children,
        agency,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Check::from).collect())
}
