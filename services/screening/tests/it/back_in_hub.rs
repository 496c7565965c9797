//! Children whose hand-over to a unit was withdrawn after the unit's receipt (R8, R9).

use harness::{fact_of, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::ContactReceived,
    partner_checks::v1::{CheckWithdrawn, WithdrawnBecause},
    screening::v1::{self as pb, CaseState, ChildrenBackInHub, ChildrenWithUnit, WithUnit},
    terms::v1::{ClockEnding, ClockKind, Outcome, Pathway, Rag},
};

use crate::{
    stage::{MORNING, Opened, Screening, answer, contact, finally, initially},
    units::{HandOver, end, ways},
};

/// What was told of children who came back, once.
async fn back(screening: &Screening, contact: &str) -> ChildrenBackInHub {
    let told = screening.told::<ChildrenBackInHub>(contact).await;
    let [told] = &told[..] else { panic!("told once, not {} times", told.len()) };
    told.clone()
}

/// A case of which a unit has both children.
async fn gone(screening: &Screening, given: ContactReceived) -> (Opened, HandOver) {
    let opened = screening.opened(given).await;
    let both = HandOver::of(&opened.id, &opened.children);
    both.received(screening, 1).await;
    (opened, both)
}

#[tokio::test]
async fn r9_a_hand_over_withdrawn_after_the_receipt_gives_the_children_back_to_the_hub() {
    let screening = Screening::start(*MORNING).await;
    let danger = ContactReceived { immediate_danger: true, ..contact(*MORNING) };
    let (opened, both) = gone(&screening, danger).await;
    assert!(!screening.line(&opened.id).await.unwrap().immediate_danger);
    let passed_on = screening.told::<ChildrenWithUnit>(&opened.id).await;
    screening.clock.advance(SignedDuration::from_hours(1));
    both.withdrawn(&screening, 2).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Unspecified; 2]);

    let told = back(&screening, &opened.id).await;
    let now = Some(to_timestamp(screening.clock.now()));
    assert!(told.child_ids == opened.children && told.withdrawn_at == now);
    assert!(told.undecided && told.section_47 && !told.reopened);
    let [clock] = &told.clocks_started[..] else { panic!("one clock for both") };
    assert_eq!((clock.kind(), clock.started_at), (ClockKind::InitialDecision, now));
    let [ended] = &told.clocks_ended[..] else { panic!("one clock ends") };
    assert_eq!(ended.clock_id, passed_on[0].clocks_started[0].clock_id);
    assert_eq!(ended.ending(), ClockEnding::Cancelled);
    let line = screening.line(&opened.id).await.unwrap();
    assert!(line.immediate_danger && line.next_deadline == clock.deadline);
    assert_eq!(line.state(), CaseState::Undecided);

    let mut manager = screening.as_person("mash_manager").await;
    let decision =
        pb::DecideInitiallyRequest { revision: 3, ..initially(&opened, Pathway::CscScreening) };
    manager.decide_initially(decision).await.unwrap();
    // The receipt of a step that was withdrawn takes nobody from the hub again.
    both.received(&screening, 3).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Unspecified; 2]);
}

#[tokio::test]
async fn r9_children_who_came_back_leave_the_hub_again_with_another_hand_overs_receipt() {
    let screening = Screening::start(*MORNING).await;
    let (opened, both) = gone(&screening, contact(*MORNING)).await;
    both.withdrawn(&screening, 2).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Unspecified; 2]);
    let by_a_person = HandOver::of(&opened.id, &opened.children);
    by_a_person.found(&screening, 1).await;
    by_a_person.passed(&screening, 2).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Passed; 2]);
    by_a_person.received(&screening, 3).await;
    assert_eq!(ways(&screening, &opened.id).await, [WithUnit::Received; 2]);
    assert_eq!(screening.told::<ChildrenWithUnit>(&opened.id).await.len(), 2);
}

#[tokio::test]
async fn r9_the_clock_of_where_each_child_stood_begins_anew_at_the_withdrawal() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    let anna = pb::DecideInitiallyRequest {
        child_ids: opened.children[..1].to_vec(),
        ..initially(&opened, Pathway::CscScreening)
    };
    manager.decide_initially(anna).await.unwrap();
    let anna = HandOver::of(&opened.id, &opened.children[..1]);
    anna.received(&screening, 1).await;
    screening.clock.advance(SignedDuration::from_hours(2));
    anna.withdrawn(&screening, 2).await;
    let told = back(&screening, &opened.id).await;
    let [clock] = &told.clocks_started[..] else { panic!("hers, and the sibling's still runs") };
    let in_a_day = screening.clock.now() + SignedDuration::from_hours(24);
    assert_eq!(clock.kind(), ClockKind::CscScreening);
    assert_eq!(clock.deadline, Some(to_timestamp(in_a_day)));
    assert!(!told.undecided && told.clocks_ended.is_empty());
}

#[tokio::test]
async fn r9_a_case_that_was_over_is_taken_up_again_and_the_referrer_told_anew() {
    let screening = Screening::start(*MORNING).await;
    let (opened, both) = gone(&screening, contact(*MORNING)).await;
    end(&screening, &opened, 2).await;
    assert!(screening.line(&opened.id).await.is_none());
    both.withdrawn(&screening, 2).await;
    assert!(back(&screening, &opened.id).await.reopened);
    assert_eq!(screening.line(&opened.id).await.unwrap().state(), CaseState::Undecided);
    let case = screening.case(&opened.id).await.unwrap();
    assert!(case.referrer.is_none());
    assert_eq!(case.earlier_referrer_notes[0].note, "Told that it was passed on.");
    let mut manager = screening.as_person("mash_manager").await;
    let closes = pb::DecideInitiallyRequest {
        revision: case.revision,
        ..initially(&opened, Pathway::NoFurtherActionInHub)
    };
    manager.decide_initially(closes).await.unwrap();
    end(&screening, &opened, case.revision + 2).await;
    assert!(screening.line(&opened.id).await.is_none());
}

#[tokio::test]
async fn r9_a_child_who_has_an_outcome_comes_back_without_a_clock() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::EarlyHelpScreening)).await.unwrap();
    manager.decide_outcome(finally(&opened, 2, Outcome::NoFurtherAction)).await.unwrap();
    let anna = HandOver::of(&opened.id, &opened.children[..1]);
    anna.received(&screening, 1).await;
    end(&screening, &opened, 4).await;
    anna.withdrawn(&screening, 2).await;
    let told = back(&screening, &opened.id).await;
    assert!(told.clocks_started.is_empty() && told.clocks_ended.is_empty() && !told.reopened);
    assert!(screening.line(&opened.id).await.is_none());
}

#[tokio::test]
async fn r9_a_check_that_was_withdrawn_is_accounted_for_again_once_the_children_are_back() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let (asked, answered) =
        (screening.asked(&opened.id, Rag::Red).await, screening.asked(&opened.id, Rag::Red).await);
    let stopped = screening.asked(&opened.id, Rag::Red).await;
    let withdrawn = |check: &str, because: WithdrawnBecause| CheckWithdrawn {
        check_id: check.to_owned(),
        contact_id: opened.id.clone(),
        agency: "police".to_owned(),
        rag: Rag::Red.into(),
        withdrawn_at: Some(to_timestamp(screening.clock.now())),
        clocks_ended: Vec::new(),
        because: because.into(),
    };
    let consent = withdrawn(&stopped, WithdrawnBecause::ConsentWithdrawn);
    screening.hears_of_check(&stopped, 2, &consent).await;
    let both = HandOver::of(&opened.id, &opened.children);
    both.received(&screening, 1).await;
    for check in [&asked, &answered] {
        let gone = withdrawn(check, WithdrawnBecause::WithUnit);
        screening.hears_of_check(check, 2, &gone).await;
    }
    let late = answer(&opened.id, &answered, screening.clock.now());
    screening.hears_of_check(&answered, 3, &late).await;
    both.withdrawn(&screening, 2).await;

    let case = screening.case(&opened.id).await.unwrap();
    let shown = |check: &str| {
        let check = case.checks.iter().find(|known| known.check_id == check).unwrap();
        (check.withdrawn, check.without_consent)
    };
    assert_eq!((shown(&asked), shown(&stopped)), ((false, false), (true, true)));
    assert_eq!(screening.line(&opened.id).await.unwrap().open_red_checks, 1);
    let mut manager = screening.as_person("mash_manager").await;
    let decision = pb::DecideInitiallyRequest {
        revision: case.revision,
        ..initially(&opened, Pathway::NoFurtherActionInHub)
    };
    let refused = manager.decide_initially(decision).await.err().unwrap();
    assert_eq!(reason_of(&refused), "CHECKS_NOT_CONSIDERED");
    let mut unmarked = [asked, answered, stopped];
    unmarked.sort();
    assert_eq!(fact_of(&refused, "check_ids"), unmarked.join(","));
}
