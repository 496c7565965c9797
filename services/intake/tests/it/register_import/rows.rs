//! What rows say: taken, brought up to date, refused.

use std::time::Duration;

use harness::{Bearer, Stage, reason_of};
use proto::intake::v1::{
    self as pb, EpisodeKind, import_episodes_request as sent,
    register_import_service_client::RegisterImportServiceClient,
};
use tonic::Code;
use uuid::Uuid;

use super::{
    Client, IMPORT, another, case_system, count, counted, day, episodes, header, import, part,
    parts, people, row, send, with,
};
use crate::stage::{Intake, MORNING, violations};

#[tokio::test]
async fn r9_an_import_fills_the_register() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    let closed = with(2, |row| {
        row.person_ref = "P1".to_owned();
        row.kind = EpisodeKind::EarlyHelp.into();
        row.opened_on = day(2025, 1, 1);
        row.closed_on = day(2025, 6, 30);
    });
    let (refused, ended) = import(&mut system, IMPORT, [row(1), closed]).await;
    assert!(refused.is_empty());
    assert_eq!((ended.position, counted(&ended)), (2, (2, 0, 0, 0)));
    let person: (String, String, String, i64) = sqlx::query_as(
        "SELECT source_ref, name, postcode, (SELECT count(*) FROM intake.person_key) FROM intake.person",
    )
    .fetch_one(&intake.database)
    .await
    .unwrap();
    assert_eq!(
        (person.0.as_str(), person.1.as_str(), person.2.as_str()),
        ("mosaic:P1", "Chidera Okafor", "E8 1EA")
    );
    assert!(person.3 > 3, "the person is found by keys (R8)");
    let told: Vec<(String, String, String, Option<String>)> = sqlx::query_as(
        "SELECT source_ref, kind::text, unit, closed_on::text FROM intake.episode ORDER BY 1",
    )
    .fetch_all(&intake.database)
    .await
    .unwrap();
    let unit = || "Family Support 3".to_owned();
    let expected = [
        ("mosaic:E1".to_owned(), "section_17".to_owned(), unit(), None),
        ("mosaic:E2".to_owned(), "early_help".to_owned(), unit(), Some("2025-06-30".to_owned())),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn r9_a_bad_row_is_named_by_number_and_field_and_the_others_are_taken() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    let rows = [
        row(1),
        with(3, |row| {
            row.person_ref = "=1+1".to_owned();
            row.episode_ref = String::new();
            row.name = " ".to_owned();
            row.birth_date = day(2027, 12, 24);
            row.nhs_number = "9434765918".to_owned();
            row.upn = "B950000178301".to_owned();
            row.postcode = "nowhere".to_owned();
            row.sex = "X".to_owned();
            row.kind = 4;
            row.opened_on = None;
        }),
        with(7, |row| row.closed_on = day(2026, 8, 31)),
        with(8, |row| row.opened_on = day(2026, 11, 26)),
        with(9, |row| row.birth_date = day(2026, 2, 30)),
        with(10, |row| {
            row.address = "x".repeat(501);
            row.school = "a\0b".to_owned();
            row.unit = "x".repeat(201);
            row.worker = "x".repeat(201);
            row.closed_on = day(2026, 13, 1);
        }),
        // A formula is a name like any other; a child may be expected.
        with(11, |row| {
            row.name = "=HYPERLINK(\"http://example.org\")".to_owned();
            row.birth_date = day(2027, 8, 1);
        }),
    ];
    let (refused, ended) = import(&mut system, IMPORT, rows).await;
    assert_eq!((ended.position, counted(&ended)), (11, (2, 0, 0, 5)));
    let refused: Vec<(i32, Vec<&str>)> = refused
        .iter()
        .map(|row| (row.number, row.problems.iter().map(|bad| bad.field.as_str()).collect()))
        .collect();
    let everything = [
        "birth_date",
        "episode_ref",
        "kind",
        "name",
        "nhs_number",
        "opened_on",
        "person_ref",
        "postcode",
        "sex",
        "upn",
    ];
    let mut first = refused[0].clone();
    first.1.sort_unstable();
    assert_eq!(first, (3, everything.to_vec()));
    let mut last = refused[4].clone();
    last.1.sort_unstable();
    assert_eq!(last, (10, vec!["address", "closed_on", "school", "unit", "worker"]));
    let between = [(7, vec!["closed_on"]), (8, vec!["opened_on"]), (9, vec!["birth_date"])];
    assert_eq!(refused[1..4], between);
    assert_eq!(episodes(&intake).await, 2);
}

#[tokio::test]
async fn r9_no_value_of_a_bad_row_is_in_an_answer() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    let secret = "Zebedee";
    let bad = with(1, |row| {
        for field in [
            &mut row.person_ref,
            &mut row.episode_ref,
            &mut row.name,
            &mut row.nhs_number,
            &mut row.upn,
            &mut row.postcode,
            &mut row.sex,
            &mut row.address,
            &mut row.school,
            &mut row.unit,
            &mut row.worker,
        ] {
            *field = format!("{secret} {}", "x".repeat(600));
        }
    });
    let (refused, _) = import(&mut system, IMPORT, [bad]).await;
    assert_eq!(refused[0].problems.len(), 11);
    for problem in &refused[0].problems {
        assert!(!problem.description.contains(secret), "{}", problem.description);
    }
}

#[tokio::test]
async fn r9_another_import_brings_people_and_episodes_up_to_date() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    import(&mut system, &another(), (1..=4).map(row)).await;
    let now = [
        row(1),
        with(2, |row| row.closed_on = day(2026, 11, 20)),
        with(3, |row| {
            row.name = "Chidera Okafor-Reid".to_owned();
            row.nhs_number = "943 476 5919".to_owned();
        }),
        with(4, |row| row.kind = EpisodeKind::Section47.into()),
        row(5),
    ];
    let (_, ended) = import(&mut system, &another(), now).await;
    assert_eq!(counted(&ended), (1, 3, 1, 0));
    let open = "SELECT count(*) FROM intake.episode WHERE closed_on IS NULL";
    assert_eq!(count(&intake, open).await, 4);
    let renamed = "SELECT count(*) FROM intake.person JOIN intake.person_key ON person_id = id \
        WHERE name = 'Chidera Okafor-Reid' AND key = $1";
    let key = intake::matching::Key::nhs("9434765919").number;
    let renamed: Result<i64, _> =
        sqlx::query_scalar(renamed).bind(key).fetch_one(&intake.database).await;
    assert_eq!(renamed.unwrap(), 1);

    // What was closed is opened again.
    let (_, ended) = import(&mut system, &another(), [row(2)]).await;
    assert_eq!(counted(&ended), (0, 1, 0, 0));
    assert_eq!(count(&intake, open).await, 5);
    assert_eq!((people(&intake).await, episodes(&intake).await), (5, 5));
}

#[tokio::test]
async fn r9_of_two_rows_about_one_episode_the_later_counts() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    let later = with(2, |row| {
        row.person_ref = "P9".to_owned();
        row.episode_ref = "E1".to_owned();
        row.unit = "Children Looked After".to_owned();
    });
    let (_, ended) = import(&mut system, IMPORT, [row(1), later]).await;
    assert_eq!(counted(&ended), (1, 1, 0, 0));
    let unit = "SELECT count(*) FROM intake.episode JOIN intake.person ON person.id = person_id \
        WHERE unit = 'Children Looked After' AND person.source_ref = 'mosaic:P9'";
    assert_eq!((count(&intake, unit).await, episodes(&intake).await), (1, 1));
}

#[tokio::test]
async fn r9_of_thousands_of_bad_rows_each_is_named_and_counted() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    let rows = (1..=2_500).map(|number| with(number, |row| row.kind = 0));
    let (refused, ended) = import(&mut system, IMPORT, rows).await;
    let numbers: Vec<i32> = refused.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=2_500).collect::<Vec<_>>());
    assert_eq!((ended.position, counted(&ended)), (2_500, (0, 0, 0, 2_500)));
}

#[tokio::test]
async fn r9_what_is_no_import_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    let row_part = |number| part(sent::Part::Row(row(number)));
    let nothing = pb::ImportEpisodesRequest { part: None };
    for no_import in [
        vec![],
        vec![row_part(1)],
        vec![nothing.clone()],
        vec![header(IMPORT), row_part(0)],
        vec![header(IMPORT), row_part(-1)],
        vec![header(IMPORT), header(IMPORT)],
        vec![header(IMPORT), nothing],
    ] {
        let (_, end) = send(&mut system, no_import).await;
        assert_eq!(reason_of(&end.unwrap_err()), "IMPORT_OUT_OF_ORDER");
    }
    assert_eq!(episodes(&intake).await, 0);
    // What stands before the mistake is taken.
    let (_, end) = send(&mut system, parts(IMPORT, [row(1), row(2), row(2)])).await;
    assert_eq!(reason_of(&end.unwrap_err()), "IMPORT_OUT_OF_ORDER");
    let (_, end) = send(&mut system, parts(IMPORT, [row(1), row(2), row(1_000_001)])).await;
    assert_eq!(reason_of(&end.unwrap_err()), "IMPORT_TOO_LARGE");
    assert_eq!(episodes(&intake).await, 2);
    for system_code in ["", "Mosaic", "mosaic:", &"m".repeat(21)] {
        let bad = pb::ImportHeader { import_id: "1".to_owned(), system: system_code.to_owned() };
        let (_, end) = send(&mut system, vec![part(sent::Part::Header(bad))]).await;
        let named: Vec<String> =
            violations(&end.unwrap_err()).into_iter().map(|(field, _)| field).collect();
        assert_eq!(named, ["header.import_id", "header.system"]);
    }
    let bad = pb::GetImportRequest { import_id: "1".to_owned() };
    violations(&system.get_import(bad).await.err().unwrap());
    let unknown = pb::GetImportRequest { import_id: another() };
    assert_eq!(system.get_import(unknown).await.err().unwrap().code(), Code::NotFound);
}

#[tokio::test]
async fn r9_only_the_case_system_imports_and_it_may_do_nothing_else() {
    let intake = Intake::start(*MORNING).await;
    for role in ["operator", "mash_manager", "notice_sender", "referrer"] {
        let mut other: Client =
            intake.connect(role, RegisterImportServiceClient::with_interceptor).await;
        let refused = send(&mut other, parts(IMPORT, [row(1)])).await.1.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role}");
    }
    // Another sender's import is not there.
    let mut system = case_system(&intake).await;
    import(&mut system, IMPORT, [row(1)]).await;
    let hour = Duration::from_secs(3600);
    let signer = Stage::shared().signer();
    let token = signer.mint(&["case_system"], Uuid::from_u128(7), hour, *MORNING).unwrap();
    let channel = Stage::shared().channel(&intake.place.address).await;
    let mut stranger = RegisterImportServiceClient::with_interceptor(channel, Bearer::of(&token));
    let request = pb::GetImportRequest { import_id: IMPORT.to_owned() };
    assert_eq!(stranger.get_import(request).await.err().unwrap().code(), Code::NotFound);
    let mut reader = intake.as_person("case_system").await;
    let read =
        pb::GetContactRequest { contact_id: another(), purpose: 1, reference: String::new() };
    let refused = reader.get_contact(read).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

/// Which transaction wrote each of the episodes and people, and how many it wrote at most.
async fn writers(intake: &Intake) -> (i64, i64, String) {
    let statement = "
        SELECT count(*), max(together), max(written)
        FROM (SELECT xmin::text, count(*) AS together FROM intake.episode GROUP BY 1) AS writer,
             (SELECT md5(string_agg(row, ',' ORDER BY row)) AS written
              FROM (SELECT id::text || xmin::text FROM intake.episode
                    UNION ALL SELECT id::text || xmin::text FROM intake.person) AS held (row)) AS all_rows";
    sqlx::query_as(statement).fetch_one(&intake.database).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r9_five_hundred_rows_are_one_transaction_and_what_is_unchanged_is_not_written() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    let rows = || {
        (1..=2_600).map(|number| {
            with(number, |row| {
                row.name = format!("{} {}", letters(number), letters(number * 7));
                row.birth_date = day(2008 + number % 17, 1 + number % 12, 1 + number % 28);
                row.postcode = String::new();
            })
        })
    };
    let (_, ended) = import(&mut system, IMPORT, rows()).await;
    assert_eq!(counted(&ended), (2_600, 0, 0, 0));
    let before = writers(&intake).await;
    assert_eq!((before.0, before.1), (6, 500), "transactions, and the rows of the largest");
    let (_, ended) = import(&mut system, &another(), rows()).await;
    assert_eq!(counted(&ended), (0, 0, 2_600, 0));
    assert_eq!(writers(&intake).await, before);
}

/// A name, another one for each number.
pub fn letters(number: i32) -> String {
    number.to_string().bytes().map(|digit| char::from(b'a' + digit - b'0')).collect()
}
