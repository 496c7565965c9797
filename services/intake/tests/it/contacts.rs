//! Contacts as they come in and are read (R1–R14, R38).

use harness::{fact_of, fields_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    event::Event,
    intake::v1::{self as pb, record_basis_request::Basis},
    terms::v1::{ClockKind, Purpose},
};
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::stage::{Intake, MORNING, nobody_there, referral, violations};

fn reading(contact_id: &str) -> pb::GetContactRequest {
    pb::GetContactRequest {
        contact_id: contact_id.to_owned(),
        purpose: Purpose::Screening.into(),
        reference: String::new(),
    }
}

async fn event<E: Event + Default>(intake: &Intake, aggregate: &str) -> E {
    let aggregate: Uuid = aggregate.parse().unwrap();
    let statement = "SELECT payload FROM messaging.event WHERE aggregate = $1 AND type = $2";
    let payload: Vec<u8> = sqlx::query_scalar(statement)
        .bind(aggregate)
        .bind(E::full_name())
        .fetch_one(&intake.database)
        .await
        .unwrap();
    E::decode(payload.as_slice()).unwrap()
}

#[tokio::test]
async fn r1_a_form_comes_through_the_desk_for_whoever_may_raise_it() {
    let intake = Intake::start(*MORNING).await;
    let mut desk = intake.through("desk", "referrer").await;
    let receipt = desk.submit_contact(referral()).await.unwrap().into_inner();
    let told: pb::ContactReceived = event(&intake, &receipt.contact_id).await;
    assert_eq!(told.contact_id, receipt.contact_id);
    // It is no way round what the person may do, nor to anything but raising one.
    let mut auditor = intake.through("desk", "auditor").await;
    let mut checks = intake.through("partner-checks", "referrer").await;
    for raised in
        [auditor.submit_contact(referral()).await, checks.submit_contact(referral()).await]
    {
        assert_eq!(raised.err().unwrap().code(), Code::PermissionDenied);
    }
    let mut manager = intake.through("desk", "mash_manager").await;
    let read = manager.get_contact(reading(&receipt.contact_id)).await;
    assert_eq!(read.err().unwrap().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn r1_a_contact_is_recorded_as_it_was_given() {
    let intake = Intake::start(*MORNING).await;
    let given = referral();
    let receipt = intake
        .as_person("referrer")
        .await
        .submit_contact(given.clone())
        .await
        .unwrap()
        .into_inner();
    let mut manager = intake.as_person("mash_manager").await;
    let contact = manager
        .get_contact(reading(&receipt.contact_id))
        .await
        .unwrap()
        .into_inner()
        .contact
        .unwrap();
    assert_eq!(contact.reference, receipt.reference);
    assert_eq!(contact.concern, given.concern);
    assert!(contact.referrer == given.referrer);
    assert_eq!(
        contact.children.iter().map(|child| child.child_id.clone()).collect::<Vec<_>>(),
        receipt.child_ids
    );
    assert!(
        contact.children.into_iter().filter_map(|child| child.child).collect::<Vec<_>>()
            == given.children
    );
    assert!(
        contact.adults.into_iter().filter_map(|adult| adult.adult).collect::<Vec<_>>()
            == given.adults
    );
    assert!(without_ids(contact.consents) == given.consents);
}

/// Consents as they were given: an id is the hub's own.
fn without_ids(mut consents: Vec<pb::Consent>) -> Vec<pb::Consent> {
    consents.iter_mut().for_each(|consent| consent.consent_id.clear());
    consents
}

#[tokio::test]
async fn r12_the_same_submission_twice_is_one_contact() {
    let intake = Intake::start(*MORNING).await;
    let given = referral();
    let mut twins = Vec::new();
    for _ in 0..8 {
        let (mut client, given) = (intake.as_person("referrer").await, given.clone());
        twins.push(tokio::task::spawn(async move {
            client.submit_contact(given).await.unwrap().into_inner()
        }));
    }
    let mut references = Vec::new();
    for twin in twins {
        references.push(twin.await.unwrap().reference);
    }
    references.dedup();
    assert_eq!(references.len(), 1);
    let contacts: i64 = sqlx::query_scalar("SELECT count(*) FROM intake.contact")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(contacts, 1);
}

#[tokio::test]
async fn r12_the_same_request_id_with_other_content_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let mut client = intake.as_person("referrer").await;
    let given = referral();
    client.submit_contact(given.clone()).await.unwrap();
    let other = pb::SubmitContactRequest { concern: "Something else.".to_owned(), ..given };
    let refused = client.submit_contact(other).await.err().unwrap();
    assert_eq!(reason_of(&refused), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn r13_every_clock_runs_on_received_not_on_recorded() {
    let intake = Intake::start(*MORNING).await;
    let received = *MORNING - SignedDuration::from_hours(20);
    let given =
        pb::SubmitContactRequest { received_at: Some(to_timestamp(received)), ..referral() };
    let receipt = intake.as_person("edt").await.submit_contact(given).await.unwrap().into_inner();
    let event: pb::ContactReceived = event(&intake, &receipt.contact_id).await;
    assert_eq!(event.received_at, Some(to_timestamp(received)));
    assert_eq!(event.recorded_at, Some(to_timestamp(*MORNING)));
    let [clock] = event.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!(clock.started_at, event.received_at);
    // Monday at two: from there it is due at Tuesday's closing, from now at Wednesday's.
    let closing: Timestamp = "2026-11-24T17:00:00Z".parse().unwrap();
    assert_eq!(clock.deadline, Some(to_timestamp(closing)));
    let warned_before = |at: &prost_types::Timestamp| at.seconds < closing.as_second();
    assert!(clock.warnings.iter().all(warned_before));
}

#[tokio::test]
async fn r72_the_initial_decision_is_due_one_working_day_after_receipt() {
    let friday: Timestamp = "2026-11-27T11:00:00Z".parse().unwrap();
    let intake = Intake::start(friday).await;
    let receipt =
        intake.as_person("referrer").await.submit_contact(referral()).await.unwrap().into_inner();
    let event: pb::ContactReceived = event(&intake, &receipt.contact_id).await;
    let [clock] = event.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!(clock.kind(), ClockKind::InitialDecision);
    let monday_at_closing: Timestamp = "2026-11-30T17:00:00Z".parse().unwrap();
    assert_eq!(clock.deadline, Some(to_timestamp(monday_at_closing)));
    assert_eq!(clock.protocol_version, "2025.1");
}

#[tokio::test]
async fn r10_out_of_hours_the_caller_is_given_edt_and_in_danger_999() {
    let sunday: Timestamp = "2026-11-22T23:00:00Z".parse().unwrap();
    let intake = Intake::start(sunday).await;
    let given = pb::SubmitContactRequest { immediate_danger: true, ..referral() };
    let receipt =
        intake.as_person("referrer").await.submit_contact(given).await.unwrap().into_inner();
    assert!(receipt.call_999 && receipt.call_edt);
    let event: pb::ContactReceived = event(&intake, &receipt.contact_id).await;
    assert!(event.immediate_danger && !event.in_hub_hours);
}

#[tokio::test]
async fn r10_the_hub_is_open_from_nine_to_five_of_its_zone_and_on_no_bank_holiday() {
    let (open, closed) = (true, false);
    let instants = [
        // Summer: London is an hour before UTC.
        ("2026-07-01T07:59:59.999Z", closed),
        ("2026-07-01T08:00:00Z", open),
        ("2026-07-01T15:59:59.999Z", open),
        ("2026-07-01T16:00:00Z", closed),
        // The summer bank holiday, and a Saturday.
        ("2026-08-31T11:00:00Z", closed),
        ("2026-11-21T11:00:00Z", closed),
        ("2026-11-24T08:59:59.999Z", closed),
        ("2026-11-24T09:00:00Z", open),
        ("2026-11-24T16:59:59.999Z", open),
        ("2026-11-24T17:00:00Z", closed),
        // Christmas Day, and the Monday in the stead of Boxing Day.
        ("2026-12-25T11:00:00Z", closed),
        ("2026-12-28T11:00:00Z", closed),
        ("2026-12-29T11:00:00Z", open),
    ];
    let intake = Intake::start(instants[0].0.parse().unwrap()).await;
    for (at, is_open) in instants {
        let at: Timestamp = at.parse().unwrap();
        intake.clock.advance(at.duration_since(intake.clock.now()));
        let (significant_harm, consents) = (true, Vec::new());
        let given = pb::SubmitContactRequest { significant_harm, consents, ..referral() };
        let receipt = intake.submit(given).await;
        assert_eq!(receipt.call_edt, !is_open, "{at}");
        assert_eq!(receipt.edt_telephone.is_empty(), is_open, "{at}");
        let event: pb::ContactReceived = event(&intake, &receipt.contact_id).await;
        assert_eq!(event.in_hub_hours, is_open, "{at}");
        let handed: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM intake.hand_over WHERE automatic AND contact_id = $1",
        )
        .bind(receipt.contact_id.parse::<Uuid>().unwrap())
        .fetch_one(&intake.database)
        .await
        .unwrap();
        assert_eq!(handed, i64::from(!is_open), "{at}");
    }
}

#[tokio::test]
async fn r5_r10_a_refusal_in_danger_says_what_to_do_at_once() {
    let intake = Intake::start("2026-11-22T23:00:00Z".parse().unwrap()).await;
    let mut client = intake.as_person("referrer").await;
    let in_danger = || pb::SubmitContactRequest { immediate_danger: true, ..referral() };
    let mut bad = in_danger();
    bad.children[0].sex = "girl".to_owned();
    let mut unknown = in_danger();
    unknown.subjects = vec![pb::ContactSubject {
        subject: Some(pb::contact_subject::Subject::SubjectId(Uuid::new_v4().to_string())),
        child_indexes: Vec::new(),
    }];
    for (given, reason) in [(bad.clone(), "CONTACT_REFUSED"), (unknown, "NOT_FOUND")] {
        let refused = client.submit_contact(given).await.err().unwrap();
        let info = refused.get_details_error_info().unwrap();
        assert_eq!(info.reason, reason);
        assert!(info.metadata["advice"].contains("999"), "{reason}");
        assert_eq!(info.metadata["edt_telephone"], "020 8356 2710");
        if reason == "CONTACT_REFUSED" {
            assert_eq!(fields_of(&refused), ["children[0].sex"]);
        } else {
            assert_eq!(fact_of(&refused, "rule"), "R5");
        }
    }
    // In hub hours only danger is told of; without it the fields are all there is.
    intake.clock.advance(SignedDuration::from_hours(11));
    let mut client = intake.as_person("referrer").await;
    bad.request_id = Uuid::new_v4().to_string();
    let refused = client.submit_contact(bad.clone()).await.err().unwrap();
    let info = refused.get_details_error_info().unwrap();
    assert!(info.metadata["advice"].contains("999") && info.metadata.len() == 1);
    bad.immediate_danger = false;
    let refused = client.submit_contact(bad).await.err().unwrap();
    assert!(refused.get_details_error_info().is_none());
}

#[tokio::test]
async fn r1_who_comes_to_the_door_is_told_of_the_duty_social_worker() {
    let intake = Intake::start(*MORNING).await;
    let walk_in = proto::terms::v1::Channel::WalkIn.into();
    let receipt = intake.submit(pb::SubmitContactRequest { channel: walk_in, ..referral() }).await;
    assert!(receipt.advice.len() == 1 && receipt.advice[0].contains("duty social worker"));
    assert!(intake.submit(referral()).await.advice.is_empty());
}

#[tokio::test]
async fn r3_outside_the_remit_is_recorded_and_shown_to_a_manager() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.children[0].outside_area = true;
    let receipt =
        intake.as_person("referrer").await.submit_contact(given).await.unwrap().into_inner();
    let mut manager = intake.as_person("mash_manager").await;
    let contact = manager
        .get_contact(reading(&receipt.contact_id))
        .await
        .unwrap()
        .into_inner()
        .contact
        .unwrap();
    let [question] = contact.remit_questions.as_slice() else { panic!("one question") };
    assert_eq!(question.reason(), pb::RemitReason::OutsideArea);
    assert_eq!(question.child_id, receipt.child_ids[0]);
}

#[tokio::test]
async fn r38_a_basis_is_recorded_by_a_manager_on_the_revision_that_was_read() {
    let intake = Intake::start(*MORNING).await;
    let receipt =
        intake.as_person("referrer").await.submit_contact(referral()).await.unwrap().into_inner();
    let request = pb::RecordBasisRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        revision: receipt.revision,
        child_ids: vec![receipt.child_ids[0].clone()],
        basis: Some(Basis::Section47(pb::Section47 {
            reasons: "Bruises in the shape of a hand.".to_owned(),
        })),
        evidence: String::new(),
    };
    let mut manager = intake.as_person("mash_manager").await;
    let basis = manager.record_basis(request.clone()).await.unwrap().into_inner();
    assert_eq!(basis.revision, 2);
    assert!(manager.record_basis(request.clone()).await.unwrap().into_inner() == basis);
    let again =
        pb::RecordBasisRequest { request_id: Uuid::new_v4().to_string(), ..request.clone() };
    let stale = manager.record_basis(again).await.err().unwrap();
    assert_eq!((stale.code(), &*reason_of(&stale)), (Code::Aborted, "STALE_REVISION"));
    let other = pb::RecordBasisRequest {
        request_id: Uuid::new_v4().to_string(),
        revision: 2,
        child_ids: vec![Uuid::new_v4().to_string()],
        ..request
    };
    nobody_there(&manager.record_basis(other).await.err().unwrap(), "child_ids", "R38");
}

#[tokio::test]
async fn r7_one_ground_alone_is_no_override_and_the_refusal_names_the_other() {
    let intake = Intake::start(*MORNING).await;
    let receipt =
        intake.as_person("referrer").await.submit_contact(referral()).await.unwrap().into_inner();
    let request = pb::RecordBasisRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id,
        revision: receipt.revision,
        child_ids: Vec::new(),
        basis: Some(Basis::Override(pb::OverrideGrounds {
            urgent_concerns: "The father has threatened to take her abroad.".to_owned(),
            risk_of_telling: String::new(),
        })),
        evidence: String::new(),
    };
    let refused = intake.as_person("mash_manager").await.record_basis(request).await.err().unwrap();
    let named = violations(&refused);
    assert_eq!(named[0].0, "override.risk_of_telling");
    assert!(named[0].1.contains("R7"));
}

#[tokio::test]
async fn r11_a_contact_is_found_by_the_reference_that_a_caller_reads_out() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let by =
        |reference: &str| pb::GetContactRequest { reference: reference.to_owned(), ..reading("") };
    let mut worker = intake.as_person("screening_practitioner").await;
    let spoken = receipt.reference.to_lowercase().replace('-', " ");
    let found = worker.get_contact(by(&spoken)).await.unwrap().into_inner().contact.unwrap();
    assert_eq!(found.contact_id, receipt.contact_id);
    assert_eq!(intake.reads_of(&receipt.child_ids[0]).await, ["IntakeService.GetContact"]);

    let last = receipt.reference.chars().last().unwrap();
    let other = if last == 'Z' { "2" } else { "Z" };
    let wrong = format!("{}{other}", &receipt.reference[..receipt.reference.len() - 1]);
    let refused = violations(&worker.get_contact(by(&wrong)).await.err().unwrap());
    assert_eq!(refused.len(), 1);
    assert!(refused[0].0 == "reference" && refused[0].1.ends_with("(R11)"), "{refused:?}");
    let nobody = worker.get_contact(by("222-2222")).await.err().unwrap();
    assert_eq!(nobody.code(), Code::NotFound);
    let both =
        pb::GetContactRequest { reference: receipt.reference, ..reading(&receipt.contact_id) };
    assert_eq!(violations(&worker.get_contact(both).await.err().unwrap())[0].0, "reference");
}
