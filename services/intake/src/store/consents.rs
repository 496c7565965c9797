//! The family's consent (R6).

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::consent::{Consent, ConsentAnswer, ConsentGiver, ConsentPurpose};

/// A consent with its id.
pub struct HeldConsent {
    /// Its id.
    pub id: Uuid,
    /// The consent.
    pub consent: Consent<Uuid>,
}

/// Adds what was asked of the family, behind what was asked before.
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    id: Uuid,
    consent: &Consent<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.consent
            (id, contact_id, place, child_id, adult_id, agency, purpose, answer, asked_at, how, asked_by,
             given_by, family_told)
        SELECT $1, $2, (SELECT count(*) FROM intake.consent WHERE contact_id = $2), $3, $4, $5, $6, $7, $8,
               $9, $10, $11, $12
        "#,
        id,
        contact,
        consent.child,
        consent.adult,
        consent.agency,
        consent.purpose as ConsentPurpose,
        consent.answer as ConsentAnswer,
        consent.asked_at.map(|at| at.to_sqlx()) as _,
        consent.how.open(),
        consent.asked_by.open(),
        consent.given_by as Option<ConsentGiver>,
        consent.family_told,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was asked of the family of a contact, in order.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<HeldConsent>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, child_id, adult_id, agency, purpose AS "purpose: ConsentPurpose",
               answer AS "answer: ConsentAnswer", asked_at, how, asked_by,
               given_by AS "given_by: ConsentGiver", family_told, withdrawn_at
        FROM intake.consent
        WHERE contact_id = $1
        ORDER BY place
        "#,
        contact
    )
    .fetch_all(connection)
    .await?;
    let instant = |at: jiff_sqlx::Timestamp| at.to_jiff();
    let consents = rows.into_iter().map(|row| HeldConsent {
        id: row.id,
        consent: Consent {
            child: row.child_id,
            adult: row.adult_id,
            agency: row.agency,
            purpose: row.purpose,
            answer: row.answer,
            asked_at: row.asked_at.map(instant),
            how: Personal::new(row.how),
            asked_by: Personal::new(row.asked_by),
            given_by: row.given_by,
            family_told: row.family_told,
            withdrawn_at: row.withdrawn_at.map(instant),
        },
    });
    Ok(consents.collect())
}

/// Marks a consent of a contact as withdrawn; false where it is none that still holds.
pub async fn withdraw(
    connection: &mut PgConnection,
    (contact, consent): (Uuid, Uuid),
    (by, at): (&str, Timestamp),
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.consent SET withdrawn_at = $3, withdrawn_by = $4
        WHERE contact_id = $1 AND id = $2 AND answer = 'agreed' AND withdrawn_at IS NULL
        "#,
        contact,
        consent,
        at.to_sqlx() as _,
        by,
    )
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() == 1)
}
