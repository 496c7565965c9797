//! What operators watch of the followers of a process.

use prometheus::{IntGaugeVec, Opts, Registry};

use crate::received::Received;

/// Gauges of every follower, by the log that it follows. Instants are told as Unix times:
/// an age is `time() - x`, and grows also where the loop that tells it hangs.
#[derive(Clone, Debug)]
pub struct FollowerMetrics {
    pub(super) level_at: IntGaugeVec,
    pub(super) lag: IntGaugeVec,
    pub(super) parked: IntGaugeVec,
    pub(super) rewound: IntGaugeVec,
    oldest: IntGaugeVec,
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
            oldest: gauge(
                "mash_follower_oldest_waiting_at_seconds",
                "Unix time at which the oldest event happened that waits to be applied; absent where none does",
            )?,
        })
    }

    /// Tells since when `oldest` waits, or that nothing does.
    pub(super) fn waits(&self, source: &str, oldest: Option<&Received>) {
        match oldest {
            Some(event) => {
                self.oldest.with_label_values(&[source]).set(event.occurred_at.as_second());
            }
            // It may be absent already.
            None => drop(self.oldest.remove_label_values(&[source])),
        }
    }
}
