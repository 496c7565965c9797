//! What looking for events without a position costs, with millions behind it and after
//! many came and went.

#![expect(clippy::disallowed_methods, reason = "looks at the log's tables from outside")]

use std::time::Duration;

use messaging::EventLog;
use runtime::tasks::Tasks;
use serde::Serialize;
use sqlx::PgPool;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::{
    clock_face::{median, millis, percentile},
    events::{append_many, open_log, sample},
    ground::Ground,
};

/// What numbering asks every 50 ms (`anything_waits`).
const POLL: &str = "SELECT number FROM messaging.waiting ORDER BY number LIMIT 1";
/// Rows of one statement of filling.
const STRETCH: i64 = 1_000_000;
/// How many events wait at once before the log is looked at again.
const FLOOD: i64 = 100_000;
/// Autovacuum looks every minute.
const VACUUM_WITHIN: Duration = Duration::from_secs(100);

/// What it costs in one state of the log.
#[derive(Debug, Serialize)]
pub struct Cost {
    /// The state.
    pub state: String,
    /// The poll, median, microseconds.
    pub poll_us: f64,
    /// Pages of the database that the poll touches.
    pub poll_pages: i64,
    /// From the commit to the position, median, milliseconds.
    pub numbered_p50_ms: f64,
    /// The same for 99 of 100.
    pub numbered_p99_ms: f64,
}

/// Measures an empty log, one with `events` behind it, one through which a flood has
/// gone, and that one when it has been vacuumed.
///
/// # Errors
/// Where the database refuses.
pub async fn prove(ground: &Ground, events: i64) -> anyhow::Result<Vec<Cost>> {
    let log = open_log(ground, "intake").await?;
    let tasks = Tasks::new();
    log.spawn_numbering(&tasks);
    let mut costs = vec![measure(&log, "an empty log".to_owned()).await?];
    let began = Instant::now();
    fill(log.pool(), ground, events).await?;
    eprintln!("filled in {:.0} s", began.elapsed().as_secs_f64());
    costs.push(measure(&log, format!("{events} events behind")).await?);
    let vacuums = vacuums(log.pool()).await?;
    flood(&log).await?;
    costs.push(measure(&log, format!("{FLOOD} more came and went")).await?);
    wait_for_vacuum(log.pool(), vacuums).await?;
    costs.push(measure(&log, "the same, vacuumed by itself".to_owned()).await?);
    tasks.stop();
    tasks.finished().await?;
    Ok(costs)
}

async fn measure(log: &EventLog, state: String) -> anyhow::Result<Cost> {
    let mut connection = log.pool().acquire().await?;
    let mut polls = Vec::new();
    for _ in 0..1000 {
        let began = Instant::now();
        let _waits: Option<i64> = sqlx::query_scalar(POLL).fetch_optional(&mut *connection).await?;
        polls.push(millis(began.elapsed()) * 1e3);
    }
    let explain = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) \
         SELECT number FROM messaging.waiting ORDER BY number LIMIT 1";
    let plan: serde_json::Value = sqlx::query_scalar(explain).fetch_one(&mut *connection).await?;
    let pages = |kind: &str| plan[0]["Plan"][kind].as_i64().unwrap_or_default();
    let mut numbered = Vec::new();
    for _ in 0..200 {
        let before = head(log).await?;
        let mut tx = log.begin().await?;
        tx.append(Uuid::now_v7(), 1, &sample()).await?;
        tx.commit().await?;
        let began = Instant::now();
        while head(log).await? == before {}
        numbered.push(millis(began.elapsed()));
    }
    Ok(Cost {
        state,
        poll_us: median(&polls),
        poll_pages: pages("Shared Hit Blocks") + pages("Shared Read Blocks"),
        numbered_p50_ms: median(&numbered),
        numbered_p99_ms: percentile(&numbered, 0.99),
    })
}

async fn head(log: &EventLog) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT position FROM messaging.head").fetch_one(log.pool()).await
}

/// Puts events with positions behind the head, without the foreign key's checks.
async fn fill(of: &PgPool, ground: &Ground, events: i64) -> anyhow::Result<()> {
    let database: String = sqlx::query_scalar("SELECT current_database()").fetch_one(of).await?;
    // Not of the log's own pool, whose statements may take eight seconds.
    let pool = PgPool::connect(&ground.postgres.superuser_url(&database)).await?;
    let mut connection = pool.acquire().await?;
    let statements = [
        "INSERT INTO messaging.event (id, aggregate, revision, type, payload, actor, occurred_at) \
         SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 1, \
             'mash.intake.v1.BasisRecorded', convert_to(repeat('x', 180), 'UTF8'), 'service/bench', now() \
         FROM generate_series($1::bigint, $2) AS n",
        "INSERT INTO messaging.position (position, number) \
         SELECT (SELECT position FROM messaging.head) + row_number() OVER (ORDER BY number), number \
         FROM messaging.event WHERE number > (SELECT max(number) FROM messaging.position) AND $1 <= $2",
        "UPDATE messaging.head SET position = (SELECT max(position) FROM messaging.position) WHERE $1 <= $2",
    ];
    sqlx::raw_sql("SET session_replication_role = replica").execute(&mut *connection).await?;
    for first in (1..=events).step_by(usize::try_from(STRETCH)?) {
        let last = (first + STRETCH - 1).min(events);
        for statement in statements {
            sqlx::query(statement).bind(first).bind(last).execute(&mut *connection).await?;
        }
    }
    // Writing them out is not what is measured.
    sqlx::raw_sql("CHECKPOINT").execute(&mut *connection).await?;
    Ok(())
}

/// Many events wait at once and are numbered.
async fn flood(log: &EventLog) -> anyhow::Result<()> {
    let target = head(log).await? + FLOOD;
    for _ in 0..10 {
        append_many(&mut *log.pool().acquire().await?, FLOOD / 10).await?;
    }
    while head(log).await? < target {
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

async fn vacuums(pool: &PgPool) -> sqlx::Result<i64> {
    let statement = "SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 'waiting'";
    sqlx::query_scalar(statement).fetch_one(pool).await
}

async fn wait_for_vacuum(pool: &PgPool, before: i64) -> anyhow::Result<()> {
    let began = Instant::now();
    while vacuums(pool).await? == before {
        anyhow::ensure!(began.elapsed() < VACUUM_WITHIN, "autovacuum did not come");
        sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}
