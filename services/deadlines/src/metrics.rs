//! What operators watch of clocks and pages, at the admin port.

use std::{collections::HashMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use messaging::{EventLog, unless_gone};
use prometheus::{
    HistogramOpts, HistogramVec, IntGauge, IntGaugeVec, Opts, Registry, core::Collector,
};
use runtime::tasks::Tasks;

use crate::{
    domain::{clock::ClockKind, page::PageCause},
    store::figures,
};

/// How often the tables are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// A clock that runs out within this time is due.
const SOON: SignedDuration = SignedDuration::from_hours(1);
/// Seconds; a page for a child in danger has one.
const LATENCIES: [f64; 11] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0];

/// Every metric of deadlines. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    due: IntGaugeVec,
    late: IntGaugeVec,
    oldest_page: IntGauge,
    page_latency: HistogramVec,
}

impl Metrics {
    /// Registers them, once in a process.
    ///
    /// # Errors
    /// Where they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let clocks = |name: &str, help: &str| {
            kept(registry, IntGaugeVec::new(Opts::new(name, help), &["kind"])?)
        };
        let latency = HistogramOpts::new(
            "mash_page_latency_seconds",
            "From the raising of a page to its first delivery to a pager",
        );
        Ok(Self {
            due: clocks("mash_clocks_due", "Clocks that run out within the hour")?,
            late: clocks("mash_clocks_late", "Clocks that ran out and have not ended")?,
            oldest_page: kept(
                registry,
                IntGauge::new(
                    "mash_page_oldest_unacknowledged_seconds",
                    "Age of the oldest page that waits for somebody; 0 where none does",
                )?,
            )?,
            page_latency: kept(
                registry,
                HistogramVec::new(latency.buckets(LATENCIES.to_vec()), &["cause"])?,
            )?,
        })
    }

    /// A page that was raised at `raised_at` was delivered for the first time.
    pub fn delivered_first(&self, cause: PageCause, raised_at: Timestamp, now: Timestamp) {
        let latency = now.duration_since(raised_at).as_secs_f64().max(0.0);
        self.page_latency.with_label_values(&[cause.code()]).observe(latency);
    }

    /// Looks at the tables until the process stops.
    pub fn spawn(self, log: EventLog, tasks: &Tasks) {
        let stopping = tasks.stopping();
        tasks.spawn("metrics", async move {
            let looking = async {
                loop {
                    if let Err(error) = unless_gone(self.look(&log)).await {
                        tracing::debug!(%error, "the metrics of clocks and pages are as before");
                    }
                    tokio::time::sleep(LOOK).await;
                }
            };
            stopping.run_until_cancelled(looking).await;
            Ok(())
        });
    }

    async fn look(&self, log: &EventLog) -> Result<(), sqlx::Error> {
        let now = log.clock().now();
        let soon = now.saturating_add(SOON).unwrap_or(Timestamp::MAX);
        let mut connection = log.pool().acquire().await?;
        let unended = figures::unended_clocks(&mut connection, now, soon).await?;
        let unended: HashMap<&str, (i64, i64)> =
            unended.iter().map(|clocks| (clocks.kind.code(), (clocks.due, clocks.late))).collect();
        // A kind of which there is none any more is set too.
        for kind in ClockKind::ALL.map(ClockKind::code) {
            let (due, late) = unended.get(kind).copied().unwrap_or_default();
            self.due.with_label_values(&[kind]).set(due);
            self.late.with_label_values(&[kind]).set(late);
        }
        let oldest = figures::oldest_waiting_page(&mut connection).await?;
        self.oldest_page.set(oldest.map_or(0, |at| now.duration_since(at).as_secs().max(0)));
        Ok(())
    }
}

fn kept<C: Collector + Clone + 'static>(
    registry: &Registry,
    metric: C,
) -> Result<C, prometheus::Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

#[cfg(test)]
mod tests {
    use calendar::ladder::Role;
    use harness::Servers;
    use messaging::event_log::DatabaseConfig;
    use prometheus::{Encoder, TextEncoder};
    use runtime::{admin::Admin, clock::Clock};
    use uuid::Uuid;

    use super::*;
    use crate::{
        domain::{
            clock::{ClockState, NewClock},
            page::{LadderName, Notice, Subject},
        },
        store::{
            clocks,
            deliveries::{self, Telling},
            locks,
            pages::{self, Standing},
        },
    };

    fn shown(registry: &Registry) -> Vec<String> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&registry.gather(), &mut text).unwrap();
        String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
    }

    fn clock(kind: ClockKind, deadline: Timestamp) -> NewClock {
        NewClock {
            id: Uuid::new_v4(),
            contact: Uuid::new_v4(),
            kind,
            started_at: Timestamp::UNIX_EPOCH,
            deadline,
            warnings: Vec::new(),
            protocol_version: "1".to_owned(),
            rag: None,
            agency: None,
        }
    }

    async fn raise(log: &EventLog, subject: &Subject, at: Timestamp) -> Uuid {
        let standing = Standing {
            ladder: LadderName::Section47,
            ladder_from: 0,
            number: 0,
            step: 0,
            role: Role::MashManager,
            next_climb_at: None,
        };
        let (id, mut tx) = (Uuid::new_v4(), log.begin().await.unwrap());
        pages::insert(&mut tx, id, subject, &standing, at).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// An empty database at ten in the morning.
    async fn opened() -> (EventLog, Timestamp) {
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let url = Servers::shared().database("deadlines");
        service::migrate(&url, &crate::MIGRATOR).await.unwrap();
        let database = DatabaseConfig::at(&url).unwrap();
        let log = EventLog::open("deadlines", &database, Clock::standing_at(now), &Admin::new());
        (log.unwrap(), now)
    }

    #[tokio::test]
    async fn the_first_delivery_of_a_page_says_since_when_it_was_raised() {
        let (log, now) = opened().await;
        let contact = Uuid::new_v4();
        let page = raise(&log, &Subject::section_47(contact), now).await;
        let mut tx = log.begin().await.unwrap();
        let telling =
            Telling { page, number: 0, notice: Notice::Raised, step: 0, role: "mash_manager" };
        for pager in ["mash_manager/1", "mash_manager/2"] {
            deliveries::owe(&mut tx, telling, pager, now).await.unwrap();
        }
        let mut delivered = Vec::new();
        for pager in ["mash_manager/2", "mash_manager/1"] {
            let owed = locks::owed_delivery(&mut tx, pager, true, now, now).await.unwrap();
            let id = owed.unwrap().id;
            for _ in 0..2 {
                delivered.push(deliveries::set_delivered(&mut tx, id, now).await.unwrap());
            }
        }
        assert_eq!(delivered, [Some(now), None, None, None]);
    }

    #[tokio::test]
    async fn operators_see_clocks_due_and_late_and_the_oldest_page_that_waits() {
        let (log, now) = opened().await;
        let registry = Registry::new();
        let metrics = Metrics::register(&registry).unwrap();
        let mut tx = log.begin().await.unwrap();
        let minutes = |minutes| now + SignedDuration::from_mins(minutes);
        for at in [-1, 0, 60, 61] {
            clocks::insert(&mut tx, &clock(ClockKind::Check, minutes(at))).await.unwrap();
        }
        let ended = clock(ClockKind::CscScreening, minutes(-1));
        clocks::insert(&mut tx, &ended).await.unwrap();
        clocks::set_ended(&mut tx, ended.id, ClockState::Met, minutes(-2)).await.unwrap();
        tx.commit().await.unwrap();
        let reminder = Subject {
            contact: Some(ended.contact),
            ..Subject::of(PageCause::RedCheckReminder, "1".to_owned())
        };
        raise(&log, &reminder, minutes(-9)).await;
        let page = raise(&log, &Subject::section_47(ended.contact), minutes(-3)).await;
        raise(&log, &Subject::section_47(ended.contact), minutes(-2)).await;

        let shows = |line: &str| shown(&registry).iter().any(|shown| shown == line);
        metrics.look(&log).await.unwrap();
        assert!(shows(r#"mash_clocks_due{kind="check"} 2"#), "{:?}", shown(&registry));
        assert!(shows(r#"mash_clocks_late{kind="check"} 1"#));
        assert!(shows(r#"mash_clocks_late{kind="csc_screening"} 0"#));
        assert!(shows("mash_page_oldest_unacknowledged_seconds 180"));

        let mut tx = log.begin().await.unwrap();
        pages::set_acknowledged(&mut tx, page, "somebody", now).await.unwrap();
        tx.commit().await.unwrap();
        metrics.look(&log).await.unwrap();
        assert!(shows("mash_page_oldest_unacknowledged_seconds 120"));
        metrics.delivered_first(PageCause::Section47, minutes(-1), now);
        assert!(shows(r#"mash_page_latency_seconds_sum{cause="section_47"} 60"#));
    }
}
