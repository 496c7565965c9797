//! The background work of a process, and how it ends. Everything is spawned here and
//! is waited for. A process ends in two steps: first everything that takes in work is
//! told to stop, and what has begun ends; then what the others' work still needed,
//! such as the numbering of the events that their last calls committed.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a process waits for its work to end before it goes anyway. What is
/// cut off is no worse than a crash, which loses nothing.
const PATIENCE: Duration = Duration::from_secs(8);
/// The same for what ends last.
const PATIENCE_WITH_LAST: Duration = Duration::from_secs(2);

/// The tasks of one process. A task that ends of itself takes the process down
/// with it: half a service is worse than none, and whoever started it starts it
/// again.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    stop: CancellationToken,
    tracker: TaskTracker,
    drained: CancellationToken,
    last: TaskTracker,
    failure: Arc<Mutex<Option<anyhow::Error>>>,
}

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Is cancelled when the process is to stop. A task selects on it first.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Is cancelled when everything but the tasks of [`Tasks::spawn_last`] has ended.
    pub fn drained(&self) -> CancellationToken {
        self.drained.clone()
    }

    /// Starts a task that runs until the process stops.
    pub fn spawn(
        &self,
        name: &'static str,
        work: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.tracker.spawn(self.clone().watched(name, work, self.stop.clone()));
    }

    /// Starts a task that runs until all others have ended: what their last work needs.
    pub fn spawn_last(
        &self,
        name: &'static str,
        work: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.last.spawn(self.clone().watched(name, work, self.drained.clone()));
    }

    /// Starts a task whose end means nothing, such as one connection.
    pub fn spawn_detached(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(work);
    }

    /// Does the work; where it fails, or ends before it was told to, the process stops.
    async fn watched(
        self,
        name: &'static str,
        work: impl Future<Output = anyhow::Result<()>> + Send,
        told_to_end: CancellationToken,
    ) {
        let result = AssertUnwindSafe(work).catch_unwind().await;
        let early = !told_to_end.is_cancelled();
        let failure = match result {
            Err(_) => Some(anyhow::anyhow!("{name} panicked")),
            Ok(Err(error)) => Some(error.context(format!("{name} failed"))),
            Ok(Ok(())) if early => Some(anyhow::anyhow!("{name} ended by itself")),
            Ok(Ok(())) => None,
        };
        if let Some(failure) = failure {
            self.failure.lock().await.get_or_insert(failure);
        }
        self.stop.cancel();
    }

    /// Stops everything.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until the process is to stop, then for all tasks, and at the end for those
    /// that end last: at most ten seconds in all.
    ///
    /// # Errors
    /// What the first task that ended of itself said.
    pub async fn finished(self) -> anyhow::Result<()> {
        self.stop.cancelled().await;
        wait_for(&self.tracker, PATIENCE).await;
        self.drained.cancel();
        wait_for(&self.last, PATIENCE_WITH_LAST).await;
        self.failure.lock().await.take().map_or(Ok(()), Err)
    }
}

async fn wait_for(tasks: &TaskTracker, patience: Duration) {
    tasks.close();
    if tokio::time::timeout(patience, tasks.wait()).await.is_err() {
        tracing::warn!("some work did not end in time and was cut off");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_ends_of_itself_stops_the_process_and_says_why() {
        let tasks = Tasks::new();
        let stopping = tasks.stopping();
        tasks.spawn("the other", async move {
            stopping.cancelled().await;
            Ok(())
        });
        tasks.spawn("numbering", async { anyhow::bail!("no database") });
        let error = tasks.finished().await.unwrap_err();
        assert_eq!(format!("{error:#}"), "numbering failed: no database");
    }

    #[tokio::test]
    async fn a_panic_stops_the_process_and_is_a_failure() {
        let tasks = Tasks::new();
        tasks.spawn("numbering", async { panic!("on purpose") });
        assert_eq!(tasks.finished().await.unwrap_err().to_string(), "numbering panicked");
    }

    #[tokio::test]
    async fn told_to_stop_it_ends_well() {
        let tasks = Tasks::new();
        let stopping = tasks.stopping();
        tasks.spawn("waits", async move {
            stopping.cancelled().await;
            Ok(())
        });
        tasks.stop();
        tasks.finished().await.unwrap();
    }

    #[tokio::test]
    async fn what_is_to_end_last_ends_after_the_work_that_had_begun() {
        let (tasks, ended) = (Tasks::new(), Arc::new(Mutex::new(Vec::new())));
        let (drained, noted) = (tasks.drained(), ended.clone());
        tasks.spawn_last("last", async move {
            drained.cancelled().await;
            noted.lock().await.push("last");
            Ok(())
        });
        let (stopping, noted) = (tasks.stopping(), ended.clone());
        tasks.spawn("call", async move {
            stopping.cancelled().await;
            // It has begun, and takes its time to end.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            noted.lock().await.push("call");
            Ok(())
        });
        tasks.stop();
        tasks.finished().await.unwrap();
        assert_eq!(*ended.lock().await, ["call", "last"]);
    }
}
