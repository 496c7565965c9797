//! Checks as the door of one agency sees them (R45): every statement here is scoped
//! by the agency, so that another agency's check is no check at all.

use std::collections::HashMap;

use access::Personal;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use super::checks::CheckRow;
use crate::domain::{
    check::{Check, CheckedChild, Message, Rag},
    disclosure::Basis,
};

/// Locks a check of this agency; `None` where it has no such check.
pub async fn lock(
    connection: &mut PgConnection,
    agency: &str,
    id: Uuid,
) -> Result<Option<Check>, sqlx::Error> {
    let row = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               basis_lost_at, paged_at
        FROM partner_checks.requested_check
        WHERE agency = $1 AND id = $2
        FOR UPDATE
        "#,
        agency,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Check::from))
}

/// Saves what has changed of a locked check of this agency.
pub async fn save(
    connection: &mut PgConnection,
    agency: &str,
    check: &Check,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE partner_checks.requested_check
        SET revision = $3, rag = $4, deadline = $5, clock_id = $6, delivered_at = $7, seen_at = $8,
            answered_at = $9, withdrawn_at = $10, basis_lost_at = $11
        WHERE agency = $1 AND id = $2
        "#,
        agency,
        check.id,
        check.revision,
        check.rag as Rag,
        check.deadline.to_sqlx() as _,
        check.clock,
        check.delivered_at.map(|at| at.to_sqlx()) as _,
        check.seen_at.map(|at| at.to_sqlx()) as _,
        check.answered_at.map(|at| at.to_sqlx()) as _,
        check.withdrawn_at.map(|at| at.to_sqlx()) as _,
        check.basis_lost_at.map(|at| at.to_sqlx()) as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// At most `limit` checks of this agency that its system has not acknowledged, oldest
/// first, from after the check `after`. A check once listed is never deleted, so that
/// it goes on standing for its place.
pub async fn undelivered(
    connection: &mut PgConnection,
    agency: &str,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Check, Message)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, reference, purpose, context
        FROM partner_checks.requested_check
        WHERE agency = $1 AND delivered_at IS NULL AND withdrawn_at IS NULL
          AND ($2::uuid IS NULL OR (requested_at, id) > (
              SELECT requested_at, id FROM partner_checks.requested_check WHERE agency = $1 AND id = $2))
        ORDER BY requested_at, id
        LIMIT $3
        "#,
        agency,
        after,
        limit
    )
    .fetch_all(connection)
    .await?;
    let checks = rows.into_iter().map(|row| {
        let message = Message {
            reference: row.reference,
            purpose: Personal::new(row.purpose),
            context: Personal::new(row.context),
            children: Vec::new(),
        };
        let row = CheckRow {
            id: row.id,
            revision: row.revision,
            contact_id: row.contact_id,
            agency: row.agency,
            rag: row.rag,
            basis: row.basis,
            basis_id: row.basis_id,
            requested_at: row.requested_at,
            deadline: row.deadline,
            clock_id: row.clock_id,
            delivered_at: None,
            seen_at: None,
            answered_at: None,
            withdrawn_at: None,
            basis_lost_at: None,
            paged_at: None,
        };
        (row.into(), message)
    });
    Ok(checks.collect())
}

/// The children whom checks of this agency are about, by check and in their order. Whoever was
/// put on the contact by mistake is told to nobody any more (R20).
pub async fn children(
    connection: &mut PgConnection,
    agency: &str,
    checks: &[Uuid],
) -> Result<HashMap<Uuid, Vec<CheckedChild>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT child.check_id, child.child_id, child.name, child.birth_date, child.address, child.school,
               child.nhs_number, child.unborn
        FROM partner_checks.checked_child AS child
        JOIN partner_checks.requested_check AS asked ON asked.id = child.check_id
        WHERE asked.agency = $1 AND child.check_id = ANY($2)
          AND NOT EXISTS (SELECT FROM partner_checks.taken_off_child AS off WHERE off.child_id = child.child_id)
        ORDER BY child.check_id, child.place
        "#,
        agency,
        checks
    )
    .fetch_all(connection)
    .await?;
    let mut children: HashMap<Uuid, Vec<CheckedChild>> = HashMap::new();
    for row in rows {
        let child = CheckedChild {
            id: row.child_id,
            name: Personal::new(row.name),
            birth_date: row.birth_date.map(|date: jiff_sqlx::Date| Personal::new(date.to_jiff())),
            address: Personal::new(row.address),
            school: Personal::new(row.school),
            nhs_number: Personal::new(row.nhs_number),
            unborn: row.unborn,
        };
        children.entry(row.check_id).or_default().push(child);
    }
    Ok(children)
}
