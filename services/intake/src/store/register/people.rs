//! The entries of the register: everybody as they were told of once (R8).

use std::collections::BTreeSet;

use access::Personal;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::matching::{KEYS_VERSION, Key};

/// Where an entry is taken from. Each has one entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A person of the case system, by that system's reference.
    CaseSystem(String),
    /// A child of a contact; the entry has the child's id.
    Child(Uuid),
    /// An adult of a contact; the entry has the adult's id.
    Adult(Uuid),
}

/// Somebody as they were told of once. What is not known is empty or `None`.
#[derive(Clone)]
pub struct Entry {
    /// Where it is taken from.
    pub source: Source,
    /// Name in any script.
    pub name: Personal<String>,
    /// The name that a child chose.
    pub chosen_name: Personal<String>,
    /// Date of birth, or the expected date.
    pub birth_date: Option<Personal<Date>>,
    /// Ten digits.
    pub nhs_number: Option<Personal<String>>,
    /// Thirteen characters.
    pub upn: Option<Personal<String>>,
    /// Where they live or are found.
    pub address: Personal<String>,
    /// Postcode of the address.
    pub postcode: Option<Personal<String>>,
    /// School or nursery.
    pub school: Personal<String>,
    /// National code of the sex; empty where not known.
    pub sex: String,
    /// Names of the adults who live with them.
    pub household: Vec<Personal<String>>,
}

/// Adds an entry, or puts it as it is told now in the stead of the one of the same source,
/// and gives its id. `keys` are those under which it is held from now on
/// (`Person::keys().held`), `household_folded` its household as it is looked for. It is
/// matched again once the transaction is committed (R8).
pub async fn put(
    connection: &mut PgConnection,
    entry: &Entry,
    (keys, household_folded): (&BTreeSet<Key>, &[String]),
) -> Result<Uuid, sqlx::Error> {
    let (source_ref, child, adult) = match &entry.source {
        Source::CaseSystem(reference) => (Some(reference.as_str()), None, None),
        Source::Child(id) => (None, Some(*id), None),
        Source::Adult(id) => (None, None, Some(*id)),
    };
    let known = |text: &Personal<String>| Some(text.open().clone()).filter(|text| !text.is_empty());
    let household: Vec<&str> = entry.household.iter().map(|name| name.open().as_str()).collect();
    let keys: Vec<i64> = keys.iter().map(|key| key.number).collect();
    // The id is made from the source, so that two who put one entry at once cannot make two.
    sqlx::query_scalar!(
        r#"
        WITH put AS (
            INSERT INTO intake.person
                (id, name, birth_date, nhs_number, upn, address, postcode, school, sex, household,
                 source_ref, child_id, adult_id, chosen_name, household_folded, keyed_as)
            VALUES (COALESCE($12, $13, md5('case system ' || $11)::uuid), $1, $2, $3, $4, $5, $6, $7, $8, $9,
                    $11, $12, $13, $14, $15, $16)
            ON CONFLICT (id) DO UPDATE SET
                name = excluded.name, birth_date = excluded.birth_date, nhs_number = excluded.nhs_number,
                upn = excluded.upn, address = excluded.address, postcode = excluded.postcode,
                school = excluded.school, sex = excluded.sex, household = excluded.household,
                chosen_name = excluded.chosen_name, household_folded = excluded.household_folded,
                keyed_as = excluded.keyed_as
            RETURNING id, xmax = 0 AS is_new
        ),
        dropped AS (
            DELETE FROM intake.person_key USING put WHERE person_id = put.id AND key <> ALL ($10::bigint[])
        ),
        kept AS (
            INSERT INTO intake.person_key (key, person_id)
            SELECT key, put.id FROM put, unnest($10::bigint[]) AS key
            ON CONFLICT DO NOTHING
        ),
        waiting AS (
            INSERT INTO intake.unmatched (person_id, of_contact, is_new)
            SELECT id, $11::text IS NULL, is_new FROM put
        )
        SELECT id AS "id!" FROM put
        "#,
        known(&entry.name),
        entry.birth_date.as_ref().map(|date| date.open().to_sqlx()) as _,
        entry.nhs_number.as_ref().map(Personal::open),
        entry.upn.as_ref().map(Personal::open),
        known(&entry.address),
        entry.postcode.as_ref().map(Personal::open),
        known(&entry.school),
        Some(entry.sex.as_str()).filter(|sex| !sex.is_empty()),
        &household as _,
        &keys,
        source_ref,
        child,
        adult,
        known(&entry.chosen_name),
        household_folded,
        KEYS_VERSION,
    )
    .fetch_one(connection)
    .await
}

/// An entry as it is held.
pub struct Held {
    /// Its id.
    pub id: Uuid,
    /// The contact that it is taken from; `None` for the case system's, and for who was taken off
    /// their contact (R20).
    pub contact: Option<Uuid>,
    /// What it says.
    pub entry: Entry,
}

impl Held {
    /// Whether it is nobody's any more: of a child or adult who was taken off (R20).
    pub fn is_nobodys(&self) -> bool {
        self.contact.is_none() && !matches!(self.entry.source, Source::CaseSystem(_))
    }
}

/// The entries with these ids, in the order of their ids.
pub async fn held(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Held>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT person.id, person.name, person.chosen_name, person.birth_date, person.nhs_number, person.upn, person.address,
               person.postcode, person.school, person.sex, household, source_ref, child_id, adult_id,
               COALESCE(child.contact_id, adult.contact_id) AS contact_id
        FROM intake.person
        LEFT JOIN intake.child ON child.id = child_id
        LEFT JOIN intake.adult ON adult.id = adult_id
        WHERE person.id = ANY ($1)
        ORDER BY person.id
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?;
    let told = |text: Option<String>| Personal::new(text.unwrap_or_default());
    let held = rows.into_iter().map(|row| {
        let case_system = || Source::CaseSystem(row.source_ref.unwrap_or_default());
        let child = row.child_id.map(Source::Child);
        let entry = Entry {
            source: child.or(row.adult_id.map(Source::Adult)).unwrap_or_else(case_system),
            name: told(row.name),
            chosen_name: told(row.chosen_name),
            birth_date: row.birth_date.map(|date: jiff_sqlx::Date| Personal::new(date.to_jiff())),
            nhs_number: row.nhs_number.map(Personal::new),
            upn: row.upn.map(Personal::new),
            address: told(row.address),
            postcode: row.postcode.map(Personal::new),
            school: told(row.school),
            sex: row.sex.unwrap_or_default(),
            household: row.household.into_iter().map(Personal::new).collect(),
        };
        Held { id: row.id, contact: row.contact_id, entry }
    });
    Ok(held.collect())
}

/// Where people live, and with whom, as it is looked for.
pub struct Homes<'a> {
    /// Postcodes.
    pub postcodes: Vec<&'a str>,
    /// Addresses as they were written.
    pub addresses: Vec<&'a str>,
    /// Adults of the household, folded.
    pub adults: Vec<String>,
}

/// At most `limit` entries whose household or home may be one of these: those that share an
/// adult first, then those whose address is written alike, then the rest of the postcode; of
/// each the latest contacts' before earlier ones, and the case system's in turn with them, so
/// that neither crowds out the other.
pub async fn near(
    connection: &mut PgConnection,
    homes: &Homes<'_>,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH found AS (
            SELECT id, 1 AS rank FROM intake.person
            WHERE household_folded && $1::text[] AND household_folded <> '{}'
            UNION ALL
            SELECT id, CASE WHEN lower(btrim(address)) = ANY (
                SELECT lower(btrim(written)) FROM unnest($3::text[]) AS written
            ) THEN 2 ELSE 3 END
            FROM intake.person
            WHERE postcode = ANY ($2::text[])
        ),
        ranked AS (SELECT id, min(rank) AS rank FROM found GROUP BY id)
        SELECT id AS "id!"
        FROM (
            SELECT id, rank, row_number() OVER (
                PARTITION BY rank, source_ref IS NULL ORDER BY id DESC
            ) AS turn
            FROM ranked JOIN intake.person USING (id)
        ) AS near
        ORDER BY rank, turn, id
        LIMIT $4
        "#,
        &homes.adults,
        &homes.postcodes as _,
        &homes.addresses as _,
        limit,
    )
    .fetch_all(connection)
    .await
}
