//! Children with an open case, on their way to the unit that holds it (R9).

use harness::{fact_of, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        ContactPassedToUnit, ContactReceived, OpenCaseFound, UnitHandOverWithdrawn,
        UnitReceiptRecorded,
    },
    screening::v1::{
        self as pb, CaseState, ChildrenWithUnit, InitialDecisionMade, OutcomeDecided, WithUnit,
        inform_referrer_request::Result as Telling,
    },
    terms::v1::{BasisKind, ClockEnding, ClockKind, Outcome, Pathway, Rag},
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::stage::{MORNING, Opened, Screening, contact, finally, initially};

/// A hand-over of some children of a contact to a unit.
pub struct HandOver {
    pub id: String,
    contact_id: String,
    child_ids: Vec<String>,
}

impl HandOver {
    pub fn of(contact: &str, children: &[String]) -> Self {
        let id = Uuid::now_v7().to_string();
        Self { id, contact_id: contact.to_owned(), child_ids: children.to_vec() }
    }

    pub async fn found(&self, screening: &Screening, revision: i64) {
        let event = OpenCaseFound {
            hand_over_id: self.id.clone(),
            contact_id: self.contact_id.clone(),
            child_ids: self.child_ids.clone(),
            found_at: Some(to_timestamp(screening.clock.now())),
            clocks_started: Vec::new(),
        };
        screening.hears_of_contact(&self.id, revision, &event).await;
    }

    pub async fn passed(&self, screening: &Screening, revision: i64) {
        let event = ContactPassedToUnit {
            hand_over_id: self.id.clone(),
            contact_id: self.contact_id.clone(),
            child_ids: self.child_ids.clone(),
            passed_at: Some(to_timestamp(screening.clock.now())),
            clocks_ended: Vec::new(),
            clocks_started: Vec::new(),
        };
        screening.hears_of_contact(&self.id, revision, &event).await;
    }

    pub async fn received(&self, screening: &Screening, revision: i64) {
        let event = UnitReceiptRecorded {
            hand_over_id: self.id.clone(),
            contact_id: self.contact_id.clone(),
            child_ids: self.child_ids.clone(),
            received_at: Some(to_timestamp(screening.clock.now())),
            clocks_ended: Vec::new(),
        };
        screening.hears_of_contact(&self.id, revision, &event).await;
    }

    pub async fn withdrawn(&self, screening: &Screening, revision: i64) {
        let event = UnitHandOverWithdrawn {
            hand_over_id: self.id.clone(),
            contact_id: self.contact_id.clone(),
            child_ids: self.child_ids.clone(),
            withdrawn_at: Some(to_timestamp(screening.clock.now())),
            clocks_ended: Vec::new(),
            received_at: None,
            taken_back: false,
        };
        screening.hears_of_contact(&self.id, revision, &event).await;
    }
}

/// How far each child of a case is, in their order; the worklist must say the same.
pub async fn ways(screening: &Screening, contact: &str) -> Vec<WithUnit> {
    let case = screening.case(contact).await.unwrap();
    let line = screening.line(contact).await.unwrap();
    for child in &case.children {
        let listed = line.with_unit.iter().find(|listed| listed.child_id == child.child_id);
        let listed = listed.map(pb::ChildWithUnit::with_unit).unwrap_or_default();
        assert_eq!(listed, child.with_unit());
    }
    case.children.iter().map(pb::CaseChild::with_unit).collect()
}

fn is_with_unit(refused: &Status, children: &[String]) -> bool {
    let facts = [reason_of(refused), fact_of(refused, "rule"), fact_of(refused, "child_ids")];
    refused.code() == Code::FailedPrecondition
        && facts == ["WITH_UNIT".to_owned(), "R9".to_owned(), children.join(",")]
}

#[tokio::test]
async fn r9_until_the_unit_has_a_child_its_way_shows_and_all_rules_run() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let anna = HandOver::of(&opened.id, &opened.children[..1]);
    anna.found(&screening, 1).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Found, WithUnit::Unspecified]);
    anna.passed(&screening, 2).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Passed, WithUnit::Unspecified]);
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::CscScreening)).await.unwrap();
    let [decided] = &screening.told::<InitialDecisionMade>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert!(decided.complete && decided.child_ids == opened.children);
    assert!(screening.told::<ChildrenWithUnit>(&opened.id).await.is_empty());
}

#[tokio::test]
async fn r9_with_the_receipt_a_childs_clock_ends_and_only_its_sibling_is_decided() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::CscScreening)).await.unwrap();
    screening.clock.advance(SignedDuration::from_hours(1));
    let anna = HandOver::of(&opened.id, &opened.children[..1]);
    let received_at = Some(to_timestamp(screening.clock.now()));
    anna.received(&screening, 1).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Received, WithUnit::Unspecified]);

    let started = screening.told::<InitialDecisionMade>(&opened.id).await;
    let [told] = &screening.told::<ChildrenWithUnit>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert!(told.child_ids == opened.children[..1] && told.received_at == received_at);
    assert!(!told.complete && told.clocks_started.is_empty());
    let [ended] = &told.clocks_ended[..] else { panic!("one clock ends") };
    assert_eq!(ended.clock_id, started[0].clocks_started[0].clock_id);
    assert_eq!((ended.ending(), ended.ended_at), (ClockEnding::Cancelled, received_at));

    let asked = pb::GetCaseStateRequest { contact_id: opened.id.clone() };
    let mut for_manager = screening.as_partner_checks("mash_manager").await;
    let state = for_manager.get_case_state(asked).await.unwrap().into_inner();
    assert_eq!(state.child_ids_with_unit, opened.children[..1]);

    let whole = finally(&opened, 3, Outcome::EarlyHelpAssessment);
    let named =
        pb::DecideOutcomeRequest { child_ids: opened.children[..1].to_vec(), ..whole.clone() };
    let refused = manager.decide_outcome(named).await.err().unwrap();
    assert!(is_with_unit(&refused, &opened.children[..1]));
    let reply = manager.decide_outcome(whole).await.unwrap().into_inner();
    assert!(reply.inform_referrer_by.is_some());
    let [decided] = &screening.told::<OutcomeDecided>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert!(decided.complete && decided.child_ids == opened.children[1..]);
    assert_eq!(decided.clocks_ended.len(), 1);
}

#[tokio::test]
async fn r9_a_sibling_is_decided_alone_and_ends_the_wait_of_both() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    HandOver::of(&opened.id, &opened.children[..1]).received(&screening, 1).await;
    let mut manager = screening.as_person("mash_manager").await;
    let stale = manager.decide_initially(initially(&opened, Pathway::CscScreening)).await;
    assert_eq!(reason_of(&stale.err().unwrap()), "STALE_REVISION");
    let rest =
        pb::DecideInitiallyRequest { revision: 2, ..initially(&opened, Pathway::CscScreening) };
    manager.decide_initially(rest).await.unwrap();
    let [decided] = &screening.told::<InitialDecisionMade>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert!(decided.complete && decided.child_ids == opened.children[1..]);
    assert_eq!((decided.clocks_started.len(), decided.clocks_ended.len()), (1, 1));
    assert_eq!(screening.line(&opened.id).await.unwrap().state(), CaseState::Screening);
}

#[tokio::test]
async fn r9_where_all_are_with_units_only_the_referrer_is_told_and_the_case_closed() {
    let screening = Screening::start(*MORNING).await;
    let given = contact(*MORNING);
    let opened = screening.opened(given.clone()).await;
    for child in &opened.children {
        HandOver::of(&opened.id, std::slice::from_ref(child)).received(&screening, 1).await;
    }
    let [first, last] = &screening.told::<ChildrenWithUnit>(&opened.id).await[..] else {
        panic!("told twice")
    };
    assert!(!first.complete && first.clocks_started.is_empty() && first.clocks_ended.is_empty());
    let [clock] = &last.clocks_started[..] else { panic!("one clock starts") };
    assert!(last.complete && clock.kind() == ClockKind::InformReferrer);
    let [ended] = &last.clocks_ended[..] else { panic!("one clock ends") };
    assert_eq!(ended.clock_id, given.clocks_started[0].clock_id);
    assert_eq!(ended.ending(), ClockEnding::Cancelled);

    let mut manager = screening.as_person("mash_manager").await;
    let decision =
        pb::DecideInitiallyRequest { revision: 3, ..initially(&opened, Pathway::CscScreening) };
    let refused = manager.decide_initially(decision).await.err().unwrap();
    assert!(is_with_unit(&refused, &opened.children));
    let refused = manager.decide_outcome(finally(&opened, 3, Outcome::NoFurtherAction)).await;
    assert!(is_with_unit(&refused.err().unwrap(), &opened.children));
    assert_eq!(screening.line(&opened.id).await.unwrap().state(), CaseState::Screening);
    end(&screening, &opened, 3).await;
    assert!(screening.line(&opened.id).await.is_none());
}

/// Tells the referrer of a case at `revision`, and closes it.
pub async fn end(screening: &Screening, opened: &Opened, revision: i64) {
    let mut worker = screening.as_person("screening_practitioner").await;
    let telling = pb::InformReferrerRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: opened.id.clone(),
        revision,
        result: Some(Telling::Informed("Told that it was passed on.".to_owned())),
    };
    worker.inform_referrer(telling).await.unwrap();
    let closing = pb::CloseCaseRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: opened.id.clone(),
        revision: revision + 1,
    };
    worker.close_case(closing).await.unwrap();
}

#[tokio::test]
async fn r9_a_receipt_after_the_outcome_or_the_end_starts_no_second_clock() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::NoFurtherActionInHub)).await.unwrap();
    HandOver::of(&opened.id, &opened.children[..1]).received(&screening, 1).await;
    end(&screening, &opened, 4).await;
    HandOver::of(&opened.id, &opened.children).received(&screening, 1).await;
    let [told] = &screening.told::<ChildrenWithUnit>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert!(told.complete && told.clocks_started.is_empty() && told.clocks_ended.is_empty());
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!((case.revision, case.state()), (6, CaseState::Closed));
    assert!(case.children.iter().all(|child| child.with_unit() == WithUnit::Received));
}

#[tokio::test]
async fn r9_steps_count_in_any_order_and_before_the_contact_is_heard_of() {
    let screening = Screening::start(*MORNING).await;
    let given = contact(*MORNING);
    let both = HandOver::of(&given.contact_id, &given.child_ids);
    both.received(&screening, 1).await;
    both.passed(&screening, 2).await;
    both.found(&screening, 3).await;
    let opened = screening.opened(given).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Received; 2]);
    let [told] = &screening.told::<ChildrenWithUnit>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert!(told.complete && told.child_ids.len() == 2);
    assert_eq!((told.clocks_started.len(), told.clocks_ended.len()), (1, 1));
    both.received(&screening, 4).await;
    assert_eq!(screening.case(&opened.id).await.unwrap().revision, 2);
}

#[tokio::test]
async fn r9_a_hand_over_that_is_withdrawn_leaves_the_child_with_the_hub() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let (anna, ben) = opened.children.split_at(1);
    let (anna, ben) = (HandOver::of(&opened.id, anna), HandOver::of(&opened.id, ben));
    anna.found(&screening, 1).await;
    anna.passed(&screening, 2).await;
    anna.withdrawn(&screening, 3).await;
    ben.withdrawn(&screening, 1).await;
    ben.found(&screening, 2).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Unspecified; 2]);
    let again = HandOver::of(&opened.id, &opened.children[..1]);
    again.found(&screening, 1).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Found, WithUnit::Unspecified]);
}

#[tokio::test]
async fn r9_danger_and_section_47_head_the_worklist_until_the_receipt() {
    let screening = Screening::start(*MORNING).await;
    let danger = ContactReceived { immediate_danger: true, ..contact(*MORNING) };
    let danger = screening.opened(danger).await;
    let suspected = screening.opened(contact(*MORNING)).await;
    screening.basis(&suspected.id, BasisKind::Section47, &suspected.children[..1]).await;
    for case in [&danger, &suspected] {
        screening.asked(&case.id, Rag::Red).await;
    }
    let usual = screening.opened(contact(*MORNING)).await;
    screening.asked(&usual.id, Rag::Red).await;
    let listed = async || {
        let whole = pb::ListCasesRequest::default();
        let mut worker = screening.as_person("screening_practitioner").await;
        worker.list_cases(whole).await.unwrap().into_inner().cases
    };
    let head = async || listed().await[0].contact_id.clone();
    let hand_overs =
        danger.children.iter().map(|child| HandOver::of(&danger.id, std::slice::from_ref(child)));
    for hand_over in hand_overs {
        hand_over.passed(&screening, 1).await;
        assert_eq!(head().await, danger.id);
        hand_over.received(&screening, 2).await;
    }
    assert_eq!(head().await, suspected.id);
    HandOver::of(&suspected.id, &suspected.children[..1]).received(&screening, 1).await;
    let all = listed().await;
    assert!(all.iter().all(|line| !line.immediate_danger && !line.section_47));
    let of = |case: &Opened| all.iter().find(|line| line.contact_id == case.id).unwrap();
    assert_eq!([&danger, &suspected].map(|case| of(case).open_red_checks), [0, 1]);
}
