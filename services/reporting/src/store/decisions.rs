//! Decisions, and how timely the initial ones were.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    fact::{CaseAt, ChildrenDecision},
    figures::{Count, Decisions},
    period::Period,
    terms::{Outcome, Pathway},
};

/// Keeps the initial decision of some children; a child's first one stands.
pub async fn keep_initial(
    connection: &mut PgConnection,
    event: Uuid,
    decided: &ChildrenDecision<Pathway>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.initial_decision (contact_id, child_id, event_id, pathway, decided_at)
        SELECT $1, child.id, $3, $4, $5
        FROM unnest($2::uuid[]) AS child (id)
        ON CONFLICT (contact_id, child_id) DO NOTHING
        "#,
        decided.contact,
        &decided.children,
        event,
        decided.decision as Pathway,
        decided.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps the outcome of some children; a child's latest one stands (R31).
pub async fn keep_outcome(
    connection: &mut PgConnection,
    event: Uuid,
    decided: &ChildrenDecision<Outcome>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.outcome_decision (contact_id, child_id, event_id, outcome, decided_at)
        SELECT $1, child.id, $3, $4, $5
        FROM unnest($2::uuid[]) AS child (id)
        ON CONFLICT (contact_id, child_id) DO UPDATE
        SET event_id = excluded.event_id, outcome = excluded.outcome, decided_at = excluded.decided_at
        WHERE excluded.decided_at > outcome_decision.decided_at
        "#,
        decided.contact,
        &decided.children,
        event,
        decided.decision as Outcome,
        decided.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Children of contacts received in a period by initial decision (R16, R67).
pub async fn by_pathway(
    connection: &mut PgConnection,
    period: Period,
) -> Result<Vec<Count<Pathway>>, sqlx::Error> {
    sqlx::query_as!(
        Count::<Pathway>,
        r#"
        SELECT decision.pathway AS "code: Pathway", count(*) AS "count!"
        FROM reporting.contact
        JOIN reporting.initial_decision AS decision USING (contact_id)
        LEFT JOIN reporting.contact_child AS child USING (contact_id, child_id)
        WHERE child.taken_off_event_id IS NULL
          AND ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        GROUP BY decision.pathway
        ORDER BY decision.pathway
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_all(connection)
    .await
}

/// Children of contacts received in a period by outcome (R26, R67).
pub async fn by_outcome(
    connection: &mut PgConnection,
    period: Period,
) -> Result<Vec<Count<Outcome>>, sqlx::Error> {
    sqlx::query_as!(
        Count::<Outcome>,
        r#"
        SELECT decision.outcome AS "code: Outcome", count(*) AS "count!"
        FROM reporting.contact
        JOIN reporting.outcome_decision AS decision USING (contact_id)
        LEFT JOIN reporting.contact_child AS child USING (contact_id, child_id)
        WHERE child.taken_off_event_id IS NULL
          AND ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        GROUP BY decision.outcome
        ORDER BY decision.outcome
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_all(connection)
    .await
}

/// Keeps a clock of the initial decision of a contact.
pub async fn keep_clock(
    connection: &mut PgConnection,
    event: Uuid,
    (clock, contact): (Uuid, Uuid),
    due: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.decision_clock (clock_id, contact_id, event_id, due) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        "#,
        clock,
        contact,
        event,
        due.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps how a clock ended; its first end stands.
pub async fn keep_end(
    connection: &mut PgConnection,
    event: Uuid,
    clock: Uuid,
    (at, met): (Timestamp, bool),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.ended_clock (clock_id, event_id, ended_at, met) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        "#,
        clock,
        event,
        at.to_sqlx() as _,
        met,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps when a decision was due by the corrected receipt (R13); the latest correction stands.
pub async fn keep_retimed(
    connection: &mut PgConnection,
    event: Uuid,
    case: CaseAt,
    (clock, due): (Uuid, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.retimed_decision (clock_id, event_id, revision, due) VALUES ($1, $2, $3, $4)
        ON CONFLICT (clock_id) DO UPDATE
        SET event_id = excluded.event_id, revision = excluded.revision, due = excluded.due
        WHERE excluded.revision > retimed_decision.revision
        "#,
        clock,
        event,
        case.revision,
        due.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Timeliness of the initial decisions on the contacts received in a period (R67, R72), by their
/// clocks, and by when each was due as the receipt is known now (R13). One that was still owed at its deadline is late, also where units had the children
/// afterwards: until their receipt all rules ran (R9).
pub async fn timeliness(
    connection: &mut PgConnection,
    period: Period,
) -> Result<Decisions, sqlx::Error> {
    sqlx::query_as!(
        Decisions,
        r#"
        SELECT count(*) FILTER (WHERE ended.ended_at <= COALESCE(retimed.due, clock.due) AND ended.met)
                   AS "in_time!",
               count(*) FILTER (WHERE ended.ended_at > COALESCE(retimed.due, clock.due)) AS "late!",
               count(*) FILTER (WHERE ended.ended_at <= COALESCE(retimed.due, clock.due) AND NOT ended.met)
                   AS "not_needed!"
        FROM reporting.contact
        JOIN reporting.decision_clock AS clock USING (contact_id)
        JOIN reporting.ended_clock AS ended USING (clock_id)
        LEFT JOIN reporting.retimed_decision AS retimed USING (clock_id)
        WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_one(connection)
    .await
}
