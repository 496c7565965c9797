//! Whoever hands over, passes on, receives, reviews or discloses is named by an opaque id
//! (R10, R44).

use harness::Stage;
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, HandOverDirection},
    terms::v1::Purpose,
};
use uuid::Uuid;

use crate::{
    hand_overs::{hand_overs, list, submit},
    information_decisions::answer,
    information_requests::{client, get, question, received},
    passing_on::passing,
    register_open_cases::{self, receipt},
    register_stage::{NHS, episode, known, register, siblings},
    remit::remit,
    stage::{Intake, MORNING},
};

/// The opaque id of the person who has a role.
fn person(role: &str) -> String {
    Stage::shared().signer().person(role).unwrap().sub.to_string()
}

/// The first hand-over of a direction, as a manager reads it.
async fn first(intake: &Intake, direction: HandOverDirection) -> pb::HandOver {
    let mut manager = hand_overs(intake, "mash_manager").await;
    let listed = manager.list_hand_overs(list(direction)).await.unwrap().into_inner();
    listed.hand_overs.into_iter().next().unwrap()
}

#[tokio::test]
async fn r10_a_hand_over_says_who_made_it_and_who_received_or_reviewed_it() {
    let intake = Intake::start(*MORNING).await;
    let contact_id = submit(&intake, |_| ()).await.contact_id;
    let request_id = || Uuid::new_v4().to_string();
    let mut hub = hand_overs(&intake, "screening_practitioner").await;
    let mut edt = hand_overs(&intake, "edt").await;
    let asked = "Telephone the mother at eight.".to_owned();
    let asking = pb::HandOverToEdtRequest {
        request_id: request_id(),
        contact_id: contact_id.clone(),
        asked,
    };
    hub.hand_over_to_edt(asking).await.unwrap();
    let made = first(&intake, HandOverDirection::ToEdt).await;
    assert_eq!((made.made_by, &*made.taken_by), (person("screening_practitioner"), ""));
    let (hand_over_id, revision) = (made.hand_over_id, made.revision);
    let taking = pb::ReceiveHandOverRequest { request_id: request_id(), hand_over_id, revision };
    edt.receive_hand_over(taking).await.unwrap();
    let taken = first(&intake, HandOverDirection::ToEdt).await;
    assert_eq!(taken.taken_by, person("edt"));

    let done = pb::HandOverFromEdtRequest {
        request_id: request_id(),
        contact_id,
        acted_at: Some(to_timestamp(*MORNING)),
        done: "Telephoned her: all is quiet.".to_owned(),
        left_to_do: String::new(),
    };
    edt.hand_over_from_edt(done).await.unwrap();
    let made = first(&intake, HandOverDirection::FromEdt).await;
    assert_eq!((made.made_by, &*made.taken_by), (person("edt"), ""));
    let review = pb::ReviewHandOverRequest {
        request_id: request_id(),
        hand_over_id: made.hand_over_id,
        revision: made.revision,
        review: "Nothing more to do.".to_owned(),
    };
    let mut manager = hand_overs(&intake, "mash_manager").await;
    manager.review_hand_over(review).await.unwrap();
    let reviewed = first(&intake, HandOverDirection::FromEdt).await;
    assert_eq!(reviewed.taken_by, person("mash_manager"));
}

#[tokio::test]
async fn r44_what_is_passed_to_an_authority_says_who_passed_it_and_who_recorded_the_receipt() {
    let intake = Intake::start(*MORNING).await;
    let contact = submit(&intake, |given| given.children[0].outside_area = true).await;
    let mut manager = remit(&intake, "mash_manager").await;
    let mut worker = remit(&intake, "screening_practitioner").await;
    let passed = manager.pass_to_authority(passing(&contact)).await.unwrap().into_inner();
    let all = pb::ListPassedOnRequest {
        purpose: Purpose::Screening.into(),
        ..pb::ListPassedOnRequest::default()
    };
    let shown = worker.list_passed_on(all.clone()).await.unwrap().into_inner().passed_on.remove(0);
    assert_eq!((shown.passed_by, &*shown.recorded_by), (person("mash_manager"), ""));
    let received = pb::RecordReceiptRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: passed.hand_over_id,
        revision: passed.revision,
        received_at: Some(to_timestamp(*MORNING)),
        received_by: "Duty desk, Tower Hamlets".to_owned(),
    };
    worker.record_receipt(received).await.unwrap();
    let shown = worker.list_passed_on(all).await.unwrap().into_inner().passed_on.remove(0);
    let both = (person("mash_manager"), person("screening_practitioner"));
    assert_eq!((shown.passed_by, shown.recorded_by), both);
}

#[tokio::test]
async fn r9_r44_a_hand_over_to_a_unit_says_who_told_it_and_who_recorded_the_receipt() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "section_17", None).await;
    intake.submit(siblings()).await;
    let found = register_open_cases::hand_overs(&intake).await.remove(0);
    assert!(found.passed_by.is_empty() && found.recorded_by.is_empty());
    let mut manager = register(&intake, "mash_manager").await;
    let pass = register_open_cases::passing(&found);
    let passed = manager.pass_to_unit(pass).await.unwrap().into_inner();
    let mut worker = register(&intake, "screening_practitioner").await;
    worker.record_unit_receipt(receipt(&found, passed.revision)).await.unwrap();
    let shown = register_open_cases::hand_overs(&intake).await.remove(0);
    let both = (person("mash_manager"), person("screening_practitioner"));
    assert_eq!((shown.passed_by, shown.recorded_by), both);
}

#[tokio::test]
async fn r44_a_disclosure_says_who_decided_it() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "screening_practitioner").await;
    let id = received(&mut client, question()).await.information_request_id;
    client.answer_information_request(answer(&id)).await.unwrap();
    let kept = get(&mut client, &id).await.disclosure.unwrap();
    assert_eq!(kept.decided_by, person("screening_practitioner"));
}
