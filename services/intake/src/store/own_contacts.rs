//! Who raised contacts, as it was ever said: which may be a child's own (R2).

use access::Personal;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    information_request::Subject,
    own_contact::{Before, Raised, Who},
};

/// The contacts on which somebody of these is, a child or an adult.
pub async fn contacts_of(
    connection: &mut PgConnection,
    people: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT contact_id AS "contact_id!" FROM intake.child WHERE id = ANY ($1) AND contact_id IS NOT NULL
        UNION
        SELECT contact_id FROM intake.adult WHERE id = ANY ($1) AND contact_id IS NOT NULL
        "#,
        people,
    )
    .fetch_all(connection)
    .await
}

/// Who raised these contacts, as it was ever said, and who is on them.
pub async fn raised(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<Vec<Raised>, sqlx::Error> {
    let before = before(connection, contacts).await?;
    let rows = sqlx::query!(
        r#"
        SELECT contact.id AS "id!", referral_source AS "referral_source!", referrer.contact_id IS NULL AS "is_sealed!",
               referrer.person_id AS "person?",
               ARRAY(SELECT id FROM intake.child WHERE child.contact_id = contact.id ORDER BY place) AS "children!",
               ARRAY(SELECT id FROM intake.adult WHERE adult.contact_id = contact.id ORDER BY place) AS "adults!"
        FROM intake.contact
        LEFT JOIN intake.referrer ON referrer.contact_id = contact.id
        WHERE contact.id = ANY ($1)
        "#,
        contacts,
    )
    .fetch_all(connection)
    .await?;
    let mut raised: Vec<Raised> = rows
        .into_iter()
        .map(|row| Raised {
            contact: row.id,
            is_sealed: row.is_sealed,
            now: Who { source: row.referral_source, person: row.person },
            before: Vec::new(),
            children: row.children,
            adults: row.adults,
        })
        .collect();
    for (contact, said) in before {
        if let Some(raised) = raised.iter_mut().find(|raised| raised.contact == contact) {
            raised.before.push(said);
        }
    }
    Ok(raised)
}

/// What was said of who raised these contacts before corrections, the latest last.
async fn before(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<Vec<(Uuid, Before)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT referrer_before.contact_id, source, person_corrected, person_id
        FROM intake.referrer_before JOIN intake.amendment ON amendment.id = amendment_id
        WHERE referrer_before.contact_id = ANY ($1)
        ORDER BY revision
        "#,
        contacts,
    )
    .fetch_all(connection)
    .await?;
    let before = rows.into_iter().map(|row| {
        let person = row.person_corrected.then_some(row.person_id);
        (row.contact_id, Before { source: row.source, person })
    });
    Ok(before.collect())
}

/// Somebody who was taken off a contact of which it may be in doubt who raised it. The register
/// finds them by nothing any more.
pub struct TakenOff {
    /// The contact.
    pub contact: Uuid,
    /// By what they were known, once by each name.
    pub known_as: Vec<Subject>,
}

/// Everybody who was taken off a contact that may be a child's own, as far as the statement can
/// say: who is asked about may be one of them.
pub async fn taken_off(connection: &mut PgConnection) -> Result<Vec<TakenOff>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT taken_off_contact_id AS "contact!", off.name AS "name!", chosen_name AS "chosen_name!",
               birth_date, nhs_number
        FROM (
            SELECT taken_off_contact_id, name, chosen_name, birth_date, nhs_number FROM intake.child
            WHERE taken_off_contact_id IS NOT NULL
            UNION ALL
            SELECT taken_off_contact_id, name, '', birth_date, NULL FROM intake.adult
            WHERE taken_off_contact_id IS NOT NULL
        ) AS off
        JOIN intake.contact ON contact.id = taken_off_contact_id
        LEFT JOIN intake.referrer ON referrer.contact_id = contact.id
        WHERE referrer.contact_id IS NULL OR referrer.person_id IS NOT NULL OR referral_source = '1C'
           OR EXISTS (SELECT FROM intake.referrer_before WHERE referrer_before.contact_id = contact.id)
        "#,
    )
    .fetch_all(connection)
    .await?;
    let taken_off = rows.into_iter().map(|row| {
        let names = [row.name, row.chosen_name].into_iter().filter(|name| !name.is_empty());
        let known_as = names.map(|name| Subject {
            name: Personal::new(name),
            birth_date: row.birth_date.map(|day: jiff_sqlx::Date| Personal::new(day.to_jiff())),
            nhs_number: row.nhs_number.clone().map(Personal::new),
        });
        TakenOff { contact: row.contact, known_as: known_as.collect() }
    });
    Ok(taken_off.collect())
}
