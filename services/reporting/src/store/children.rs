//! The children on contacts, and whose they are (R9).

use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{fact::CaseAt, figures::Children, period::Period};

/// Keeps that children are on a contact.
pub async fn keep(
    connection: &mut PgConnection,
    event: Uuid,
    contact: Uuid,
    children: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.contact_child (contact_id, child_id, event_id)
        SELECT $1, child.id, $3
        FROM unnest($2::uuid[]) AS child (id)
        ON CONFLICT DO NOTHING
        "#,
        contact,
        children,
        event,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps that children were put on a contact by mistake; they count in no figure of children, and
/// the event says why. What was timed for them ends as not needed.
pub async fn keep_taken_off(
    connection: &mut PgConnection,
    event: Uuid,
    contact: Uuid,
    children: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.contact_child (contact_id, child_id, event_id, taken_off_event_id)
        SELECT $1, child.id, $3, $3
        FROM unnest($2::uuid[]) AS child (id)
        ON CONFLICT (contact_id, child_id) DO UPDATE SET taken_off_event_id = excluded.taken_off_event_id
        "#,
        contact,
        children,
        event,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps that children of a case went to their units, or came back; the latest stands.
pub async fn keep_move(
    connection: &mut PgConnection,
    event: Uuid,
    case: CaseAt,
    (children, with_unit): (&[Uuid], bool),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.child_move (contact_id, child_id, event_id, revision, with_unit)
        SELECT $1, child.id, $3, $4, $5
        FROM unnest($2::uuid[]) AS child (id)
        ON CONFLICT (contact_id, child_id) DO UPDATE
        SET event_id = excluded.event_id, revision = excluded.revision, with_unit = excluded.with_unit
        WHERE excluded.revision > child_move.revision
        "#,
        case.contact,
        children,
        event,
        case.revision,
        with_unit,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Children of contacts received in a period (R67). One whom its unit has is not undecided:
/// the hub decides nothing on it any more (R9).
pub async fn totals(
    connection: &mut PgConnection,
    period: Period,
) -> Result<Children, sqlx::Error> {
    sqlx::query_as!(
        Children,
        r#"
        SELECT count(*) AS "all!",
               count(*) FILTER (WHERE moved.with_unit) AS "with_unit!",
               count(*) FILTER (WHERE moved.with_unit IS NOT TRUE AND decision.child_id IS NULL) AS "undecided!"
        FROM reporting.contact
        JOIN reporting.contact_child AS child USING (contact_id)
        LEFT JOIN reporting.child_move AS moved USING (contact_id, child_id)
        LEFT JOIN reporting.initial_decision AS decision USING (contact_id, child_id)
        WHERE taken_off_event_id IS NULL
          AND ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_one(connection)
    .await
}
