//! Whose turn it is to be matched while an import waits (R8), and imports at the same time.

use harness::eventually;
use proto::intake::v1 as pb;
use uuid::Uuid;

use super::{IMPORT, another, case_system, count, counted, import, rows::letters, with};
use crate::{
    register_stage::{matched, siblings},
    stage::{Intake, MORNING},
};

/// Notes which entries are taken from the queue in which transaction.
const NOTED: &str = "
    CREATE TABLE public.taken (number bigserial, person_id uuid, batch text);
    CREATE FUNCTION public.note_taken() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO public.taken (person_id, batch) VALUES (OLD.person_id, pg_current_xact_id()::text);
        RETURN NULL;
    END $$;
    CREATE TRIGGER noted AFTER DELETE ON intake.unmatched FOR EACH ROW EXECUTE FUNCTION public.note_taken();";

/// Two thousand rows of an import and then a contact, none of whom was matched yet: whoever
/// holds the register holds up the matcher.
async fn waiting(
    intake: &Intake,
) -> (pb::SubmitContactResponse, sqlx::Transaction<'static, sqlx::Postgres>) {
    let mut system = case_system(intake).await;
    import(&mut system, &another(), []).await;
    let mut holding = intake.database.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('intake.register', 0))")
        .execute(&mut *holding)
        .await
        .unwrap();
    let rows = (1..=2_000).map(|number| {
        with(number, |row| row.name = format!("{} {}", letters(number), letters(number * 7)))
    });
    let (_, ended) = import(&mut system, IMPORT, rows).await;
    assert_eq!(counted(&ended), (2_000, 0, 0, 0));
    assert_eq!(count(intake, "SELECT count(*) FROM intake.unmatched").await, 2_000, "each once");
    let contact = intake.submit(siblings()).await;
    sqlx::raw_sql(NOTED).execute(&intake.database).await.unwrap();
    (contact, holding)
}

/// Has whatever takes entries of contacts from the queue fail six times with this code.
async fn failing(intake: &Intake, code: &str) {
    let failing = format!(
        "CREATE SEQUENCE public.tries;
         CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF nextval('public.tries') <= 6 THEN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF;
             RETURN OLD;
         END $$;
         CREATE TRIGGER fails BEFORE DELETE ON intake.unmatched FOR EACH ROW
         WHEN (OLD.of_contact) EXECUTE FUNCTION public.fail();"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(failing)).execute(&intake.database).await.unwrap();
}

/// How many rows of the import were matched before the last of these children.
async fn rows_before(intake: &Intake, children: &[String]) -> i64 {
    let children: Vec<Uuid> = children.iter().map(|child| child.parse().unwrap()).collect();
    matched(intake).await;
    let before = "SELECT count(*) FROM public.taken WHERE number < \
         (SELECT max(number) FROM public.taken WHERE person_id = ANY ($1))";
    sqlx::query_scalar(before).bind(children).fetch_one(&intake.database).await.unwrap()
}

#[tokio::test]
async fn r8_a_contact_that_could_not_be_matched_once_stays_before_the_import() {
    let intake = Intake::start(*MORNING).await;
    let (contact, holding) = waiting(&intake).await;
    failing(&intake, "P0001").await;
    holding.rollback().await.unwrap();
    let before = rows_before(&intake, &contact.child_ids).await;
    assert!(before < 1_000, "{before} rows were matched before the contact");
}

#[tokio::test]
async fn r8_who_failed_because_somebody_else_was_in_the_way_keeps_their_place() {
    let intake = Intake::start(*MORNING).await;
    let (contact, holding) = waiting(&intake).await;
    // A deadlock, in which somebody else went on.
    failing(&intake, "40P01").await;
    holding.rollback().await.unwrap();
    let before = rows_before(&intake, &contact.child_ids).await;
    assert!(before < 50, "{before} rows were matched before the contact");
}

#[tokio::test]
async fn r8_a_contact_is_matched_before_the_import_that_waits() {
    let intake = Intake::start(*MORNING).await;
    let (contact, holding) = waiting(&intake).await;
    holding.rollback().await.unwrap();
    let first: Vec<Uuid> = eventually("a batch is matched", async || {
        let first = "SELECT person_id FROM public.taken \
             WHERE batch = (SELECT batch FROM public.taken ORDER BY number LIMIT 1)";
        let first = sqlx::query_scalar(first).fetch_all(&intake.database).await.unwrap();
        (!first.is_empty()).then_some(first)
    })
    .await;
    for child in &contact.child_ids {
        assert!(first.contains(&child.parse().unwrap()), "{} others were first", first.len());
    }
}

#[tokio::test]
async fn r12_two_imports_of_the_same_people_at_once_both_end() {
    let intake = Intake::start(*MORNING).await;
    for round in 0..6 {
        let (mut one, mut other) = (case_system(&intake).await, case_system(&intake).await);
        // The same people, in one order and in the other.
        let rows = |school: &'static str, person: fn(i32) -> i32| {
            let told = move |number| {
                let person = person(number);
                with(number, |row| {
                    row.person_ref = format!("P{person}");
                    row.episode_ref = format!("E{person}");
                    row.name = format!("{} {}", letters(person), letters(person * 7));
                    row.school = format!("{school} {round}");
                })
            };
            (1..=400).map(told)
        };
        let (there, back) = (another(), another());
        let ((_, there), (_, back)) = tokio::join!(
            import(&mut one, &there, rows("Gayhurst", |number| number)),
            import(&mut other, &back, rows("Mandeville", |number| 401 - number)),
        );
        for ended in [there, back] {
            assert_eq!((ended.refused, ended.created + ended.changed + ended.unchanged), (0, 400));
        }
    }
}
