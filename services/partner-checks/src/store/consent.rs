//! Checks that rest on consent (R6, R38).

use sqlx::PgConnection;
use uuid::Uuid;

use super::checks::CheckRow;
use crate::domain::{
    check::{Check, Rag},
    disclosure::Basis,
};

/// Locks the checks of a contact that rest on consent as it stood before a revision of the
/// contact, are about one of these children, and go to this agency (or any), wherever they
/// stand. What was asked of it at that revision or later rests on what was agreed since.
pub async fn lock_resting(
    connection: &mut PgConnection,
    (contact, revision): (Uuid, i64),
    children: &[Uuid],
    agency: Option<&str>,
) -> Result<Vec<Check>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               basis_lost_at, paged_at
        FROM partner_checks.requested_check
        WHERE contact_id = $1 AND basis = 'consent'
          AND ($3::text IS NULL OR agency = $3)
          AND EXISTS (
              SELECT FROM partner_checks.checked_child AS child
              WHERE child.check_id = requested_check.id AND child.child_id = ANY ($2))
          AND EXISTS (
              SELECT FROM partner_checks.disclosure
              WHERE disclosure.check_id = requested_check.id AND contact_revision < $4)
        ORDER BY id
        FOR UPDATE
        "#,
        contact,
        children,
        agency,
        revision,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Check::from).collect())
}

/// Keeps that consent of a contact was taken back or refused at a revision of it, and locks what
/// is kept.
pub async fn keep_withdrawn(
    connection: &mut PgConnection,
    contact: Uuid,
    revision: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.consent_heard AS heard (contact_id, revision) VALUES ($1, $2)
        ON CONFLICT (contact_id) DO UPDATE SET revision = GREATEST(heard.revision, excluded.revision)
        "#,
        contact,
        revision,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks what is kept of the consent of a contact, and answers at which revision it was last
/// taken back or refused; 0 where it never was.
pub async fn lock_withdrawn(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        INSERT INTO partner_checks.consent_heard AS heard (contact_id, revision) VALUES ($1, 0)
        ON CONFLICT (contact_id) DO UPDATE SET revision = heard.revision
        RETURNING revision
        "#,
        contact,
    )
    .fetch_one(connection)
    .await
}
