//! Finding by keys who may be who, without reading the register (R8).

use sqlx::PgConnection;
use uuid::Uuid;

/// A key that more entries share is passed over: it says nearly nothing, every candidate
/// would be compared for it, and whoever is the same human shares a rarer one as well. The
/// national numbers are never passed over.
const SHARED_BY: i64 = 200;
/// Candidates of one entry, those first who share most keys with it.
const CANDIDATES: i64 = 300;

/// Takes at most `limit` entries that wait to be matched, the longest waiting first. What
/// another replica has taken is left to it.
pub async fn take_unmatched(
    connection: &mut PgConnection,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        DELETE FROM intake.unmatched WHERE number IN (
            SELECT number FROM intake.unmatched ORDER BY number LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        RETURNING person_id
        "#,
        limit,
    )
    .fetch_all(connection)
    .await
}

/// Puts the entry that has waited longest behind all others.
pub async fn postpone_first(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        WITH first AS (
            DELETE FROM intake.unmatched WHERE number IN (
                SELECT number FROM intake.unmatched ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING person_id, since
        )
        INSERT INTO intake.unmatched (person_id, since) SELECT person_id, since FROM first
        "#,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether one of these entries waits to be matched.
pub async fn waits(connection: &mut PgConnection, ids: &[Uuid]) -> Result<bool, sqlx::Error> {
    let statement = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM intake.unmatched WHERE person_id = ANY ($1)) AS "waits!""#,
        ids,
    );
    statement.fetch_one(connection).await
}

/// Pairs of an entry and one that may be the same human: they share a key under which the
/// first asks and the other is held. `asked` are pairs of an entry and a key.
pub async fn candidates(
    connection: &mut PgConnection,
    (entries, keys): (&[Uuid], &[String]),
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH found AS (
            SELECT asked.entry, held.person_id, key ~ '^(nhs|upn):' AS by_number,
                   count(*) OVER (PARTITION BY asked.entry, asked.key) AS shared_by
            FROM unnest($1::uuid[], $2::text[]) AS asked (entry, key)
            CROSS JOIN LATERAL (
                SELECT person_id FROM intake.person_key
                WHERE person_key.key = asked.key AND person_id <> asked.entry
                LIMIT $3::bigint + 1
            ) AS held
        ),
        ranked AS (
            SELECT entry, person_id,
                   row_number() OVER (PARTITION BY entry ORDER BY bool_or(by_number) DESC, count(*) DESC, person_id)
                       AS place
            FROM found
            WHERE shared_by <= $3::bigint OR by_number
            GROUP BY entry, person_id
        )
        SELECT entry AS "entry!", person_id AS "person_id!" FROM ranked WHERE place <= $4
        "#,
        entries,
        keys,
        SHARED_BY,
        CANDIDATES,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.entry, row.person_id)).collect())
}
