//! Questions about contacts that nobody has answered (R8), and what was told of them.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::register::Questions;

/// The questions about those of the contacts of these entries of which something else was told
/// last; what was never told of is none. The number of matches is told exactly of the contacts
/// of `exactly`, of others only whether there is one: a batch of people who are alike would
/// tell of every contact as often as it brings another of them.
pub async fn changed(
    connection: &mut PgConnection,
    entries: &[Uuid],
    exactly: &[Uuid],
) -> Result<Vec<Questions>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE anybody (id, contact_id, is_child) AS (
            SELECT id, contact_id, true FROM intake.child WHERE id = ANY ($1)
            UNION ALL
            SELECT id, contact_id, false FROM intake.adult WHERE id = ANY ($1)
        ),
        concerned AS (SELECT DISTINCT contact_id FROM anybody),
        on_it (id, contact_id, is_child) AS (
            SELECT id, contact_id, true FROM intake.child JOIN concerned USING (contact_id)
            UNION ALL
            SELECT id, contact_id, false FROM intake.adult JOIN concerned USING (contact_id)
        ),
        human (asked, person_id) AS (
            SELECT id, id FROM on_it WHERE is_child
            UNION
            SELECT asked, linked_id FROM human JOIN intake.link USING (person_id)
        ),
        waiting AS (
            SELECT contact_id, count(DISTINCT match.id) AS matches
            FROM on_it JOIN intake.match ON state = 'proposed' AND (one = on_it.id OR other = on_it.id)
            GROUP BY contact_id
        ),
        unanswered AS (
            SELECT on_it.contact_id, count(DISTINCT on_it.id) AS differences
            FROM on_it
            JOIN intake.contact AS this ON this.id = on_it.contact_id
            JOIN human ON human.asked = on_it.id
            JOIN LATERAL (
                SELECT contact_id FROM intake.child WHERE id = human.person_id
                UNION ALL
                SELECT contact_id FROM intake.adult WHERE id = human.person_id
            ) AS elsewhere ON true
            JOIN intake.contact AS earlier ON earlier.id = elsewhere.contact_id
            WHERE on_it.is_child AND (earlier.received_at, earlier.id) < (this.received_at, this.id)
              AND NOT EXISTS (SELECT FROM intake.difference WHERE child_id = on_it.id)
            GROUP BY on_it.contact_id
        ),
        found AS (
            SELECT contact_id, COALESCE(matches, 0)::int AS matches, COALESCE(differences, 0)::int AS differences
            FROM concerned LEFT JOIN waiting USING (contact_id) LEFT JOIN unanswered USING (contact_id)
        )
        SELECT contact_id AS "contact!", found.matches AS "matches!", found.differences AS "differences!",
               told.id AS "told?", told.revision AS "revision?"
        FROM found LEFT JOIN intake.open_questions AS told USING (contact_id)
        WHERE (found.matches, found.differences)
              IS DISTINCT FROM (COALESCE(told.matches, 0), COALESCE(told.differences, 0))
          AND (found.differences <> COALESCE(told.differences, 0)
               OR (found.matches = 0) <> (COALESCE(told.matches, 0) = 0)
               OR EXISTS (SELECT FROM on_it WHERE on_it.contact_id = found.contact_id AND on_it.id = ANY ($2)))
        ORDER BY contact_id
        "#,
        entries,
        exactly,
    )
    .fetch_all(connection)
    .await?;
    let questions = rows.into_iter().map(|row| Questions {
        contact: row.contact,
        matches: row.matches,
        differences: row.differences,
        told: row.told.zip(row.revision),
    });
    Ok(questions.collect())
}

/// Those of these entries on whose contact a match waits now although it was told that none
/// does, or the other way round. For everybody else a proposal changes nothing that is told of
/// their contact, and looking is cheap.
pub async fn turned(
    connection: &mut PgConnection,
    entries: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH on_contact AS (
            SELECT id, contact_id FROM intake.child WHERE id = ANY ($1)
            UNION ALL
            SELECT id, contact_id FROM intake.adult WHERE id = ANY ($1)
        ),
        concerned AS (SELECT DISTINCT contact_id FROM on_contact),
        turned AS (
            SELECT contact_id
            FROM concerned LEFT JOIN intake.open_questions AS told USING (contact_id)
            WHERE (COALESCE(told.matches, 0) > 0) <> EXISTS (
                SELECT FROM (
                    SELECT id FROM intake.child WHERE contact_id = concerned.contact_id
                    UNION ALL
                    SELECT id FROM intake.adult WHERE contact_id = concerned.contact_id
                ) AS anybody
                WHERE EXISTS (SELECT FROM intake.match WHERE one = anybody.id AND state = 'proposed')
                   OR EXISTS (SELECT FROM intake.match WHERE other = anybody.id AND state = 'proposed')
            )
        )
        SELECT id AS "id!" FROM on_contact JOIN turned USING (contact_id)
        "#,
        entries,
    )
    .fetch_all(connection)
    .await
}

/// Notes what was told of a contact, by the record's revision.
pub async fn note_told(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    questions: &Questions,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.open_questions (contact_id, id, revision, matches, differences)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (contact_id) DO UPDATE SET
            revision = excluded.revision, matches = excluded.matches, differences = excluded.differences
        "#,
        questions.contact,
        id,
        revision,
        questions.matches,
        questions.differences,
    )
    .execute(connection)
    .await?;
    Ok(())
}
