//! Matches: which entries may be, are, or are not one human (R8).

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    human::Link,
    register::{Match, MatchState},
};

/// Its own row.
struct Row {
    id: Uuid,
    revision: i64,
    one: Uuid,
    other: Uuid,
    state: MatchState,
    certain: bool,
    bits: f32,
    reasons: Vec<String>,
    weights: Vec<f32>,
    decided_at: Option<jiff_sqlx::Timestamp>,
    decided_by: Option<String>,
    told_apart_as: Option<MatchState>,
    certain_no_more: bool,
}

impl From<Row> for Match {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            revision: row.revision,
            one: row.one,
            other: row.other,
            state: row.state,
            certain: row.certain,
            bits: row.bits,
            reasons: row.reasons,
            weights: row.weights,
            decided_at: row.decided_at.map(|at| at.to_jiff()),
            decided_by: row.decided_by,
            told_apart_as: row.told_apart_as,
            certain_no_more: row.certain_no_more,
        }
    }
}

/// Adds what the machine found, and puts what it found of the same two before, unless a
/// person has decided it.
pub async fn put(
    connection: &mut PgConnection,
    found: &[Match],
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = found.iter().map(|found| found.id).collect();
    let ones: Vec<Uuid> = found.iter().map(|found| found.one).collect();
    let others: Vec<Uuid> = found.iter().map(|found| found.other).collect();
    let states: Vec<MatchState> = found.iter().map(|found| found.state).collect();
    let certain: Vec<bool> = found.iter().map(|found| found.certain).collect();
    let bits: Vec<f32> = found.iter().map(|found| found.bits).collect();
    // An array of arrays has rows of one length; these have not.
    let reasons: Vec<String> = found.iter().map(|found| found.reasons.join(",")).collect();
    let weights: Vec<String> = found.iter().map(|found| listed(&found.weights)).collect();
    sqlx::query!(
        r#"
        INSERT INTO intake.match AS held (id, revision, one, other, state, certain, bits, reasons, weights, made_at)
        SELECT id, 1, one, other, state, certain, bits, string_to_array(reasons, ','),
               string_to_array(weights, ',')::real[], $8
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::real[], $6::text[], $7::text[],
                    $9::intake.match_state[])
            AS found (id, one, other, certain, bits, reasons, weights, state)
        ORDER BY one, other
        ON CONFLICT (one, other) DO UPDATE SET
            revision = held.revision + 1, state = excluded.state, certain = excluded.certain,
            bits = excluded.bits, reasons = excluded.reasons, weights = excluded.weights
        WHERE held.decided_at IS NULL
          AND (held.state, held.certain, held.bits, held.reasons, held.weights)
              IS DISTINCT FROM (excluded.state, excluded.certain, excluded.bits, excluded.reasons, excluded.weights)
        "#,
        &ids,
        &ones,
        &others,
        &certain,
        &bits,
        &reasons,
        &weights,
        at.to_sqlx() as _,
        &states as &[MatchState],
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn listed(weights: &[f32]) -> String {
    weights.iter().map(f32::to_string).collect::<Vec<_>>().join(",")
}

/// Takes back what the machine proposed and finds no more, unless a person has decided it.
pub async fn take_back(connection: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM intake.match WHERE id = ANY ($1) AND state = 'proposed' AND decided_at IS NULL",
        ids,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The matches of these entries, those that weigh most first.
pub async fn of(
    connection: &mut PgConnection,
    entries: &[Uuid],
) -> Result<Vec<Match>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, one, other, state AS "state: MatchState", certain, bits, reasons, weights,
               decided_at, decided_by, told_apart_as AS "told_apart_as: MatchState", certain_no_more
        FROM intake.match
        WHERE one = ANY ($1) OR other = ANY ($1)
        ORDER BY certain DESC, bits DESC, id
        "#,
        entries,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Match::from).collect())
}

/// The matches with these ids. Whoever locks one reads it here afterwards: what was locked may
/// be newer than what the statement that locked it saw.
async fn with_ids(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Match>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, one, other, state AS "state: MatchState", certain, bits, reasons, weights,
               decided_at, decided_by, told_apart_as AS "told_apart_as: MatchState", certain_no_more
        FROM intake.match
        WHERE id = ANY ($1)
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Match::from).collect())
}

/// Pairs of these entries whom a person has told apart: rejected, or undone, also where they are
/// proposed again.
pub async fn told_apart(
    connection: &mut PgConnection,
    entries: &[Uuid],
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT one, other
        FROM intake.match
        WHERE (state IN ('rejected', 'undone') OR told_apart_as IS NOT NULL)
          AND one = ANY ($1) AND other = ANY ($1)
        ORDER BY one, other
        "#,
        entries,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.one, row.other)).collect())
}

/// The links between these entries.
pub async fn links(
    connection: &mut PgConnection,
    entries: &[Uuid],
) -> Result<Vec<Link>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, one, other
        FROM intake.match
        WHERE state = 'linked' AND one = ANY ($1) AND other = ANY ($1)
        ORDER BY id
        "#,
        entries,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.one, row.other)).collect())
}

/// Locks a match.
pub async fn lock(connection: &mut PgConnection, id: Uuid) -> Result<Option<Match>, sqlx::Error> {
    sqlx::query!("SELECT id FROM intake.match WHERE id = $1 FOR UPDATE", id)
        .fetch_optional(&mut *connection)
        .await?;
    Ok(with_ids(connection, &[id]).await?.pop())
}

/// Locks the match of two entries, the one with the smaller id first.
pub async fn lock_pair(
    connection: &mut PgConnection,
    (one, other): (Uuid, Uuid),
) -> Result<Option<Match>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM intake.match WHERE one = $1 AND other = $2 FOR UPDATE",
        one,
        other,
    )
    .fetch_optional(&mut *connection)
    .await?;
    Ok(with_ids(connection, &Vec::from_iter(id)).await?.pop())
}

/// Has these entries matched again.
pub async fn match_again(
    connection: &mut PgConnection,
    entries: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.unmatched (person_id, of_contact, is_new)
        SELECT id, source_ref IS NULL, false FROM intake.person WHERE id = ANY ($1)
        "#,
        entries,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What a person decided, and when.
pub struct Decided<'a> {
    /// How the match stands with it.
    pub state: MatchState,
    /// Why.
    pub reason: &'a Personal<String>,
    /// Who: an opaque id.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Adds two whom a person joined, unless there is a match of them; answers whether it did.
pub async fn insert_joined(
    connection: &mut PgConnection,
    id: Uuid,
    (one, other): (Uuid, Uuid),
    decided: &Decided<'_>,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"
        INSERT INTO intake.match
            (id, revision, one, other, state, certain, bits, reasons, weights, made_at, decided_at, decided_by,
             decision_reason)
        VALUES ($1, 1, $2, $3, $4, false, 0, '{}', '{}', $5, $5, $6, $7)
        ON CONFLICT (one, other) DO NOTHING
        "#,
        id,
        one,
        other,
        decided.state as MatchState,
        decided.at.to_sqlx() as _,
        decided.by,
        decided.reason.open(),
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Notes what a person decided of a match; it is at `revision` then.
pub async fn decide(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    decided: &Decided<'_>,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.match
        SET revision = $2, state = $3, decided_at = $4, decided_by = $5, decision_reason = $6,
            told_apart_as = NULL, certain_no_more = false
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        decided.state as MatchState,
        decided.at.to_sqlx() as _,
        decided.by,
        decided.reason.open(),
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Keeps a decision for good.
pub async fn keep_decision(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    decided: &Decided<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.match_decision (match_id, revision, state, reason, decided_by, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        id,
        revision,
        decided.state as MatchState,
        decided.reason.open(),
        decided.by,
        decided.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// At most `limit` matches that wait for a person, the surest first, behind a place: the
/// weight's order and the id.
pub async fn open(
    connection: &mut PgConnection,
    behind: Option<(i64, Uuid)>,
    limit: i64,
) -> Result<Vec<(i64, Match)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, revision, one, other, state AS "state: MatchState", certain, bits, reasons, weights,
               decided_at AS "decided_at: jiff_sqlx::Timestamp", decided_by,
               told_apart_as AS "told_apart_as: MatchState", certain_no_more, (bits * -1000)::bigint AS "turn!"
        FROM intake.match
        WHERE state = 'proposed'
          AND ($1::bigint IS NULL OR ((bits * -1000)::bigint, id) > ($1::bigint, $2::uuid))
        ORDER BY (bits * -1000)::bigint, id
        LIMIT $3
        "#,
        behind.map(|(turn, _)| turn),
        behind.map(|(_, id)| id),
        limit,
    )
    .fetch_all(connection)
    .await?;
    let open = rows.into_iter().map(|row| {
        let found = Row {
            id: row.id,
            revision: row.revision,
            one: row.one,
            other: row.other,
            state: row.state,
            certain: row.certain,
            bits: row.bits,
            reasons: row.reasons,
            weights: row.weights,
            decided_at: row.decided_at,
            decided_by: row.decided_by,
            told_apart_as: row.told_apart_as,
            certain_no_more: row.certain_no_more,
        };
        (row.turn, Match::from(found))
    });
    Ok(open.collect())
}

/// What waits in the register: how many, and since when the longest waiting.
pub struct Waiting {
    /// Matches that wait for a person.
    pub matches: i64,
    /// Since when.
    pub matches_since: Option<jiff_sqlx::Timestamp>,
    /// Entries that wait to be matched.
    pub unmatched: i64,
    /// Since when.
    pub unmatched_since: Option<jiff_sqlx::Timestamp>,
}

/// What waits in the register.
pub async fn waiting(connection: &mut PgConnection) -> Result<Waiting, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"
        SELECT matches AS "matches!", matches_since AS "matches_since: jiff_sqlx::Timestamp",
               unmatched AS "unmatched!", unmatched_since AS "unmatched_since: jiff_sqlx::Timestamp"
        FROM (SELECT count(*) AS matches, min(made_at) AS matches_since FROM intake.match WHERE state = 'proposed') AS m,
             (SELECT count(*) AS unmatched, min(since) AS unmatched_since FROM intake.unmatched) AS u
        "#,
    )
    .fetch_one(connection)
    .await
}
