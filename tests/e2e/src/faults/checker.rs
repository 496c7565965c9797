//! Compares the books: what the writer knows, what the log holds, what the ledger
//! says. RELIABILITY: every accepted event exactly once (I1–I4), nothing that no log
//! holds (I5), each record in its order (I6).

#![expect(clippy::disallowed_methods, reason = "the ledger is the test's own table")]

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use messaging::operator;
use sqlx::PgPool;
use uuid::Uuid;

use super::{stage::Stage, writer::Books};

#[derive(sqlx::FromRow)]
struct Line {
    position: i64,
    event_id: Uuid,
    aggregate: Uuid,
    revision: i64,
    parked: bool,
}

/// Waits until the follower is level, then checks every promise.
pub async fn check(stage: &Stage, books: &Books, within: Duration) -> anyhow::Result<String> {
    let (source, follower) = (stage.source_pool(), stage.follower_pool());
    let deadline = tokio::time::Instant::now() + within;
    let mut log = logged(&source).await?;
    let mut ledger = lines(&follower).await?;
    while ledger.len() < log.len() && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(100)).await;
        (log, ledger) = (logged(&source).await?, lines(&follower).await?);
    }
    let broken = operator::verify_log(&source).await?;
    anyhow::ensure!(broken.is_empty(), "the log is broken: {broken:?}");
    let known: HashSet<Uuid> = log.iter().copied().collect();
    let lost = books.accepted.iter().filter(|id| !known.contains(id)).count();
    anyhow::ensure!(lost == 0, "{lost} accepted events are not in the log");
    let told = books.accepted.len() + books.unknown.iter().filter(|id| known.contains(id)).count();
    anyhow::ensure!(
        told == log.len(),
        "the log holds {} events, of {told} that were told",
        log.len()
    );
    check_ledger(&log, &ledger)?;
    Ok(format!(
        "{} events accepted, {} unknown of which {} are there; each applied once and in order",
        books.accepted.len(),
        books.unknown.len(),
        told - books.accepted.len(),
    ))
}

fn check_ledger(log: &[Uuid], ledger: &[Line]) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    let mut revisions: HashMap<Uuid, i64> = HashMap::new();
    let mut last_in_order = 0;
    for line in ledger {
        let place = usize::try_from(line.position - 1)?;
        anyhow::ensure!(
            log.get(place) == Some(&line.event_id),
            "position {} was applied as another event",
            line.position
        );
        anyhow::ensure!(seen.insert(line.event_id), "position {} was applied twice", line.position);
        let revision = revisions.entry(line.aggregate).or_insert(0);
        *revision += 1;
        anyhow::ensure!(
            *revision == line.revision,
            "a record's event at position {} came out of order",
            line.position
        );
        if !line.parked {
            anyhow::ensure!(
                line.position > last_in_order,
                "position {} came after {last_in_order}",
                line.position
            );
            last_in_order = line.position;
        }
    }
    anyhow::ensure!(
        ledger.len() == log.len(),
        "{} of {} events were applied",
        ledger.len(),
        log.len()
    );
    Ok(())
}

async fn logged(pool: &PgPool) -> anyhow::Result<Vec<Uuid>> {
    let statement = "SELECT event.id FROM messaging.event LEFT JOIN messaging.position USING (number) ORDER BY position";
    Ok(sqlx::query_scalar(statement).fetch_all(pool).await?)
}

async fn lines(pool: &PgPool) -> anyhow::Result<Vec<Line>> {
    let statement =
        "SELECT position, event_id, aggregate, revision, parked FROM ledger ORDER BY line";
    Ok(sqlx::query_as(statement).fetch_all(pool).await?)
}
