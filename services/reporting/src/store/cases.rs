//! Decisions and referrers told, and how they count.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    fact::ChildrenDecision,
    figures::{Cases, Count},
    period::Period,
    terms::{Outcome, Pathway},
};

/// Keeps the initial decision of some children; a child's first one stands.
pub async fn keep_initial_decision(
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

/// Keeps that a referrer was told, or that a reason not to is on the record; the
/// latest stands.
pub async fn keep_referrer(
    connection: &mut PgConnection,
    event: Uuid,
    contact: Uuid,
    (informed, at): (bool, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.referrer (contact_id, event_id, informed, informed_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (contact_id) DO UPDATE
        SET event_id = excluded.event_id, informed = excluded.informed, informed_at = excluded.informed_at
        WHERE excluded.informed_at > referrer.informed_at
        "#,
        contact,
        event,
        informed,
        at.to_sqlx() as _,
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
        WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
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
        WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        GROUP BY decision.outcome
        ORDER BY decision.outcome
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_all(connection)
    .await
}

/// How the contacts received in a period went on (R28, R67, R72). A contact's
/// initial decision is made when the last of its children has one.
pub async fn progress(connection: &mut PgConnection, period: Period) -> Result<Cases, sqlx::Error> {
    sqlx::query_as!(
        Cases,
        r#"
        SELECT count(*) FILTER (WHERE decided.reached <= contact.decision_due) AS "decided_in_time!",
               count(*) FILTER (WHERE decided.reached > contact.decision_due) AS "decided_late!",
               count(*) FILTER (WHERE referrer.informed) AS "referrers_informed!",
               count(*) FILTER (WHERE NOT referrer.informed) AS "referrers_not_informed!",
               count(closed.reached) AS "closed!"
        FROM reporting.contact
        LEFT JOIN reporting.referrer USING (contact_id)
        LEFT JOIN reporting.milestone AS decided
            ON decided.record_id = contact.contact_id AND decided.kind = 'initially_decided'
        LEFT JOIN reporting.milestone AS closed
            ON closed.record_id = contact.contact_id AND closed.kind = 'closed'
        WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_one(connection)
    .await
}
