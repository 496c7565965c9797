//! Timers: one row for each warning point of a clock and one for its deadline.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{clocks::ClockRow, one_row};
use crate::domain::clock::{ClockKind, ClockState, NewClock, Rag, is_urgent};

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "deadlines.timer_kind", rename_all = "snake_case")]
pub enum TimerKind {
    /// Somebody is warned.
    Warning,
    /// The clock runs out.
    Deadline,
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

/// Locks timers that are to be fired at `now`, the oldest first, with their clocks. What
/// another transaction holds is left to it, so that this never waits. The instant is a
/// parameter: a volatile function would be no condition of the index.
pub async fn claim(
    connection: &mut PgConnection,
    urgent: bool,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<DueTimer>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT timer.id, timer.kind AS "kind: TimerKind", timer.due, timer.failures,
               EXISTS (SELECT FROM deadlines.clock_seen WHERE clock_seen.clock_id = timer.clock_id) AS "seen!",
               NOT EXISTS (
                   SELECT FROM deadlines.timer AS later
                   WHERE later.clock_id = timer.clock_id AND later.kind = 'warning' AND later.due > timer.due
               ) AS "last_warning!",
               clock.id AS clock_id, clock.contact_id, clock.kind AS "clock_kind: ClockKind",
               clock.state AS "state: ClockState", clock.started_at, clock.deadline, clock.ended_at,
               clock.rag AS "rag: Rag", clock.agency
        FROM deadlines.timer JOIN deadlines.clock ON clock.id = timer.clock_id
        WHERE timer.urgent = $1 AND timer.try_at <= $2 AND timer.fired_at IS NULL AND timer.cancelled_at IS NULL
        ORDER BY timer.try_at
        LIMIT $3
        FOR UPDATE OF timer, clock SKIP LOCKED
        "#,
        urgent,
        now.to_sqlx() as _,
        at_most,
    )
    .fetch_all(connection)
    .await?;
    let due = rows.into_iter().map(|row| DueTimer {
        id: row.id,
        kind: row.kind,
        due: row.due.to_jiff(),
        failures: row.failures,
        seen: row.seen,
        last_warning: row.last_warning,
        clock: ClockRow {
            id: row.clock_id,
            contact_id: row.contact_id,
            kind: row.clock_kind,
            state: row.state,
            started_at: row.started_at,
            deadline: row.deadline,
            ended_at: row.ended_at,
            rag: row.rag,
            agency: row.agency,
        },
    });
    Ok(due.collect())
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
