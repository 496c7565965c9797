//! The toy pair. The source's events are real contracts; the follower writes a line
//! into its ledger for each event that it applies.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_nats::Client;
use harness::Servers;
use messaging::{
    EventLog, Tx,
    broker::{self, BrokerConfig},
    event_log::DatabaseConfig,
    follower::{FollowerMetrics, Handler, HandlerError, Trouble},
    received::Received,
};
use prometheus::Registry;
use proto::intake::v1::BasisRecorded;
use runtime::{admin::Admin, clock::Clock, tasks::Tasks};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use uuid::Uuid;

/// The source's service, whose contracts its events are.
pub const SOURCE: &str = "intake";

/// What a payload says to make the handler refuse it, or panic.
pub const POISON: &str = "poison";
pub const PANIC: &str = "panic";
/// What a payload says to keep the handler inside a statement for a second.
pub const SLOW: &str = "slow";
/// What a payload says to keep the handler for ever where another event was applied before it in
/// the same transaction.
pub const ALONE: &str = "alone";

pub struct Source {
    pub log: EventLog,
    pub address: SocketAddr,
    pub metrics: Registry,
    pub tasks: Tasks,
}

pub fn broker_config(url: &str) -> BrokerConfig {
    BrokerConfig { url: url.to_owned(), login: None, replicas: 1 }
}

impl Source {
    /// A log with numbering and the gRPC side, on a database of its own.
    pub async fn start() -> Self {
        let url = Servers::shared().database("source").to_string();
        messaging::MIGRATOR.run(&PgPool::connect(&url).await.unwrap()).await.unwrap();
        let (tasks, admin) = (Tasks::new(), Admin::new());
        let database = DatabaseConfig::at(&url).unwrap();
        let log = EventLog::open(SOURCE, &database, Clock::system(), &admin).unwrap();
        log.spawn_numbering(&tasks);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Server::builder().add_service(log.source());
        let stopping = tasks.stopping();
        let serving = serving.serve_with_incoming_shutdown(
            TcpListenerStream::new(listener),
            stopping.cancelled_owned(),
        );
        tasks.spawn_detached(async move { serving.await.unwrap() });
        Self { log, address, metrics: admin.metrics().clone(), tasks }
    }

    pub async fn publish(&self, broker: &Client) {
        self.log.spawn_publisher(
            broker.clone(),
            &broker_config(&Servers::shared().nats_url()),
            &self.tasks,
        );
    }

    /// Tells of one record, once; `word` stands in the payload.
    pub async fn tell(&self, record: Uuid, revision: i64, word: &str) -> Uuid {
        let mut tx = self.log.begin().await.unwrap();
        let event = BasisRecorded {
            contact_id: record.to_string(),
            basis_id: word.to_owned(),
            ..Default::default()
        };
        let id = tx.append(record, revision, &event).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.address)).unwrap().connect_lazy()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

/// A service that keeps a ledger.
pub struct Ledger {
    pub pool: PgPool,
    pub log: EventLog,
    pub handler: Arc<Keeper>,
    pub tasks: Tasks,
}

/// Applies events by writing them down. Refuses what is poisoned until it is cured.
#[derive(Default)]
pub struct Keeper {
    pub cured: AtomicBool,
}

impl Handler for Keeper {
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        let told: BasisRecorded = event.decode()?;
        if !self.cured.load(Ordering::Relaxed) {
            assert!(told.basis_id != PANIC, "told to panic");
            if told.basis_id == POISON {
                return Err(HandlerError::Refused("poisoned".to_owned()));
            }
        }
        if told.basis_id == SLOW {
            sqlx::query("SELECT pg_sleep(1)").execute(&mut **tx).await?;
        }
        if told.basis_id == ALONE && wrote_before(tx).await? {
            std::future::pending::<()>().await;
        }
        write_down(tx, event.position, event.id).await
    }

    async fn trouble(&self, tx: &mut Tx, trouble: &Trouble) -> Result<(), HandlerError> {
        let word = format!("{trouble:?}");
        note(tx, word).await
    }
}

async fn wrote_before(tx: &mut Tx) -> Result<bool, HandlerError> {
    let statement = "SELECT EXISTS (SELECT FROM ledger WHERE xmin = pg_current_xact_id()::xid)";
    Ok(sqlx::query_scalar(statement).fetch_one(&mut **tx).await?)
}

async fn write_down(tx: &mut Tx, position: i64, id: Uuid) -> Result<(), HandlerError> {
    let statement = sqlx::query("INSERT INTO ledger (position, event_id) VALUES ($1, $2)");
    statement.bind(position).bind(id).execute(&mut **tx).await?;
    Ok(())
}

async fn note(tx: &mut Tx, word: String) -> Result<(), HandlerError> {
    sqlx::query("INSERT INTO trouble (word) VALUES ($1)").bind(word).execute(&mut **tx).await?;
    Ok(())
}

impl Ledger {
    pub async fn start() -> Self {
        let url = Servers::shared().database("ledger").to_string();
        Self::through(url.clone(), &url).await
    }

    /// A ledger in the database at `url`, whose follower comes to it by another way.
    pub async fn through(url: String, way: &str) -> Self {
        let pool = PgPool::connect(&url).await.unwrap();
        messaging::MIGRATOR.run(&pool).await.unwrap();
        // The line number says in which order lines were written.
        sqlx::raw_sql(
            "CREATE TABLE ledger (line bigint GENERATED ALWAYS AS IDENTITY, position bigint, event_id uuid);
             CREATE TABLE trouble (word text)",
        )
        .execute(&pool)
        .await
        .unwrap();
        let database = DatabaseConfig::at(way).unwrap();
        let log = EventLog::open("ledger", &database, Clock::system(), &Admin::new()).unwrap();
        Self { pool, log, handler: Arc::default(), tasks: Tasks::new() }
    }

    /// Follows `source`; may be called twice for two replicas. Answers its metrics.
    pub fn follow(&self, source: &Source, broker: &Client) -> Registry {
        let registry = Registry::new();
        let metrics = FollowerMetrics::register(&registry).unwrap();
        let (handler, channel) = (self.handler.clone(), source.channel());
        self.log.spawn_follower(SOURCE, handler, broker.clone(), channel, &metrics, &self.tasks);
        registry
    }

    /// What was applied, in the order in which it was.
    pub async fn lines(&self) -> Vec<(i64, Uuid)> {
        let statement = "SELECT position, event_id FROM ledger ORDER BY line";
        sqlx::query_as(statement).fetch_all(&self.pool).await.unwrap()
    }

    pub async fn troubles(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT word FROM trouble").fetch_all(&self.pool).await.unwrap()
    }

    /// Waits until so many events were applied, then checks that they are the first
    /// of the log, each once and in order.
    pub async fn has_exactly(&self, ids: &[Uuid]) {
        eventually(async || self.lines().await.len() >= ids.len()).await;
        let lines = self.lines().await;
        let expected: Vec<(i64, Uuid)> = (1..).zip(ids.iter().copied()).collect();
        assert_eq!(lines, expected);
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

pub async fn broker() -> Client {
    broker::connect("intake", &broker_config(&Servers::shared().nats_url())).await.unwrap()
}

/// Waits until a condition holds, at most a minute: a connection to a server that vanished costs a
/// dozen seconds, and there may be two.
pub async fn eventually(condition: impl AsyncFn() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "it did not happen in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
