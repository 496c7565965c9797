//! The broker's side of following: an ordered consumer of the source's stream from
//! now on. What came before is read from the owner.

use std::time::Duration;

use async_nats::{
    Client,
    jetstream::{
        consumer::{DeliverPolicy, pull},
        stream::Stream,
    },
};
use futures_util::StreamExt;
use runtime::tasks::Tasks;
use tokio::sync::mpsc;

use crate::{broker, received::Received};

/// How many events wait between the broker and the follower.
const WAITING: usize = 2048;
/// How many events are applied in one transaction.
const BATCH: usize = 256;
/// How long it waits before it consumes anew.
const PAUSE: Duration = Duration::from_millis(250);

/// Events as they come from the broker: most in order, none guaranteed.
pub(crate) struct Feed {
    events: mpsc::Receiver<Received>,
}

impl Feed {
    /// Consumes the stream of `source` until the process stops, however often the
    /// broker goes away or loses the stream.
    pub(crate) fn start(source: &'static str, client: Client, tasks: &Tasks) -> Self {
        let (sender, events) = mpsc::channel(WAITING);
        let stopping = tasks.stopping();
        tasks.spawn("feed", async move {
            let consuming = async {
                loop {
                    if let Err(error) = consume(source, &client, &sender).await {
                        tracing::debug!(source, %error, "the feed is consumed anew");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            };
            stopping.run_until_cancelled(consuming).await;
            Ok(())
        });
        Self { events }
    }

    /// Waits for an event and takes what else is there, up to a batch. Waiting can
    /// be given up at any time without losing an event.
    pub(crate) async fn next_batch(&mut self) -> Vec<Received> {
        let mut batch = Vec::new();
        self.events.recv_many(&mut batch, BATCH).await;
        batch
    }
}

async fn consume(
    source: &str,
    client: &Client,
    events: &mpsc::Sender<Received>,
) -> Result<(), async_nats::Error> {
    let stream: Stream = broker::feed(client.clone()).get_stream(source).await?;
    let config = pull::OrderedConfig {
        deliver_policy: DeliverPolicy::New,
        ..pull::OrderedConfig::default()
    };
    let mut messages = stream.create_consumer(config).await?.messages().await?;
    while let Some(message) = messages.next().await {
        let message = message?;
        match Received::from_feed(message.headers.as_ref(), message.payload.clone()) {
            Ok(event) => events.send(event).await?,
            // Somebody published by hand. The log does not hold it, so it is nothing.
            Err(error) => tracing::warn!(source, %error, "the feed holds what is no event"),
        }
    }
    Ok(())
}
