//! Finding by keys who may be who, without reading the register (R8).

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::matching::{self, Key};

/// An entry that waits to be matched.
pub struct Unmatched {
    /// It.
    pub person_id: Uuid,
    /// It was never matched before.
    pub is_new: bool,
}

/// Takes at most `limit` entries that wait to be matched and did not fail to be: those of
/// contacts first, however much an import has brought, then the longest waiting. The register
/// must be locked, here and below: nobody else takes from the queue then.
pub async fn take_unmatched(
    connection: &mut PgConnection,
    limit: i64,
) -> Result<Vec<Unmatched>, sqlx::Error> {
    sqlx::query_as!(
        Unmatched,
        r#"
        DELETE FROM intake.unmatched WHERE number IN (
            SELECT number FROM intake.unmatched WHERE NOT failed ORDER BY of_contact DESC, number LIMIT $1
        )
        RETURNING person_id, is_new
        "#,
        limit,
    )
    .fetch_all(connection)
    .await
}

/// Takes the entry that has this number in the queue.
pub async fn take_number(
    connection: &mut PgConnection,
    number: i64,
) -> Result<Vec<Unmatched>, sqlx::Error> {
    sqlx::query_as!(
        Unmatched,
        "DELETE FROM intake.unmatched WHERE number = $1 RETURNING person_id, is_new",
        number,
    )
    .fetch_all(connection)
    .await
}

/// The number of the entry that [`take_unmatched`] takes first.
pub async fn first_number(connection: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT number FROM intake.unmatched WHERE NOT failed ORDER BY of_contact DESC, number LIMIT 1",
    )
    .fetch_optional(connection)
    .await
}

/// The numbers of the entries, one of a contact and one of an import, that failed to be matched
/// and are to be tried again next.
pub async fn failed_numbers(connection: &mut PgConnection) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT min(number) AS "number!" FROM intake.unmatched
        WHERE failed
        GROUP BY of_contact
        ORDER BY of_contact DESC
        "#,
    )
    .fetch_all(connection)
    .await
}

/// Notes that an entry failed to be matched, and puts it behind the others of its kind that
/// did, unless it was matched meanwhile.
pub async fn postpone(connection: &mut PgConnection, number: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE intake.unmatched SET failed = true, number = DEFAULT WHERE number = $1",
        number,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks the register for the transaction: who is one human with whom, and who is handed over
/// because of it, is looked at and changed by one at a time. A lock of rows would not do: a
/// chain of links has no row of its own, and what is looked at would be from before the
/// other's commit, so that a link which a person undoes at this instant would still begin a
/// hand-over.
///
/// It is taken before anything of the register is read, and before any contact is locked, also
/// by whoever corrects when a contact was received or takes somebody off it. Other corrections,
/// and an import, hold rows of contacts or people and never take it, so that nobody waits here who
/// is waited for.
///
/// What follows is planned each time: a plan that was made while the register was small would
/// read all of it later, until PostgreSQL has counted again.
pub async fn lock_register(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT set_config('plan_cache_mode', 'force_custom_plan', true)
        FROM pg_advisory_xact_lock(hashtextextended('intake.register', 0))
        "#,
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// Those of these entries that wait to be matched for the first time.
pub async fn never_matched(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let statement = sqlx::query_scalar!(
        "SELECT DISTINCT person_id FROM intake.unmatched WHERE is_new AND person_id = ANY ($1)",
        ids,
    );
    statement.fetch_all(connection).await
}

/// Whether one of these entries waits to be matched.
pub async fn waits(connection: &mut PgConnection, ids: &[Uuid]) -> Result<bool, sqlx::Error> {
    let statement = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM intake.unmatched WHERE person_id = ANY ($1)) AS "waits!""#,
        ids,
    );
    statement.fetch_one(connection).await
}

/// Pairs of an entry and one that may be the same human, each once: they share a key under
/// which the first asks and the other is held. `entries` and `keys` are pairs, the keys of an
/// entry in the order of their numbers, so that those which lie together are read together.
pub async fn candidates(
    connection: &mut PgConnection,
    (entries, keys): (&[Uuid], &[Key]),
) -> Result<BTreeSet<(Uuid, Uuid)>, sqlx::Error> {
    let most: Vec<i64> = keys.iter().map(|key| matching::read_of(*key) as i64).collect();
    let numbers: Vec<i64> = keys.iter().map(|key| key.number).collect();
    // All comes as one row of pairs: grouping them here is quicker than there. Ids of contacts
    // begin with their time and those of the case system with anything, nearly always more: so
    // its entries come first, which know of an open case (R9), then the latest.
    let row = sqlx::query!(
        r#"
        SELECT array_agg(place) AS places, array_agg(person_id) AS people
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY
            AS asked (entry, key, most, place)
        CROSS JOIN LATERAL (
            SELECT person_id FROM intake.person_key
            WHERE person_key.key = asked.key AND person_id <> asked.entry
            ORDER BY person_id DESC
            LIMIT asked.most
        ) AS held
        "#,
        entries,
        &numbers,
        &most,
    )
    .fetch_one(connection)
    .await?;
    let mut held: Vec<Vec<Uuid>> = vec![Vec::new(); keys.len()];
    let (places, people) = (row.places.unwrap_or_default(), row.people.unwrap_or_default());
    for (place, person) in places.into_iter().zip(people) {
        // PostgreSQL counts from one.
        if let Some(people) = held.get_mut(place as usize - 1) {
            people.push(person);
        }
    }
    let mut sharing: BTreeMap<Uuid, Vec<(usize, Vec<Uuid>)>> = BTreeMap::new();
    for ((entry, key), people) in entries.iter().zip(keys).zip(held) {
        if !people.is_empty() {
            sharing.entry(*entry).or_default().push((matching::read_of(*key), people));
        }
    }
    let pairs = sharing.into_iter().flat_map(|(entry, sharing)| {
        matching::candidates(&sharing).into_iter().map(move |person| (entry, person))
    });
    Ok(pairs.collect())
}
