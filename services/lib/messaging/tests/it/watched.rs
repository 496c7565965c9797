//! What operators see of a log and of its followers.

use prometheus::Registry;
use uuid::Uuid;

use crate::toy::{Ledger, SLOW, Source, broker, broker_config, eventually};

/// What a gauge says; `None` while it is absent.
fn gauge(metrics: &Registry, name: &str) -> Option<f64> {
    let families = metrics.gather();
    let family = families.iter().find(|family| family.name() == name)?;
    family.get_metric().first().map(|metric| metric.get_gauge().get_value())
}

#[tokio::test]
async fn since_when_an_event_waits_for_the_broker_is_told_until_it_is_sent() {
    const OLDEST: &str = "mash_event_log_oldest_unpublished_at_seconds";
    let source = Source::start().await;
    let before = source.log.clock().now().as_second();
    source.tell(Uuid::new_v4(), 1, "word").await;
    let nowhere = broker_config("nats://127.0.0.1:9");
    let nobody = messaging::broker::connect("intake", &nowhere).await.unwrap();
    source.log.spawn_publisher(nobody, &nowhere, &source.tasks);
    eventually(async || gauge(&source.metrics, OLDEST).is_some()).await;
    let since = gauge(&source.metrics, OLDEST).unwrap();
    assert!((before as f64..before as f64 + 20.0).contains(&since), "{since}");

    let source = Source::start().await;
    source.publish(&broker().await).await;
    source.tell(Uuid::new_v4(), 1, "word").await;
    let sent = async || gauge(&source.metrics, "mash_event_log_published") == Some(1.0);
    eventually(sent).await;
    eventually(async || gauge(&source.metrics, OLDEST).is_none()).await;
}

#[tokio::test]
async fn since_when_an_event_waits_to_be_applied_is_told_until_it_is() {
    const OLDEST: &str = "mash_follower_oldest_waiting_at_seconds";
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    let before = source.log.clock().now().as_second();
    source.tell(Uuid::new_v4(), 1, SLOW).await;
    let metrics = ledger.follow(&source, &broker);
    eventually(async || gauge(&metrics, OLDEST).is_some_and(|at| at >= before as f64)).await;
    assert_eq!(ledger.lines().await.len(), 0);
    eventually(async || ledger.lines().await.len() == 1).await;
    eventually(async || gauge(&metrics, OLDEST).is_none()).await;
}
