//! What was passed on or received by mistake, between the hub and the Emergency Duty Team (R10) and
//! to other authorities (R3).

use harness::{Stage, fact_of, fields_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, HandOverDirection},
    terms::v1::{ClockEnding, ClockKind, Purpose},
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    hand_overs::{hand_overs, list, submit},
    passing_on::passing,
    remit::{elsewhere, keep, questions, remit},
    stage::{Intake, MORNING},
};

const NIGHT: &str = "2026-11-22T23:00:00Z";

fn person(role: &str) -> String {
    Stage::shared().signer().person(role).unwrap().sub.to_string()
}

fn receiving(hand_over: &pb::HandOver, revision: i64) -> pb::ReceiveHandOverRequest {
    pb::ReceiveHandOverRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: hand_over.hand_over_id.clone(),
        revision,
    }
}

fn undoing(hand_over: &pb::HandOver, revision: i64) -> pb::UndoReceiptRequest {
    pb::UndoReceiptRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: hand_over.hand_over_id.clone(),
        revision,
        reason: "It was meant for the contact below.".to_owned(),
    }
}

/// The hand-overs to the team, as it sees them.
async fn to_edt(intake: &Intake) -> Vec<pb::HandOver> {
    let mut edt = hand_overs(intake, "edt").await;
    let listed = edt.list_hand_overs(list(HandOverDirection::ToEdt)).await;
    listed.unwrap().into_inner().hand_overs
}

#[tokio::test]
async fn r10_a_receipt_of_the_wrong_contact_is_undone_and_the_clock_runs_from_the_hand_over() {
    let night: Timestamp = NIGHT.parse().unwrap();
    let intake = Intake::start(night).await;
    submit(&intake, |given| given.immediate_danger = true).await;
    let handed = to_edt(&intake).await.remove(0);
    let mut edt = hand_overs(&intake, "edt").await;
    let early = edt.undo_receipt(undoing(&handed, handed.revision)).await.err().unwrap();
    assert_eq!((early.code(), &*reason_of(&early)), (Code::FailedPrecondition, "NOT_RECEIVED"));
    edt.receive_hand_over(receiving(&handed, 1)).await.unwrap();
    intake.clock.advance(SignedDuration::from_hours(1));
    let mut edt = hand_overs(&intake, "edt").await;
    let stale = edt.undo_receipt(undoing(&handed, 1)).await.err().unwrap();
    assert_eq!(reason_of(&stale), "STALE_REVISION");
    let mut worker = hand_overs(&intake, "screening_practitioner").await;
    let refused = worker.undo_receipt(undoing(&handed, 2)).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);

    let asked = undoing(&handed, 2);
    let undone = edt.undo_receipt(asked.clone()).await.unwrap().into_inner();
    assert!(edt.undo_receipt(asked).await.unwrap().into_inner() == undone);
    let due = Some(to_timestamp(night + SignedDuration::from_mins(15)));
    assert_eq!((undone.revision, undone.due_at), (3, due), "late at once, so that it pages");
    let told = intake.told::<pb::HandOverReceiptUndone>(&handed.hand_over_id).await;
    let [clock] = &told[0].clocks_started[..] else { panic!("one clock") };
    assert_eq!((clock.kind(), clock.deadline), (ClockKind::EdtReceipt, due));
    let made = intake.told::<pb::HandOverMade>(&handed.hand_over_id).await;
    assert_ne!(clock.clock_id, made[0].clocks_started[0].clock_id);
    let shown = to_edt(&intake).await.remove(0);
    assert!(shown.taken_at.is_none() && shown.taken_by.is_empty() && shown.due_at == due);
    let [receipt] = &shown.undone_receipts[..] else { panic!("what was undone is shown") };
    assert_eq!(receipt.taken_at, Some(to_timestamp(night)));
    assert_eq!(receipt.reason, "It was meant for the contact below.");
    assert_eq!((&receipt.taken_by, &receipt.undone_by), (&person("edt"), &person("edt")));

    edt.receive_hand_over(receiving(&shown, 3)).await.unwrap();
    let taken = intake.told::<pb::HandOverTaken>(&handed.hand_over_id).await;
    assert_eq!(taken[1].clocks_ended[0].clock_id, clock.clock_id);
    assert_eq!(to_edt(&intake).await[0].undone_receipts.len(), 1);
    let bad = edt.undo_receipt(pb::UndoReceiptRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&bad), ["request_id", "hand_over_id", "revision", "reason"]);
}

fn taking_back(passed: &str, revision: i64) -> pb::TakeBackFromAuthorityRequest {
    pb::TakeBackFromAuthorityRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: passed.to_owned(),
        revision,
        reason: "Her father lives in another borough; they do not know her.".to_owned(),
    }
}

fn received(passed: &str, revision: i64) -> pb::RecordReceiptRequest {
    pb::RecordReceiptRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: passed.to_owned(),
        revision,
        received_at: Some(to_timestamp(*MORNING)),
        received_by: "Duty desk, Tower Hamlets".to_owned(),
    }
}

async fn passed_on(intake: &Intake) -> Vec<pb::PassedChildren> {
    let all = pb::ListPassedOnRequest {
        purpose: Purpose::Screening.into(),
        ..pb::ListPassedOnRequest::default()
    };
    let mut worker = remit(intake, "screening_practitioner").await;
    worker.list_passed_on(all).await.unwrap().into_inner().passed_on
}

#[tokio::test]
async fn r3_a_child_who_was_passed_to_the_wrong_authority_is_taken_back_and_the_remit_asked_again()
{
    let intake = Intake::start(*MORNING).await;
    let contact = intake.submit(elsewhere()).await;
    let mut manager = remit(&intake, "mash_manager").await;
    let passed = manager.pass_to_authority(passing(&contact)).await.unwrap().into_inner();
    let id = &passed.hand_over_id;
    assert!(questions(&intake).await.is_empty());
    intake.clock.advance(SignedDuration::from_hours(1));
    let now = Some(to_timestamp(intake.clock.now()));
    let mut duty = remit(&intake, "edt_manager").await;
    let by_day = duty.take_back_from_authority(taking_back(id, 1)).await.err().unwrap();
    assert_eq!(reason_of(&by_day), "TAKING_BACK_IS_A_MANAGERS");
    assert!(fact_of(&by_day, "ways_forward").contains("EDT's duty manager"));
    let mut manager = remit(&intake, "mash_manager").await;
    let asked = taking_back(id, 1);
    let taken = manager.take_back_from_authority(asked.clone()).await.unwrap().into_inner();
    assert!(manager.take_back_from_authority(asked).await.unwrap().into_inner() == taken);

    let told = intake.told::<pb::TakenBackFromAuthority>(id).await;
    let clock = &intake.told::<pb::PassedToAuthority>(id).await[0].clocks_started[0].clock_id;
    let [ended] = &told[0].clocks_ended[..] else { panic!("nobody waits for a receipt") };
    assert_eq!((&ended.clock_id, ended.ending()), (clock, ClockEnding::Cancelled));
    let [started] = &told[0].clocks_started[..] else { panic!("one clock") };
    assert_eq!((started.kind(), started.started_at), (ClockKind::RemitDecision, now));
    assert_eq!((&told[0].child_ids[..], told[0].taken_back_at), (&contact.child_ids[..1], now));
    let again = questions(&intake).await;
    assert!(again.len() == 1 && again[0].raised_at == now && again[0].questions.len() == 2);
    let shown = passed_on(&intake).await.remove(0);
    assert_eq!((shown.taken_back_at, shown.taken_back_by), (now, person("mash_manager")));
    assert!(shown.taken_back_reason.starts_with("Her father"));
    for late in [
        manager.record_receipt(received(id, taken.revision)).await.err().unwrap(),
        manager.take_back_from_authority(taking_back(id, taken.revision)).await.err().unwrap(),
    ] {
        assert_eq!((late.code(), &*reason_of(&late)), (Code::FailedPrecondition, "TAKEN_BACK"));
    }

    // Passed to the right one nothing is in question any more.
    manager.pass_to_authority(passing(&contact)).await.unwrap();
    assert!(questions(&intake).await.is_empty());
    let bad = pb::TakeBackFromAuthorityRequest::default();
    let bad = manager.take_back_from_authority(bad).await.err().unwrap();
    assert_eq!(fields_of(&bad), ["request_id", "hand_over_id", "revision", "reason"]);
}

#[tokio::test]
async fn r3_r31_a_false_receipt_of_an_authority_stays_on_record_with_the_taking_back() {
    let intake = Intake::start(*MORNING).await;
    let contact = intake.submit(elsewhere()).await;
    let mut manager = remit(&intake, "mash_manager").await;
    let kept = keep(&questions(&intake).await[0]);
    manager.keep_contact(kept).await.unwrap();
    let passed = manager.pass_to_authority(passing(&contact)).await.unwrap().into_inner();
    let id = &passed.hand_over_id;
    manager.record_receipt(received(id, 1)).await.unwrap();
    manager.take_back_from_authority(taking_back(id, 2)).await.unwrap();
    let told = intake.told::<pb::TakenBackFromAuthority>(id).await;
    assert!(told[0].clocks_ended.is_empty(), "the receipt had ended it");
    assert!(told[0].clocks_started.is_empty(), "a manager had decided that the hub keeps her");
    let shown = passed_on(&intake).await.remove(0);
    assert_eq!(shown.received_by, "Duty desk, Tower Hamlets");
    assert!(shown.taken_back_at.is_some() && questions(&intake).await.is_empty());
    // Neither is changed by anybody afterwards.
    for change in [
        "UPDATE intake.passed_on SET taken_back_at = NULL, taken_back_by = NULL, taken_back_reason = NULL",
        "UPDATE intake.passed_on SET received_by = 'Nobody'",
    ] {
        let refused = sqlx::query(change).execute(&intake.database).await.unwrap_err();
        assert!(refused.to_string().contains("only be added to"), "{change}: {refused}");
    }
}

#[tokio::test]
async fn r3_who_was_elsewhere_when_the_others_were_kept_is_asked_about_when_taken_back() {
    let intake = Intake::start(*MORNING).await;
    let mut given = elsewhere();
    given.children[1].outside_area = true;
    let contact = intake.submit(given).await;
    let mut manager = remit(&intake, "mash_manager").await;
    let passed = manager.pass_to_authority(passing(&contact)).await.unwrap().into_inner();
    intake.clock.advance(SignedDuration::from_hours(1));
    let mut manager = remit(&intake, "mash_manager").await;
    let open = questions(&intake).await;
    assert_eq!(open.len(), 1, "of the sibling");
    manager.keep_contact(keep(&open[0])).await.unwrap();
    manager.take_back_from_authority(taking_back(&passed.hand_over_id, 1)).await.unwrap();
    assert_eq!(questions(&intake).await.len(), 1);
    let told = intake.told::<pb::TakenBackFromAuthority>(&passed.hand_over_id).await;
    assert_eq!(told[0].clocks_started[0].kind(), ClockKind::RemitDecision);
}

#[tokio::test]
async fn r3_while_the_hub_is_closed_edts_duty_manager_takes_back_from_an_authority() {
    let intake = Intake::start(NIGHT.parse().unwrap()).await;
    let contact = intake.submit(elsewhere()).await;
    let mut edt = remit(&intake, "edt").await;
    let passed = edt.pass_to_authority(passing(&contact)).await.unwrap().into_inner();
    let refused = edt.take_back_from_authority(taking_back(&passed.hand_over_id, 1)).await;
    assert_eq!(refused.err().unwrap().code(), Code::PermissionDenied);
    let mut duty = remit(&intake, "edt_manager").await;
    duty.take_back_from_authority(taking_back(&passed.hand_over_id, 1)).await.unwrap();
    assert_eq!(questions(&intake).await.len(), 1);
}
