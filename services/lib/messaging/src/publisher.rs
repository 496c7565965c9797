//! Sends numbered events to the broker in order. One process of a service does it
//! at a time; where two do for a moment, the feed holds an event twice, which
//! harms nobody. A broker that is away or hangs stops this and nothing else.

use std::time::Duration;

use async_nats::{
    Client,
    jetstream::{Context, context::PublishAckFuture, message::PublishMessage},
};
use runtime::tasks::Tasks;
use thiserror::Error;
use uuid::Uuid;

use crate::{EventLog, broker, broker::BrokerConfig, received::Logged, store, unless_gone};

/// How often it looks without being woken.
const LOOK: Duration = Duration::from_millis(50);
/// How long it waits after a failure.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a send may take.
const SEND_WITHIN: Duration = Duration::from_secs(2);
/// How often the lease is renewed while there is nothing to send. It lasts 5 s.
const RENEW: Duration = Duration::from_secs(1);
/// How many events are in flight at once.
const BATCH: i64 = 500;

#[derive(Debug, Error)]
enum PublishError {
    #[error("the database is away")]
    Store(#[from] sqlx::Error),
    #[error("the broker took too long")]
    Slow(#[from] tokio::time::error::Elapsed),
    #[error("the broker did not take an event")]
    Refused(#[from] async_nats::jetstream::context::PublishError),
    #[error("the broker did not make the stream")]
    Stream(#[from] async_nats::jetstream::context::CreateStreamError),
}

impl EventLog {
    /// Publishes until the process stops.
    pub fn spawn_publisher(&self, client: Client, config: &BrokerConfig, tasks: &Tasks) {
        let mut publisher = Publisher {
            log: self.clone(),
            feed: broker::feed(client),
            replicas: config.replicas,
            holder: Uuid::now_v7(),
            stream_made: false,
            mark: None,
            renewed: tokio::time::Instant::now(),
        };
        let stopping = tasks.stopping();
        tasks.spawn("publisher", async move {
            let mut working = true;
            while !stopping.is_cancelled() {
                let result = publisher.publish().await;
                if let Err(error) = &result {
                    if working {
                        tracing::warn!(error = %chain(error), "publishing waits");
                    }
                    publisher.start_over();
                    unless_gone(publisher.tell_waiting()).await.ok();
                }
                working = result.is_ok();
                let pause = if working { LOOK } else { PAUSE };
                tokio::select! {
                    biased;
                    () = stopping.cancelled() => {}
                    () = publisher.log.numbered.notified(), if working => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
            Ok(())
        });
    }
}

struct Publisher {
    log: EventLog,
    feed: Context,
    replicas: usize,
    holder: Uuid,
    stream_made: bool,
    /// How far the feed has been sent, and the event there; `None` while another
    /// process holds the lease or nothing is known yet.
    mark: Option<(i64, Option<Uuid>)>,
    renewed: tokio::time::Instant,
}

impl Publisher {
    /// After a failure nothing is taken for known: the stream may be gone, another
    /// process may have gone on.
    fn start_over(&mut self) {
        self.stream_made = false;
        self.mark = None;
    }

    /// Tells operators what waits where nothing can be sent. The lease is left alone:
    /// another process may reach the broker.
    async fn tell_waiting(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.log.pool.acquire().await?;
        let sent = store::published(&mut connection).await?;
        let waiting = store::events_after(&mut connection, sent, 1).await?;
        self.log.gauges.unpublished(waiting.first());
        Ok(())
    }

    /// Sends everything that has a position and has not been sent.
    async fn publish(&mut self) -> Result<(), PublishError> {
        let Some((mut sent, mut previous)) = self.hold().await? else {
            // Whoever publishes tells what waits.
            self.log.gauges.unpublished(None);
            return Ok(());
        };
        loop {
            let mut connection = self.log.pool.acquire().await?;
            let events = unless_gone(store::events_after(&mut connection, sent, BATCH)).await?;
            drop(connection);
            self.log.gauges.unpublished(events.first());
            let Some(last) = events.last() else {
                return Ok(());
            };
            let (position, id) = (last.position, last.id);
            let more = i64::try_from(events.len()) == Ok(BATCH);
            self.send_all(events, previous).await?;
            (sent, previous) = (position, Some(id));
            self.mark = Some((sent, previous));
            let mut connection = self.log.pool.acquire().await?;
            unless_gone(store::mark_published(&mut connection, sent)).await?;
            self.log.gauges.published.set(sent);
            if !more {
                return Ok(());
            }
        }
    }

    /// Where to go on, or `None` where another process publishes.
    async fn hold(&mut self) -> Result<Option<(i64, Option<Uuid>)>, PublishError> {
        if !self.stream_made {
            tokio::time::timeout(
                SEND_WITHIN,
                broker::ensure_stream(&self.feed, self.log.service, self.replicas),
            )
            .await??;
            self.stream_made = true;
        }
        if self.mark.is_some() && self.renewed.elapsed() < RENEW {
            return Ok(self.mark);
        }
        let mut connection = self.log.pool.acquire().await?;
        let held = unless_gone(store::hold_publisher(&mut connection, self.holder)).await?;
        self.renewed = tokio::time::Instant::now();
        self.mark = match (held, self.mark) {
            (None, _) => None,
            (Some(_), Some(mark)) => Some(mark),
            (Some(published), None) => {
                let there = store::event_at(&mut connection, published);
                Some((published, unless_gone(there).await?))
            }
        };
        Ok(self.mark)
    }

    /// Sends events with all of them in flight, then waits for every receipt.
    async fn send_all(
        &self,
        events: Vec<Logged>,
        mut previous: Option<Uuid>,
    ) -> Result<(), PublishError> {
        let mut receipts: Vec<PublishAckFuture> = Vec::with_capacity(events.len());
        for event in events {
            let message = PublishMessage::build()
                .headers(event.headers(self.log.service, previous))
                .payload(event.payload.clone().into());
            previous = Some(event.id);
            let sending = self.feed.send_publish(event.subject(), message);
            receipts.push(tokio::time::timeout(SEND_WITHIN, sending).await??);
        }
        for receipt in receipts {
            tokio::time::timeout(SEND_WITHIN, receipt).await??;
        }
        Ok(())
    }
}

fn chain(error: &PublishError) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}
