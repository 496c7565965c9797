//! The edge of the register's queue: matches what was put into the register, right after
//! it was committed (R8).
//!
//! Any number of replicas may do it, one at a time: the register is locked for a batch.

use std::{sync::Arc, time::Duration};

use messaging::{EventLog, unless_gone};
use runtime::tasks::Tasks;

use crate::{
    commands::register::{RegisterError, match_entries::match_waiting},
    protocol::Rules,
    store::register::keys,
};

/// How many entries are matched in one transaction.
const BATCH: i64 = 50;
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
        let result = round(log, rules).await;
        if let Err(error) = &result
            && working
        {
            // The cause may cite values of a row, which are personal.
            tracing::error!(%error, "what is in the register cannot all be matched");
        }
        working = result.is_ok();
        match result {
            Ok(0) => tokio::time::sleep(LOOK).await,
            Ok(_) => {}
            Err(_) => tokio::time::sleep(AGAIN).await,
        }
    }
}

/// Matches a batch; where that fails, one entry, and where that fails too, puts it behind
/// all others, so that it holds up none of them.
async fn round(log: &EventLog, rules: &Rules) -> Result<usize, RegisterError> {
    if let Ok(matched) = batch(log, BATCH, rules).await {
        return Ok(matched);
    }
    let Err(error) = batch(log, 1, rules).await else { return Ok(1) };
    let mut tx = log.begin().await?;
    keys::postpone_first(&mut tx).await?;
    tx.commit().await?;
    Err(error)
}

async fn batch(log: &EventLog, limit: i64, rules: &Rules) -> Result<usize, RegisterError> {
    let matching = async {
        let mut tx = log.begin().await?;
        let matched = match_waiting(&mut tx, limit, rules).await?;
        tx.commit().await?;
        Ok(matched)
    };
    unless_gone(matching).await
}
