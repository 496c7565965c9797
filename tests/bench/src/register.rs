//! A register of many people, as an import or years of contacts leave it: the families of
//! [`crate::families`], each child under the keys by which they are looked for.

use intake::matching::{KEYS_VERSION, Matcher};
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

use crate::families::{household::Family, measure::Borough, peoples::Peoples, record::Record};

/// How many people are written in one statement.
const BATCH: usize = 2_000;
/// The borough whose children are registered; contacts are made of others.
const SEED: u64 = 11;

/// Those who are registered, in order.
pub struct Register {
    peoples: Peoples,
    matcher: Matcher,
    borough: Borough,
    next_family: u64,
    people: u64,
}

impl Register {
    /// Nobody yet.
    ///
    /// # Errors
    /// Where the lists of names cannot be read.
    pub fn new() -> anyhow::Result<Self> {
        let borough = Borough { seed: SEED, families: 0, contacts: 0 };
        let (peoples, matcher) = (Peoples::embedded()?, Matcher::embedded()?);
        Ok(Self { peoples, matcher, borough, next_family: 0, people: 0 })
    }

    /// How those who look for somebody read them.
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// Registers children until there are `people`, and does what autovacuum does within a
    /// minute, so that no run is measured before it and another after.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn fill(&mut self, database: &PgPool, people: u64) -> anyhow::Result<()> {
        let mut batch = Vec::new();
        while self.people < people {
            let family = Family::new(&self.peoples, self.borough.seed, self.next_family);
            self.next_family += 1;
            for child in &family.children {
                batch.push(self.borough.register_record(&self.peoples, &family, child));
                self.people += 1;
            }
            if batch.len() >= BATCH || self.people >= people {
                self.write(database, &batch).await?;
                batch.clear();
            }
        }
        execute(database, "VACUUM (ANALYZE) intake.person").await?;
        execute(database, "VACUUM (ANALYZE) intake.person_key").await
    }

    /// A contact's record of a child who is, or is not, registered.
    pub fn asked(&self, number: u64) -> Record {
        let family = number % (self.next_family * 2);
        let family = Family::new(&self.peoples, self.borough.seed, family);
        let place = number as usize % family.children.len();
        self.borough.register_record(&self.peoples, &family, &family.children[place])
    }

    #[expect(clippy::disallowed_methods, reason = "the bench writes many rows at once")]
    async fn write(&self, database: &PgPool, records: &[Record]) -> anyhow::Result<()> {
        let ids: Vec<Uuid> = records.iter().map(|_| Uuid::now_v7()).collect();
        let text = |of: fn(&Record) -> &String| -> Vec<&str> {
            records.iter().map(|record| of(record).as_str()).collect()
        };
        let born: Vec<Option<jiff_sqlx::Date>> =
            records.iter().map(|record| record.born.map(|day| day.to_sqlx())).collect();
        sqlx::query(
            "INSERT INTO intake.person (id, name, birth_date, nhs_number, address, postcode, school, sex, source_ref, keyed_as) \
             SELECT id, name, birth_date, nullif(nhs, ''), address, nullif(postcode, ''), school, sex, id::text, $9 \
             FROM unnest($1::uuid[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) \
                 AS person (id, name, birth_date, nhs, address, postcode, school, sex)",
        )
        .bind(&ids)
        .bind(text(|record| &record.name))
        .bind(born)
        .bind(text(|record| &record.nhs_number))
        .bind(text(|record| &record.address))
        .bind(text(|record| &record.postcode))
        .bind(text(|record| &record.school))
        .bind(text(|record| &record.sex))
        .bind(KEYS_VERSION)
        .execute(database)
        .await?;
        let held = ids.iter().zip(records).flat_map(|(id, record)| {
            let keys = record.person(&self.matcher).keys().held;
            keys.into_iter().map(move |key| (key.number, *id))
        });
        let (keys, people): (Vec<i64>, Vec<Uuid>) = held.unzip();
        sqlx::query(
            "INSERT INTO intake.person_key (key, person_id) \
             SELECT key, person_id FROM unnest($1::bigint[], $2::uuid[]) AS held (key, person_id)",
        )
        .bind(keys)
        .bind(people)
        .execute(database)
        .await?;
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a statement about tables, not rows")]
async fn execute(database: &PgPool, statement: &'static str) -> anyhow::Result<()> {
    sqlx::query(statement).execute(database).await?;
    Ok(())
}
