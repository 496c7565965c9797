//! Entries that are held under keys of before: as after a change of how keys are made (R8).

use harness::eventually;
use proto::{
    intake::v1::{
        self as pb, consultation_service_client::ConsultationServiceClient as Consultations,
    },
    terms::v1::{Date, Purpose},
};

use crate::{
    register_stage::{episode, history, match_with, register, unnumbered},
    stage::{Intake, MORNING, in_register},
};

/// Holds everybody under keys that nothing finds.
const OF_BEFORE: &str = "UPDATE intake.person_key SET key = key # 4242; \
     UPDATE intake.person SET keyed_as = 0, household_folded = '{}'";

/// Ends whatever makes the keys of one entry anew, in the middle of a batch.
const HINDERED: &str = "CREATE FUNCTION public.hinder() RETURNS trigger LANGUAGE plpgsql AS $$ \
     BEGIN RAISE EXCEPTION 'no'; END $$; \
     CREATE TRIGGER hinders BEFORE UPDATE ON intake.person FOR EACH ROW \
     WHEN (NEW.name = 'Zofia Nowak' AND NEW.keyed_as > 0) EXECUTE FUNCTION public.hinder()";

async fn execute(intake: &Intake, statements: &'static str) {
    sqlx::raw_sql(statements).execute(&intake.database).await.unwrap();
}

async fn count(intake: &Intake, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(&intake.database).await.unwrap()
}

/// What the consultation line is told of Zofia Nowak: open, and that a person must look.
async fn looked_up(intake: &Intake) -> (bool, bool) {
    let mut client = intake.connect("consultation_adviser", Consultations::with_interceptor).await;
    let asked = pb::LookUpOpenCaseRequest {
        called_back: true,
        name: "Zofia Nowak".to_owned(),
        birth_date: Some(Date { year: 2016, month: 5, day: 17 }),
        nhs_number: String::new(),
    };
    let told = client.look_up_open_case(asked).await.unwrap().into_inner();
    (told.open, told.perhaps)
}

/// Somebody with an open case, for the look-up.
async fn zofia(intake: &Intake) {
    let zofia = in_register(intake, "Zofia Nowak", Some("2016-05-17"), "").await;
    episode(intake, zofia, "section_17", None).await;
}

#[tokio::test]
async fn r8_who_is_held_under_keys_of_before_is_known_to_the_next_contact() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(unnumbered()).await;
    zofia(&intake).await;
    history(&intake, &first.contact_id).await;
    execute(&intake, OF_BEFORE).await;
    let second = intake.submit(unnumbered()).await;
    let people = history(&intake, &second.contact_id).await;
    assert!(match_with(&people[0], &first.child_ids[0]).is_some());
    assert_eq!(looked_up(&intake).await, (true, false));
    let folded = "SELECT count(*) FROM intake.person WHERE household_folded <> '{}'";
    assert_eq!(count(&intake, folded).await, 4, "the children of both contacts");
}

#[tokio::test]
async fn r8_nobody_is_matched_before_all_keys_are_made_anew_by_whoever_starts_next() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(unnumbered()).await;
    zofia(&intake).await;
    history(&intake, &first.contact_id).await;
    execute(&intake, HINDERED).await;
    execute(&intake, OF_BEFORE).await;
    let second = intake.submit(unnumbered()).await;
    let asked = pb::GetHistoryRequest {
        contact_id: second.contact_id.clone(),
        purpose: Purpose::Screening.into(),
    };
    let read = register(&intake, "mash_manager").await.get_history(asked).await.unwrap();
    assert!(read.into_inner().matching_continues, "the contact is taken, and shown as not matched");
    assert_eq!(looked_up(&intake).await, (false, true), "a person must look");
    assert!(count(&intake, "SELECT count(*) FROM intake.unmatched").await > 0);

    let intake = intake.started_again().await;
    execute(&intake, "DROP TRIGGER hinders ON intake.person").await;
    let people = history(&intake, &second.contact_id).await;
    assert!(match_with(&people[0], &first.child_ids[0]).is_some());
    assert_eq!(looked_up(&intake).await, (true, false));
}

/// The register's lock, once whoever waited for it is through.
async fn lock_register(intake: &Intake) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut tx = intake.database.begin().await.unwrap();
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('intake.register', 0))";
    sqlx::query(lock).execute(&mut *tx).await.unwrap();
    tx
}

/// A round of matching begins and ends.
async fn one_round(intake: &Intake) {
    let held = lock_register(intake).await;
    eventually("the matcher waits for the register", async || {
        let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        (count(intake, waiting).await > 0).then_some(())
    })
    .await;
    held.rollback().await.unwrap();
    lock_register(intake).await.rollback().await.unwrap();
}

#[tokio::test]
async fn r8_nobody_is_matched_beside_keys_of_a_later_version_until_all_are_made_anew() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(unnumbered()).await;
    zofia(&intake).await;
    history(&intake, &first.contact_id).await;
    let of_later = "UPDATE intake.person SET keyed_as = 32767 WHERE name = 'Zofia Nowak'";
    execute(&intake, of_later).await;
    let second = intake.submit(unnumbered()).await;
    one_round(&intake).await;
    let waiting = "SELECT count(*) FROM intake.unmatched";
    assert!(count(&intake, waiting).await > 0, "they would be asked for in vain");
    assert!(looked_up(&intake).await.1, "a person must look");

    // The later version was taken back.
    execute(&intake, OF_BEFORE).await;
    let people = history(&intake, &second.contact_id).await;
    assert!(match_with(&people[0], &first.child_ids[0]).is_some());
}

#[tokio::test]
async fn r8_two_replicas_make_keys_anew_and_each_entry_has_its_own() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(unnumbered()).await;
    history(&intake, &first.contact_id).await;
    let of_first = "SELECT count(*) FROM intake.person_key JOIN intake.person ON person_id = id \
         WHERE source_ref IS NULL";
    let keys = count(&intake, of_first).await;
    let other = intake.replica().await;
    execute(
        &intake,
        "UPDATE intake.person_key SET key = key # 4242; UPDATE intake.person SET keyed_as = 0; \
         INSERT INTO intake.person (id, name, birth_date, source_ref) \
         SELECT gen_random_uuid(), 'Ada Lovelace', '2016-05-17', n::text \
         FROM generate_series(1, 900) AS n",
    )
    .await;
    eventually("all are keyed anew", async || {
        let earlier = "SELECT count(*) FROM intake.person WHERE keyed_as = 0";
        (count(&other, earlier).await == 0).then_some(())
    })
    .await;
    assert_eq!(count(&intake, of_first).await, keys, "none of before is left");
    let held = "SELECT count(DISTINCT person_id) FROM intake.person_key";
    assert_eq!(count(&intake, held).await, 903);
    let second = other.submit(unnumbered()).await;
    let people = history(&other, &second.contact_id).await;
    assert!(match_with(&people[0], &first.child_ids[0]).is_some());
}
