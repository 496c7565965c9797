//! Events that cannot be applied wait for a person; what is not behind them flows.

use std::sync::atomic::Ordering;

use messaging::{follower::Trouble, operator};
use uuid::Uuid;

use crate::toy::{Ledger, PANIC, POISON, SOURCE, Source, broker, eventually};

async fn positions(ledger: &Ledger) -> Vec<i64> {
    ledger.lines().await.into_iter().map(|(position, _)| position).collect()
}

async fn parked(ledger: &Ledger) -> Vec<(i64, String)> {
    let parked = operator::parked(&ledger.pool).await.unwrap();
    parked.into_iter().map(|parked| (parked.position, format!("{:?}", parked.state))).collect()
}

/// A poisoned record with one event behind it, a record that panics, and a good one.
async fn poisoned() -> (Source, Ledger) {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    source.publish(&broker).await;
    ledger.follow(&source, &broker);
    let bad = Uuid::new_v4();
    source.tell(bad, 1, "good").await;
    source.tell(bad, 2, POISON).await;
    source.tell(Uuid::new_v4(), 1, PANIC).await;
    source.tell(bad, 3, "behind").await;
    source.tell(Uuid::new_v4(), 1, "good").await;
    eventually(async || positions(&ledger).await == [1, 5]).await;
    (source, ledger)
}

#[tokio::test]
async fn a_refused_event_and_a_panic_are_parked_and_all_others_flow() {
    let (_source, ledger) = poisoned().await;
    let expected =
        [(2, "Parked"), (3, "Parked"), (4, "Behind")].map(|(at, state)| (at, state.to_owned()));
    assert_eq!(parked(&ledger).await, expected);
    let parked = operator::parked(&ledger.pool).await.unwrap();
    let told = parked[..2].iter().map(|parked| {
        let (position, event_id) = (parked.position, parked.event_id);
        format!("{:?}", Trouble::Parked { source: SOURCE, position, event_id })
    });
    assert_eq!(ledger.troubles().await, told.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_retry_that_fails_parks_it_again_and_one_that_works_frees_what_is_behind() {
    let (_source, ledger) = poisoned().await;
    operator::retry(&ledger.pool, SOURCE, 2).await.unwrap();
    eventually(async || parked(&ledger).await[0] == (2, "Parked".to_owned())).await;
    ledger.handler.cured.store(true, Ordering::Relaxed);
    operator::retry(&ledger.pool, SOURCE, 2).await.unwrap();
    eventually(async || positions(&ledger).await == [1, 5, 2, 4]).await;
    assert_eq!(parked(&ledger).await, [(3, "Parked".to_owned())]);
}

#[tokio::test]
async fn a_drop_is_one_event_and_needs_a_reason() {
    let (_source, ledger) = poisoned().await;
    assert!(operator::drop_event(&ledger.pool, SOURCE, 2, "no").await.is_err());
    assert!(operator::drop_event(&ledger.pool, SOURCE, 4, "it waits for another").await.is_err());
    operator::drop_event(&ledger.pool, SOURCE, 2, "entered twice by hand").await.unwrap();
    eventually(async || positions(&ledger).await == [1, 5, 4]).await;
    assert!(operator::retry(&ledger.pool, SOURCE, 2).await.is_err());
}

#[tokio::test]
async fn what_fails_when_it_is_freed_is_told_as_the_first_time() {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    ledger.follow(&source, &broker);
    let bad = Uuid::new_v4();
    source.tell(bad, 1, POISON).await;
    source.tell(bad, 2, POISON).await;
    eventually(async || parked(&ledger).await.len() == 2).await;
    operator::drop_event(&ledger.pool, SOURCE, 1, "entered twice by hand").await.unwrap();
    eventually(async || ledger.troubles().await.len() == 2).await;
    assert_eq!(parked(&ledger).await, [(2, "Parked".to_owned())]);
}
