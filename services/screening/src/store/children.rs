//! The children of a case (R20).

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    case::CaseChild,
    decision::{FrameworkLevel, Outcome, Pathway},
    unit::Step,
};

/// Adds a child at its place.
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    (child, place): (Uuid, i32),
    service_consent: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO screening.child (contact_id, id, place, service_consent) VALUES ($1, $2, $3, $4)",
        contact,
        child,
        place,
        service_consent,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a child who was missed, behind the others, and whose screening is timed from then;
/// nobody has agreed to anything for it.
pub async fn add(
    connection: &mut PgConnection,
    contact: Uuid,
    (child, timed_from): (Uuid, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.child (contact_id, id, place, service_consent, timed_from)
        SELECT $1, $2, count(*), false, $3 FROM screening.child WHERE contact_id = $1
        "#,
        contact,
        child,
        timed_from.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes off children who were put on the contact by mistake; answers who of them was the hub's.
pub async fn take_off(
    connection: &mut PgConnection,
    contact: Uuid,
    (children, at): (&[Uuid], Timestamp),
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH taken_off AS (
            UPDATE screening.child SET taken_off_at = $3
            WHERE contact_id = $1 AND id = ANY($2) AND taken_off_at IS NULL
            RETURNING id, with_unit_at
        )
        SELECT id FROM taken_off WHERE with_unit_at IS NULL
        "#,
        contact,
        children,
        at.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}

/// The children of a case in their order, with the latest decision on each.
pub async fn of_case(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<CaseChild>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT child.id, child.service_consent, child.timed_from, child.pathway AS "pathway: Pathway", child.outcome AS "outcome: Outcome",
               decision.framework_level AS "level?: FrameworkLevel", decision.rationale AS "rationale?",
               unit.step AS "unit?: Step", child.taken_off_at IS NOT NULL AS "taken_off!"
        FROM screening.child AS child
        LEFT JOIN screening.decision AS decision
            ON decision.contact_id = child.contact_id AND decision.revision = child.decided_in
        LEFT JOIN screening.child_at_unit AS unit
            ON unit.contact_id = child.contact_id AND unit.child_id = child.id
        WHERE child.contact_id = $1
        ORDER BY child.place
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let children = rows.into_iter().map(|row| CaseChild {
        id: row.id,
        service_consent: row.service_consent,
        timed_from: row.timed_from.map(|at: jiff_sqlx::Timestamp| at.to_jiff()),
        pathway: row.pathway,
        outcome: row.outcome,
        level: row.level,
        rationale: row.rationale.map(Personal::new),
        unit: row.unit,
        taken_off: row.taken_off,
    });
    Ok(children.collect())
}

/// Keeps for which children of a case the family agrees to a referral now, and so for which
/// it does not (R6).
pub async fn set_service_consent(
    connection: &mut PgConnection,
    contact: Uuid,
    agreed: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE screening.child SET service_consent = (id = ANY($2)) WHERE contact_id = $1",
        contact,
        agreed,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts undecided children on a pathway, with its outcome where it decides one.
pub async fn set_pathway(
    connection: &mut PgConnection,
    (contact, revision): (Uuid, i64),
    children: &[Uuid],
    pathway: Pathway,
    outcome: Option<Outcome>,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE screening.child SET pathway = $4, outcome = $5, decided_in = $2
        WHERE contact_id = $1 AND id = ANY($3) AND pathway IS NULL
        "#,
        contact,
        revision,
        children,
        pathway as Pathway,
        outcome as Option<Outcome>,
    )
    .execute(connection)
    .await?;
    all_of(children, updated.rows_affected())
}

/// Gives screened children their outcome.
pub async fn set_outcome(
    connection: &mut PgConnection,
    (contact, revision): (Uuid, i64),
    children: &[Uuid],
    outcome: Outcome,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE screening.child SET outcome = $4, decided_in = $2
        WHERE contact_id = $1 AND id = ANY($3) AND pathway IS NOT NULL AND outcome IS NULL
        "#,
        contact,
        revision,
        children,
        outcome as Outcome,
    )
    .execute(connection)
    .await?;
    all_of(children, updated.rows_affected())
}

fn all_of(children: &[Uuid], updated: u64) -> Result<(), sqlx::Error> {
    if usize::try_from(updated) == Ok(children.len()) {
        Ok(())
    } else {
        Err(sqlx::Error::RowNotFound)
    }
}
