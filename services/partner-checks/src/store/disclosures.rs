//! What left the hub (R44). Rows are added and never changed.

use access::Personal;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::disclosure::{Basis, Disclosure};

/// Adds a disclosure.
pub async fn insert(
    connection: &mut PgConnection,
    disclosure: &Disclosure,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.disclosure
            (id, check_id, contact_id, agency, child_ids, fields, purpose, basis, contact_revision,
             effects_weighed, lapsed_agreement_reason, decided_by, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        "#,
        disclosure.id,
        disclosure.check,
        disclosure.contact,
        disclosure.agency,
        &disclosure.child_ids,
        &disclosure.fields,
        disclosure.purpose.open(),
        disclosure.basis as Basis,
        disclosure.contact_revision,
        disclosure.effects_weighed.open(),
        disclosure.lapsed_agreement_reason.as_ref().map(Personal::open),
        disclosure.decided_by,
        disclosure.decided_at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What left the hub about a contact, by time.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Disclosure>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, check_id, contact_id, agency, child_ids, fields, purpose, basis AS "basis: Basis",
               contact_revision, effects_weighed, lapsed_agreement_reason, decided_by, decided_at
        FROM partner_checks.disclosure
        WHERE contact_id = $1
        ORDER BY decided_at, id
        "#,
        contact
    )
    .fetch_all(connection)
    .await?;
    let disclosures = rows.into_iter().map(|row| Disclosure {
        id: row.id,
        check: row.check_id,
        contact: row.contact_id,
        agency: row.agency,
        child_ids: row.child_ids,
        fields: row.fields,
        purpose: Personal::new(row.purpose),
        basis: row.basis,
        contact_revision: row.contact_revision,
        effects_weighed: Personal::new(row.effects_weighed),
        lapsed_agreement_reason: row.lapsed_agreement_reason.map(Personal::new),
        decided_by: row.decided_by,
        decided_at: row.decided_at.to_jiff(),
    });
    Ok(disclosures.collect())
}
