//! Appending and numbering.

use std::time::Duration;

use messaging::{operator, tx::AppendError};
use proto::intake::v1::BasisRecorded;
use uuid::Uuid;

use crate::toy::{Source, eventually};

async fn positions(source: &Source) -> Vec<i64> {
    let statement = "SELECT position FROM messaging.position ORDER BY position";
    sqlx::query_scalar(statement).fetch_all(source.log.pool()).await.unwrap()
}

#[tokio::test]
async fn positions_have_no_gap_where_writers_fail_and_overlap() {
    let source = Source::start().await;
    let mut writers = Vec::new();
    for writer in 0..8 {
        let log = source.log.clone();
        writers.push(tokio::task::spawn(async move {
            for turn in 0..25 {
                let mut tx = log.begin().await.unwrap();
                tx.append(Uuid::new_v4(), 1, &BasisRecorded::default()).await.unwrap();
                // A third is given up: its number is used and never seen again.
                if (writer + turn) % 3 != 0 {
                    tx.commit().await.unwrap();
                }
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let committed: i64 = sqlx::query_scalar("SELECT count(*) FROM messaging.event")
        .fetch_one(source.log.pool())
        .await
        .unwrap();
    eventually(async || positions(&source).await.len() as i64 == committed).await;
    assert_eq!(positions(&source).await, (1..=committed).collect::<Vec<_>>());
    assert!(operator::verify_log(source.log.pool()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_writer_that_hangs_holds_up_no_other() {
    let source = Source::start().await;
    let mut hanging = source.log.begin().await.unwrap();
    hanging.append(Uuid::new_v4(), 1, &BasisRecorded::default()).await.unwrap();
    source.tell(Uuid::new_v4(), 1, "after").await;
    eventually(async || positions(&source).await == [1]).await;
    hanging.commit().await.unwrap();
    eventually(async || positions(&source).await == [1, 2]).await;
}

#[tokio::test]
async fn two_writers_cannot_both_extend_one_record() {
    let source = Source::start().await;
    let record = Uuid::new_v4();
    source.tell(record, 1, "first").await;
    let mut tx = source.log.begin().await.unwrap();
    let second = tx.append(record, 1, &BasisRecorded::default()).await;
    assert!(matches!(second, Err(AppendError::StaleRevision)));
}

#[tokio::test]
async fn the_log_is_only_ever_added_to() {
    let source = Source::start().await;
    source.tell(Uuid::new_v4(), 1, "kept").await;
    for change in [
        "UPDATE messaging.event SET actor = 'x'",
        "DELETE FROM messaging.event",
        "TRUNCATE messaging.event CASCADE",
    ] {
        assert!(sqlx::query(change).execute(source.log.pool()).await.is_err(), "{change}");
    }
}

/// How many pages of the database a look for waiting events touches, and how.
async fn look(source: &Source) -> (i64, String) {
    let plan: serde_json::Value = sqlx::query_scalar(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
         SELECT number FROM messaging.waiting ORDER BY number LIMIT 1",
    )
    .fetch_one(source.log.pool())
    .await
    .unwrap();
    let pages = |kind: &str| plan[0]["Plan"][kind].as_i64().unwrap();
    (pages("Shared Hit Blocks") + pages("Shared Read Blocks"), plan.to_string())
}

#[tokio::test]
async fn looking_for_waiting_events_costs_no_more_after_many_came_and_went() {
    const MANY: i64 = 50_000;
    let source = Source::start().await;
    let flood = format!(
        "ALTER TABLE messaging.waiting SET (autovacuum_enabled = false);
         WITH many AS (
             INSERT INTO messaging.event (id, aggregate, revision, type, payload, actor, occurred_at)
             SELECT gen_random_uuid(), gen_random_uuid(), 1, 'x', '', 'x', now()
             FROM generate_series(1, {MANY})
             RETURNING number
         )
         INSERT INTO messaging.waiting SELECT number FROM many"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(flood)).execute(source.log.pool()).await.unwrap();
    eventually(async || positions(&source).await.len() as i64 == MANY).await;
    eventually(async || look(&source).await.0 <= 4).await;
    let (_, plan) = look(&source).await;
    assert!(plan.contains("waiting_pkey"), "{plan}");
}

#[tokio::test]
async fn what_commits_while_the_process_drains_has_its_position_at_the_end() {
    let source = Source::start().await;
    let (log, stopping) = (source.log.clone(), source.tasks.stopping());
    source.tasks.spawn_detached(async move {
        let mut tx = log.begin().await.unwrap();
        tx.append(Uuid::new_v4(), 1, &BasisRecorded::default()).await.unwrap();
        stopping.cancelled().await;
        // A call that had begun, and that takes longer to end than everything else.
        tokio::time::sleep(Duration::from_millis(300)).await;
        tx.commit().await.unwrap();
    });
    source.tasks.stop();
    source.tasks.clone().finished().await.unwrap();
    assert_eq!(positions(&source).await, [1]);
}
