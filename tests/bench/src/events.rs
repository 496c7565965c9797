//! Events through numbering, feed and follower, and the floor below them: the same
//! messages consumed from the same stream, with one row and nothing else for each.

#![expect(clippy::disallowed_methods, reason = "the ledger is the bench's own table")]

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{self, consumer::DeliverPolicy, consumer::pull};
use futures_util::StreamExt;
use messaging::{
    EventLog, Tx,
    broker::{self, BrokerConfig},
    event_log::DatabaseConfig,
    follower::{FollowerMetrics, Handler, HandlerError},
    received::Received,
};
use prost::{Message, Name};
use proto::intake::v1::BasisRecorded;
use runtime::{admin::Admin, clock::Clock, tasks::Tasks};
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Endpoint, Server};
use uuid::Uuid;

use crate::ground::Ground;

/// The source whose log is followed, and the stream of its feed.
const SOURCE: &str = "intake";
/// As many events as a follower applies in one transaction.
const BATCH: usize = 256;
/// How long everything may take.
const PATIENCE: Duration = Duration::from_secs(180);
const LEDGER: &str = "CREATE TABLE ledger (position bigint NOT NULL, event_id uuid NOT NULL)";

/// When each stage had dealt with the last event, in seconds from the commit of all.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Stages {
    /// It had its position.
    pub numbered: f64,
    /// The broker had it.
    pub published: f64,
    /// The follower had applied it.
    pub applied: f64,
}

/// An event as heavy as those of the services.
pub fn sample() -> BasisRecorded {
    BasisRecorded {
        contact_id: Uuid::nil().to_string(),
        basis_id: Uuid::nil().to_string(),
        child_ids: vec![Uuid::nil().to_string(); 3],
        ..Default::default()
    }
}

/// Appends events at once, to wait for their positions.
///
/// # Errors
/// Where the database refuses.
pub async fn append_many(connection: &mut PgConnection, events: i64) -> sqlx::Result<()> {
    let statement = "WITH appended AS ( \
             INSERT INTO messaging.event (id, aggregate, revision, type, addressee, payload, actor, trace_parent, \
                 occurred_at) \
             SELECT gen_random_uuid(), gen_random_uuid(), 1, $2, NULL, $3, 'service/bench', NULL, now() \
             FROM generate_series(1, $1) \
             RETURNING number) \
         INSERT INTO messaging.waiting (number) SELECT number FROM appended";
    sqlx::query(statement)
        .bind(events)
        .bind(BasisRecorded::full_name())
        .bind(sample().encode_to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

/// A log in a fresh database, as its service opens it.
///
/// # Errors
/// Where the database cannot be made.
pub async fn open_log(ground: &Ground, service: &'static str) -> anyhow::Result<EventLog> {
    let url = ground.database(&format!("log-of-{service}")).await?;
    messaging::MIGRATOR.run(&PgPool::connect(&url).await?).await?;
    let database = DatabaseConfig::at(&url)?;
    Ok(EventLog::open(service, &database, Clock::system(), &Admin::new())?)
}

/// Events through our machinery: everything is appended in one commit, which is where
/// the time begins; a first event goes ahead so that all are connected.
///
/// # Errors
/// Where the last event does not arrive.
pub async fn through_ours(ground: &Ground, events: i64) -> anyhow::Result<Stages> {
    let config = BrokerConfig { url: ground.nats.url(), login: None, replicas: 1 };
    let feed = broker::connect(SOURCE, &config).await?;
    // Of an earlier round; there is none in the first.
    jetstream::new(feed.clone()).delete_stream(SOURCE).await.ok();
    let (source, ledger) = (open_log(ground, SOURCE).await?, open_log(ground, "ledger").await?);
    sqlx::raw_sql(LEDGER).execute(ledger.pool()).await?;

    let tasks = Tasks::new();
    source.spawn_numbering(&tasks);
    source.spawn_publisher(feed, &config, &tasks);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let owner = Endpoint::from_shared(format!("http://{}", listener.local_addr()?))?.connect_lazy();
    let (answers, stopping) = (source.source(), tasks.stopping());
    tasks.spawn("owner", async move {
        let listener = TcpListenerStream::new(listener);
        let server = Server::builder().add_service(answers);
        let stopped = stopping.cancelled_owned();
        Ok(server.serve_with_incoming_shutdown(listener, stopped).await?)
    });
    let metrics = FollowerMetrics::register(Admin::new().metrics())?;
    let broker = broker::connect("ledger", &config).await?;
    ledger.spawn_follower(SOURCE, Arc::new(Keeper), broker, owner, &metrics, &tasks);

    append_many(&mut *source.pool().acquire().await?, 1).await?;
    wait_for(&source, &ledger, 1).await?;
    // Long enough for the follower's consumer to stand, and to have asked the owner.
    sleep(Duration::from_millis(1500)).await;
    let mut tx = source.begin().await?;
    append_many(&mut tx, events).await?;
    tx.commit().await?;
    let stages = wait_for(&source, &ledger, events + 1).await?;
    tasks.stop();
    tasks.finished().await?;
    let kept: i64 = sqlx::query_scalar("SELECT count(DISTINCT event_id) FROM ledger")
        .fetch_one(ledger.pool())
        .await?;
    anyhow::ensure!(kept == events + 1, "the ledger holds {kept} events");
    Ok(stages)
}

async fn wait_for(source: &EventLog, ledger: &EventLog, last: i64) -> anyhow::Result<Stages> {
    let began = Instant::now();
    let mut stages = Stages::default();
    let look = "SELECT head.position, published FROM messaging.head, messaging.publisher";
    let looked = "SELECT coalesce(max(position), 0) FROM messaging.cursor";
    while stages.applied == 0.0 {
        let (head, published): (i64, i64) = sqlx::query_as(look).fetch_one(source.pool()).await?;
        let applied: i64 = sqlx::query_scalar(looked).fetch_one(ledger.pool()).await?;
        let passed = began.elapsed();
        let places = [
            (head, &mut stages.numbered),
            (published, &mut stages.published),
            (applied, &mut stages.applied),
        ];
        for (position, reached) in places {
            if position >= last && *reached == 0.0 {
                *reached = passed.as_secs_f64();
            }
        }
        anyhow::ensure!(passed < PATIENCE, "{applied} of {last} events were applied");
        sleep(Duration::from_millis(10)).await;
    }
    Ok(stages)
}

/// Writes a line for each event.
struct Keeper;

impl Handler for Keeper {
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        insert(tx, event.position, event.id).await?;
        Ok(())
    }
}

async fn insert(connection: &mut PgConnection, position: i64, event: Uuid) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO ledger (position, event_id) VALUES ($1, $2)")
        .bind(position)
        .bind(event)
        .execute(connection)
        .await?;
    Ok(())
}

/// The messages that the last round of ours left in the stream, consumed in order, one
/// row each, a transaction for as many as are there, up to a batch. Gives seconds.
///
/// # Errors
/// Where the broker or the database fails.
pub async fn through_floor(ground: &Ground, events: i64) -> anyhow::Result<f64> {
    let pool = PgPool::connect(&ground.database("floor").await?).await?;
    sqlx::raw_sql(LEDGER).execute(&pool).await?;
    let mut database = pool.acquire().await?;
    let client = async_nats::connect(ground.nats.url()).await?;
    let stream = jetstream::new(client).get_stream(SOURCE).await?;
    let config = pull::OrderedConfig { deliver_policy: DeliverPolicy::All, ..Default::default() };
    let began = Instant::now();
    let messages = stream.create_consumer(config).await?.messages().await?;
    let mut batches = messages.ready_chunks(BATCH);
    let mut kept = 0;
    while kept < events
        && let Some(batch) = batches.next().await
    {
        sqlx::raw_sql("BEGIN").execute(&mut *database).await?;
        for message in batch {
            let message = message?;
            let headers = message.headers.as_ref();
            let text = |name| headers.and_then(|them| them.get(name)).map(|it| it.as_str());
            let position = text("ce-position").unwrap_or_default().parse()?;
            let event = text("ce-id").unwrap_or_default().parse()?;
            insert(&mut database, position, event).await?;
            kept += 1;
        }
        sqlx::raw_sql("COMMIT").execute(&mut *database).await?;
    }
    Ok(began.elapsed().as_secs_f64())
}
