//! What operators watch of intake, at the admin port: the backlog of notices (R14), and what
//! waits in the register (R8). Instants are Unix times, so that an age is `time() - x` and
//! grows also where the loop that sets them hangs.

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
    looked_at: IntGauge,
    /// Notices that were refused, urgent ones apart: nobody looks at them until they are
    /// sent again (R14).
    pub refused_notices: IntCounterVec,
}

/// What waits in the register: how many, and since when the longest waiting.
#[derive(Clone, Debug)]
struct Queue {
    waiting: IntGauge,
    oldest: IntGaugeVec,
}

impl Queue {
    fn register(registry: &Registry, name: &str, what: &str) -> Result<Self, prometheus::Error> {
        let waiting = IntGauge::new(format!("mash_{name}_waiting"), what)?;
        let help = format!("{what}: Unix time since which the oldest does; absent where none is");
        let opts = Opts::new(format!("mash_{name}_oldest_at_seconds"), help);
        let oldest = IntGaugeVec::new(opts, &[])?;
        registry.register(Box::new(waiting.clone()))?;
        registry.register(Box::new(oldest.clone()))?;
        Ok(Self { waiting, oldest })
    }

    fn set(&self, waiting: i64, since: Option<Timestamp>) {
        self.waiting.set(waiting);
        set_oldest(&self.oldest, &[], since);
    }
}

fn set_oldest(oldest: &IntGaugeVec, labels: &[&str], since: Option<Timestamp>) {
    match since {
        Some(at) => oldest.with_label_values(labels).set(at.as_second()),
        // It may be absent already.
        None => drop(oldest.remove_label_values(labels)),
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
        let help = "Unix time at which it was last looked at what waits in intake for a person";
        let looked_at = IntGauge::new("mash_intake_backlog_looked_at_seconds", help)?;
        registry.register(Box::new(looked_at.clone()))?;
        Ok(Self {
            refused_notices,
            looked_at,
            matches: Queue::register(registry, "matches", "Matches that wait for a person")?,
            unmatched: Queue::register(registry, "unmatched", "People not matched yet")?,
            waiting: gauge("mash_notices_waiting", "Notices whose priority nobody has confirmed")?,
            oldest: gauge(
                "mash_notices_oldest_at_seconds",
                "Unix time at which the oldest notice was received whose priority nobody has confirmed; absent where none is",
            )?,
        })
    }

    /// Looks at what waits until the process stops.
    pub fn spawn(self, log: EventLog, tasks: &Tasks) {
        let stopping = tasks.stopping();
        tasks.spawn("backlog of notices and of the register", async move {
            let looking = async {
                let mut working = true;
                loop {
                    let result = unless_gone(self.look(&log)).await;
                    if let Err(error) = &result
                        && working
                    {
                        tracing::warn!(%error, "it cannot be looked at what waits for a person");
                    }
                    working = result.is_ok();
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
        let register = matches::waiting(&mut connection).await?;
        let since = register.matches_since.map(|at| at.to_jiff());
        self.matches.set(register.matches, since);
        let since = register.unmatched_since.map(|at| at.to_jiff());
        self.unmatched.set(register.unmatched, since);
        // A priority of which nothing waits any more is set too.
        for priority in Priority::ALL {
            let of_it = |waiting: &&Waiting| waiting.priority == priority;
            let found = waiting.iter().find(of_it);
            let label = [priority.code()];
            self.waiting.with_label_values(&label).set(found.map_or(0, |waiting| waiting.number));
            set_oldest(&self.oldest, &label, found.and_then(|waiting| waiting.oldest));
        }
        self.looked_at.set(log.clock().now().as_second());
        Ok(())
    }
}
