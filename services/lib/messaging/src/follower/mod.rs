//! Follows the log of another service and applies each of its events exactly once,
//! in order.
//!
//! The feed brings events fast; the cursor, a row of the follower's own database,
//! says which was applied last. Before it: skipped. Right after it: applied.
//! Beyond it: the gap is read from the owner. Whoever has applied nothing for a
//! second asks the owner how far the log reaches, whatever the broker's connection
//! says, so that a broker that is frozen, empty or away costs a second and no event.
//!
//! It goes in steps, and each says what comes next (`Next`):
//!
//! | step | what it does | next |
//! | --- | --- | --- |
//! | `Listen` | waits for the feed | `Apply` what stands right behind the cursor; `Ask` where there is a gap, or nothing new for a second |
//! | `Ask` | asks the owner | `Apply` what it has; `Listen` where it has nothing more; `StandStill` where its log went back |
//! | `Apply` | a batch, in one transaction | `Ask` or `Listen`, as it came; `ApplyEach` where an event fails, or all take too long together |
//! | `ApplyEach` | one by one; parks what fails three times | `Ask` or `Listen`, as it came |
//! | `StandStill` | tells, and waits for a person | `Ask` |
//!
//! A step that fails is followed by a pause, and `Listen`.

mod apply;
mod error;
mod feed;
pub mod fields;
mod metrics;
mod owner;
mod parking;
pub(crate) mod store;

use std::{future::Future, sync::Arc, time::Duration};

use runtime::tasks::Tasks;
use tokio::time::Instant;
use tonic::transport::Channel;
use uuid::Uuid;

pub use self::{error::HandlerError, metrics::FollowerMetrics};

use self::{
    apply::{Fit, fit},
    error::FollowError,
    feed::Feed,
    owner::Owner,
};
use crate::{EventLog, received::Received, tx::Tx, unless_gone};

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
        /// Its position there; a log that went back gives it anew.
        position: i64,
        /// Its id, which stays.
        event_id: Uuid,
    },
    /// A source's log went back; following it has stopped.
    Rewound {
        /// Whose log it is.
        source: &'static str,
    },
}

/// What a follower does next: each step does one thing and says what comes after it.
enum Next {
    /// Wait for what the feed brings.
    Listen,
    /// Ask the owner what stands behind the cursor.
    Ask,
    /// Apply events in one transaction.
    Apply(Batch),
    /// One of them failed, or they took too long: apply each in a transaction of its own.
    ApplyEach(Batch),
    /// The source's log went back: wait for a person's decision.
    StandStill,
}

/// Events in the order of their log, the first right behind the cursor.
struct Batch {
    events: Vec<Received>,
    origin: Origin,
}

/// Where a batch came from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Feed,
    Owner,
}

/// One log that a service follows.
pub struct Follower<H> {
    log: EventLog,
    source: &'static str,
    handler: Arc<H>,
    feed: Feed,
    owner: Owner,
    metrics: FollowerMetrics,
    /// When something was last applied, or the owner last had nothing more.
    quiet_since: Instant,
    /// Whether the last step that could fail did.
    failing: bool,
    /// Whether somebody has been told that the log went back.
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
            quiet_since: Instant::now(),
            failing: false,
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
        // The feed begins now; what was told before it stands with the owner.
        let mut next = Next::Ask;
        loop {
            let done = match next {
                Next::Listen => self.listen().await,
                Next::Ask => self.ask().await,
                Next::Apply(batch) => self.apply(batch).await,
                Next::ApplyEach(batch) => self.apply_each(batch).await,
                Next::StandStill => self.stand_still().await,
            };
            next = match done {
                Ok(next) => next,
                Err(error) => self.pause(&error).await,
            };
        }
    }

    /// Waits for the feed, at most until a second has passed without anything new.
    async fn listen(&mut self) -> Result<Next, FollowError> {
        self.retry_parked().await;
        let patience = ASK_AFTER.saturating_sub(self.quiet_since.elapsed());
        let Ok(events) = tokio::time::timeout(patience, self.feed.next_batch()).await else {
            return Ok(Next::Ask);
        };
        let cursor = unless_gone(store::cursor(self.log.pool(), self.source)).await?;
        if cursor.rewound {
            return Ok(Next::StandStill);
        }
        Ok(match fit(&cursor, events) {
            Fit::Known if patience.is_zero() => Next::Ask,
            Fit::Known => Next::Listen,
            // The first event stands on nothing by which to know this very log.
            Fit::Next(_) if cursor.event_id.is_none() => Next::Ask,
            Fit::Next(events) => Next::Apply(Batch { events, origin: Origin::Feed }),
            Fit::Gap => Next::Ask,
        })
    }

    /// Asks the owner what stands right behind the cursor.
    async fn ask(&mut self) -> Result<Next, FollowError> {
        self.retry_parked().await;
        let cursor = unless_gone(store::cursor(self.log.pool(), self.source)).await?;
        if cursor.rewound {
            return Ok(Next::StandStill);
        }
        let Some(stretch) = self.owner.read_after(&cursor).await? else {
            return Ok(Next::StandStill);
        };
        self.alarmed = false;
        let parked = unless_gone(store::count_parked(self.log.pool(), self.source)).await?;
        let of_source = &[self.source];
        self.metrics.rewound.with_label_values(of_source).set(0);
        self.metrics.lag.with_label_values(of_source).set(stretch.head - cursor.position);
        self.metrics.parked.with_label_values(of_source).set(parked);
        if stretch.events.is_empty() {
            let now = self.log.clock.now().as_second();
            self.metrics.level_at.with_label_values(of_source).set(now);
            self.went_well();
            return Ok(Next::Listen);
        }
        Ok(Next::Apply(Batch { events: stretch.events, origin: Origin::Owner }))
    }

    /// Says once that the log went back, and looks from time to time whether a person
    /// has decided how to go on.
    async fn stand_still(&mut self) -> Result<Next, FollowError> {
        if !self.alarmed {
            tracing::error!(
                source = self.source,
                "LOG_REWOUND: following has stopped until `mash events resync`"
            );
            self.metrics.rewound.with_label_values(&[self.source]).set(1);
            unless_gone(self.note_rewound()).await?;
            self.alarmed = true;
        }
        tokio::time::sleep(PAUSE).await;
        Ok(Next::Ask)
    }

    async fn note_rewound(&self) -> Result<(), FollowError> {
        let mut tx = self.log.begin().await?;
        let now = tx.now();
        if store::note_rewound(&mut tx, self.source, now).await? {
            self.handler.trouble(&mut tx, &Trouble::Rewound { source: self.source }).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Waits after a failure, which is said once while it lasts.
    async fn pause(&mut self, error: &FollowError) -> Next {
        if self.failing {
            tracing::debug!(source = self.source, %error, "following still waits");
        } else {
            tracing::warn!(source = self.source, %error, "following waits");
        }
        self.failing = true;
        tokio::time::sleep(PAUSE).await;
        Next::Listen
    }

    /// Everything that was known of is applied, here or by another replica.
    fn went_well(&mut self) {
        self.quiet_since = Instant::now();
        self.failing = false;
        self.metrics.waits(self.source, None);
    }
}
