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

impl EventLog {
    /// Numbers until the process stops.
    pub fn spawn_numbering(&self, tasks: &Tasks) {
        let log = self.clone();
        let stopping = tasks.stopping();
        tasks.spawn("numbering", async move {
            let mut working = true;
            while !stopping.is_cancelled() {
                let result = number_all(&log).await;
                log.database.set(result.is_ok());
                if let Err(error) = &result
                    && working
                {
                    tracing::warn!(%error, "numbering waits for the database");
                }
                working = result.is_ok();
                tokio::select! {
                    biased;
                    () = stopping.cancelled() => {}
                    () = log.appended.notified() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
            // What this process committed last is numbered before it goes, if it can be.
            number_all(&log).await.ok();
            Ok(())
        });
    }
}

/// Numbers everything that waits now.
async fn number_all(log: &EventLog) -> Result<(), sqlx::Error> {
    while unless_gone(number_some(log)).await? == BATCH {}
    Ok(())
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
