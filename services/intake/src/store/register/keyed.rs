//! By which way the keys of the entries were made (R8).

use std::collections::BTreeSet;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::matching::{KEYS_VERSION, Key};

/// Whether an entry is held under keys that were made in another way than now: by an earlier
/// version of the hub and not made anew yet, or by a later one that is taking over.
pub async fn are_some_otherwise(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    // The least and the greatest are read from the ends of the index, whatever is known of it.
    sqlx::query_scalar!(
        r#"
        SELECT COALESCE(min(keyed_as) <> $1 OR max(keyed_as) <> $1, false) AS "otherwise!"
        FROM intake.person
        "#,
        KEYS_VERSION,
    )
    .fetch_one(connection)
    .await
}

/// At most `limit` entries whose keys were made in an earlier way, which nobody else has in hand;
/// they are locked.
pub async fn take_earlier(
    connection: &mut PgConnection,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT id FROM intake.person WHERE keyed_as < $1
        ORDER BY keyed_as
        LIMIT $2
        FOR NO KEY UPDATE SKIP LOCKED
        "#,
        KEYS_VERSION,
        limit,
    )
    .fetch_all(connection)
    .await
}

/// Holds an entry under these keys and no others, and its household as it is looked for.
pub async fn put(
    connection: &mut PgConnection,
    person: Uuid,
    (keys, household_folded): (&BTreeSet<Key>, &[String]),
) -> Result<(), sqlx::Error> {
    let keys: Vec<i64> = keys.iter().map(|key| key.number).collect();
    sqlx::query!(
        r#"
        WITH dropped AS (
            DELETE FROM intake.person_key WHERE person_id = $1 AND key <> ALL ($2::bigint[])
        ),
        kept AS (
            INSERT INTO intake.person_key (key, person_id)
            SELECT key, $1 FROM unnest($2::bigint[]) AS key
            ON CONFLICT DO NOTHING
        )
        UPDATE intake.person SET keyed_as = $3, household_folded = $4 WHERE id = $1
        "#,
        person,
        &keys,
        KEYS_VERSION,
        household_folded,
    )
    .execute(connection)
    .await?;
    Ok(())
}
