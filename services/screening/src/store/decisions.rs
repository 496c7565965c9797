//! Decisions, as they were made: added to, never changed.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    decision::{FrameworkLevel, Grounds, Outcome, Pathway},
    gate::{Mark, MarkedCheck},
};

/// What was decided, by whom, when and under which protocol (R59).
pub struct NewDecision<'a> {
    /// The contact.
    pub contact: Uuid,
    /// The case's revision that it makes.
    pub revision: i64,
    /// The initial decision, where it is one.
    pub pathway: Option<Pathway>,
    /// The outcome, where it decides one.
    pub outcome: Option<Outcome>,
    /// The children it covers.
    pub children: &'a [Uuid],
    /// Who decides, as an opaque id.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
    /// Version of the protocol file.
    pub protocol_version: &'a str,
}

/// Adds a decision with its grounds, and with the questions that were open then (R8).
pub async fn insert(
    connection: &mut PgConnection,
    decision: &NewDecision<'_>,
    grounds: &Grounds,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.decision
            (contact_id, revision, pathway, outcome, child_ids, framework_level, rationale, covering_reason,
             consent_not_the_reason, decided_by, decided_at, protocol_version, matches_waiting,
             differences_unanswered)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, COALESCE(max(matches), 0),
               COALESCE(max(differences), 0)
        FROM screening.open_questions WHERE contact_id = $1
        "#,
        decision.contact,
        decision.revision,
        decision.pathway as Option<Pathway>,
        decision.outcome as Option<Outcome>,
        decision.children,
        grounds.level as FrameworkLevel,
        grounds.rationale.open(),
        grounds.gate.covering_reason.as_ref().map(Personal::open),
        grounds.consent_not_the_reason,
        decision.by,
        decision.at.to_sqlx() as _,
        decision.protocol_version,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds what the gate of a decision said of a check (R27).
pub async fn insert_mark(
    connection: &mut PgConnection,
    contact: Uuid,
    revision: i64,
    marked: &MarkedCheck,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.gate_mark (contact_id, revision, check_id, mark, reason, seen_revision)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        contact,
        revision,
        marked.check,
        marked.mark as Mark,
        marked.reason.as_ref().map(Personal::open),
        marked.seen,
    )
    .execute(connection)
    .await?;
    Ok(())
}
