//! What people decided of matches, and what the machine does with two whom they told apart (R8).

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::register::{Match, MatchState, PastDecision};

/// Everything that people decided of these matches, the earliest first.
pub async fn decisions(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<PastDecision>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT match_id, state AS "state: MatchState", reason, decided_by, decided_at
        FROM intake.match_decision
        WHERE match_id = ANY ($1)
        ORDER BY match_id, revision
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?;
    let decisions = rows.into_iter().map(|row| PastDecision {
        found: row.match_id,
        state: row.state,
        reason: Personal::new(row.reason),
        by: row.decided_by,
        at: row.decided_at.to_jiff(),
    });
    Ok(decisions.collect())
}

/// Puts how two whom a person told apart stand and weigh now; the match is at its new revision
/// then. What is proposed again waits from that instant.
pub async fn put_anew(
    connection: &mut PgConnection,
    anew: &Match,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.match
        SET revision = $2, state = $3, told_apart_as = $4, certain = $5, bits = $6, reasons = $7, weights = $8,
            certain_no_more = false,
            made_at = CASE WHEN told_apart_as IS NULL AND state <> 'proposed' THEN $9 ELSE made_at END
        WHERE id = $1 AND revision = $2::bigint - 1 AND decided_at IS NOT NULL
        "#,
        anew.id,
        anew.revision,
        anew.state as MatchState,
        anew.told_apart_as as Option<MatchState>,
        anew.certain,
        anew.bits,
        &anew.reasons,
        &anew.weights,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Notes that these matches, of two whom a person told apart, are not certain any more.
pub async fn note_uncertain(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE intake.match SET certain_no_more = true WHERE id = ANY ($1) AND state IN ('rejected', 'undone')",
        ids,
    )
    .execute(connection)
    .await?;
    Ok(())
}
