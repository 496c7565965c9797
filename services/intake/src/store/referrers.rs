//! Corrections of a referrer (R2, R28), open or under seal.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::referrer::{Referrer, Said, Who};

/// Puts what a referrer said of themselves as it ought to be, open or under seal; `person` is the
/// child or adult who is the same human.
pub async fn put(
    connection: &mut PgConnection,
    contact: Uuid,
    referrer: &Referrer,
    person: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query_scalar!(
        r#"
        WITH shown AS (
            UPDATE intake.referrer
            SET name = $2, organisation = $3, role = $4, contact_details = $5, person_id = $6
            WHERE contact_id = $1
            RETURNING contact_id
        ), sealed AS (
            UPDATE intake.sealed_referrer
            SET name = $2, organisation = $3, role = $4, contact_details = $5, person_id = $6, source = $7
            WHERE contact_id = $1
            RETURNING contact_id
        )
        SELECT (SELECT count(*) FROM shown) + (SELECT count(*) FROM sealed) AS "rows!"
        "#,
        contact,
        referrer.name.open(),
        referrer.organisation.open(),
        referrer.role.open(),
        referrer.contact_details.open(),
        person,
        referrer.source,
    )
    .fetch_one(connection)
    .await?;
    if rows == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Puts what the contact itself shows of its referrer as it ought to be.
pub async fn put_shown(
    connection: &mut PgConnection,
    contact: Uuid,
    referrer: &Referrer,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE intake.contact SET referral_source = $2, anonymous = $3, protected = $4 WHERE id = $1",
        contact,
        referrer.shown_source(),
        referrer.anonymous,
        referrer.protected,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Keeps what a referrer had said of themselves before a correction.
pub async fn keep_before(
    connection: &mut PgConnection,
    (contact, amendment): (Uuid, Uuid),
    before: &Said,
) -> Result<(), sqlx::Error> {
    let person = match before.person {
        Some(Who::Child(id) | Who::Adult(id)) => Some(id),
        Some(Who::Nobody) | None => None,
    };
    sqlx::query!(
        r#"
        INSERT INTO intake.referrer_before
            (amendment_id, contact_id, contact_details, source, name, organisation, role, person_corrected, person_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        amendment,
        contact,
        before.contact_details.as_ref().map(Personal::open),
        before.source,
        before.name.as_ref().map(Personal::open),
        before.organisation.as_ref().map(Personal::open),
        before.role.as_ref().map(Personal::open),
        before.person.is_some(),
        person,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What the referrer of a contact, on which these children are or were, had said of themselves
/// before corrections, the latest last.
pub async fn earlier(
    connection: &mut PgConnection,
    contact: Uuid,
    children: &[Uuid],
) -> Result<Vec<(Uuid, Said)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT amendment_id, contact_details, source, name, organisation, role, person_corrected, person_id
        FROM intake.referrer_before JOIN intake.amendment ON amendment.id = amendment_id
        WHERE referrer_before.contact_id = $1
        ORDER BY revision
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let who = |person: Option<Uuid>| match person {
        None => Who::Nobody,
        Some(id) if children.contains(&id) => Who::Child(id),
        Some(id) => Who::Adult(id),
    };
    let earlier = rows.into_iter().map(|row| {
        let before = Said {
            source: row.source,
            name: row.name.map(Personal::new),
            organisation: row.organisation.map(Personal::new),
            role: row.role.map(Personal::new),
            contact_details: row.contact_details.map(Personal::new),
            person: row.person_corrected.then(|| who(row.person_id)),
        };
        (row.amendment_id, before)
    });
    Ok(earlier.collect())
}

/// Makes what was agreed before an instant the word of a member of the public about others
/// (R6), except what `own` agreed to for themselves. Nothing rests on it from then on. A refusal
/// counts all the same; that the child agreed, which may stand beside one, does not.
pub async fn mark_claimed(
    connection: &mut PgConnection,
    contact: Uuid,
    own: Option<Uuid>,
    before: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE intake.consent SET claimed = true
        WHERE contact_id = $1 AND NOT claimed
            AND (asked_at IS NULL OR asked_at <= $3)
            AND ($2::uuid IS NULL OR COALESCE(giver_child_id, giver_adult_id) IS DISTINCT FROM $2)
        "#,
        contact,
        own,
        before.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The same of what one person on the contact answered, whom the referrer was said to be.
pub async fn mark_claimed_of(
    connection: &mut PgConnection,
    contact: Uuid,
    giver: Option<Uuid>,
    before: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE intake.consent SET claimed = true
        WHERE contact_id = $1 AND NOT claimed
            AND (asked_at IS NULL OR asked_at <= $3)
            AND COALESCE(giver_child_id, giver_adult_id) = $2
        "#,
        contact,
        giver,
        before.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Seals the referrer of a contact, who was open so far: identity, source, and whoever is said
/// to have asked for consent, since that is the referrer mostly (R2). What they told of consent
/// is a claim from now on, whoever gave it (`NewContact::with_consents_marked`).
pub async fn seal(
    connection: &mut PgConnection,
    contact: Uuid,
    source: &str,
) -> Result<(), sqlx::Error> {
    let moved = sqlx::query!(
        r#"
        WITH moved AS (DELETE FROM intake.referrer WHERE contact_id = $1 RETURNING *)
        INSERT INTO intake.sealed_referrer
            (contact_id, name, organisation, role, contact_details, person_id, source)
        SELECT contact_id, name, organisation, role, contact_details, person_id, $2 FROM moved
        "#,
        contact,
        source,
    )
    .execute(&mut *connection)
    .await?;
    one_row(&moved)?;
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
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE intake.consent SET claimed = true WHERE contact_id = $1 AND with_contact",
        contact,
    )
    .execute(connection)
    .await?;
    Ok(())
}
