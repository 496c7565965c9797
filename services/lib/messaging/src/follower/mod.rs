//! Follows the log of another service and applies each of its events exactly once,
//! in order.
//!
//! The feed brings events fast; the cursor, a row of the follower's own database,
//! says which was applied last. Before it: skipped. Right after it: applied.
//! Beyond it: the gap is read from the owner. Whoever has applied nothing for a
//! second asks the owner how far the log reaches, whatever the broker's connection
//! says, so that a broker that is frozen, empty or away costs a second and no event.

mod apply;
mod feed;
mod owner;
mod parking;
pub(crate) mod store;

use std::{future::Future, sync::Arc, time::Duration};

use prometheus::{IntGaugeVec, Opts, Registry};
use runtime::tasks::Tasks;
use thiserror::Error;
use tokio::time::Instant;
use tonic::transport::Channel;

use self::{feed::Feed, owner::Owner};
use crate::{
    EventLog,
    received::{NotAnEvent, Received, Undecodable},
    tx::{AppendError, Tx},
};

/// How long it applies nothing before it asks the owner.
const ASK_AFTER: Duration = Duration::from_secs(1);
/// How long it waits after a failure, or while another replica applies.
const PAUSE: Duration = Duration::from_millis(200);

/// What a service does with the events of another. It touches its own database
/// only: no gRPC, no HTTP.
pub trait Handler: Send + Sync + 'static {
    /// Does this service's part, in the transaction that moves the cursor. Types
    /// that it does not know are none of its business.
    fn apply(
        &self,
        tx: &mut Tx,
        event: &Received,
    ) -> impl Future<Output = Result<(), HandlerError>> + Send;

    /// Something needs a person. Called in the transaction that notes it, so that
    /// a service that pages can page.
    fn trouble(
        &self,
        _tx: &mut Tx,
        _trouble: &Trouble,
    ) -> impl Future<Output = Result<(), HandlerError>> + Send {
        async { Ok(()) }
    }
}

/// What needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// An event could not be applied and is parked.
    Parked {
        /// Whose log it stands in.
        source: &'static str,
        /// Its position there.
        position: i64,
    },
    /// A source's log went back; following it has stopped.
    Rewound {
        /// Whose log it is.
        source: &'static str,
    },
}

/// An event that could not be applied.
#[derive(Debug, Error)]
pub enum HandlerError {
    /// The own database is away, or refuses; which of the two decides what follows.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
    /// The payload is not what its type says.
    #[error("the event cannot be read")]
    Undecodable(#[from] Undecodable),
    /// The event contradicts what is known; the text names no person.
    #[error("{0}")]
    Refused(String),
    /// The handler panicked.
    #[error("the handler panicked")]
    Panicked,
}

impl From<AppendError> for HandlerError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Store(error) => Self::Store(error),
            AppendError::StaleRevision => Self::Refused(error.to_string()),
        }
    }
}

impl HandlerError {
    /// Whether it lost against somebody else's work: alone, an event may win.
    fn is_contention(&self) -> bool {
        let code = match self {
            Self::Store(sqlx::Error::Database(error)) => error.code().unwrap_or_default(),
            Self::Store(_) | Self::Undecodable(_) | Self::Refused(_) | Self::Panicked => {
                return false;
            }
        };
        code.starts_with("40") || code == "55P03"
    }

    /// Whether the same event may succeed later without anybody's help.
    fn is_away(&self) -> bool {
        match self {
            Self::Store(error) => crate::is_away(error),
            Self::Undecodable(_) | Self::Refused(_) | Self::Panicked => false,
        }
    }
}

/// Why following paused; it goes on by itself, except after `Rewound`.
#[derive(Debug, Error)]
pub(crate) enum FollowError {
    #[error("the own database is away")]
    Store(#[from] sqlx::Error),
    #[error("a handler waits for the database")]
    Handler(#[from] HandlerError),
    #[error("the owner of the log cannot be asked: {0}")]
    Owner(String),
    #[error("the owner sent what is no event")]
    NotAnEvent(#[from] NotAnEvent),
    #[error(
        "LOG_REWOUND: the log of the source went back; `mash events resync` decides how to go on"
    )]
    Rewound,
}

/// What operators watch of the followers of a process.
#[derive(Clone, Debug)]
pub struct FollowerMetrics {
    level_at: IntGaugeVec,
    lag: IntGaugeVec,
    parked: IntGaugeVec,
    rewound: IntGaugeVec,
}

impl FollowerMetrics {
    /// Registers the gauges, once in a process.
    ///
    /// # Errors
    /// Where they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), &["source"])?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        Ok(Self {
            level_at: gauge(
                "mash_follower_level_at_seconds",
                "Unix time at which everything of the source was last known to be applied",
            )?,
            lag: gauge("mash_follower_lag_events", "Events of the source not applied yet")?,
            parked: gauge("mash_follower_parked_events", "Events parked and not resolved")?,
            rewound: gauge("mash_follower_log_rewound", "1 where the source's log went back")?,
        })
    }
}

/// One log that a service follows.
pub struct Follower<H> {
    log: EventLog,
    source: &'static str,
    handler: Arc<H>,
    feed: Feed,
    owner: Owner,
    metrics: FollowerMetrics,
    asked: Instant,
    alarmed: bool,
}

impl EventLog {
    /// Follows the log of `source`, whose owner answers on `owner`, until the
    /// process stops.
    pub fn spawn_follower<H: Handler>(
        &self,
        source: &'static str,
        handler: Arc<H>,
        broker: async_nats::Client,
        owner: Channel,
        metrics: &FollowerMetrics,
        tasks: &Tasks,
    ) {
        let follower = Follower {
            log: self.clone(),
            source,
            handler,
            feed: Feed::start(source, broker, tasks),
            owner: Owner::new(owner),
            metrics: metrics.clone(),
            asked: Instant::now() - ASK_AFTER,
            alarmed: false,
        };
        let stopping = tasks.stopping();
        tasks.spawn("follower", async move {
            stopping.run_until_cancelled(follower.run()).await;
            Ok(())
        });
    }
}

impl<H: Handler> Follower<H> {
    async fn run(mut self) {
        let mut working = true;
        loop {
            let result = self.step().await;
            if let Err(error) = &result {
                self.report(error, working).await;
                tokio::time::sleep(PAUSE).await;
            }
            working = result.is_ok();
        }
    }

    /// Applies what the feed brings, or asks the owner after a second of nothing.
    async fn step(&mut self) -> Result<(), FollowError> {
        let patience = ASK_AFTER.saturating_sub(self.asked.elapsed());
        let batch =
            tokio::time::timeout(patience, self.feed.next_batch()).await.unwrap_or_default();
        if let Err(error) = crate::unless_gone(self.retry_parked()).await {
            // What a person wants tried again holds up nothing else.
            tracing::warn!(source = self.source, %error, "a parked event waits to be tried again");
        }
        let applied = if batch.is_empty() { false } else { self.apply_feed(batch).await? };
        if applied {
            self.asked = Instant::now();
        } else if self.asked.elapsed() >= ASK_AFTER {
            self.catch_up().await?;
            self.asked = Instant::now();
        }
        Ok(())
    }

    async fn report(&mut self, error: &FollowError, was_working: bool) {
        match error {
            FollowError::Rewound if !self.alarmed => self.alarm_rewound().await,
            FollowError::Rewound => {}
            error if was_working => tracing::warn!(source = self.source, %error, "following waits"),
            error => tracing::debug!(source = self.source, %error, "following still waits"),
        }
    }

    /// Says once, where it lasts, that the source's log went back.
    async fn alarm_rewound(&mut self) {
        tracing::error!(
            source = self.source,
            "LOG_REWOUND: following has stopped until `mash events resync`"
        );
        self.metrics.rewound.with_label_values(&[self.source]).set(1);
        let noted = async {
            let mut tx = self.log.begin().await?;
            let now = tx.now();
            if store::note_rewound(&mut tx, self.source, now).await? {
                self.handler.trouble(&mut tx, &Trouble::Rewound { source: self.source }).await?;
            }
            tx.commit().await?;
            Ok::<(), HandlerError>(())
        };
        self.alarmed = noted.await.is_ok();
    }
}
