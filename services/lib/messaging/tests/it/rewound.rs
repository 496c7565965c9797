//! A source whose database was put back to an older backup.

use messaging::{
    follower::Trouble,
    operator::{self, Standing},
};
use uuid::Uuid;

use crate::toy::{Ledger, POISON, SOURCE, Source, broker, eventually};

/// Takes the events behind `position` out of the log, as an older backup would be
/// without them.
async fn put_back(source: &Source, position: i64) {
    let statement = format!(
        "ALTER TABLE messaging.event DISABLE TRIGGER event_is_kept;
         CREATE TEMPORARY TABLE lost AS SELECT number FROM messaging.position WHERE position > {position};
         DELETE FROM messaging.position WHERE position > {position};
         DELETE FROM messaging.event WHERE number IN (SELECT number FROM lost);
         UPDATE messaging.head SET position = {position};
         UPDATE messaging.publisher SET published = least(published, {position});
         DROP TABLE lost;
         ALTER TABLE messaging.event ENABLE TRIGGER event_is_kept;"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(source.log.pool()).await.unwrap();
}

async fn standing(source: &Source, ledger: &Ledger) -> Standing {
    operator::verify(source.log.pool(), &ledger.pool, SOURCE).await.unwrap()
}

#[tokio::test]
async fn the_follower_stops_says_so_and_goes_on_when_a_person_decides() {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    ledger.follow(&source, &broker);
    for _ in 0..5 {
        source.tell(Uuid::new_v4(), 1, "word").await;
    }
    eventually(async || ledger.lines().await.len() == 5).await;
    put_back(&source, 3).await;
    let rewound = format!("{:?}", Trouble::Rewound { source: SOURCE });
    eventually(async || ledger.troubles().await == [rewound.clone()]).await;
    assert_eq!(standing(&source, &ledger).await, Standing::Rewound);

    // The owner goes on and reaches the old length: still another log.
    for _ in 0..4 {
        source.tell(Uuid::new_v4(), 1, "new").await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(ledger.lines().await.len(), 5);
    assert_eq!(standing(&source, &ledger).await, Standing::Rewound);

    // From the last event that both know: what the owner did anew is applied.
    assert_eq!(operator::resync(source.log.pool(), &ledger.pool, SOURCE).await.unwrap(), 3);
    let newer = source.tell(Uuid::new_v4(), 1, "newer").await;
    eventually(async || ledger.lines().await.len() == 10).await;
    let positions: Vec<i64> = ledger.lines().await.iter().map(|line| line.0).collect();
    assert_eq!(positions, [1, 2, 3, 4, 5, 4, 5, 6, 7, 8]);
    assert_eq!(ledger.lines().await[9].1, newer);
    eventually(async || standing(&source, &ledger).await == Standing::Level).await;
    assert!(operator::resync(source.log.pool(), &ledger.pool, SOURCE).await.is_err());
}

#[tokio::test]
async fn a_log_that_is_whole_again_is_followed_from_where_it_was_left() {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    ledger.follow(&source, &broker);
    source.tell(Uuid::new_v4(), 1, "word").await;
    eventually(async || ledger.lines().await.len() == 1).await;
    // As when the wrong backup was restored, noticed, and replaced by the right one.
    let noticed = sqlx::query("UPDATE messaging.cursor SET rewound_at = now()");
    noticed.execute(&ledger.pool).await.unwrap();
    source.tell(Uuid::new_v4(), 1, "word").await;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(ledger.lines().await.len(), 1);
    assert_eq!(operator::resync(source.log.pool(), &ledger.pool, SOURCE).await.unwrap(), 1);
    eventually(async || ledger.lines().await.len() == 2).await;
}

#[tokio::test]
async fn positions_that_come_anew_can_be_parked_anew() {
    let (source, ledger, broker) = (Source::start().await, Ledger::start().await, broker().await);
    ledger.follow(&source, &broker);
    for word in ["word", POISON] {
        source.tell(Uuid::new_v4(), 1, word).await;
    }
    eventually(async || ledger.troubles().await.len() == 1).await;
    put_back(&source, 1).await;
    eventually(async || ledger.troubles().await.len() == 2).await;
    operator::resync(source.log.pool(), &ledger.pool, SOURCE).await.unwrap();
    for word in [POISON, "word"] {
        source.tell(Uuid::new_v4(), 1, word).await;
    }
    eventually(async || ledger.lines().await.len() == 2 && ledger.troubles().await.len() == 3)
        .await;
    let parked = operator::parked(&ledger.pool).await.unwrap();
    assert_eq!(parked.iter().map(|event| event.position).collect::<Vec<_>>(), [2]);
}
