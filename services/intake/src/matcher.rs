//! The edge of the register's queue: matches what was put into the register, right after
//! it was committed (R8).
//!
//! Any number of replicas may do it, one at a time: the register is locked for a batch.
//!
//! Before anybody is matched, the keys of whoever is held under such as were made in an earlier
//! way are made anew, in batches, by all replicas at once. Contacts are taken meanwhile: what
//! waits is only who is already known, and the look-up of open cases says that a person must
//! look. A replica of before that runs still leaves the matching to the new ones, and says so once
//! in its log: where all are of before again, since the new version was taken back, nobody is
//! matched until the keys are made anew (`READINGS.md`).

use std::{sync::Arc, time::Duration};

use messaging::{EventLog, unless_gone};
use runtime::tasks::Tasks;

use crate::{
    commands::register::{
        RegisterError, entries,
        match_entries::{match_number, match_waiting},
    },
    protocol::Rules,
    store::register::keys,
};

/// How many entries are matched in one transaction.
const BATCH: i64 = 50;
/// The keys of so many entries are made anew in one transaction.
const KEYED: i64 = 200;
/// How often the queue is looked at while it is empty.
const LOOK: Duration = Duration::from_millis(100);
/// How long it waits where an entry could not be matched.
const AGAIN: Duration = Duration::from_millis(500);

/// Matches until the process stops.
pub fn spawn(log: EventLog, rules: Arc<Rules>, tasks: &Tasks) {
    let stopping = tasks.stopping();
    tasks.spawn("matcher", async move {
        stopping.run_until_cancelled(run(&log, &rules)).await;
        Ok(())
    });
}

async fn run(log: &EventLog, rules: &Rules) {
    let mut working = true;
    loop {
        let Round { matched, failed } = round(log, rules).await;
        if let Some(error) = &failed
            && working
        {
            // The cause may cite values of a row, which are personal.
            tracing::error!(%error, "what is in the register cannot all be matched");
        }
        working = failed.is_none();
        match (matched, failed) {
            (0, None) => tokio::time::sleep(LOOK).await,
            (0, Some(_)) => tokio::time::sleep(AGAIN).await,
            (_, _) => {}
        }
    }
}

/// What became of a round.
struct Round {
    /// How many entries were matched, or keyed anew.
    matched: usize,
    /// Why one was not.
    failed: Option<RegisterError>,
}

/// Matches a batch, or, where that fails, the first entry alone; then, alone too, one of each
/// kind that failed before. So what cannot be matched holds up nothing else, and a contact that
/// could not be matched once is tried again in every round, however many rows an import has
/// brought (R9).
async fn round(log: &EventLog, rules: &Rules) -> Round {
    match unless_gone(key_anew(log, rules)).await {
        Ok(0) => {}
        Ok(keyed) => return Round { matched: keyed, failed: None },
        Err(error) => return Round { matched: 0, failed: Some(error) },
    }
    let mut round = Round { matched: 0, failed: None };
    let failed = match batch(log, rules).await {
        Ok(matched) => {
            round.matched += matched;
            false
        }
        Err(_) => true,
    };
    match unless_gone(alone_next(log, failed)).await {
        Ok(numbers) => {
            for number in numbers {
                round.add(alone(log, number, rules).await);
            }
        }
        Err(error) => round.failed = Some(error.into()),
    }
    round
}

impl Round {
    fn add(&mut self, result: Result<usize, RegisterError>) {
        match result {
            Ok(matched) => self.matched += matched,
            Err(error) => self.failed = Some(error),
        }
    }
}

async fn key_anew(log: &EventLog, rules: &Rules) -> Result<usize, RegisterError> {
    let mut tx = log.begin().await?;
    let keyed = entries::key_anew(&mut tx, KEYED, &rules.matcher).await?;
    tx.commit().await?;
    Ok(keyed)
}

async fn batch(log: &EventLog, rules: &Rules) -> Result<usize, RegisterError> {
    let matching = async {
        let mut tx = log.begin().await?;
        let matched = match_waiting(&mut tx, BATCH, rules).await?;
        tx.commit().await?;
        Ok(matched)
    };
    unless_gone(matching).await
}

/// Who is matched alone, by their numbers: the first that has not failed, where a batch did, and
/// who failed before.
async fn alone_next(log: &EventLog, a_batch_failed: bool) -> Result<Vec<i64>, sqlx::Error> {
    let mut connection = log.pool().acquire().await?;
    let first = match a_batch_failed {
        true => keys::first_number(&mut connection).await?,
        false => None,
    };
    let failed = keys::failed_numbers(&mut connection).await?;
    Ok(first.into_iter().chain(failed).collect())
}

/// Matches one entry. Where that fails by its own fault it is put behind the others; where
/// somebody else was in the way, it keeps its place.
async fn alone(log: &EventLog, number: i64, rules: &Rules) -> Result<usize, RegisterError> {
    let matching = async {
        let mut tx = log.begin().await?;
        let matched = match_number(&mut tx, number, rules).await?;
        tx.commit().await?;
        Ok::<_, RegisterError>(matched)
    };
    match unless_gone(matching).await {
        Err(error) if !error.is_passing() => {
            unless_gone(postpone(log, number)).await?;
            Err(error)
        }
        result => result,
    }
}

async fn postpone(log: &EventLog, number: i64) -> Result<(), RegisterError> {
    let mut tx = log.begin().await?;
    keys::lock_register(&mut tx).await?;
    keys::postpone(&mut tx, number).await?;
    tx.commit().await?;
    Ok(())
}
