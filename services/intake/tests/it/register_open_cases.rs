//! Children with an open case, and the unit that holds it.

use harness::{fields_of, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, consultation_service_client::ConsultationServiceClient},
    terms::v1::{ClockEnding, ClockKind, Purpose},
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    register_stage::{
        NHS, decision, episode, history, known, match_with, matched, register, siblings, undoing,
        unnumbered,
    },
    stage::{Intake, MORNING},
};

pub async fn hand_overs(intake: &Intake) -> Vec<pb::UnitHandOver> {
    matched(intake).await;
    let all = pb::ListUnitHandOversRequest {
        purpose: Purpose::Screening.into(),
        ..pb::ListUnitHandOversRequest::default()
    };
    let mut worker = register(intake, "screening_practitioner").await;
    worker.list_unit_hand_overs(all).await.unwrap().into_inner().hand_overs
}

pub fn passing(hand_over: &pb::UnitHandOver) -> pb::PassToUnitRequest {
    pb::PassToUnitRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: hand_over.hand_over_id.clone(),
        revision: hand_over.revision,
        passed_at: Some(to_timestamp(*MORNING)),
        way: pb::SecureWay::Telephone.into(),
        unit: String::new(),
    }
}

pub fn receipt(hand_over: &pb::UnitHandOver, revision: i64) -> pb::RecordUnitReceiptRequest {
    pb::RecordUnitReceiptRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: hand_over.hand_over_id.clone(),
        revision,
        received_at: Some(to_timestamp(*MORNING)),
        received_by: "Duty desk, Unit 7".to_owned(),
    }
}

#[tokio::test]
async fn r9_an_open_case_is_passed_to_its_unit_and_the_unit_has_it() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "section_47", None).await;
    let contact = intake.submit(siblings()).await;
    assert!(contact.advice.is_empty(), "the referrer is not told the unit");
    let [found] = hand_overs(&intake).await.try_into().unwrap_or_else(|_| panic!("one hand-over"));
    assert_eq!(found.child_ids, contact.child_ids[..1], "a sibling who is not open stays");
    assert_eq!((found.unit.as_str(), &found.reference), ("Unit 7", &contact.reference));
    let told: Vec<pb::OpenCaseFound> = intake.told(&found.hand_over_id).await;
    let [clock] = told[0].clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!(clock.kind(), ClockKind::UnitPass);
    let in_an_hour = to_timestamp(*MORNING + SignedDuration::from_hours(1));
    assert_eq!((clock.deadline, found.pass_due_at), (Some(in_an_hour), Some(in_an_hour)));
    assert_eq!(told[0].child_ids, found.child_ids);

    let mut worker = register(&intake, "screening_practitioner").await;
    let early = worker.record_unit_receipt(receipt(&found, found.revision)).await.err().unwrap();
    assert_eq!((early.code(), &*reason_of(&early)), (Code::FailedPrecondition, "NOT_PASSED"));
    let pass = passing(&found);
    let passed = worker.pass_to_unit(pass.clone()).await.unwrap().into_inner();
    let in_two_hours = to_timestamp(*MORNING + SignedDuration::from_hours(2));
    assert_eq!(passed.receipt_due_at, Some(in_two_hours));
    assert!(worker.pass_to_unit(pass).await.unwrap().into_inner() == passed);
    let told: Vec<pb::ContactPassedToUnit> = intake.told(&found.hand_over_id).await;
    assert_eq!(told[0].clocks_ended[0].clock_id, clock.clock_id);
    assert_eq!(told[0].clocks_ended[0].ending(), ClockEnding::Met);
    let [clock] = told[0].clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!((clock.kind(), clock.deadline), (ClockKind::UnitReceipt, Some(in_two_hours)));

    let before = pb::RecordUnitReceiptRequest {
        received_at: Some(to_timestamp(*MORNING - SignedDuration::from_mins(1))),
        ..receipt(&found, passed.revision)
    };
    let before = worker.record_unit_receipt(before).await.err().unwrap();
    assert_eq!(reason_of(&before), "RECEIPT_BEFORE_PASSING");
    let has = receipt(&found, passed.revision);
    let received = worker.record_unit_receipt(has).await.unwrap().into_inner();
    let told: Vec<pb::UnitReceiptRecorded> = intake.told(&found.hand_over_id).await;
    assert_eq!(told[0].clocks_ended[0].clock_id, clock.clock_id);
    assert_eq!(told[0].child_ids, contact.child_ids[..1]);
    let twice = worker.record_unit_receipt(receipt(&found, received.revision)).await.err().unwrap();
    assert_eq!(reason_of(&twice), "RECEIVED_ALREADY");

    let people = history(&intake, &contact.contact_id).await;
    assert_eq!(people[0].unit_hand_overs[0].received_by, "Duty desk, Unit 7");
    assert!(people[1].unit_hand_overs.is_empty());
}

#[tokio::test]
async fn r9_a_match_that_is_confirmed_begins_a_hand_over_and_undoing_it_withdraws_it() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "section_17", None).await;
    let mut numbered = siblings();
    numbered.children.truncate(1);
    let before = intake.submit(numbered).await;
    let contact = intake.submit(unnumbered()).await;
    let of_contact = async || {
        let all = hand_overs(&intake).await;
        all.into_iter().filter(|it| it.contact_id == contact.contact_id).collect::<Vec<_>>()
    };
    assert!(of_contact().await.is_empty(), "until a person says so all rules run");
    let people = history(&intake, &contact.contact_id).await;
    let found = match_with(&people[0], &before.child_ids[0]).unwrap();
    let mut worker = register(&intake, "screening_practitioner").await;
    let confirm = decision(found, pb::MatchDecision::Confirm);
    let confirmed = worker.decide_match(confirm).await.unwrap().into_inner();
    let begun = of_contact().await;
    assert_eq!(begun.len(), 1);
    assert_eq!(begun[0].child_ids, contact.child_ids[..1]);
    let told: Vec<pb::OpenCaseFound> = intake.told(&begun[0].hand_over_id).await;
    let passed = worker.pass_to_unit(passing(&begun[0])).await.unwrap().into_inner();

    worker.undo_match(undoing(&found.match_id, confirmed.revision)).await.unwrap();
    let withdrawn = of_contact().await;
    assert!(withdrawn[0].withdrawn_at.is_some() && withdrawn.len() == 1);
    let passing_told: Vec<pb::ContactPassedToUnit> = intake.told(&begun[0].hand_over_id).await;
    let ended: Vec<pb::UnitHandOverWithdrawn> = intake.told(&begun[0].hand_over_id).await;
    let clock = &passing_told[0].clocks_started[0];
    assert_eq!(ended[0].clocks_ended[0].clock_id, clock.clock_id);
    assert_eq!(ended[0].clocks_ended[0].ending(), ClockEnding::Cancelled);
    assert_ne!(told[0].clocks_started[0].clock_id, clock.clock_id);
    let late = receipt(&begun[0], passed.revision + 1);
    let late = worker.record_unit_receipt(late).await.err().unwrap();
    assert_eq!(reason_of(&late), "WITHDRAWN");
    let others = hand_overs(&intake).await;
    let other = others.iter().find(|it| it.contact_id == before.contact_id).unwrap();
    assert!(other.withdrawn_at.is_none(), "the other contact's child is still open");
}

#[tokio::test]
async fn r9_early_help_and_what_is_closed_are_no_open_case() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "early_help", None).await;
    episode(&intake, case, "section_47", Some("2026-11-24")).await;
    intake.submit(siblings()).await;
    assert!(hand_overs(&intake).await.is_empty());
}

#[tokio::test]
async fn r9_an_episode_that_is_heard_of_later_counts_for_recent_contacts_only() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    intake.submit(siblings()).await;
    intake.clock.advance(SignedDuration::from_hours(24 * 29));
    let recent = intake.submit(siblings()).await;
    assert!(hand_overs(&intake).await.is_empty());
    episode(&intake, case, "section_17", None).await;
    let [found] = hand_overs(&intake).await.try_into().unwrap_or_else(|_| panic!("one"));
    assert_eq!(found.contact_id, recent.contact_id);
}

#[tokio::test]
async fn r9_with_two_siblings_open_at_one_unit_it_is_told_once() {
    let intake = Intake::start(*MORNING).await;
    for (name, number) in ["Chidera Okafor", "Ọlá Okafor"].into_iter().zip(NHS) {
        let case = known(&intake, name, number).await;
        episode(&intake, case, "section_17", None).await;
    }
    let contact = intake.submit(siblings()).await;
    let [found] = hand_overs(&intake).await.try_into().unwrap_or_else(|_| panic!("one"));
    let mut children = found.child_ids.clone();
    children.sort();
    let mut both = contact.child_ids.clone();
    both.sort();
    assert_eq!(children, both);
}

#[tokio::test]
async fn r9_bad_requests_about_units_name_every_field() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    let refused = worker.pass_to_unit(pb::PassToUnitRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "hand_over_id", "revision", "passed_at", "way"]);
    let bad = pb::RecordUnitReceiptRequest::default();
    let refused = worker.record_unit_receipt(bad).await.err().unwrap();
    let bad = ["request_id", "hand_over_id", "revision", "received_at", "received_by"];
    assert_eq!(fields_of(&refused), bad);
    let later = pb::PassToUnitRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: Uuid::new_v4().to_string(),
        revision: 1,
        passed_at: Some(to_timestamp(*MORNING + SignedDuration::from_mins(1))),
        way: pb::SecureWay::Email.into(),
        unit: String::new(),
    };
    assert_eq!(fields_of(&worker.pass_to_unit(later.clone()).await.err().unwrap()), ["passed_at"]);
    let nothing = pb::PassToUnitRequest { passed_at: Some(to_timestamp(*MORNING)), ..later };
    assert_eq!(worker.pass_to_unit(nothing).await.err().unwrap().code(), Code::NotFound);
}

#[tokio::test]
async fn r52_the_open_case_of_who_is_linked_counts_too() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "C. Okafor-Reid", NHS[0]).await;
    episode(&intake, case, "section_17", None).await;
    let client = ConsultationServiceClient::with_interceptor;
    let mut line = intake.connect("consultation_adviser", client).await;
    let about = pb::LookUpOpenCaseRequest {
        called_back: true,
        name: "Chidera Okafor".to_owned(),
        birth_date: siblings().children[0].birth_date,
        nhs_number: String::new(),
    };
    assert!(!line.look_up_open_case(about.clone()).await.unwrap().into_inner().open);
    intake.submit(siblings()).await;
    matched(&intake).await;
    let found = line.look_up_open_case(about).await.unwrap().into_inner();
    assert_eq!((found.open, found.units), (true, vec!["Unit 7".to_owned()]));
}
