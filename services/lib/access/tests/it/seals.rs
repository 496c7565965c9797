//! The chain over the read log, in a real database: whoever changes what was read shows.

use std::time::Duration;

use access::{Broken, Caller, Read, SealedTo, System, log_read, seal_reads, verify_reads};
use jiff::Timestamp;
use sqlx::{Executor, PgPool, Row};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::database::Database;
use crate::identity::START;

/// A read of one child, in a transaction that is then committed.
async fn read_of(pool: &PgPool, child: u128) {
    let mut tx = pool.begin().await.unwrap();
    log(&mut tx, child).await;
    tx.commit().await.unwrap();
}

async fn log(connection: &mut sqlx::PgConnection, child: u128) {
    let read = Read {
        at: Timestamp::from_second(START).unwrap(),
        caller: &Caller::system(System::Service("screening".to_owned())),
        action: "IntakeService.GetContact",
        subjects: &[Uuid::from_u128(child)],
        purpose: "screening",
        fields: &["concern"],
    };
    log_read(connection, &read).await.unwrap();
}

/// A log of five reads, all of them sealed.
async fn five_sealed() -> Database {
    let database = Database::start().await;
    seal_five(&database.pool).await;
    database
}

async fn seal_five(pool: &PgPool) {
    for child in 1..=5 {
        read_of(pool, child).await;
    }
    assert_eq!(seal_reads(pool).await.unwrap().unwrap().place, 5);
    assert_eq!(verified(pool).await.unwrap().place, 5);
}

/// What is found where each of these was done to a log of five reads.
async fn found_after(changes: &[&'static str]) -> Vec<Broken> {
    let database = Database::start().await;
    let mut found = Vec::new();
    for (number, change) in changes.iter().enumerate() {
        let pool = database.fresh(&format!("log_{number}")).await;
        seal_five(&pool).await;
        tamper(&pool, change).await;
        found.push(verified(&pool).await.unwrap_err());
        pool.close().await;
    }
    found
}

async fn verified(pool: &PgPool) -> Result<SealedTo, Broken> {
    verify_reads(pool).await.unwrap()
}

/// What a superuser does with triggers and foreign keys out of the way.
async fn tamper(pool: &PgPool, statements: &'static str) {
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("SET session_replication_role = replica").await.unwrap();
    let changed = connection.execute(statements).await.unwrap();
    assert!(changed.rows_affected() > 0, "{statements}");
    connection.execute("RESET session_replication_role").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn r62_reads_that_overlap_are_sealed_in_one_chain_by_two_replicas() {
    let database = Database::start().await;
    let mut tasks = JoinSet::new();
    for reader in 0..4 {
        let pool = database.pool.clone();
        tasks.spawn(async move {
            for turn in 0..25 {
                let mut tx = pool.begin().await.unwrap();
                log(&mut tx, reader).await;
                // Some are never answered.
                if turn % 5 != 0 {
                    tx.commit().await.unwrap();
                }
            }
        });
    }
    for _sealer in 0..2 {
        let pool = database.pool.clone();
        tasks.spawn(async move {
            for _ in 0..50 {
                seal_reads(&pool).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    seal_reads(&database.pool).await.unwrap();
    assert_eq!(verified(&database.pool).await.unwrap().place, 80);
}

#[tokio::test]
async fn r62_a_read_waits_for_no_sealer_and_no_other_read() {
    let database = Database::start().await;
    let mut hanging = database.pool.begin().await.unwrap();
    log(&mut hanging, 1).await;
    let mut sealer = database.pool.begin().await.unwrap();
    sealer.execute("SELECT FROM access.seal_head FOR UPDATE").await.unwrap();
    let reading = read_of(&database.pool, 2);
    tokio::time::timeout(Duration::from_secs(5), reading).await.unwrap();
    sealer.rollback().await.unwrap();
    assert_eq!(seal_reads(&database.pool).await.unwrap().unwrap().place, 1);
    hanging.commit().await.unwrap();
    assert_eq!(seal_reads(&database.pool).await.unwrap().unwrap().place, 2);
    assert_eq!(verified(&database.pool).await.unwrap().place, 2);
}

#[tokio::test]
async fn r62_a_read_that_was_changed_shows() {
    let found = found_after(&[
        "UPDATE access.read_log SET actor = 'nobody' WHERE number = 3",
        "UPDATE access.read_log SET via = '/service/intake' WHERE number = 3",
        "UPDATE access.read_log SET at = at + interval '1 microsecond' WHERE number = 3",
        "UPDATE access.read_log SET purpose = 'audit' WHERE number = 3",
        "UPDATE access.read_log SET fields = '{}' WHERE number = 3",
        "UPDATE access.read_seal SET seal = sha256('forged') WHERE place = 3",
    ]);
    assert_eq!(found.await, [const { Broken::Changed(3) }; 6]);
}

#[tokio::test]
async fn r62_what_was_removed_or_slipped_in_shows() {
    let found = found_after(&[
        "DELETE FROM access.read_log WHERE number = 3",
        "DELETE FROM access.read_seal WHERE place = 3",
        "DELETE FROM access.read_seal WHERE place = 5",
        "INSERT INTO access.read_log (at, actor, action, subjects, purpose, fields)
         SELECT at, actor, action, subjects, purpose, fields FROM access.read_log LIMIT 1",
        "WITH gone AS (DELETE FROM access.read_seal WHERE place = 5)
         UPDATE access.seal_head SET place = 4,
             seal = (SELECT seal FROM access.read_seal WHERE place = 4)",
    ]);
    let shows = [
        Broken::Missing(3),
        Broken::Gap(4),
        Broken::End(5),
        Broken::Unsealed(1),
        Broken::Unsealed(1),
    ];
    assert_eq!(found.await, shows);
}

#[tokio::test]
async fn r62_a_chain_made_anew_ends_with_another_seal() {
    let database = five_sealed().await;
    let told = verified(&database.pool).await.unwrap();
    tamper(
        &database.pool,
        "INSERT INTO access.unsealed SELECT number FROM access.read_log;
         TRUNCATE access.read_seal;
         UPDATE access.read_log SET actor = 'nobody' WHERE number = 3;
         UPDATE access.seal_head SET place = 0, seal = ''",
    )
    .await;
    seal_reads(&database.pool).await.unwrap();
    let anew = verified(&database.pool).await.unwrap();
    assert_eq!((anew.place, told.place), (5, 5));
    assert_ne!(anew.seal, told.seal, "what was told before does not fit");
}

/// Whether somebody waits for a lock.
async fn somebody_waits(pool: &PgPool) -> bool {
    let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)";
    pool.fetch_one(waits).await.unwrap().get(0)
}

#[tokio::test]
async fn r62_sealing_goes_on_where_a_process_was_stopped() {
    let database = five_sealed().await;
    read_of(&database.pool, 6).await;
    // In the middle of it: the seals of a transaction come together or not at all.
    let mut elsewhere = database.pool.begin().await.unwrap();
    elsewhere.execute("LOCK TABLE access.read_seal IN EXCLUSIVE MODE").await.unwrap();
    let mut sealing = JoinSet::new();
    let pool = database.pool.clone();
    sealing.spawn(async move { seal_reads(&pool).await });
    while !somebody_waits(&database.pool).await {}
    sealing.shutdown().await;
    elsewhere.rollback().await.unwrap();
    let after_restart = database.another_pool();
    read_of(&after_restart, 7).await;
    assert_eq!(seal_reads(&after_restart).await.unwrap().unwrap().place, 7);
    assert_eq!(seal_reads(&after_restart).await.unwrap(), None);
    assert_eq!(verified(&after_restart).await.unwrap().place, 7);
}

#[tokio::test]
async fn r62_seals_can_be_added_to_and_not_changed() {
    let database = five_sealed().await;
    let mut connection = database.pool.acquire().await.unwrap();
    for statement in [
        "UPDATE access.read_seal SET place = 9 WHERE place = 5",
        "DELETE FROM access.read_seal",
        "TRUNCATE access.read_seal",
    ] {
        assert!(connection.execute(statement).await.is_err(), "{statement}");
    }
}
