//! Corrections of a referrer (R2, R28), open or under seal.

use access::Personal;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

/// Puts where the referrer of a contact can be told, open or under seal; gives what stood
/// there.
pub async fn put_details(
    connection: &mut PgConnection,
    contact: Uuid,
    details: &Personal<String>,
) -> Result<Personal<String>, sqlx::Error> {
    let before = sqlx::query_scalar!(
        r#"
        WITH before AS (
            SELECT contact_details FROM intake.referrer WHERE contact_id = $1
            UNION ALL SELECT contact_details FROM intake.sealed_referrer WHERE contact_id = $1
        ), shown AS (
            UPDATE intake.referrer SET contact_details = $2 WHERE contact_id = $1
        ), sealed AS (
            UPDATE intake.sealed_referrer SET contact_details = $2 WHERE contact_id = $1
        )
        SELECT contact_details AS "contact_details!" FROM before
        "#,
        contact,
        details.open(),
    )
    .fetch_one(connection)
    .await?;
    Ok(Personal::new(before))
}

/// Keeps where the referrer could be told before a correction.
pub async fn keep_details(
    connection: &mut PgConnection,
    (contact, amendment): (Uuid, Uuid),
    before: &Personal<String>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.referrer_before (amendment_id, contact_id, contact_details) VALUES ($1, $2, $3)
        "#,
        amendment,
        contact,
        before.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Where the referrer of a contact could be told before corrections, the latest last.
pub async fn earlier_details(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<(Uuid, Personal<String>)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT amendment_id, contact_details FROM intake.referrer_before
        WHERE contact_id = $1
        ORDER BY amendment_id
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.amendment_id, Personal::new(row.contact_details))).collect())
}

/// Seals the referrer of a contact, who was open so far: identity, source, and whoever is said
/// to have asked for consent, since that is the referrer mostly (R2).
pub async fn seal(
    connection: &mut PgConnection,
    contact: Uuid,
    shown_source: &str,
) -> Result<(), sqlx::Error> {
    let moved = sqlx::query!(
        r#"
        WITH moved AS (DELETE FROM intake.referrer WHERE contact_id = $1 RETURNING *)
        INSERT INTO intake.sealed_referrer
            (contact_id, name, organisation, role, contact_details, person_id, source)
        SELECT contact_id, name, organisation, moved.role, contact_details, person_id, referral_source
        FROM moved JOIN intake.contact ON contact.id = contact_id
        "#,
        contact,
    )
    .execute(&mut *connection)
    .await?;
    one_row(&moved)?;
    sqlx::query!(
        "UPDATE intake.contact SET protected = true, referral_source = $2 WHERE id = $1",
        contact,
        shown_source,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        r#"
        INSERT INTO intake.sealed_asker (consent_id, asked_by)
        SELECT id, asked_by FROM intake.consent WHERE contact_id = $1 AND asked_by <> ''
        "#,
        contact,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        r#"
        UPDATE intake.consent SET asked_by = '', asker_sealed = true
        WHERE contact_id = $1 AND asked_by <> ''
        "#,
        contact,
    )
    .execute(connection)
    .await?;
    Ok(())
}
