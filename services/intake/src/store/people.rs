//! The people on a contact: referrer, children, adults.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    contact::{Adult, Child},
    referrer::{PersonPlace, Referrer},
};

/// Adds the referrer, `person` being the child or adult who is the same human; what an
/// anonymous or protected one said of themselves goes under seal (R2).
pub async fn insert_referrer(
    connection: &mut PgConnection,
    contact: Uuid,
    referrer: &Referrer,
    person: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        WITH sealed AS (
            INSERT INTO intake.sealed_referrer
                (contact_id, name, organisation, role, contact_details, person_id, source)
            SELECT $1, $2, $3, $4, $5, $6, $8 WHERE $7
        )
        INSERT INTO intake.referrer
            (contact_id, name, organisation, role, contact_details, person_id)
        SELECT $1, $2, $3, $4, $5, $6 WHERE NOT $7
        "#,
        contact,
        referrer.name.open(),
        referrer.organisation.open(),
        referrer.role.open(),
        referrer.contact_details.open(),
        person,
        referrer.is_sealed(),
        referrer.source,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What a referrer said of themselves.
#[derive(Default)]
pub struct Identity {
    /// Name.
    pub name: String,
    /// Organisation.
    pub organisation: String,
    /// Role or job.
    pub role: String,
    /// Where to be told of the outcome.
    pub contact_details: String,
    /// The child or adult who is the same human.
    pub person_id: Option<Uuid>,
    /// Under seal: the true source; what the contact shows is not it.
    pub source: Option<String>,
}

/// What the referrer of a contact said of themselves; `None` where it is sealed (R2).
pub async fn find_referrer(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Option<Identity>, sqlx::Error> {
    sqlx::query_as!(
        Identity,
        r#"
        SELECT name, organisation, role, contact_details, person_id, NULL::text AS source FROM intake.referrer
        WHERE contact_id = $1
        "#,
        contact
    )
    .fetch_optional(connection)
    .await
}

/// What the referrer of a contact said of themselves under seal (R2).
pub async fn find_sealed_referrer(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Option<Identity>, sqlx::Error> {
    sqlx::query_as!(
        Identity,
        r#"
        SELECT name, organisation, role, contact_details, person_id, source AS "source?"
        FROM intake.sealed_referrer
        WHERE contact_id = $1
        "#,
        contact
    )
    .fetch_optional(connection)
    .await
}

impl Identity {
    /// The referrer with this identity. The shown source, `anonymous` and `protected` stand on the
    /// contact; its people are in the order of their places.
    pub fn into_referrer(
        self,
        (source, anonymous, protected): (String, bool, bool),
        children: &[Uuid],
        adults: &[Uuid],
    ) -> Referrer {
        let place = |people: &[Uuid]| people.iter().position(|id| Some(*id) == self.person_id);
        let child = place(children).map(PersonPlace::Child);
        let adult = || place(adults).map(PersonPlace::Adult);
        let taken_off = || self.person_id.map(PersonPlace::TakenOff);
        Referrer {
            source: self.source.unwrap_or(source),
            anonymous,
            protected,
            person: child.or_else(adult).or_else(taken_off),
            name: Personal::new(self.name),
            organisation: Personal::new(self.organisation),
            role: Personal::new(self.role),
            contact_details: Personal::new(self.contact_details),
        }
    }
}

/// Adds a child at its place, or puts the child as it ought to be in its stead. What is
/// sealed is not touched.
pub async fn put_child(
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
             nhs_number, upn, upn_unknown, chosen_name, pronouns, gender, religion, first_language,
             communication_needs, disabilities, postcode, uprn, description)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                $21, $22, $23, $24)
        ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, birth_date = excluded.birth_date, unborn = excluded.unborn,
            sex = excluded.sex, ethnicity = excluded.ethnicity, address = excluded.address,
            outside_area = excluded.outside_area, school = excluded.school,
            nhs_number = excluded.nhs_number, upn = excluded.upn, upn_unknown = excluded.upn_unknown,
            chosen_name = excluded.chosen_name, pronouns = excluded.pronouns, gender = excluded.gender,
            religion = excluded.religion, first_language = excluded.first_language,
            communication_needs = excluded.communication_needs, disabilities = excluded.disabilities,
            postcode = excluded.postcode, uprn = excluded.uprn, description = excluded.description
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
        child.upn.as_ref().map(Personal::open),
        child.upn_unknown,
        child.chosen_name.open(),
        child.pronouns.open(),
        child.gender,
        child.religion.open(),
        child.first_language.open(),
        child.communication_needs.open(),
        &child.disabilities,
        child.postcode.as_ref().map(Personal::open),
        child.uprn.as_ref().map(Personal::open),
        child.description.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A child of a contact as it is held.
pub struct HeldChild {
    /// Its id.
    pub id: Uuid,
    /// The child, without what is sealed.
    pub child: Child,
    /// There is something under seal.
    pub has_sealed_fields: bool,
}

/// The children of a contact in their order.
pub async fn children(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<HeldChild>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, name, birth_date, unborn, sex, ethnicity, address, outside_area, school, nhs_number, upn,
               upn_unknown, chosen_name, pronouns, gender, religion, first_language, communication_needs,
               disabilities, postcode, uprn, description,
               EXISTS (SELECT FROM intake.sealed_fields WHERE child_id = child.id) AS "sealed!"
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
            upn: row.upn.map(Personal::new),
            upn_unknown: row.upn_unknown,
            chosen_name: Personal::new(row.chosen_name),
            pronouns: Personal::new(row.pronouns),
            gender: row.gender,
            religion: Personal::new(row.religion),
            first_language: Personal::new(row.first_language),
            communication_needs: Personal::new(row.communication_needs),
            disabilities: row.disabilities,
            postcode: row.postcode.map(Personal::new),
            uprn: row.uprn.map(Personal::new),
            description: Personal::new(row.description),
            sealed: None,
        };
        HeldChild { id: row.id, child, has_sealed_fields: row.sealed }
    });
    Ok(children.collect())
}

/// Notes when a child was added who was missed.
pub async fn note_added(
    connection: &mut PgConnection,
    child: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE intake.child SET added_at = $2 WHERE id = $1",
        child,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Takes a child off a contact, and keeps it.
pub async fn take_off_child(
    connection: &mut PgConnection,
    contact: Uuid,
    child: Uuid,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.child SET contact_id = NULL, taken_off_contact_id = $1
        WHERE contact_id = $1::uuid AND id = $2
        "#,
        contact,
        child,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Takes an adult off a contact, and keeps them.
pub async fn take_off_adult(
    connection: &mut PgConnection,
    contact: Uuid,
    adult: Uuid,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.adult SET contact_id = NULL, taken_off_contact_id = $1
        WHERE contact_id = $1::uuid AND id = $2
        "#,
        contact,
        adult,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// The place behind the last child of a contact, and behind its last adult.
pub async fn next_places(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<(i32, i32), sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT (SELECT COALESCE(max(place) + 1, 0) FROM intake.child WHERE contact_id = $1) AS "child!",
               (SELECT COALESCE(max(place) + 1, 0) FROM intake.adult WHERE contact_id = $1) AS "adult!"
        "#,
        contact,
    )
    .fetch_one(connection)
    .await?;
    Ok((row.child, row.adult))
}

/// The ids of the children who were taken off a contact.
pub async fn children_taken_off(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM intake.child WHERE taken_off_contact_id = $1 ORDER BY id",
        contact
    )
    .fetch_all(connection)
    .await
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

/// Adds an adult at its place, or puts the adult as it ought to be in its stead.
pub async fn put_adult(
    connection: &mut PgConnection,
    contact: Uuid,
    id: Uuid,
    place: i32,
    adult: &Adult,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.adult
            (id, contact_id, place, name, relationship, parental_responsibility, birth_date, address, postcode,
             description)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, relationship = excluded.relationship,
            parental_responsibility = excluded.parental_responsibility, birth_date = excluded.birth_date,
            address = excluded.address, postcode = excluded.postcode, description = excluded.description
        "#,
        id,
        contact,
        place,
        adult.name.open(),
        adult.relationship.open(),
        adult.parental_responsibility,
        adult.birth_date.as_ref().map(|date| date.open().to_sqlx()) as _,
        adult.address.open(),
        adult.postcode.as_ref().map(Personal::open),
        adult.description.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The adults of a contact in their order, with their ids.
pub async fn adults(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<(Uuid, Adult)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, name, relationship, parental_responsibility, birth_date, address, postcode, description
        FROM intake.adult
        WHERE contact_id = $1
        ORDER BY place
        "#,
        contact
    )
    .fetch_all(connection)
    .await?;
    let adults = rows.into_iter().map(|row| {
        let adult = Adult {
            name: Personal::new(row.name),
            relationship: Personal::new(row.relationship),
            parental_responsibility: row.parental_responsibility,
            birth_date: row.birth_date.map(|date: jiff_sqlx::Date| Personal::new(date.to_jiff())),
            address: Personal::new(row.address),
            postcode: row.postcode.map(Personal::new),
            description: Personal::new(row.description),
        };
        (row.id, adult)
    });
    Ok(adults.collect())
}
