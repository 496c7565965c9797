//! A service's hold on its database and its log.

use std::{str::FromStr, sync::Arc, time::Duration};

use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};
use runtime::{
    admin::{Admin, Part},
    clock::Clock,
    settings::Settings,
};
use sqlx::{
    ConnectOptions, Connection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::Notify;

use crate::{received::Logged, tx::Tx};

/// Where a service's database is.
#[derive(Clone)]
pub struct DatabaseConfig {
    options: PgConnectOptions,
    connections: u32,
}

impl DatabaseConfig {
    /// Reads `MASH_DATABASE_URL` and `MASH_DATABASE_CONNECTIONS` (default 16).
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let connections = settings.optional("MASH_DATABASE_CONNECTIONS").unwrap_or(16);
        let url: DatabaseUrl = settings.required("MASH_DATABASE_URL")?;
        Some(Self { options: url.0, connections })
    }

    /// A database given by its URL.
    ///
    /// # Errors
    /// Where the URL is none.
    pub fn at(url: &str) -> Result<Self, sqlx::Error> {
        Ok(Self { options: url.parse()?, connections: 16 })
    }
}

/// A URL whose errors do not repeat it: it holds a password.
struct DatabaseUrl(PgConnectOptions);

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        url.parse().map(Self).map_err(|_| "is not the URL of a PostgreSQL database")
    }
}

/// A service's own log and database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventLog {
    pub(crate) service: &'static str,
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) appended: Arc<Notify>,
    pub(crate) numbered: Arc<Notify>,
    pub(crate) database: Part,
    pub(crate) gauges: Gauges,
}

impl EventLog {
    /// Opens the log of `service`. The database may be away: what needs it then
    /// waits or refuses.
    ///
    /// # Errors
    /// Where a metric of the same name is registered already.
    pub fn open(
        service: &'static str,
        database: &DatabaseConfig,
        clock: Clock,
        admin: &Admin,
    ) -> Result<Self, prometheus::Error> {
        Ok(Self {
            service,
            pool: pool(database),
            clock,
            appended: Arc::default(),
            numbered: Arc::default(),
            database: admin.part("database"),
            gauges: Gauges::register(admin.metrics())?,
        })
    }

    /// Begins a transaction for work that no person asked for: an event applied, a
    /// clock that ran out. Its events carry the service as their actor.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        let actor = format!("service/{}", self.service);
        self.begin_as(actor).await
    }

    /// Begins a transaction for reading: what it shows is one state of the database,
    /// and the read log's row commits with it (R61).
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn begin_read(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await
    }

    pub(crate) async fn begin_as(&self, actor: String) -> Result<Tx, sqlx::Error> {
        Tx::begin(&self.pool, actor, self.clock.now(), self.appended.clone()).await
    }

    /// The database, for reading.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The clock that its transactions take their instant from.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// How long a connection may lie idle before it is asked whether it still lives.
const ASK_AFTER: Duration = Duration::from_millis(500);

/// What operators watch of a log.
#[derive(Clone, Debug)]
pub(crate) struct Gauges {
    pub(crate) head: IntGauge,
    pub(crate) published: IntGauge,
    oldest_unpublished: IntGaugeVec,
}

impl Gauges {
    fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let head = IntGauge::new("mash_event_log_head", "Last position given out")?;
        let published =
            IntGauge::new("mash_event_log_published", "Last position sent to the broker")?;
        let oldest = Opts::new(
            "mash_event_log_oldest_unpublished_at_seconds",
            "Unix time at which the oldest event happened that waits for the broker; absent where none does",
        );
        let oldest_unpublished = IntGaugeVec::new(oldest, &[])?;
        registry.register(Box::new(head.clone()))?;
        registry.register(Box::new(published.clone()))?;
        registry.register(Box::new(oldest_unpublished.clone()))?;
        Ok(Self { head, published, oldest_unpublished })
    }

    /// Tells since when `oldest` waits for the broker, or that nothing does.
    pub(crate) fn unpublished(&self, oldest: Option<&Logged>) {
        match oldest {
            Some(event) => {
                let at = event.occurred_at.to_jiff().as_second();
                self.oldest_unpublished.with_label_values::<&str>(&[]).set(at);
            }
            // It may be absent already.
            None => drop(self.oldest_unpublished.remove_label_values::<&str>(&[])),
        }
    }
}

/// Every connection ends a transaction that idles, so that a frozen process blocks
/// nobody; no statement waits longer than a caller would.
fn pool(database: &DatabaseConfig) -> PgPool {
    let options =
        database.options.clone().log_statements(tracing::log::LevelFilter::Off).options([
            ("idle_in_transaction_session_timeout", "2s"),
            ("statement_timeout", "8s"),
            ("lock_timeout", "4s"),
            ("timezone", "UTC"),
        ]);
    PgPoolOptions::new()
        .max_connections(database.connections)
        .acquire_timeout(Duration::from_secs(2))
        // A connection that was used a moment ago is not asked first whether it lives: under
        // load that would be one question more in ten.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > ASK_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}
