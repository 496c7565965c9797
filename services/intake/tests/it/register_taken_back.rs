//! Children whom a manager takes back from a unit, and who are handed to one by a person (R9).

use harness::{Stage, fact_of, fields_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1 as pb,
    terms::v1::{ClockEnding, ClockKind},
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    register_hand_overs::both_open,
    register_open_cases::{hand_overs, passing, receipt},
    register_stage::{
        NHS, advance, episode, history, known, matched, opened_on, register, siblings,
    },
    stage::{Intake, MORNING},
};

const REASON: &str = "Unit 7 says that the family moved to another area in June.";

fn taking_back(
    hand_over: &pb::UnitHandOver,
    revision: i64,
    children: &[String],
) -> pb::TakeBackFromUnitRequest {
    pb::TakeBackFromUnitRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: hand_over.hand_over_id.clone(),
        revision,
        child_ids: children.to_vec(),
        reason: REASON.to_owned(),
    }
}

fn handing(contact: &str, children: &[String], unit: &str) -> pb::HandToUnitRequest {
    pb::HandToUnitRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        child_ids: children.to_vec(),
        unit: unit.to_owned(),
        reason: "Unit 9 says that she is theirs.".to_owned(),
    }
}

/// The hand-overs that stand.
async fn standing(intake: &Intake) -> Vec<pb::UnitHandOver> {
    let mut all = hand_overs(intake).await;
    all.retain(|it| it.withdrawn_at.is_none());
    all
}

/// The only one of them.
async fn one_stands(intake: &Intake) -> pb::UnitHandOver {
    standing(intake).await.try_into().map(|[one]: [_; 1]| one).unwrap_or_else(|_| panic!("one"))
}

/// Has everybody matched again, as an import or a correction would.
async fn again(intake: &Intake) {
    sqlx::query("INSERT INTO intake.unmatched (person_id) SELECT id FROM intake.person")
        .execute(&intake.database)
        .await
        .unwrap();
    matched(intake).await;
}

/// A hand-over that the unit was told of and has; answers its revision too.
async fn received(intake: &Intake, found: &pb::UnitHandOver) -> i64 {
    let mut worker = register(intake, "screening_practitioner").await;
    let passed = worker.pass_to_unit(passing(found)).await.unwrap().into_inner();
    let has = receipt(found, passed.revision);
    worker.record_unit_receipt(has).await.unwrap().into_inner().revision
}

#[tokio::test]
async fn r9_a_manager_takes_back_whom_the_unit_has_and_the_case_hands_over_no_more() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "section_17", None).await;
    let contact = intake.submit(siblings()).await;
    let found = one_stands(&intake).await;
    let revision = received(&intake, &found).await;
    intake.clock.advance(SignedDuration::from_hours(1));

    let mut worker = register(&intake, "screening_practitioner").await;
    let refused = worker.take_back_from_unit(taking_back(&found, revision, &[])).await;
    assert_eq!(refused.err().unwrap().code(), Code::PermissionDenied);
    let mut manager = register(&intake, "mash_manager").await;
    let stale = manager.take_back_from_unit(taking_back(&found, 1, &[])).await.err().unwrap();
    assert_eq!(reason_of(&stale), "STALE_REVISION");
    let asked = taking_back(&found, revision, &[]);
    let taken = manager.take_back_from_unit(asked.clone()).await.unwrap().into_inner();
    assert_eq!(taken.revision, revision + 1);
    assert!(manager.take_back_from_unit(asked).await.unwrap().into_inner() == taken);

    let [shown] = &hand_overs(&intake).await[..] else { panic!("nothing begins by itself") };
    let (now, by) = (Some(to_timestamp(intake.clock.now())), shown.taken_back.clone().unwrap());
    assert!(shown.withdrawn_at == now && shown.received_at.is_some());
    let manager_id = Stage::shared().signer().person("mash_manager").unwrap().sub.to_string();
    assert_eq!((&*by.reason, by.taken_back_by), (REASON, manager_id));
    assert_eq!(by.child_ids, contact.child_ids[..1]);
    let told: Vec<pb::UnitHandOverWithdrawn> = intake.told(&found.hand_over_id).await;
    assert!(told[0].taken_back && told[0].received_at == shown.received_at);
    assert!(told[0].child_ids == by.child_ids && told[0].clocks_ended.is_empty());
    let of_child = history(&intake, &contact.contact_id).await.remove(0).unit_hand_overs;
    assert!(of_child[0].taken_back == shown.taken_back);
    again(&intake).await;
    assert!(standing(&intake).await.is_empty(), "however often the register is looked at");
    let twice = taking_back(&found, revision + 1, &[]);
    let twice = manager.take_back_from_unit(twice).await.err().unwrap();
    assert_eq!(reason_of(&twice), "WITHDRAWN");
}

#[tokio::test]
async fn r9_of_two_siblings_one_is_taken_back_and_the_other_begins_anew() {
    let intake = Intake::start(*MORNING).await;
    both_open(&intake).await;
    let contact = intake.submit(siblings()).await;
    let found = one_stands(&intake).await;
    intake.clock.advance(SignedDuration::from_mins(10));
    let mut manager = register(&intake, "mash_manager").await;
    let stranger = taking_back(&found, found.revision, &[Uuid::new_v4().to_string()]);
    let stranger = manager.take_back_from_unit(stranger).await.err().unwrap();
    assert_eq!((stranger.code(), &*fact_of(&stranger, "field")), (Code::NotFound, "child_ids"));
    let first = taking_back(&found, found.revision, &contact.child_ids[..1]);
    manager.take_back_from_unit(first).await.unwrap();
    let told: Vec<pb::UnitHandOverWithdrawn> = intake.told(&found.hand_over_id).await;
    assert_eq!(told[0].clocks_ended[0].ending(), ClockEnding::Cancelled);
    let anew = one_stands(&intake).await;
    assert_eq!(anew.child_ids, contact.child_ids[1..]);
    assert_eq!(anew.pass_due_at, found.pass_due_at, "the hour that ran goes on");
    again(&intake).await;
    assert!(one_stands(&intake).await == anew);
}

#[tokio::test]
async fn r9_a_case_of_the_day_that_the_hub_opened_itself_is_dismissed_and_another_case_is_not() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    let contact = intake.submit(siblings()).await;
    advance(&intake, SignedDuration::from_hours(1)).await;
    opened_on(&intake, case, "2026-11-24", ("section_47", None)).await;
    let found = one_stands(&intake).await;
    let mut manager = register(&intake, "mash_manager").await;
    manager.take_back_from_unit(taking_back(&found, found.revision, &[])).await.unwrap();
    assert!(standing(&intake).await.is_empty());
    // The case goes to another unit, which is to know of the contact.
    sqlx::query("UPDATE intake.episode SET unit = 'Unit 9'")
        .execute(&intake.database)
        .await
        .unwrap();
    let moved = one_stands(&intake).await;
    assert_eq!((&*moved.unit, &*moved.child_ids), ("Unit 9", &contact.child_ids[..1]));
}

#[tokio::test]
async fn r9_a_person_hands_over_whom_a_manager_took_back() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "section_17", None).await;
    let contact = intake.submit(siblings()).await;
    let found = one_stands(&intake).await;
    let mut manager = register(&intake, "mash_manager").await;
    let of = |children: &[String]| handing(&contact.contact_id, children, "Unit 9");
    let both = manager.hand_to_unit(of(&contact.child_ids)).await.err().unwrap();
    assert_eq!(reason_of(&both), "HANDED_OVER_ALREADY");
    assert!(fact_of(&both, "ways_forward").starts_with("take them back"));
    let sibling = manager.hand_to_unit(of(&contact.child_ids[1..])).await.err().unwrap();
    assert_eq!(
        (&*reason_of(&sibling), &*fact_of(&sibling, "field")),
        ("NO_OPEN_CASE", "child_ids")
    );
    manager.take_back_from_unit(taking_back(&found, found.revision, &[])).await.unwrap();

    let asked = of(&contact.child_ids[..1]);
    let begun = manager.hand_to_unit(asked.clone()).await.unwrap().into_inner();
    assert!(manager.hand_to_unit(asked).await.unwrap().into_inner() == begun);
    let told: Vec<pb::OpenCaseFound> = intake.told(&begun.hand_over_id).await;
    assert_eq!(told[0].clocks_started[0].kind(), ClockKind::UnitPass);
    again(&intake).await;
    let shown = one_stands(&intake).await;
    assert_eq!((&*shown.unit, &*shown.begun_reason), ("Unit 9", "Unit 9 says that she is theirs."));
    assert_eq!(shown.hand_over_id, begun.hand_over_id);
    let revision = received(&intake, &shown).await;
    again(&intake).await;
    // Unit 9 was wrong too: nothing begins by itself, also not with the unit of the register.
    manager.take_back_from_unit(taking_back(&shown, revision, &[])).await.unwrap();
    again(&intake).await;
    assert!(standing(&intake).await.is_empty());
}

#[tokio::test]
async fn r9_while_the_hub_is_closed_edts_duty_manager_takes_back() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "section_17", None).await;
    intake.submit(siblings()).await;
    let found = one_stands(&intake).await;
    let mut duty = register(&intake, "edt_manager").await;
    let by_day = duty.take_back_from_unit(taking_back(&found, found.revision, &[])).await;
    let by_day = by_day.err().unwrap();
    assert_eq!(
        (by_day.code(), &*reason_of(&by_day)),
        (Code::PermissionDenied, "TAKING_BACK_IS_A_MANAGERS")
    );
    let night: Timestamp = "2026-11-24T22:00:00Z".parse().unwrap();
    intake.clock.advance(night.duration_since(intake.clock.now()));
    let mut duty = register(&intake, "edt_manager").await;
    duty.take_back_from_unit(taking_back(&found, found.revision, &[])).await.unwrap();
    assert!(standing(&intake).await.is_empty());
}

#[tokio::test]
async fn r9_bad_requests_to_take_back_or_hand_over_name_every_field() {
    let intake = Intake::start(*MORNING).await;
    let mut manager = register(&intake, "mash_manager").await;
    let bad = pb::TakeBackFromUnitRequest::default();
    let refused = manager.take_back_from_unit(bad).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "hand_over_id", "revision", "reason"]);
    let refused = manager.hand_to_unit(pb::HandToUnitRequest::default()).await.err().unwrap();
    let bad = ["request_id", "contact_id", "child_ids", "unit", "reason"];
    assert_eq!(fields_of(&refused), bad);
}
