//! Sends what is owed to pagers: queues of its own for each, so that one that is slow or
//! away holds up no other; and one of the two is kept for the first tries of dangers, so
//! that no backlog of a pager that hangs stands before them. Nothing is sent inside a
//! transaction: a delivery is taken by moving its next try ahead, sent, and recorded. A
//! sender that dies in between leaves a delivery that is sent again, under the same id.

mod webhook;

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use messaging::{EventLog, unless_gone};
use reqwest::{Client, redirect};
use runtime::tasks::Tasks;
use tokio::sync::Semaphore;

use self::webhook::Outcome;
use crate::{
    bell::{Bell, Listener},
    domain::retry,
    metrics::Metrics,
    pagers::{Pager, Pagers},
    store::{
        causes::{self, Matter},
        deliveries::{self, Owed},
        locks,
    },
};

/// How long a pager may take to be connected to.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// How long a pager may take in all.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a delivery is held by its sender; longer than sending can take.
const HELD: SignedDuration = SignedDuration::from_secs(15);
/// How many deliveries of one queue are under way at once.
const AT_ONCE: usize = 8;
/// How long it waits without being woken.
const LOOK: Duration = Duration::from_millis(500);

/// Sends until the process stops.
///
/// # Errors
/// Where no HTTP client can be made.
pub fn spawn(
    log: &EventLog,
    (pagers, metrics): (&Pagers, &Metrics),
    bell: &Bell,
    tasks: &Tasks,
) -> anyhow::Result<()> {
    runtime::tls::install_provider();
    let client = Client::builder()
        .connect_timeout(CONNECT_WITHIN)
        .timeout(ANSWER_WITHIN)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()?;
    for pager in pagers.all() {
        let sender = Arc::new(Sender {
            log: log.clone(),
            client: client.clone(),
            pager: pager.clone(),
            metrics: metrics.clone(),
        });
        for first_of_danger in [true, false] {
            let queue = Queue {
                sender: sender.clone(),
                first_of_danger,
                listener: bell.listen(),
                room: Arc::new(Semaphore::new(AT_ONCE)),
                tasks: tasks.clone(),
            };
            let stopping = tasks.stopping();
            tasks.spawn("pager", async move {
                stopping.run_until_cancelled(queue.run()).await;
                Ok(())
            });
        }
    }
    Ok(())
}

/// What is owed to one pager: the first tries of dangers, or everything else.
struct Queue {
    sender: Arc<Sender>,
    first_of_danger: bool,
    listener: Listener,
    room: Arc<Semaphore>,
    tasks: Tasks,
}

struct Sender {
    log: EventLog,
    client: Client,
    pager: Pager,
    metrics: Metrics,
}

impl Queue {
    async fn run(mut self) {
        let mut working = true;
        // The semaphore is never closed.
        while let Ok(place) = self.room.clone().acquire_owned().await {
            let taken = unless_gone(self.sender.take(self.first_of_danger)).await;
            if let Err(error) = &taken
                && working
            {
                tracing::warn!(%error, "pages wait for the database");
            }
            working = taken.is_ok();
            match taken {
                Ok(Some((owed, matters))) => {
                    let sender = self.sender.clone();
                    self.tasks.spawn_detached(async move {
                        sender.deliver(&owed, &matters).await;
                        drop(place);
                    });
                }
                Ok(None) | Err(_) => self.listener.wait(LOOK).await,
            }
        }
    }
}

impl Sender {
    /// Takes the delivery of a queue that is the next, and what the page of a catch-up is
    /// about: read after the delivery is taken, since what joins the page from then on is
    /// told again (R60).
    async fn take(
        &self,
        first_of_danger: bool,
    ) -> Result<Option<(Owed, Vec<Matter>)>, sqlx::Error> {
        let now = self.log.clock().now();
        let mut connection = self.log.pool().acquire().await?;
        let (endpoint, held_to) = (&self.pager.endpoint, later(now, HELD));
        let owed =
            locks::owed_delivery(&mut connection, endpoint, first_of_danger, now, held_to).await?;
        let Some(owed) = owed else {
            return Ok(None);
        };
        let matters = match owed.contact_id {
            Some(_) => Vec::new(),
            None => causes::of_pages(&mut connection, &[owed.page_id]).await?,
        };
        Ok(Some((owed, matters)))
    }

    /// One attempt, and what came of it.
    async fn deliver(&self, owed: &Owed, matters: &[Matter]) {
        let now = self.log.clock().now();
        let outcome = webhook::post(&self.client, &self.pager, (owed, matters), now).await;
        let endpoint = &self.pager.endpoint;
        if !outcome.delivered && owed.tries == 1 {
            tracing::warn!(page = %owed.page_id, endpoint, outcome = outcome.code, "a pager did not take a page");
        }
        if let Err(error) = unless_gone(self.record(owed, &outcome)).await {
            tracing::warn!(%error, page = %owed.page_id, endpoint, "an attempt was not recorded and is made again");
        }
    }

    async fn record(&self, owed: &Owed, outcome: &Outcome) -> Result<(), sqlx::Error> {
        let now = self.log.clock().now();
        let mut tx = self.log.pool().begin().await?;
        deliveries::insert_attempt(&mut tx, owed, now, &outcome.code).await?;
        let mut first_since = None;
        if outcome.delivered {
            first_since = deliveries::set_delivered(&mut tx, owed.id, now).await?;
        } else {
            let next = later(now, retry::wait(owed.tries, outcome.retry_after));
            deliveries::postpone(&mut tx, owed, next).await?;
        }
        tx.commit().await?;
        if let Some(raised_at) = first_since {
            self.metrics.delivered_first(owed.cause, raised_at, now);
        }
        Ok(())
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
