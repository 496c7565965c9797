//! Timers: one row for each warning point of a clock and one for its deadline.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use super::clocks::ClockRow;
use crate::domain::clock::{NewClock, is_urgent};

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "deadlines.timer_kind", rename_all = "snake_case")]
pub enum TimerKind {
    /// Somebody is warned.
    Warning,
    /// The clock runs out.
    Deadline,
    /// The hub opens after it ran out: the page that could wait until then is raised.
    Opening,
}

/// A timer that is due, and its clock; both are locked.
#[derive(Clone, Debug)]
pub struct DueTimer {
    /// The timer.
    pub id: i64,
    /// What it is for.
    pub kind: TimerKind,
    /// When it is due.
    pub due: Timestamp,
    /// How often it has failed to fire.
    pub failures: i32,
    /// The check was seen at the agency (R42).
    pub seen: bool,
    /// No warning of this clock comes after it.
    pub last_warning: bool,
    /// The clock.
    pub clock: ClockRow,
}

/// Adds the timers of a clock.
pub async fn insert(connection: &mut PgConnection, clock: &NewClock) -> Result<(), sqlx::Error> {
    let warnings: Vec<jiff_sqlx::Timestamp> =
        clock.warnings.iter().map(|at| at.to_sqlx()).collect();
    sqlx::query!(
        r#"
        INSERT INTO deadlines.timer (clock_id, kind, due, try_at, urgent)
        SELECT $1::uuid, 'warning'::deadlines.timer_kind, due, due, $4::boolean
        FROM unnest($2::timestamptz[]) AS due
        UNION
        SELECT $1::uuid, 'deadline'::deadlines.timer_kind, $3::timestamptz, $3::timestamptz, $4::boolean
        ON CONFLICT DO NOTHING
        "#,
        clock.id,
        &warnings as _,
        clock.deadline.to_sqlx() as _,
        is_urgent(clock.kind, clock.rag),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds the timer that raises a clock's page when the hub opens.
pub async fn insert_opening(
    connection: &mut PgConnection,
    clock: Uuid,
    opens: Timestamp,
) -> Result<(), sqlx::Error> {
    let inserted = sqlx::query!(
        r#"
        INSERT INTO deadlines.timer (clock_id, kind, due, try_at, urgent)
        VALUES ($1, 'opening', $2, $2, false)
        "#,
        clock,
        opens.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&inserted)
}

/// Marks a timer as fired.
pub async fn set_fired(
    connection: &mut PgConnection,
    id: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE deadlines.timer SET fired_at = $2 WHERE id = $1 AND fired_at IS NULL AND cancelled_at IS NULL",
        id,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// When to fire a timer that failed, so that it stands in the way of no other.
pub async fn postpone(
    connection: &mut PgConnection,
    id: i64,
    to: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE deadlines.timer SET try_at = $2, failures = failures + 1 WHERE id = $1",
        id,
        to.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Cancels what a clock that has ended still had to fire.
pub async fn cancel(
    connection: &mut PgConnection,
    clock: Uuid,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE deadlines.timer SET cancelled_at = $2
        WHERE clock_id = $1 AND fired_at IS NULL AND cancelled_at IS NULL
        "#,
        clock,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// When the next timer is to be fired, or the next page climbs.
pub async fn next_due(connection: &mut PgConnection) -> Result<Option<Timestamp>, sqlx::Error> {
    let next = sqlx::query_scalar!(
        r#"
        SELECT least(
            (SELECT min(try_at) FROM deadlines.timer
             WHERE urgent AND fired_at IS NULL AND cancelled_at IS NULL),
            (SELECT min(try_at) FROM deadlines.timer
             WHERE NOT urgent AND fired_at IS NULL AND cancelled_at IS NULL),
            (SELECT min(next_climb_at) FROM deadlines.page WHERE next_climb_at IS NOT NULL)
        ) AS next
        "#
    )
    .fetch_one(connection)
    .await?;
    Ok(next.map(|next: jiff_sqlx::Timestamp| next.to_jiff()))
}
