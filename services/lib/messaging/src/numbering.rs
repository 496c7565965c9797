//! Gives appended events their positions: 1, 2, 3 …, without a gap.
//!
//! It touches the database only and needs no lease: any replica may do it, under
//! the lock of the log's head. It is woken by every commit of this process, and
//! looks every 50 ms besides for what other processes committed.

use std::time::Duration;

use runtime::tasks::Tasks;

use crate::{EventLog, store, unless_gone};

/// How often it looks without being woken.
const LOOK: Duration = Duration::from_millis(50);
/// How many events get a position in one transaction.
const BATCH: i64 = 1000;
/// After so many the table of what waits is vacuumed: every look walks over what was
/// there before, and autovacuum comes once a minute.
const VACUUM_AFTER: i64 = 2_000;

impl EventLog {
    /// Numbers until everything else of the process has ended, so that what its last
    /// calls committed has its position before it goes.
    pub fn spawn_numbering(&self, tasks: &Tasks) {
        let log = self.clone();
        let drained = tasks.drained();
        tasks.spawn_last("numbering", async move {
            let (mut working, mut unswept) = (true, 0);
            while !drained.is_cancelled() {
                let result = number_all(&log).await;
                log.database.set(result.is_ok());
                match &result {
                    Ok(numbered) => unswept = sweep(&log, unswept + numbered).await,
                    Err(error) if working => {
                        tracing::warn!(%error, "numbering waits for the database");
                    }
                    Err(_) => {}
                }
                working = result.is_ok();
                tokio::select! {
                    biased;
                    () = drained.cancelled() => {}
                    () = log.appended.notified() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
            number_all(&log).await.ok();
            Ok(())
        });
    }
}

/// Numbers everything that waits now; answers how many.
async fn number_all(log: &EventLog) -> Result<i64, sqlx::Error> {
    let mut all = 0;
    loop {
        let numbered = unless_gone(number_some(log)).await?;
        all += numbered;
        if numbered < BATCH {
            return Ok(all);
        }
    }
}

/// Numbers at most a batch; answers how many.
async fn number_some(log: &EventLog) -> Result<i64, sqlx::Error> {
    let mut connection = log.pool.acquire().await?;
    if !store::anything_waits(&mut connection).await? {
        return Ok(0);
    }
    drop(connection);
    let mut tx = log.pool.begin().await?;
    let head = store::lock_head(&mut tx).await?;
    let numbered = store::number(&mut tx, BATCH).await?;
    tx.commit().await?;
    log.gauges.head.set(head + numbered);
    log.numbered.notify_one();
    Ok(numbered)
}

/// Vacuums once enough rows came and went; answers how many have since.
async fn sweep(log: &EventLog, unswept: i64) -> i64 {
    if unswept < VACUUM_AFTER {
        return unswept;
    }
    if let Err(error) = unless_gone(store::vacuum_waiting(&log.pool)).await {
        tracing::debug!(%error, "what waited is left to autovacuum");
    }
    0
}
