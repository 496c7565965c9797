//! The background work of a process, and how it ends: everything is spawned here,
//! is told to stop by one token, and is waited for.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a process waits for its work to end before it goes anyway. What is
/// cut off is no worse than a crash, which loses nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// The tasks of one process. A task that ends of itself takes the process down
/// with it: half a service is worse than none, and whoever started it starts it
/// again.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    stop: CancellationToken,
    tracker: TaskTracker,
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

    /// Starts a task that runs until the process stops.
    pub fn spawn(
        &self,
        name: &'static str,
        work: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        let tasks = self.clone();
        self.spawn_tracked(async move {
            let result = AssertUnwindSafe(work).catch_unwind().await;
            let early = !tasks.stop.is_cancelled();
            let failure = match result {
                Err(_) => Some(anyhow::anyhow!("{name} panicked")),
                Ok(Err(error)) => Some(error.context(format!("{name} failed"))),
                Ok(Ok(())) if early => Some(anyhow::anyhow!("{name} ended by itself")),
                Ok(Ok(())) => None,
            };
            if let Some(failure) = failure {
                tasks.failure.lock().await.get_or_insert(failure);
            }
            tasks.stop.cancel();
        });
    }

    /// Starts a task whose end means nothing, such as one connection.
    pub fn spawn_detached(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.spawn_tracked(work);
    }

    fn spawn_tracked(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(work);
    }

    /// Stops everything.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until the process is to stop, then for all tasks, at most ten seconds.
    ///
    /// # Errors
    /// What the first task that ended of itself said.
    pub async fn finished(self) -> anyhow::Result<()> {
        self.stop.cancelled().await;
        self.tracker.close();
        if tokio::time::timeout(PATIENCE, self.tracker.wait()).await.is_err() {
            tracing::warn!("some work did not end in time and was cut off");
        }
        self.failure.lock().await.take().map_or(Ok(()), Err)
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
}
