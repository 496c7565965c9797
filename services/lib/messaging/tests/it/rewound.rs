//! A source whose database was put back to an older backup.

use messaging::{
    follower::Trouble,
    operator::{self, Standing},
};
use uuid::Uuid;

use crate::toy::{Ledger, SOURCE, Source, broker, eventually};

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

    assert_eq!(operator::resync(source.log.pool(), &ledger.pool, SOURCE).await.unwrap(), 7);
    source.tell(Uuid::new_v4(), 1, "newer").await;
    eventually(async || ledger.lines().await.len() == 6).await;
    eventually(async || standing(&source, &ledger).await == Standing::Level).await;
    assert!(operator::resync(source.log.pool(), &ledger.pool, SOURCE).await.is_err());
}
