//! Requests for information: how they come in, who has them, and by when (R54, R55).

use harness::{Bearer, Stage, fact_of, fields_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    event::Event,
    intake::v1::{
        self as pb, InformationRequestKind as Kind, InformationRequestState as State,
        RequesterVerification, information_request_service_client::InformationRequestServiceClient,
    },
    terms::v1::{BasisKind, ClockEnding, ClockKind, Date, Purpose},
};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::stage::{Intake, MORNING, in_register};

pub type Client = InformationRequestServiceClient<InterceptedService<Channel, Bearer>>;

pub async fn client(intake: &Intake, role: &str) -> Client {
    let bearer = Stage::shared().person(role, intake.clock.now());
    let channel = Stage::shared().channel(&intake.place.address).await;
    InformationRequestServiceClient::with_interceptor(channel, bearer)
}

pub fn new_id() -> String {
    Uuid::new_v4().to_string()
}

/// A social worker of another authority, who was called back, asks about a boy.
pub fn question() -> pb::ReceiveInformationRequestRequest {
    pb::ReceiveInformationRequestRequest {
        request_id: new_id(),
        received_at: None,
        kind: Kind::Routine.into(),
        requester: Some(pb::Requester {
            name: "Nimmi Rao".to_owned(),
            organisation: "Islington Children's Services".to_owned(),
            capacity: "social worker".to_owned(),
            contact_details: "nimmi.rao@example.org".to_owned(),
            country: "GB".to_owned(),
        }),
        authority: "Child and Family Assessment, Children Act 1989 section 17".to_owned(),
        purpose: "To know what support the family had in Hackney.".to_owned(),
        asked_for: "Contacts and services since 2020.".to_owned(),
        named_basis: BasisKind::Consent.into(),
        subjects: vec![pb::InformationSubject {
            name: "Kofi Mensah".to_owned(),
            birth_date: Some(Date { year: 2016, month: 5, day: 17 }),
            nhs_number: "9434765919".to_owned(),
        }],
        verification: RequesterVerification::CallBack.into(),
    }
}

/// Puts Kofi into the register, with an open case at a unit.
pub async fn open_case(intake: &Intake) {
    let person = in_register(intake, "", None, "9434765919").await;
    sqlx::query(
        "INSERT INTO intake.episode (id, person_id, kind, unit, opened_on)
         VALUES ($1, $2, 'section_17', 'Unit 7', '2026-01-05')",
    )
    .bind(Uuid::new_v4())
    .bind(person)
    .execute(&intake.database)
    .await
    .unwrap();
}

pub async fn received(
    client: &mut Client,
    request: pb::ReceiveInformationRequestRequest,
) -> pb::ReceiveInformationRequestResponse {
    client.receive_information_request(request).await.unwrap().into_inner()
}

pub async fn get(client: &mut Client, id: &str) -> pb::InformationRequest {
    let request = pb::GetInformationRequestRequest {
        information_request_id: id.to_owned(),
        purpose: Purpose::InformationRequest.into(),
    };
    client.get_information_request(request).await.unwrap().into_inner().request.unwrap()
}

pub async fn event<E: Event + Default>(intake: &Intake, id: &str) -> E {
    let statement = "SELECT payload FROM messaging.event WHERE aggregate = $1 AND type = $2";
    let payload: Vec<u8> = sqlx::query_scalar(statement)
        .bind(id.parse::<Uuid>().unwrap())
        .bind(E::full_name())
        .fetch_one(&intake.database)
        .await
        .unwrap();
    E::decode(payload.as_slice()).unwrap()
}

fn passing(
    receipt: &pb::ReceiveInformationRequestResponse,
    unit: &str,
) -> pb::PassInformationRequestRequest {
    pb::PassInformationRequestRequest {
        request_id: new_id(),
        information_request_id: receipt.information_request_id.clone(),
        revision: receipt.revision,
        unit: unit.to_owned(),
    }
}

fn taking(id: &str, revision: i64) -> pb::RecordInformationRequestReceiptRequest {
    pb::RecordInformationRequestReceiptRequest {
        request_id: new_id(),
        information_request_id: id.to_owned(),
        revision,
        received_by: "Consultant social worker, Unit 7".to_owned(),
        receipt_at: None,
    }
}

fn at(text: &str) -> Option<prost_types::Timestamp> {
    Some(to_timestamp(text.parse::<Timestamp>().unwrap()))
}

#[tokio::test]
async fn r55_a_request_is_due_ten_working_days_after_receipt() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "screening_practitioner").await;
    let friday = *MORNING - SignedDuration::from_hours(4 * 24);
    let given = pb::ReceiveInformationRequestRequest {
        received_at: Some(to_timestamp(friday)),
        ..question()
    };
    let receipt = received(&mut client, given.clone()).await;
    assert_eq!(receipt.deadline, at("2026-12-04T17:00:00Z"));
    assert!(!receipt.open_case && !receipt.foreign && !receipt.to_be_dated);
    assert!(received(&mut client, given.clone()).await == receipt, "sent twice, it is one");

    let id = &receipt.information_request_id;
    let told: pb::InformationRequestReceived = event(&intake, id).await;
    assert_eq!(told.received_at, Some(to_timestamp(friday)));
    assert_eq!(told.recorded_at, Some(to_timestamp(*MORNING)));
    let [clock] = told.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!((clock.started_at, clock.deadline), (told.received_at, receipt.deadline));
    assert_eq!(clock.kind(), ClockKind::InformationRequest);

    let shown = get(&mut client, id).await;
    assert!(shown.requester == given.requester && shown.subjects == given.subjects);
    assert_eq!((shown.authority, shown.purpose), (given.authority, given.purpose));
    assert_eq!((shown.asked_for, shown.named_basis), (given.asked_for, given.named_basis));
    let line = shown.line.unwrap();
    assert_eq!((line.state(), line.reference), (State::Received, receipt.reference));
}

#[tokio::test]
async fn r54_with_an_open_case_it_goes_to_the_unit_which_says_that_it_has_it() {
    let intake = Intake::start(*MORNING).await;
    open_case(&intake).await;
    let mut client = client(&intake, "screening_practitioner").await;
    let receipt = received(&mut client, question()).await;
    assert!(receipt.open_case);
    assert_eq!(receipt.deadline, at("2026-11-24T11:00:00Z"));
    let id = receipt.information_request_id.clone();
    assert_eq!(get(&mut client, &id).await.open_case_units, ["Unit 7"]);

    let pass = passing(&receipt, "Unit 7");
    let passed = client.pass_information_request(pass.clone()).await.unwrap().into_inner();
    assert_eq!(passed.receipt_due, at("2026-11-24T12:00:00Z"));
    assert!(client.pass_information_request(pass).await.unwrap().into_inner() == passed);
    let started: pb::InformationRequestReceived = event(&intake, &id).await;
    let told: pb::InformationRequestPassed = event(&intake, &id).await;
    assert_eq!(told.clocks_ended[0].clock_id, started.clocks_started[0].clock_id);
    assert_eq!(told.clocks_ended[0].ending(), ClockEnding::Replaced);
    assert_eq!(told.clocks_started[0].deadline, passed.receipt_due);
    assert_eq!(told.clocks_started[0].kind(), ClockKind::InformationRequestReceipt);

    intake.clock.advance(SignedDuration::from_mins(30));
    let early = pb::RecordInformationRequestReceiptRequest {
        receipt_at: Some(to_timestamp(*MORNING - SignedDuration::from_mins(1))),
        ..taking(&id, passed.revision)
    };
    let refused = client.record_information_request_receipt(early).await.err().unwrap();
    assert_eq!(reason_of(&refused), "RECEIPT_BEFORE_PASSING");
    assert_eq!(fact_of(&refused, "field"), "receipt_at");
    let taking = taking(&id, passed.revision);
    client.record_information_request_receipt(taking).await.unwrap();
    let ended: pb::InformationRequestReceiptRecorded = event(&intake, &id).await;
    assert_eq!(ended.clocks_ended[0].clock_id, told.clocks_started[0].clock_id);
    assert_eq!(ended.clocks_ended[0].ending(), ClockEnding::Met);
    let shown = get(&mut client, &id).await;
    assert_eq!(shown.line.unwrap().state(), State::ReceivedByUnit);
    let passed_on = shown.passed_on.unwrap();
    assert_eq!(passed_on.unit, "Unit 7");
    assert_eq!(passed_on.receipt_at, ended.receipt_at);
}

#[tokio::test]
async fn r54_what_is_passed_on_is_no_longer_the_hubs() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "screening_practitioner").await;
    let receipt = received(&mut client, question()).await;
    let id = receipt.information_request_id.clone();
    let untimely = client.record_information_request_receipt(taking(&id, 1)).await.err().unwrap();
    assert_eq!(reason_of(&untimely), "NO_RECEIPT_AWAITED");
    client.pass_information_request(passing(&receipt, "Unit 7")).await.unwrap();
    let receipt = pb::ReceiveInformationRequestResponse { revision: 2, ..receipt };
    let again = client.pass_information_request(passing(&receipt, "Unit 8")).await.err().unwrap();
    assert_eq!(reason_of(&again), "REQUEST_NOT_WITH_HUB");
    let verify = pb::VerifyRequesterRequest {
        request_id: new_id(),
        information_request_id: id,
        revision: 2,
        verification: RequesterVerification::SecureEmail.into(),
    };
    let refused = client.verify_requester(verify).await.err().unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::FailedPrecondition, "REQUEST_NOT_WITH_HUB")
    );
}

#[tokio::test]
async fn r55_a_manager_dates_what_a_court_asks() {
    let intake = Intake::start(*MORNING).await;
    let mut practitioner = client(&intake, "screening_practitioner").await;
    let mut manager = client(&intake, "mash_manager").await;
    let court = pb::ReceiveInformationRequestRequest { kind: Kind::Court.into(), ..question() };
    let receipt = received(&mut practitioner, court).await;
    assert!(receipt.to_be_dated);
    assert_eq!(receipt.deadline, at("2026-12-08T17:00:00Z"), "never without a deadline");
    let date = pb::DateInformationRequestRequest {
        request_id: new_id(),
        information_request_id: receipt.information_request_id.clone(),
        revision: 1,
        deadline: at("2026-11-25T12:00:00Z"),
        reason: "The hearing is on Thursday.".to_owned(),
    };
    let refused = practitioner.date_information_request(date.clone()).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    manager.date_information_request(date.clone()).await.unwrap();
    let shown = get(&mut manager, &receipt.information_request_id).await;
    assert_eq!(shown.first_deadline, receipt.deadline);
    let line = shown.line.unwrap();
    assert_eq!((line.deadline, line.to_be_dated), (date.deadline, false));
    let told: pb::InformationRequestDated = event(&intake, &receipt.information_request_id).await;
    assert_eq!(told.clocks_started[0].deadline, date.deadline);
    assert_eq!(told.clocks_ended[0].ending(), ClockEnding::Replaced);

    let routine = received(&mut practitioner, question()).await;
    let not_theirs = pb::DateInformationRequestRequest {
        request_id: new_id(),
        information_request_id: routine.information_request_id,
        ..date
    };
    let refused = manager.date_information_request(not_theirs).await.err().unwrap();
    assert_eq!(reason_of(&refused), "NOT_DATED_BY_MANAGER");
}

#[tokio::test]
async fn r54_r55_a_date_ends_no_clock_by_which_the_unit_is_to_have_it_and_each_is_kept() {
    let intake = Intake::start(*MORNING).await;
    open_case(&intake).await;
    let mut manager = client(&intake, "mash_manager").await;
    let court = pb::ReceiveInformationRequestRequest { kind: Kind::Court.into(), ..question() };
    let receipt = received(&mut manager, court).await;
    assert!(receipt.open_case);
    let id = receipt.information_request_id.clone();
    let date = |revision, deadline, reason: &str| pb::DateInformationRequestRequest {
        request_id: new_id(),
        information_request_id: id.clone(),
        revision,
        deadline,
        reason: reason.to_owned(),
    };
    let late = date(1, at("2026-11-27T12:00:00Z"), "The hearing is on Friday.");
    let dated = manager.date_information_request(late).await.unwrap().into_inner();
    assert_eq!(dated.due, receipt.deadline, "the unit is to have it before");
    let told: pb::InformationRequestDated = event(&intake, &id).await;
    assert!(told.clocks_ended.is_empty() && told.clocks_started.is_empty());
    let line = get(&mut manager, &id).await.line.unwrap();
    assert_eq!((line.deadline, line.to_be_dated), (receipt.deadline, false));
    let sooner = at("2026-11-24T10:30:00Z");
    let dated = manager.date_information_request(date(2, sooner, "In half an hour.")).await;
    assert_eq!(dated.unwrap().into_inner().due, sooner);
    let kept: Vec<(i64, String)> =
        sqlx::query_as("SELECT revision, reason FROM intake.information_dating ORDER BY revision")
            .fetch_all(&intake.database)
            .await
            .unwrap();
    let reasons = ["The hearing is on Friday.", "In half an hour."].map(str::to_owned);
    assert_eq!(kept, [2, 3].into_iter().zip(reasons).collect::<Vec<_>>());
    let changed = sqlx::query("DELETE FROM intake.information_dating").execute(&intake.database);
    assert!(changed.await.is_err());
}

#[tokio::test]
async fn r55_subject_access_and_freedom_of_information_go_to_governance() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "mash_manager").await;
    let freedom = pb::ReceiveInformationRequestRequest {
        kind: Kind::FreedomOfInformation.into(),
        purpose: String::new(),
        subjects: Vec::new(),
        ..question()
    };
    let receipt = received(&mut client, freedom).await;
    let refused = client.pass_information_request(passing(&receipt, "Unit 7")).await.err().unwrap();
    assert_eq!(reason_of(&refused), "GOES_TO_INFORMATION_GOVERNANCE");
    let passed = client.pass_information_request(passing(&receipt, "")).await.unwrap().into_inner();
    let id = &receipt.information_request_id;
    client.record_information_request_receipt(taking(id, passed.revision)).await.unwrap();
    assert_eq!(get(&mut client, id).await.line.unwrap().state(), State::ReceivedByGovernance);

    let routine = received(&mut client, question()).await;
    let refused = client.pass_information_request(passing(&routine, "")).await.err().unwrap();
    assert_eq!(reason_of(&refused), "UNIT_REQUIRED");
}

#[tokio::test]
async fn r55_the_list_begins_with_what_a_manager_must_date_then_the_nearest_deadline() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "mash_manager").await;
    let days_ago = |days: i64| Some(to_timestamp(*MORNING - SignedDuration::from_hours(24 * days)));
    let mut ids = Vec::new();
    for (kind, received_at) in [
        (Kind::Routine, days_ago(1)),
        (Kind::Routine, days_ago(7)),
        (Kind::UrgentChildProtection, days_ago(0)),
    ] {
        let given =
            pb::ReceiveInformationRequestRequest { kind: kind.into(), received_at, ..question() };
        ids.push(received(&mut client, given).await.information_request_id);
    }
    let mut page = pb::ListInformationRequestsRequest {
        states: vec![],
        page_size: 2,
        page_token: String::new(),
    };
    let mut listed = Vec::new();
    loop {
        let reply = client.list_information_requests(page.clone()).await.unwrap().into_inner();
        assert!(reply.requests.len() <= 2);
        listed.extend(reply.requests.into_iter().map(|line| line.information_request_id));
        if reply.next_page_token.is_empty() {
            break;
        }
        page.page_token = reply.next_page_token;
    }
    assert_eq!(listed, [ids[2].clone(), ids[1].clone(), ids[0].clone()]);
    let answered = pb::ListInformationRequestsRequest {
        states: vec![State::Answered.into()],
        page_size: 0,
        page_token: String::new(),
    };
    let reply = client.list_information_requests(answered).await.unwrap().into_inner();
    assert!(reply.requests.is_empty());
    let bad = pb::ListInformationRequestsRequest {
        states: vec![0],
        page_size: 201,
        page_token: "x".to_owned(),
    };
    let refused = client.list_information_requests(bad).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["states[0]", "page_size", "page_token"]);
}

#[tokio::test]
async fn r61_every_read_of_a_request_stands_in_the_read_log() {
    let intake = Intake::start(*MORNING).await;
    open_case(&intake).await;
    let mut practitioner = client(&intake, "screening_practitioner").await;
    let receipt = received(&mut practitioner, question()).await;
    // The receipt told of an open case, and so stands there too.
    let told: (Vec<Uuid>, String, String) =
        sqlx::query_as("SELECT subjects, action, purpose FROM access.read_log")
            .fetch_one(&intake.database)
            .await
            .unwrap();
    let person: Uuid = sqlx::query_scalar("SELECT id FROM intake.person")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    let action = "InformationRequestService.ReceiveInformationRequest".to_owned();
    assert_eq!(told, (vec![person], action, "PURPOSE_INFORMATION_REQUEST".to_owned()));
    get(&mut client(&intake, "auditor").await, &receipt.information_request_id).await;
    let (subjects, purpose): (Vec<Uuid>, String) = sqlx::query_as(
        "SELECT subjects, purpose FROM access.read_log ORDER BY number DESC LIMIT 1",
    )
    .fetch_one(&intake.database)
    .await
    .unwrap();
    let shown: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM intake.information_request UNION ALL SELECT id FROM intake.information_subject
         UNION ALL SELECT id FROM intake.person",
    )
    .fetch_all(&intake.database)
    .await
    .unwrap();
    assert_eq!(subjects, shown, "the request, whom it is about, and who that is in the register");
    assert_eq!(purpose, "PURPOSE_INFORMATION_REQUEST");
    let without = pb::GetInformationRequestRequest {
        information_request_id: receipt.information_request_id,
        purpose: 0,
    };
    let refused = practitioner.get_information_request(without).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["purpose"]);
}
