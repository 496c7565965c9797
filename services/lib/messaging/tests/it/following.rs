//! Every event once and in order, whatever the feed does.

use async_nats::HeaderMap;
use uuid::Uuid;

use crate::toy::{ALONE, Ledger, SOURCE, Source, broker, eventually};

async fn tell(source: &Source, number: usize) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for _ in 0..number {
        ids.push(source.tell(Uuid::new_v4(), 1, "word").await);
    }
    ids
}

#[tokio::test]
async fn what_was_told_before_and_after_is_applied_once_and_in_order() {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    let mut ids = tell(&source, 30).await;
    source.publish(&broker).await;
    ledger.follow(&source, &broker);
    ledger.has_exactly(&ids).await;
    ids.extend(tell(&source, 30).await);
    ledger.has_exactly(&ids).await;
}

#[tokio::test]
async fn without_a_broker_events_arrive_all_the_same() {
    let (source, ledger) = (Source::start().await, Ledger::start().await);
    let nowhere =
        messaging::broker::connect("ledger", &crate::toy::broker_config("nats://127.0.0.1:9"))
            .await;
    ledger.follow(&source, &nowhere.unwrap());
    let ids = tell(&source, 20).await;
    ledger.has_exactly(&ids).await;
}

#[tokio::test]
async fn what_takes_too_long_together_is_applied_one_by_one() {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(source.tell(Uuid::new_v4(), 1, ALONE).await);
    }
    ledger.follow(&source, &broker);
    ledger.has_exactly(&ids).await;
}

#[tokio::test]
async fn two_replicas_apply_each_event_once() {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    source.publish(&broker).await;
    source.publish(&broker).await;
    ledger.follow(&source, &broker);
    ledger.follow(&source, &broker);
    let ids = tell(&source, 100).await;
    ledger.has_exactly(&ids).await;
    // Nothing comes late: both have asked the owner since.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    ledger.has_exactly(&ids).await;
}

#[tokio::test]
async fn messages_published_by_hand_change_nothing() {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    source.publish(&broker).await;
    ledger.follow(&source, &broker);
    let ids = tell(&source, 10).await;
    ledger.has_exactly(&ids).await;
    let subject = "mash.intake.v1.BasisRecorded";
    for (position, previous) in [(3, ids[1]), (11, Uuid::new_v4()), (500, ids[9])] {
        let mut headers = HeaderMap::new();
        headers.insert("ce-id", Uuid::new_v4().to_string());
        headers.insert("ce-type", subject);
        headers.insert("ce-time", "2026-11-22T09:00:00Z");
        headers.insert("ce-position", position.to_string());
        headers.insert("ce-aggregate", Uuid::new_v4().to_string());
        headers.insert("ce-revision", "1");
        headers.insert("ce-previous", previous.to_string());
        broker.publish_with_headers(subject, headers, "forged".into()).await.unwrap();
    }
    broker.publish(subject, "garbage".into()).await.unwrap();
    broker.flush().await.unwrap();
    let mut all = ids;
    all.extend(tell(&source, 10).await);
    ledger.has_exactly(&all).await;
}

#[tokio::test]
async fn a_feed_that_was_deleted_is_made_again() {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    source.publish(&broker).await;
    ledger.follow(&source, &broker);
    let mut ids = tell(&source, 5).await;
    ledger.has_exactly(&ids).await;
    let feed = async_nats::jetstream::new(broker.clone());
    feed.delete_stream(SOURCE).await.ok();
    ids.extend(tell(&source, 5).await);
    ledger.has_exactly(&ids).await;
    eventually(async || feed.get_stream(SOURCE).await.is_ok()).await;
}
