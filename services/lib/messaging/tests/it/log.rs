//! Appending and numbering.

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

#[tokio::test]
async fn looking_for_waiting_events_reads_an_index_and_never_the_log() {
    let source = Source::start().await;
    let plan: Vec<String> = sqlx::query_scalar(
        "EXPLAIN SELECT number FROM messaging.waiting ORDER BY number LIMIT 1000",
    )
    .fetch_all(source.log.pool())
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("waiting_pkey") && !plan.contains(" event"), "{plan}");
}
