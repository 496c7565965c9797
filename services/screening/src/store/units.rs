//! Children on their way to the unit that holds their open case (R9). Steps may be heard of
//! in any order, and before the case.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::unit::{Step, Taken};

/// Keeps a step.
pub async fn insert(connection: &mut PgConnection, taken: &Taken) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.unit_step_taken (hand_over_id, step, contact_id, child_ids, at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        "#,
        taken.hand_over,
        taken.step as Step,
        taken.contact,
        &taken.children,
        taken.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes from the hub those children of a case whom a unit has received; answers who they
/// are, and when. A child is taken once.
pub async fn take_received(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<(Uuid, Timestamp)>, sqlx::Error> {
    let taken = sqlx::query!(
        r#"
        UPDATE screening.child AS child SET with_unit_at = unit.at
        FROM screening.child_at_unit AS unit
        WHERE child.contact_id = $1 AND child.in_hub
          AND unit.contact_id = $1 AND unit.child_id = child.id AND unit.step = 'received'
        RETURNING child.id, child.with_unit_at AS "at!: jiff_sqlx::Timestamp"
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    Ok(taken.into_iter().map(|row| (row.id, row.at.to_jiff())).collect())
}

/// Gives back to the hub those children of a case whom no unit has any more, and whose
/// screening is timed from `at`; answers who they are.
pub async fn take_back(
    connection: &mut PgConnection,
    contact: Uuid,
    at: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        UPDATE screening.child SET with_unit_at = NULL, timed_from = $2
        WHERE contact_id = $1 AND with_unit_at IS NOT NULL AND taken_off_at IS NULL AND NOT EXISTS (
            SELECT FROM screening.child_at_unit AS unit
            WHERE unit.contact_id = $1 AND unit.child_id = child.id AND unit.step = 'received'
        )
        RETURNING id
        "#,
        contact,
        at.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}

/// A child and how far it is.
pub struct OnItsWay {
    /// The contact.
    pub contact_id: Uuid,
    /// The child.
    pub child_id: Uuid,
    /// The furthest step.
    pub step: Step,
}

/// The children of these contacts who have an open case.
pub async fn of_contacts(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<Vec<OnItsWay>, sqlx::Error> {
    sqlx::query_as!(
        OnItsWay,
        r#"
        SELECT contact_id AS "contact_id!", child_id AS "child_id!", step AS "step!: Step"
        FROM screening.child_at_unit
        WHERE contact_id = ANY($1)
        ORDER BY contact_id, child_id
        "#,
        contacts,
    )
    .fetch_all(connection)
    .await
}
