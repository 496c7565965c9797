//! What operators watch of intake, at the admin port: the backlog of notices (R14), and what
//! waits in the register (R8).

use std::time::Duration;

use jiff::Timestamp;
use messaging::{EventLog, unless_gone};
use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};
use runtime::tasks::Tasks;

use crate::{
    domain::notice::{Priority, Waiting},
    store::{notices, register::matches},
};

/// How often the backlog is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// The gauges and counters.
#[derive(Clone, Debug)]
pub struct Metrics {
    waiting: IntGaugeVec,
    oldest: IntGaugeVec,
    matches: Queue,
    unmatched: Queue,
    /// Notices that were refused, urgent ones apart: nobody looks at them until they are
    /// sent again (R14).
    pub refused_notices: IntCounterVec,
}

/// What waits in the register: how many, and for how long the longest.
#[derive(Clone, Debug)]
struct Queue {
    waiting: IntGauge,
    oldest: IntGauge,
}

impl Queue {
    fn register(registry: &Registry, name: &str, what: &str) -> Result<Self, prometheus::Error> {
        let waiting = IntGauge::new(format!("mash_{name}_waiting"), what)?;
        let help = format!("{what}: age of the oldest; 0 where none is");
        let oldest = IntGauge::new(format!("mash_{name}_oldest_seconds"), help)?;
        registry.register(Box::new(waiting.clone()))?;
        registry.register(Box::new(oldest.clone()))?;
        Ok(Self { waiting, oldest })
    }

    fn set(&self, waiting: i64, since: Option<Timestamp>, now: Timestamp) {
        self.waiting.set(waiting);
        self.oldest.set(since.map_or(0, |at| now.duration_since(at).as_secs().max(0)));
    }
}

impl Metrics {
    /// Registers them, once in a process.
    ///
    /// # Errors
    /// Where they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), &["priority"])?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let help = "Notices that were refused, by whether they say harm or danger";
        let opts = Opts::new("mash_notices_refused", help);
        let refused_notices = IntCounterVec::new(opts, &["urgent"])?;
        for urgent in ["true", "false"] {
            // From the start, so that the first one shows as a rise.
            refused_notices.with_label_values(&[urgent]);
        }
        registry.register(Box::new(refused_notices.clone()))?;
        Ok(Self {
            refused_notices,
            matches: Queue::register(registry, "matches", "Matches that wait for a person")?,
            unmatched: Queue::register(registry, "unmatched", "People not matched yet")?,
            waiting: gauge("mash_notices_waiting", "Notices whose priority nobody has confirmed")?,
            oldest: gauge(
                "mash_notices_oldest_seconds",
                "Age of the oldest notice whose priority nobody has confirmed; 0 where none is",
            )?,
        })
    }

    /// Looks at the backlog until the process stops.
    pub fn spawn(self, log: EventLog, tasks: &Tasks) {
        let stopping = tasks.stopping();
        tasks.spawn("backlog of notices", async move {
            let looking = async {
                loop {
                    if let Err(error) = unless_gone(self.look(&log)).await {
                        tracing::debug!(%error, "the backlog of notices is as before");
                    }
                    tokio::time::sleep(LOOK).await;
                }
            };
            stopping.run_until_cancelled(looking).await;
            Ok(())
        });
    }

    async fn look(&self, log: &EventLog) -> Result<(), sqlx::Error> {
        let mut connection = log.pool().acquire().await?;
        let waiting = notices::waiting(&mut connection).await?;
        let now = log.clock().now();
        let register = matches::waiting(&mut connection).await?;
        let since = register.matches_since.map(|at| at.to_jiff());
        self.matches.set(register.matches, since, now);
        let since = register.unmatched_since.map(|at| at.to_jiff());
        self.unmatched.set(register.unmatched, since, now);
        // A priority of which nothing waits any more is set too.
        for priority in Priority::ALL {
            let of_it = |waiting: &&Waiting| waiting.priority == priority;
            let found = waiting.iter().find(of_it);
            let oldest = found.and_then(|waiting| waiting.oldest);
            let age = oldest.map_or(0, |at| now.duration_since(at).as_secs().max(0));
            let label = [priority.code()];
            self.waiting.with_label_values(&label).set(found.map_or(0, |waiting| waiting.number));
            self.oldest.with_label_values(&label).set(age);
        }
        Ok(())
    }
}
