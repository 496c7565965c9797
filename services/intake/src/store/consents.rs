//! The family's consent (R6).

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::consent::{
    ChildAsked, Consent, ConsentAnswer, ConsentGiver, ConsentPurpose, Giver, HeldConsent,
};

/// Whether the child was asked, as its column holds it.
#[derive(Clone, Copy, Debug, sqlx::Type)]
#[sqlx(type_name = "intake.child_asked", rename_all = "snake_case")]
enum Asked {
    #[sqlx(rename = "asked")]
    Yes,
    NotOfAge,
    #[sqlx(rename = "not_asked")]
    No,
}

/// Adds what was asked of the family, behind what was asked before. Who asked goes under
/// seal where it is the sealed referrer (R2).
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    id: Uuid,
    consent: &Consent<Uuid>,
) -> Result<(), sqlx::Error> {
    let (giver_child, giver_adult) = consent.giver.map_or((None, None), Giver::split);
    let (child_asked, child_answer, why) = match &consent.child_asked {
        Some(ChildAsked::Asked(answer)) => (Some(Asked::Yes), Some(*answer), None),
        Some(ChildAsked::NotOfAge) => (Some(Asked::NotOfAge), None, None),
        Some(ChildAsked::NotAsked(why)) => (Some(Asked::No), None, Some(why.open())),
        None => (None, None, None),
    };
    sqlx::query!(
        r#"
        WITH consent AS (
            INSERT INTO intake.consent
                (id, contact_id, place, child_id, adult_id, agency, purpose, answer, asked_at, how, asked_by,
                 given_by, family_told, giver_child_id, giver_adult_id, claimed, asker_sealed, child_asked,
                 child_answer, child_not_asked_why, with_contact)
            SELECT $1, $2, (SELECT count(*) FROM intake.consent WHERE contact_id = $2), $3, $4, $5, $6, $7, $8,
                   $9, CASE WHEN $16 THEN '' ELSE $10 END, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20
            RETURNING id
        )
        INSERT INTO intake.sealed_asker (consent_id, asked_by) SELECT id, $10 FROM consent WHERE $16
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
        giver_child,
        giver_adult,
        consent.claimed,
        consent.asker_sealed,
        child_asked as Option<Asked>,
        child_answer as Option<ConsentAnswer>,
        why,
        consent.with_contact,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was asked of the family of a contact, in order, with what the contact says now of who
/// answered. What was asked about somebody who was taken off, or of a child who was, is none of
/// it, and an adult who was taken off gave nothing.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<HeldConsent>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT consent.id, consent.child_id, consent.adult_id, agency, purpose AS "purpose: ConsentPurpose",
               answer AS "answer: ConsentAnswer", asked_at, how, asked_by,
               given_by AS "given_by: ConsentGiver", family_told, withdrawn_at, withdrawn_by,
               giver_child_id, giver_adult.id AS "giver_adult_id?", claimed,
               asker_sealed, child_asked AS "child_asked: Asked",
               child_answer AS "child_answer: ConsentAnswer", child_not_asked_why, with_contact,
               giver_adult.parental_responsibility AS "parental_responsibility?"
        FROM intake.consent
        LEFT JOIN intake.adult AS giver_adult
            ON giver_adult.id = giver_adult_id AND giver_adult.contact_id IS NOT NULL
        WHERE consent.contact_id = $1
          AND NOT EXISTS (
              SELECT FROM intake.child WHERE id IN (consent.child_id, giver_child_id) AND child.contact_id IS NULL)
          AND NOT EXISTS (SELECT FROM intake.adult WHERE id = consent.adult_id AND adult.contact_id IS NULL)
        ORDER BY consent.place
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
            asker_sealed: row.asker_sealed,
            given_by: row.given_by,
            giver: (row.giver_child_id.map(Giver::Child))
                .or_else(|| row.giver_adult_id.map(Giver::Adult)),
            child_asked: row.child_asked.map(|asked| match asked {
                Asked::Yes => {
                    ChildAsked::Asked(row.child_answer.unwrap_or(ConsentAnswer::NotSought))
                }
                Asked::NotOfAge => ChildAsked::NotOfAge,
                Asked::No => {
                    ChildAsked::NotAsked(Personal::new(row.child_not_asked_why.unwrap_or_default()))
                }
            }),
            giver_responsible: row.parental_responsibility,
            with_contact: row.with_contact,
            claimed: row.claimed,
            family_told: row.family_told,
            withdrawn_at: row.withdrawn_at.map(instant),
            withdrawn_by: row.withdrawn_by,
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

/// Who asked for the consents of a contact, as its sealed referrer said it (R2).
pub async fn sealed_askers(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<(Uuid, Personal<String>)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT sealed_asker.consent_id, sealed_asker.asked_by
        FROM intake.sealed_asker JOIN intake.consent ON consent.id = consent_id
        WHERE contact_id = $1
        ORDER BY place
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.consent_id, Personal::new(row.asked_by))).collect())
}
