//! Every lock of deadlines. No other file takes one.
//!
//! Whoever takes several takes them in this order, and lets go of all of them at the end
//! of its transaction:
//!
//! | | lock | what it is for | if another has it |
//! | --- | --- | --- | --- |
//! | 1 | [`facts_of_contact`] | facts of two logs, or a fact and an acknowledgement, see each other | waits |
//! | 2 | [`clock`], [`due_timers`] | a clock ends once, and does not fire while it ends | waits; the ticker passes it over |
//! | 3 | [`pages_of_contact`] | overdue checks that fire at once become one page (R43) | the timer is left for the next round |
//! | 4 | [`pages_of_person`] | what a catch-up fires at once becomes one page (R60) | the timer is left for the next round |
//! | 5 | [`page`], [`climbing_pages`], [`page_of_contact`], [`page_of_catch_up`] | a page is acknowledged, resolved, moved or joined by one at a time | waits; the ticker passes it over |
//! | 6 | [`untried_telling`], [`owed_delivery`] | a pager is not told while the page grows | passed over |
//!
//! Followers and the API wait, for 1, 2 and 5. The ticker has work for many in one
//! transaction and never waits, so that no two of it stand against each other. A sender
//! holds a delivery for one statement.
//!
//! Two can still stand against each other: a follower applies a batch, and so comes from
//! the page of one contact to the lock of the next. The database ends one of them, which
//! does its work again.
//!
//! Going back to a savepoint lets go of what was locked behind it.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    clocks::ClockRow,
    deliveries::Owed,
    pages::PageRow,
    timers::{DueTimer, TimerKind},
};
use crate::domain::{
    clock::{ClockKind, ClockState, Rag},
    page::{LadderName, Notice, PageCause},
};

/// The right to take in facts on a contact. A start and an end, or a decision and an
/// acknowledgement, that are taken in at the same time would not see each other; with
/// this one of them is second.
pub async fn facts_of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))", contact)
        .execute(connection)
        .await?;
    Ok(())
}

/// A clock, to end it.
pub async fn clock(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<ClockRow>, sqlx::Error> {
    sqlx::query_as!(
        ClockRow,
        r#"
        SELECT id, contact_id, kind AS "kind: ClockKind", state AS "state: ClockState", started_at, deadline,
               ended_at, rag AS "rag: Rag", agency
        FROM deadlines.clock
        WHERE id = $1
        FOR UPDATE
        "#,
        id,
    )
    .fetch_optional(connection)
    .await
}

/// Locks timers that are to be fired at `now`, the oldest first, with their clocks. What
/// another transaction holds is left to it, so that this never waits. The instant is a
/// parameter: a volatile function would be no condition of the index.
pub async fn due_timers(
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

/// The right to raise and join pages on a contact; false where another has it.
pub async fn pages_of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid::text, 1)) AS "locked!""#,
        contact
    )
    .fetch_one(connection)
    .await
}

/// The right to raise and join pages of a catch-up for whom a cause pages, at an agency
/// where it is one's duty contact; false where another has it.
pub async fn pages_of_person(
    connection: &mut PgConnection,
    cause: PageCause,
    agency: Option<&str>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended(concat($1::text, '/', $2::text), 2)) AS "locked!""#,
        cause.code(),
        agency,
    )
    .fetch_one(connection)
    .await
}

/// A page, to change it.
pub async fn page(connection: &mut PgConnection, id: Uuid) -> Result<Option<PageRow>, sqlx::Error> {
    sqlx::query_as!(
        PageRow,
        r#"
        SELECT id, contact_id, cause AS "cause: PageCause", ladder AS "ladder: LadderName", ladder_from, agency, number,
               step, next_climb_at, failures, acknowledged_at, resolved_at
        FROM deadlines.page
        WHERE id = $1
        FOR UPDATE
        "#,
        id,
    )
    .fetch_optional(connection)
    .await
}

/// Pages that nobody has acknowledged in time, the oldest first.
pub async fn climbing_pages(
    connection: &mut PgConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<PageRow>, sqlx::Error> {
    sqlx::query_as!(
        PageRow,
        r#"
        SELECT id, contact_id, cause AS "cause: PageCause", ladder AS "ladder: LadderName", ladder_from, agency, number,
               step, next_climb_at, failures, acknowledged_at, resolved_at
        FROM deadlines.page
        WHERE next_climb_at <= $1
        ORDER BY next_climb_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
        "#,
        now.to_sqlx() as _,
        at_most,
    )
    .fetch_all(connection)
    .await
}

/// The open page for a cause, raised at `since` or later, that names a contact (R43). One
/// that another transaction holds may be about to end, so it is passed over.
pub async fn page_of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
    cause: PageCause,
    since: Timestamp,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT id FROM deadlines.page
        WHERE id IN (
                  SELECT page_id FROM deadlines.cause
                  WHERE cause.contact_id = $1 AND cause.cause = $2 AND over_at IS NULL
              )
          AND raised_at >= $3 AND acknowledged_at IS NULL AND resolved_at IS NULL
        ORDER BY raised_at, id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
        "#,
        contact,
        cause as PageCause,
        since.to_sqlx() as _,
    )
    .fetch_optional(connection)
    .await
}

/// The open page of a catch-up for a cause, raised at `since` or later, that stands where
/// its ladder begins (R60); with an agency that of its duty contact. Passed over as above.
pub async fn page_of_catch_up(
    connection: &mut PgConnection,
    cause: PageCause,
    ladder: LadderName,
    agency: Option<&str>,
    since: Timestamp,
) -> Result<Option<PageRow>, sqlx::Error> {
    sqlx::query_as!(
        PageRow,
        r#"
        SELECT id, contact_id, cause AS "cause: PageCause", ladder AS "ladder: LadderName", ladder_from, agency, number,
               step, next_climb_at, failures, acknowledged_at, resolved_at
        FROM deadlines.page
        WHERE contact_id IS NULL AND cause = $1 AND ladder = $2 AND agency IS NOT DISTINCT FROM $3
          AND step = 0 AND raised_at >= $4 AND acknowledged_at IS NULL AND resolved_at IS NULL
        ORDER BY raised_at, id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
        "#,
        cause as PageCause,
        ladder as LadderName,
        agency,
        since.to_sqlx() as _,
    )
    .fetch_optional(connection)
    .await
}

/// What is owed of the last telling of a page, where no pager has been tried; false where
/// one has, or is just now. While it is held, what joins the page is in that telling.
pub async fn untried_telling(
    connection: &mut PgConnection,
    page: Uuid,
    number: i32,
) -> Result<bool, sqlx::Error> {
    let held = sqlx::query_scalar!(
        r#"
        SELECT id FROM deadlines.delivery
        WHERE page_id = $1 AND number = $2 AND tries = 0 AND done_at IS NULL
        FOR UPDATE SKIP LOCKED
        "#,
        page,
        number,
    )
    .fetch_all(&mut *connection)
    .await?;
    let all = sqlx::query_scalar!(
        r#"SELECT count(*) AS "all!" FROM deadlines.delivery WHERE page_id = $1 AND number = $2"#,
        page,
        number,
    )
    .fetch_one(connection)
    .await?;
    Ok(i64::try_from(held.len()) == Ok(all))
}

/// Takes a delivery to a pager that is to be tried at `now`: what is about a danger
/// before anything else, then first tries before others, then what has waited longest.
/// `first_of_danger` takes the first tries of dangers only, or all that are none. Until
/// `held_to` nobody else tries it, so that one whose sender dies is tried again.
pub async fn owed_delivery(
    connection: &mut PgConnection,
    endpoint: &str,
    first_of_danger: bool,
    now: Timestamp,
    held_to: Timestamp,
) -> Result<Option<Owed>, sqlx::Error> {
    sqlx::query_as!(
        Owed,
        r#"
        UPDATE deadlines.delivery SET next_try_at = $3, tries = tries + 1
        FROM deadlines.page
        WHERE page.id = delivery.page_id
          AND delivery.id = (
              SELECT owed.id
              FROM deadlines.delivery AS owed JOIN deadlines.page AS about ON about.id = owed.page_id
              WHERE owed.endpoint = $1 AND owed.next_try_at <= $2 AND owed.done_at IS NULL
                AND (owed.tries = 0 AND about.cause IN ('section_47', 'risk_flag')) = $4
              ORDER BY about.cause IN ('section_47', 'risk_flag') DESC, owed.tries = 0 DESC, owed.next_try_at
              LIMIT 1
              FOR UPDATE OF owed SKIP LOCKED
          )
        RETURNING delivery.id, delivery.page_id, delivery.number, delivery.notice AS "notice: Notice",
                  delivery.step, delivery.role, delivery.owed_at, delivery.tries, page.contact_id,
                  page.cause AS "cause: PageCause", page.agency, page.rag AS "rag: Rag", page.deadline
        "#,
        endpoint,
        now.to_sqlx() as _,
        held_to.to_sqlx() as _,
        first_of_danger,
    )
    .fetch_optional(connection)
    .await
}
