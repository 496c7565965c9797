//! What allows information on a contact to be shared.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{basis_endings, override_reviews};
use crate::domain::basis::{Basis, BasisKind, NewBasis};

/// Adds a basis that covers `children`.
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    (id, basis, children): (Uuid, &NewBasis, &[Uuid]),
    (by, at): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.basis (id, contact_id, kind, child_ids, reasons, further, recorded_by, recorded_at, evidence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        id,
        contact,
        basis.kind as BasisKind,
        children,
        basis.reasons.open(),
        basis.further.as_ref().map(Personal::open),
        by,
        at.to_sqlx() as _,
        basis.evidence.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The bases on a contact, by the time they were recorded.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Basis>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, kind AS "kind: BasisKind", child_ids, reasons, further, recorded_at, recorded_by, evidence
        FROM intake.basis
        WHERE contact_id = $1
        ORDER BY recorded_at, id
        "#,
        contact
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut endings = basis_endings::of_contact(connection, contact).await?;
    let mut reviews = override_reviews::of_contact(connection, contact).await?;
    let bases = rows.into_iter().map(|row| Basis {
        id: row.id,
        kind: row.kind,
        child_ids: row.child_ids,
        reasons: Personal::new(row.reasons),
        further: row.further.map(Personal::new),
        recorded_at: row.recorded_at.to_jiff(),
        recorded_by: row.recorded_by,
        evidence: Personal::new(row.evidence),
        reviews: reviews.remove(&row.id).unwrap_or_default(),
        ending: endings.remove(&row.id),
    });
    Ok(bases.collect())
}
