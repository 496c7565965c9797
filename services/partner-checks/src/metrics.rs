//! What operators watch of partner-checks.

use jiff::Timestamp;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};

/// The gauges of the watch.
#[derive(Clone, Debug)]
pub struct Metrics {
    unpaged: IntGauge,
    watched_at: IntGauge,
    days_left: IntGaugeVec,
}

impl Metrics {
    /// Registers them, once in a process.
    ///
    /// # Errors
    /// Where they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let unpaged = IntGauge::new(
            "mash_checks_red_due_unpaged",
            "RED checks that are due and unanswered, for which nobody is known to have been paged",
        )?;
        let watched_at = IntGauge::new(
            "mash_checks_watched_at_seconds",
            "Unix time at which RED checks were last looked at; silence here is an alarm too",
        )?;
        let days_left = IntGaugeVec::new(
            Opts::new(
                "mash_agreement_days_left",
                "Whole days until an agency's confirmation of the data sharing agreement lapses",
            ),
            &["agency"],
        )?;
        registry.register(Box::new(unpaged.clone()))?;
        registry.register(Box::new(watched_at.clone()))?;
        registry.register(Box::new(days_left.clone()))?;
        Ok(Self { unpaged, watched_at, days_left })
    }

    /// The watch has looked `now`, and found so many RED checks unpaged.
    pub fn looked(&self, now: Timestamp, unpaged: i64) {
        self.unpaged.set(unpaged);
        self.watched_at.set(now.as_second());
    }

    /// An agency's confirmation lapses in so many days; below 0 once it has.
    pub fn agreement(&self, agency: &str, days_left: i64) {
        self.days_left.with_label_values(&[agency]).set(days_left);
    }
}

#[cfg(test)]
mod tests {
    use prometheus::TextEncoder;

    use super::*;

    #[test]
    fn the_gauges_say_what_the_watch_found_last() {
        let registry = Registry::new();
        let metrics = Metrics::register(&registry).unwrap();
        let now = "2026-11-24T10:00:00Z".parse().unwrap();
        metrics.looked(now, 2);
        metrics.looked(now, 1);
        metrics.agreement("police", -1);
        let shown = TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        let lines: Vec<&str> = shown.lines().filter(|line| !line.starts_with('#')).collect();
        let expected = [
            "mash_agreement_days_left{agency=\"police\"} -1",
            "mash_checks_red_due_unpaged 1",
            "mash_checks_watched_at_seconds 1795514400",
        ];
        assert_eq!(lines, expected);
    }
}
