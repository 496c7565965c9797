//! Requests for information that come back to the hub, that are corrected, and that hear of an open
//! case later (R54–R56).

use harness::{Stage, eventually, fact_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, InformationRequestKind as Kind, InformationRequestState as State},
    terms::v1::{ClockEnding, ClockKind, Date},
};
use tonic::Code;

use crate::{
    information_decisions::answer,
    information_requests::{Client, client, event, get, new_id, open_case, question, received},
    stage::{Intake, MORNING, violations},
};

fn at(text: &str) -> Option<prost_types::Timestamp> {
    Some(to_timestamp(text.parse::<Timestamp>().unwrap()))
}

fn taking_back(id: &str, revision: i64) -> pb::TakeBackInformationRequestRequest {
    pb::TakeBackInformationRequestRequest {
        request_id: new_id(),
        information_request_id: id.to_owned(),
        revision,
        reason: "Unit 7 says that the case is Unit 9's.".to_owned(),
    }
}

async fn pass(client: &mut Client, id: &str, revision: i64, unit: &str) -> i64 {
    let pass = pb::PassInformationRequestRequest {
        request_id: new_id(),
        information_request_id: id.to_owned(),
        revision,
        unit: unit.to_owned(),
    };
    client.pass_information_request(pass).await.unwrap().into_inner().revision
}

async fn receive(client: &mut Client, id: &str, revision: i64) -> i64 {
    let receipt = pb::RecordInformationRequestReceiptRequest {
        request_id: new_id(),
        information_request_id: id.to_owned(),
        revision,
        received_by: "Duty worker".to_owned(),
        receipt_at: None,
    };
    client.record_information_request_receipt(receipt).await.unwrap().into_inner().revision
}

fn correcting(
    id: &str,
    revision: i64,
    correction: pb::InformationRequestCorrection,
) -> pb::CorrectInformationRequestRequest {
    pb::CorrectInformationRequestRequest {
        request_id: new_id(),
        information_request_id: id.to_owned(),
        revision,
        correction: Some(correction),
        reason: "It was taken down wrong.".to_owned(),
    }
}

fn nothing() -> pb::InformationRequestCorrection {
    pb::InformationRequestCorrection::default()
}

/// The opaque id of the person who has a role.
fn person(role: &str) -> String {
    Stage::shared().signer().person(role).unwrap().sub.to_string()
}

#[tokio::test]
async fn r54_what_a_unit_says_is_not_its_own_is_taken_back_and_passed_again() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = client(&intake, "screening_practitioner").await;
    let receipt = received(&mut worker, question()).await;
    let id = receipt.information_request_id.clone();
    let untimely = worker.take_back_information_request(taking_back(&id, 1)).await.err().unwrap();
    assert_eq!(reason_of(&untimely), "REQUEST_WITH_HUB");
    let revision = pass(&mut worker, &id, 1, "Unit 7").await;
    let passed: pb::InformationRequestPassed = event(&intake, &id).await;
    intake.clock.advance(SignedDuration::from_mins(30));
    let given = taking_back(&id, revision);
    let back = worker.take_back_information_request(given.clone()).await.unwrap().into_inner();
    let again = worker.take_back_information_request(given).await.unwrap().into_inner();
    assert!(again == back, "sent twice, it is one");
    assert_eq!(back.deadline, receipt.deadline, "no time is won");
    let told: pb::InformationRequestTakenBack = event(&intake, &id).await;
    assert_eq!((told.state(), told.open_case), (State::PassedToUnit, false));
    assert_eq!(told.clocks_ended[0].clock_id, passed.clocks_started[0].clock_id);
    assert_eq!(told.clocks_ended[0].ending(), ClockEnding::Replaced);
    let [clock] = told.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!((clock.kind(), clock.deadline), (ClockKind::InformationRequest, receipt.deadline));

    let shown = get(&mut worker, &id).await;
    assert_eq!(shown.line.unwrap().state(), State::Received);
    assert!(shown.passed_on.is_none());
    let [kept] = shown.taken_back.as_slice() else { panic!("one passing") };
    let passed_on = kept.passed_on.clone().unwrap();
    assert_eq!((&*passed_on.unit, &*passed_on.received_by), ("Unit 7", ""));
    assert_eq!(kept.reason, "Unit 7 says that the case is Unit 9's.");
    assert_eq!(kept.taken_back_by, person("screening_practitioner"));
    assert_eq!(kept.taken_back_at, told.taken_back_at);

    // The next one runs anew; and after a receipt it comes back too, with no clock to end.
    let revision = pass(&mut worker, &id, back.revision, "Unit 9").await;
    assert_eq!(get(&mut worker, &id).await.line.unwrap().deadline, at("2026-11-24T12:30:00Z"));
    let revision = receive(&mut worker, &id, revision).await;
    let back = worker.take_back_information_request(taking_back(&id, revision)).await.unwrap();
    let back = back.into_inner();
    let told = intake.told::<pb::InformationRequestTakenBack>(&id).await.remove(1);
    assert_eq!(told.state(), State::ReceivedByUnit);
    assert!(told.clocks_ended.is_empty() && told.clocks_started.len() == 1);
    let shown = get(&mut worker, &id).await;
    assert_eq!(shown.taken_back[1].passed_on.clone().unwrap().received_by, "Duty worker");
    let answered = pb::AnswerInformationRequestRequest { revision: back.revision, ..answer(&id) };
    worker.answer_information_request(answered).await.unwrap();
    let over = worker.take_back_information_request(taking_back(&id, back.revision + 1)).await;
    assert_eq!(reason_of(&over.err().unwrap()), "REQUEST_NOT_WITH_HUB");
}

#[tokio::test]
async fn r54_an_open_case_that_comes_back_is_late_at_once_and_a_managers_date_stays() {
    let intake = Intake::start(*MORNING).await;
    let mut manager = client(&intake, "mash_manager").await;
    let court = pb::ReceiveInformationRequestRequest { kind: Kind::Court.into(), ..question() };
    let id = received(&mut manager, court).await.information_request_id;
    let date = pb::DateInformationRequestRequest {
        request_id: new_id(),
        information_request_id: id.clone(),
        revision: 1,
        deadline: at("2026-11-26T12:00:00Z"),
        reason: "The hearing is on Thursday.".to_owned(),
    };
    manager.date_information_request(date).await.unwrap();
    let revision = pass(&mut manager, &id, 2, "Unit 7").await;
    let back = manager.take_back_information_request(taking_back(&id, revision)).await.unwrap();
    let back = back.into_inner();
    assert_eq!((back.deadline, back.to_be_dated), (at("2026-11-26T12:00:00Z"), false));

    let other = Intake::start(*MORNING).await;
    open_case(&other).await;
    let mut worker = client(&other, "screening_practitioner").await;
    let id = received(&mut worker, question()).await.information_request_id;
    let revision = pass(&mut worker, &id, 1, "Unit 9").await;
    receive(&mut worker, &id, revision).await;
    other.clock.advance(SignedDuration::from_hours(2));
    let mut worker = client(&other, "screening_practitioner").await;
    let back = worker.take_back_information_request(taking_back(&id, revision + 1)).await.unwrap();
    let back = back.into_inner();
    assert!(back.open_case);
    assert_eq!(back.deadline, at("2026-11-24T11:00:00Z"), "the hour from its receipt");
}

#[tokio::test]
async fn r55_what_went_to_governance_by_mistake_comes_back_and_is_corrected() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = client(&intake, "screening_practitioner").await;
    let freedom = pb::ReceiveInformationRequestRequest {
        kind: Kind::FreedomOfInformation.into(),
        purpose: String::new(),
        subjects: Vec::new(),
        ..question()
    };
    let id = received(&mut worker, freedom).await.information_request_id;
    let revision = pass(&mut worker, &id, 1, "").await;
    let passed = correcting(
        &id,
        revision,
        pb::InformationRequestCorrection { country: "FR".to_owned(), ..nothing() },
    );
    let refused = worker.correct_information_request(passed).await.err().unwrap();
    assert_eq!(reason_of(&refused), "REQUEST_NOT_WITH_HUB");
    let back = worker.take_back_information_request(taking_back(&id, revision)).await.unwrap();
    let revision = back.into_inner().revision;
    let told: pb::InformationRequestTakenBack = event(&intake, &id).await;
    assert_eq!(told.state(), State::PassedToGovernance);

    let routine = || pb::InformationRequestCorrection { kind: Kind::Routine.into(), ..nothing() };
    let refused = worker.correct_information_request(correcting(&id, revision, routine())).await;
    let named: Vec<_> =
        violations(&refused.err().unwrap()).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, ["correction.purpose", "correction.subjects"]);
    let whole = pb::InformationRequestCorrection {
        purpose: Some("To know what support there was.".to_owned()),
        subjects: question().subjects,
        ..routine()
    };
    let now = worker.correct_information_request(correcting(&id, revision, whole)).await;
    let revision = now.unwrap().into_inner().revision;
    let shown = get(&mut worker, &id).await;
    assert_eq!(shown.line.unwrap().kind(), Kind::Routine);
    assert!(shown.subjects == question().subjects);
    let [kept] = shown.corrections.as_slice() else { panic!("one correction") };
    let before = pb::InformationRequestCorrection {
        kind: Kind::FreedomOfInformation.into(),
        purpose: Some(String::new()),
        ..nothing()
    };
    assert!(kept.before == Some(before));
    assert_eq!(kept.corrected_by, person("screening_practitioner"));
    pass(&mut worker, &id, revision, "Unit 7").await;
}

#[tokio::test]
async fn r31_r54_whom_a_request_is_about_is_corrected_and_their_open_case_is_seen() {
    let intake = Intake::start(*MORNING).await;
    open_case(&intake).await;
    let mut worker = client(&intake, "screening_practitioner").await;
    let wrong = pb::InformationSubject {
        name: "Koffi Mennsah".to_owned(),
        birth_date: Some(Date { year: 2011, month: 3, day: 2 }),
        nhs_number: String::new(),
    };
    let given =
        pb::ReceiveInformationRequestRequest { subjects: vec![wrong.clone()], ..question() };
    let receipt = received(&mut worker, given).await;
    let id = receipt.information_request_id.clone();
    assert!(!receipt.open_case);
    intake.clock.advance(SignedDuration::from_mins(5));
    let right = pb::InformationRequestCorrection { subjects: question().subjects, ..nothing() };
    let now = worker.correct_information_request(correcting(&id, 1, right)).await.unwrap();
    let now = now.into_inner();
    assert!(now.open_case);
    assert_eq!(now.deadline, at("2026-11-24T11:05:00Z"));
    let started: pb::InformationRequestReceived = event(&intake, &id).await;
    let told: pb::InformationRequestCorrected = event(&intake, &id).await;
    assert!(told.open_case && !told.foreign);
    assert_eq!(told.clocks_ended[0].clock_id, started.clocks_started[0].clock_id);
    assert_eq!(told.clocks_started[0].deadline, now.deadline);
    let shown = get(&mut worker, &id).await;
    assert!(shown.subjects == question().subjects);
    assert_eq!(shown.open_case_units, ["Unit 7"]);
    let kept = &shown.corrections[0];
    assert!(kept.before.clone().unwrap().subjects == [wrong]);
    assert_eq!(kept.deadline_before, receipt.deadline);
    // From the bytes of the event nobody is known (R63).
    let payload: Vec<u8> =
        sqlx::query_scalar("SELECT payload FROM messaging.event WHERE type = $1")
            .bind("mash.intake.v1.InformationRequestCorrected")
            .fetch_one(&intake.database)
            .await
            .unwrap();
    assert!(!payload.windows(5).any(|window| window == b"Kofi "));
    for table in ["information_correction", "information_taken_back"] {
        let statement = sqlx::AssertSqlSafe(format!("TRUNCATE intake.{table}"));
        assert!(sqlx::query(statement).execute(&intake.database).await.is_err(), "{table}");
    }
}

#[tokio::test]
async fn r55_r56_what_is_corrected_is_timed_and_decided_by_what_it_says_now() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = client(&intake, "screening_practitioner").await;
    let mut manager = client(&intake, "mash_manager").await;
    let receipt = received(&mut worker, question()).await;
    let id = receipt.information_request_id.clone();
    let refused = worker.correct_information_request(correcting(&id, 1, nothing())).await;
    assert_eq!(violations(&refused.err().unwrap())[0].0, "correction");
    let late = pb::InformationRequestCorrection {
        received_at: Some(to_timestamp(*MORNING + SignedDuration::from_secs(1))),
        ..nothing()
    };
    let refused = worker.correct_information_request(correcting(&id, 1, late)).await;
    assert_eq!(violations(&refused.err().unwrap())[0].0, "correction.received_at");

    let friday = *MORNING - SignedDuration::from_hours(4 * 24);
    let earlier = pb::InformationRequestCorrection {
        received_at: Some(to_timestamp(friday)),
        country: "FR".to_owned(),
        ..nothing()
    };
    let now = worker.correct_information_request(correcting(&id, 1, earlier)).await.unwrap();
    let now = now.into_inner();
    assert!(now.foreign && !now.to_be_dated);
    assert_eq!(now.deadline, at("2026-12-04T17:00:00Z"));
    let told: pb::InformationRequestCorrected = event(&intake, &id).await;
    assert_eq!(told.received_at, Some(to_timestamp(friday)));
    assert_eq!(told.clocks_started[0].started_at, told.received_at);
    let shown = get(&mut worker, &id).await;
    assert_eq!((shown.first_deadline, shown.line.unwrap().foreign), (now.deadline, true));
    let before = shown.corrections[0].before.clone().unwrap();
    assert_eq!((&*before.country, before.received_at), ("GB", Some(to_timestamp(*MORNING))));
    let answered = pb::AnswerInformationRequestRequest { revision: 2, ..answer(&id) };
    let refused = worker.answer_information_request(answered).await.err().unwrap();
    assert_eq!(fact_of(&refused, "rule"), "R56");

    // What makes it anybody's again is a manager's.
    let home = pb::InformationRequestCorrection { country: "GB".to_owned(), ..nothing() };
    let refused = worker.correct_information_request(correcting(&id, 2, home.clone())).await;
    let refused = refused.err().unwrap();
    let facts = (refused.code(), fact_of(&refused, "rule"));
    assert_eq!(facts, (Code::PermissionDenied, "R56".to_owned()));
    let now = manager.correct_information_request(correcting(&id, 2, home)).await.unwrap();
    assert!(!now.into_inner().foreign);
    let court = pb::InformationRequestCorrection { kind: Kind::Court.into(), ..nothing() };
    let now = worker.correct_information_request(correcting(&id, 3, court)).await.unwrap();
    assert!(now.into_inner().to_be_dated);
    let told = intake.told::<pb::InformationRequestCorrected>(&id).await.remove(2);
    assert!(told.clocks_ended.is_empty() && told.clocks_started.is_empty(), "its clock goes on");
}

/// The line of a request on the list, once it has an open case or has none.
async fn once_open_is(intake: &Intake, id: &str, open: bool) -> pb::InformationRequestLine {
    eventually("the request was looked at again", async || {
        let mut manager = client(intake, "mash_manager").await;
        let all = pb::ListInformationRequestsRequest::default();
        let listed = manager.list_information_requests(all).await.unwrap().into_inner();
        let line = listed.requests.into_iter().find(|it| it.information_request_id == id);
        line.filter(|line| line.open_case == open)
    })
    .await
}

#[tokio::test]
async fn r54_an_open_case_that_is_heard_of_later_starts_the_hour_of_its_request() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = client(&intake, "screening_practitioner").await;
    let first = received(&mut worker, question()).await;
    let mut about_another = question();
    about_another.subjects = vec![pb::InformationSubject {
        name: "Chloe Harper".to_owned(),
        birth_date: Some(Date { year: 2012, month: 1, day: 9 }),
        nhs_number: String::new(),
    }];
    let other = received(&mut worker, about_another).await;
    let id = first.information_request_id.clone();
    assert!(!first.open_case);
    // The night's import brings the case.
    open_case(&intake).await;
    intake.clock.advance(SignedDuration::from_mins(10));
    let line = once_open_is(&intake, &id, true).await;
    assert_eq!(line.deadline, at("2026-11-24T11:10:00Z"));
    let started: pb::InformationRequestReceived = event(&intake, &id).await;
    let told: pb::InformationRequestOpenCaseChanged = event(&intake, &id).await;
    assert!(told.open_case);
    assert_eq!(told.clocks_ended[0].clock_id, started.clocks_started[0].clock_id);
    assert_eq!(told.clocks_started[0].kind(), ClockKind::InformationRequest);
    assert_eq!(told.clocks_started[0].deadline, line.deadline);
    let untouched = get(&mut worker, &other.information_request_id).await.line.unwrap();
    assert_eq!((untouched.revision, untouched.open_case), (1, false));

    // It is closed again before anybody was told: the hub is to answer, by the first deadline.
    sqlx::query("UPDATE intake.episode SET closed_on = '2026-11-24'")
        .execute(&intake.database)
        .await
        .unwrap();
    intake.clock.advance(SignedDuration::from_mins(10));
    let line = once_open_is(&intake, &id, false).await;
    assert_eq!((line.deadline, line.revision), (first.deadline, 3));
    assert_eq!(intake.told::<pb::InformationRequestOpenCaseChanged>(&id).await.len(), 2);
}

#[tokio::test]
async fn r54_an_open_case_that_is_heard_of_too_late_makes_no_request_less_late() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = client(&intake, "screening_practitioner").await;
    let first = received(&mut worker, question()).await;
    intake.clock.advance(SignedDuration::from_hours(24 * 20));
    open_case(&intake).await;
    let line = once_open_is(&intake, &first.information_request_id, true).await;
    assert_eq!((line.deadline, line.revision), (first.deadline, 2));
    let told: pb::InformationRequestOpenCaseChanged =
        event(&intake, &first.information_request_id).await;
    assert!(told.clocks_started.is_empty() && told.clocks_ended.is_empty());
}

#[tokio::test]
async fn r54_what_was_passed_on_is_not_looked_at_again() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = client(&intake, "screening_practitioner").await;
    let passed = received(&mut worker, question()).await.information_request_id;
    pass(&mut worker, &passed, 1, "Unit 7").await;
    let with_hub = received(&mut worker, question()).await.information_request_id;
    open_case(&intake).await;
    intake.clock.advance(SignedDuration::from_mins(10));
    once_open_is(&intake, &with_hub, true).await;
    let line = get(&mut worker, &passed).await.line.unwrap();
    assert_eq!((line.revision, line.open_case), (2, false));
}

#[tokio::test]
async fn r54_a_request_that_cannot_be_looked_at_again_holds_up_none_of_the_others() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = client(&intake, "screening_practitioner").await;
    let first = received(&mut worker, question()).await.information_request_id;
    let second = received(&mut worker, question()).await.information_request_id;
    let broken = format!(
        "CREATE FUNCTION intake.fault() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'a fault of its own'; END $$;
         CREATE TRIGGER fault BEFORE UPDATE ON intake.information_request FOR EACH ROW
             WHEN (NEW.open_case AND NEW.id = '{first}') EXECUTE FUNCTION intake.fault();"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(broken)).execute(&intake.database).await.unwrap();
    open_case(&intake).await;
    intake.clock.advance(SignedDuration::from_mins(10));
    once_open_is(&intake, &second, true).await;
    assert!(!get(&mut worker, &first).await.line.unwrap().open_case);
    let mended = "DROP TRIGGER fault ON intake.information_request";
    sqlx::query(mended).execute(&intake.database).await.unwrap();
    intake.clock.advance(SignedDuration::from_mins(2));
    let line = once_open_is(&intake, &first, true).await;
    assert_eq!(line.deadline, at("2026-11-24T11:12:00Z"));
}
