//! Children whom a manager took back from a unit, and the open cases by which they had been handed
//! to it (R9).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::unit_hand_over::TakenBack;

/// An open case by which a child was handed over who was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseTakenBack {
    /// The child of the contact.
    pub child: Uuid,
    /// The episode.
    pub episode: Uuid,
    /// The unit that it was at then; empty where it was not named.
    pub unit: String,
}

/// Notes who took children back of a hand-over that is withdrawn.
pub async fn note(
    connection: &mut PgConnection,
    hand_over: Uuid,
    taken_back: &TakenBack,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.unit_hand_over
        SET taken_back_child_ids = $2, taken_back_by = $3, taken_back_reason = $4
        WHERE id = $1 AND withdrawn_at IS NOT NULL AND taken_back_by IS NULL
        "#,
        hand_over,
        &taken_back.children,
        taken_back.by,
        taken_back.reason.open(),
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Adds the cases by which children had been handed over.
pub async fn insert(
    connection: &mut PgConnection,
    hand_over: Uuid,
    cases: &[CaseTakenBack],
) -> Result<(), sqlx::Error> {
    let children: Vec<Uuid> = cases.iter().map(|case| case.child).collect();
    let episodes: Vec<Uuid> = cases.iter().map(|case| case.episode).collect();
    let units: Vec<String> = cases.iter().map(|case| case.unit.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO intake.case_taken_back (hand_over_id, child_id, episode_id, unit)
        SELECT $1, child_id, episode_id, unit
        FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS taken (child_id, episode_id, unit)
        "#,
        hand_over,
        &children,
        &episodes,
        &units,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Those of these children that count still: nobody has handed the child over since.
pub async fn of(
    connection: &mut PgConnection,
    children: &[Uuid],
) -> Result<Vec<CaseTakenBack>, sqlx::Error> {
    sqlx::query_as!(
        CaseTakenBack,
        r#"
        SELECT DISTINCT child_id AS child, episode_id AS episode, unit
        FROM intake.case_taken_back
        WHERE child_id = ANY ($1) AND lifted_at IS NULL
        "#,
        children,
    )
    .fetch_all(connection)
    .await
}

/// Notes that a person hands these children over: their cases count again.
pub async fn lift(
    connection: &mut PgConnection,
    children: &[Uuid],
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE intake.case_taken_back SET lifted_at = $2 WHERE child_id = ANY ($1) AND lifted_at IS NULL",
        children,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
