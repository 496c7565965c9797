//! The second look at an override, and every look after it (R7).

use std::collections::HashMap;

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    basis::{DueReview, Finding, Review},
    clock::Running,
};

/// Adds the next look at an override.
pub async fn insert(
    connection: &mut PgConnection,
    basis: Uuid,
    due: Running,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.override_review (basis_id, number, clock_id, due_at)
        SELECT $1, count(*) + 1, $2, $3 FROM intake.override_review WHERE basis_id = $1
        "#,
        basis,
        due.id,
        due.due_at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes what was found at the look that is due, and gives its clock; `None` where the
/// contact has no such override, or nothing is due on it.
pub async fn close(
    connection: &mut PgConnection,
    (contact, basis): (Uuid, Uuid),
    finding: &Finding,
    (by, at): (&str, Timestamp),
) -> Result<Option<Uuid>, sqlx::Error> {
    let (told, renewed) = columns(finding);
    sqlx::query_scalar!(
        r#"
        UPDATE intake.override_review
        SET reviewed_at = $3, reviewed_by = $4, family_told_at = $5, renewed_reason = $6
        FROM intake.basis
        WHERE basis.id = basis_id AND basis.contact_id = $1 AND basis_id = $2 AND reviewed_at IS NULL
        RETURNING clock_id
        "#,
        contact,
        basis,
        at.to_sqlx() as _,
        by,
        told as _,
        renewed,
    )
    .fetch_optional(connection)
    .await
}

/// A finding as its columns hold it: told, renewed.
fn columns(finding: &Finding) -> (Option<jiff_sqlx::Timestamp>, Option<&String>) {
    match finding {
        Finding::FamilyTold(at) => (Some(at.to_sqlx()), None),
        Finding::Renewed(reason) => (None, Some(reason.open())),
    }
}

/// Takes back the look that is due at a basis which is ended, and gives its clock; `None` where
/// none is.
pub async fn remove_due(
    connection: &mut PgConnection,
    basis: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        DELETE FROM intake.override_review WHERE basis_id = $1 AND reviewed_at IS NULL
        RETURNING clock_id
        "#,
        basis,
    )
    .fetch_optional(connection)
    .await
}

/// The looks at the overrides of a contact, by override, in order.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<HashMap<Uuid, Vec<Review>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT basis_id, due_at, reviewed_at, reviewed_by, family_told_at, renewed_reason
        FROM intake.override_review JOIN intake.basis ON basis.id = basis_id
        WHERE contact_id = $1 AND ended_reason IS NULL
        ORDER BY basis_id, number
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let mut reviews: HashMap<Uuid, Vec<Review>> = HashMap::new();
    for row in rows {
        let told = row.family_told_at.map(|at| Finding::FamilyTold(at.to_jiff()));
        let renewed = row.renewed_reason.map(|reason| Finding::Renewed(Personal::new(reason)));
        let done = row.reviewed_at.zip(row.reviewed_by).zip(told.or(renewed));
        reviews.entry(row.basis_id).or_default().push(Review {
            due_at: row.due_at.to_jiff(),
            done: done.map(|((at, by), finding)| (at.to_jiff(), by, finding)),
        });
    }
    Ok(reviews)
}

/// The looks that are due at these overrides, in the order of the ids (R7).
pub async fn due(
    connection: &mut PgConnection,
    overrides: &[Uuid],
) -> Result<Vec<DueReview>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT contact_id, revision, basis.id, child_ids, basis.recorded_at, number, due_at
        FROM intake.override_review
        JOIN intake.basis ON basis.id = basis_id
        JOIN intake.contact ON contact.id = contact_id
        WHERE basis.id = ANY ($1) AND reviewed_at IS NULL
        ORDER BY array_position($1, basis.id)
        "#,
        overrides,
    )
    .fetch_all(connection)
    .await?;
    let due = rows.into_iter().map(|row| DueReview {
        contact: row.contact_id,
        revision: row.revision,
        basis: row.id,
        child_ids: row.child_ids,
        adopted_at: row.recorded_at.to_jiff(),
        number: row.number,
        due_at: row.due_at.to_jiff(),
    });
    Ok(due.collect())
}
