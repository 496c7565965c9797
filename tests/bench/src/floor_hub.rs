//! The least that a page can cost: intake's transaction, one publish to JetStream and
//! its consumption, deadlines' transaction, one POST. No service, no TLS, no policy, no
//! event log between them.

use anyhow::Context as _;
use async_nats::jetstream::{
    self, Context,
    consumer::{DeliverPolicy, pull},
    stream,
};
use futures_util::StreamExt;
use runtime::tasks::Tasks;
use serde_json::json;
use sqlx::{PgPool, postgres::PgPoolOptions};
use uuid::Uuid;

use crate::{
    ground::Ground,
    statements::{Values, submit, take_in},
};

const STREAM: &str = "floor";

/// A hub without services.
#[derive(Clone)]
pub struct FloorHub {
    intake: PgPool,
    feed: Context,
}

impl FloorHub {
    /// Makes databases and stream, and pages at `pager` until `tasks` stop.
    ///
    /// # Errors
    /// Where they cannot be made.
    pub async fn start(ground: &Ground, pager: String, tasks: &Tasks) -> anyhow::Result<Self> {
        let intake = ground.database("floor-intake").await?;
        service::migrate(&intake, &intake::MIGRATOR).await?;
        let deadlines = ground.database("floor-deadlines").await?;
        service::migrate(&deadlines, &deadlines::MIGRATOR).await?;
        let client = async_nats::connect(ground.nats.url()).await?;
        let feed = jetstream::new(client);
        let config = stream::Config { name: STREAM.to_owned(), ..stream::Config::default() };
        let stream = feed.create_stream(config).await?;
        let config =
            pull::OrderedConfig { deliver_policy: DeliverPolicy::New, ..Default::default() };
        let consumer = Consumer {
            messages: stream.create_consumer(config).await?.messages().await?,
            database: pool(&deadlines).await?,
            http: reqwest::Client::builder().no_proxy().build()?,
            pager,
            tasks: tasks.clone(),
        };
        let stopping = tasks.stopping();
        tasks.spawn("floor", async move {
            let consumed = stopping.run_until_cancelled(consumer.consume()).await;
            consumed.unwrap_or(Ok(()))
        });
        let intake = pool(&intake).await?;
        Ok(Self { intake, feed })
    }

    /// Writes a contact and tells of it; gives its id.
    ///
    /// # Errors
    /// Where the database or the broker refuses.
    pub async fn submit(self, number: u32, section_47: bool) -> anyhow::Result<Uuid> {
        let values = Values::of(number.into());
        let mut tx = self.intake.begin().await?;
        submit(&mut tx, values).await?;
        tx.commit().await?;
        let message = serde_json::to_vec(&(values, section_47))?;
        self.feed.publish(STREAM, message.into()).await?.await?;
        Ok(values.contact)
    }
}

struct Consumer {
    messages: pull::Ordered,
    database: PgPool,
    http: reqwest::Client,
    pager: String,
    tasks: Tasks,
}

impl Consumer {
    async fn consume(mut self) -> anyhow::Result<()> {
        loop {
            let message = self.messages.next().await.context("the stream ended")??;
            let (values, section_47): (Values, bool) = serde_json::from_slice(&message.payload)?;
            let mut tx = self.database.begin().await?;
            take_in(&mut tx, values, section_47).await?;
            tx.commit().await?;
            if section_47 {
                let body = json!({ "data": { "contact_id": values.contact } }).to_string();
                let sending = self.http.post(&self.pager).body(body);
                self.tasks.spawn_detached(async move {
                    // One that fails is missed by the receiver, which says so.
                    sending.send().await.ok();
                });
            }
        }
    }
}

async fn pool(url: &str) -> sqlx::Result<PgPool> {
    let options = PgPoolOptions::new().max_connections(16);
    options.test_before_acquire(false).connect(url).await
}
