//! The people on a contact: referrer, children, adults, and the family's consent.

use access::Personal;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    consent::{Consent, ConsentAnswer, ConsentPurpose},
    contact::{Adult, Child, Referrer},
};

/// Adds the referrer; what an anonymous one said of themselves goes under seal (R2).
pub async fn insert_referrer(
    connection: &mut PgConnection,
    contact: Uuid,
    referrer: &Referrer,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        WITH sealed AS (
            INSERT INTO intake.sealed_referrer (contact_id, name, organisation, contact_details)
            SELECT $1, $2, $3, $4 WHERE $5
        )
        INSERT INTO intake.referrer (contact_id, name, organisation, contact_details)
        SELECT $1, $2, $3, $4 WHERE NOT $5
        "#,
        contact,
        referrer.name.open(),
        referrer.organisation.open(),
        referrer.contact_details.open(),
        referrer.anonymous,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The referrer of a contact; of an anonymous one nothing but that.
pub async fn find_referrer(
    connection: &mut PgConnection,
    contact: Uuid,
    source: String,
) -> Result<Referrer, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT name, organisation, contact_details FROM intake.referrer WHERE contact_id = $1",
        contact
    )
    .fetch_optional(connection)
    .await?;
    let anonymous = row.is_none();
    let (name, organisation, contact_details) =
        row.map(|row| (row.name, row.organisation, row.contact_details)).unwrap_or_default();
    Ok(Referrer {
        source,
        name: Personal::new(name),
        organisation: Personal::new(organisation),
        contact_details: Personal::new(contact_details),
        anonymous,
    })
}

/// Adds a child at its place.
pub async fn insert_child(
    connection: &mut PgConnection,
    contact: Uuid,
    id: Uuid,
    place: i32,
    child: &Child,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.child
            (id, contact_id, place, name, birth_date, unborn, sex, ethnicity, address, outside_area, school,
             nhs_number)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        "#,
        id,
        contact,
        place,
        child.name.open(),
        child.birth_date.as_ref().map(|date| date.open().to_sqlx()) as _,
        child.unborn,
        child.sex,
        child.ethnicity,
        child.address.open(),
        child.outside_area,
        child.school.open(),
        child.nhs_number.as_ref().map(Personal::open),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The children of a contact in their order, with their ids.
pub async fn children(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<(Uuid, Child)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, name, birth_date, unborn, sex, ethnicity, address, outside_area, school, nhs_number
        FROM intake.child
        WHERE contact_id = $1
        ORDER BY place
        "#,
        contact
    )
    .fetch_all(connection)
    .await?;
    let children = rows.into_iter().map(|row| {
        let child = Child {
            name: Personal::new(row.name),
            birth_date: row.birth_date.map(|date: jiff_sqlx::Date| Personal::new(date.to_jiff())),
            unborn: row.unborn,
            sex: row.sex,
            ethnicity: row.ethnicity,
            address: Personal::new(row.address),
            outside_area: row.outside_area,
            school: Personal::new(row.school),
            nhs_number: row.nhs_number.map(Personal::new),
        };
        (row.id, child)
    });
    Ok(children.collect())
}

/// The ids of a contact's children in their order.
pub async fn child_ids(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM intake.child WHERE contact_id = $1 ORDER BY place", contact)
        .fetch_all(connection)
        .await
}

/// Adds an adult at its place.
pub async fn insert_adult(
    connection: &mut PgConnection,
    contact: Uuid,
    place: i32,
    adult: &Adult,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.adult (contact_id, place, name, relationship, parental_responsibility)
        VALUES ($1, $2, $3, $4, $5)
        "#,
        contact,
        place,
        adult.name.open(),
        adult.relationship.open(),
        adult.parental_responsibility,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The adults of a contact in their order.
pub async fn adults(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Adult>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT name, relationship, parental_responsibility FROM intake.adult
        WHERE contact_id = $1
        ORDER BY place
        "#,
        contact
    )
    .fetch_all(connection)
    .await?;
    let adults = rows.into_iter().map(|row| Adult {
        name: Personal::new(row.name),
        relationship: Personal::new(row.relationship),
        parental_responsibility: row.parental_responsibility,
    });
    Ok(adults.collect())
}

/// Adds what was asked of the family, at its place.
pub async fn insert_consent(
    connection: &mut PgConnection,
    contact: Uuid,
    place: i32,
    consent: &Consent<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.consent
            (contact_id, place, child_id, agency, purpose, answer, asked_at, how, family_told)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        contact,
        place,
        consent.child,
        consent.agency,
        consent.purpose as ConsentPurpose,
        consent.answer as ConsentAnswer,
        consent.asked_at.map(|at| at.to_sqlx()) as _,
        consent.how.open(),
        consent.family_told,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was asked of the family of a contact, in order.
pub async fn consents(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Consent<Uuid>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT child_id, agency, purpose AS "purpose: ConsentPurpose", answer AS "answer: ConsentAnswer",
               asked_at, how, family_told
        FROM intake.consent
        WHERE contact_id = $1
        ORDER BY place
        "#,
        contact
    )
    .fetch_all(connection)
    .await?;
    let consents = rows.into_iter().map(|row| Consent {
        child: row.child_id,
        agency: row.agency,
        purpose: row.purpose,
        answer: row.answer,
        asked_at: row.asked_at.map(|at: jiff_sqlx::Timestamp| at.to_jiff()),
        how: Personal::new(row.how),
        family_told: row.family_told,
    });
    Ok(consents.collect())
}
