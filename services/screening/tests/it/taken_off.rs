//! Children who were put on a contact by mistake, and are taken off it (R20).

use harness::{fact_of, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::ContactAmended,
    partner_checks::v1::{CheckWithdrawn, WithdrawnBecause},
    screening::v1::{self as pb, CaseState, ChildrenTakenOff, InitialDecisionMade, WithUnit},
    terms::v1::{BasisKind, ClockEnding, ClockKind, Outcome, Pathway, Rag},
};
use uuid::Uuid;

use crate::{
    stage::{MORNING, Opened, Screening, contact, finally, initially},
    units::{HandOver, end, ways},
};

/// Intake tells, as a revision of the contact, that these children are taken off now.
async fn take_off(screening: &Screening, opened: &Opened, revision: i64, children: &[String]) {
    let event = ContactAmended {
        contact_id: opened.id.clone(),
        amendment_id: Uuid::now_v7().to_string(),
        amended_at: Some(to_timestamp(screening.clock.now())),
        in_hub_hours: true,
        taken_off_child_ids: children.to_vec(),
        ..ContactAmended::default()
    };
    screening.hears_of_contact(&opened.id, revision, &event).await;
}

async fn told(screening: &Screening, opened: &Opened) -> ChildrenTakenOff {
    let mut told = screening.told::<ChildrenTakenOff>(&opened.id).await;
    assert_eq!(told.len(), 1, "told once");
    told.remove(0)
}

#[tokio::test]
async fn r20_a_child_who_was_taken_off_waits_for_nothing_and_its_sibling_goes_on() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    screening.clock.advance(SignedDuration::from_hours(1));
    take_off(&screening, &opened, 2, &opened.children[..1]).await;
    let off = told(&screening, &opened).await;
    assert_eq!(off.child_ids, opened.children[..1]);
    assert_eq!(off.taken_off_at, Some(to_timestamp(screening.clock.now())));
    assert!(off.clocks_ended.is_empty() && off.clocks_started.is_empty());
    assert!(!off.complete && !off.decided);
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!(case.children.iter().map(|it| it.taken_off).collect::<Vec<_>>(), [true, false]);
    let asked = pb::GetCaseStateRequest { contact_id: opened.id.clone() };
    let mut checks = screening.as_partner_checks("mash_manager").await;
    let state = checks.get_case_state(asked).await.unwrap().into_inner();
    assert_eq!(state.child_ids, opened.children[1..]);

    // Whoever read the case before decides on nothing unread, nor on the one who is off.
    let mut manager = screening.as_person("mash_manager").await;
    let unread = initially(&opened, Pathway::CscScreening);
    let stale = manager.decide_initially(unread.clone()).await.err().unwrap();
    assert_eq!(reason_of(&stale), "STALE_REVISION");
    let whole = pb::DecideInitiallyRequest { revision: case.revision, ..unread };
    let child_ids = opened.children.clone();
    let named = pb::DecideInitiallyRequest { child_ids, ..whole.clone() };
    let refused = manager.decide_initially(named).await.err().unwrap();
    let facts = [reason_of(&refused), fact_of(&refused, "rule"), fact_of(&refused, "child_ids")];
    assert_eq!(facts, ["TAKEN_OFF", "R20", opened.children[0].as_str()]);
    manager.decide_initially(whole).await.unwrap();
    let [decided] = &screening.told::<InitialDecisionMade>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert!(decided.complete && decided.child_ids == opened.children[1..]);
}

#[tokio::test]
async fn r20_with_the_last_undecided_child_its_clock_ends_and_the_referrer_is_told() {
    let screening = Screening::start(*MORNING).await;
    let given = contact(*MORNING);
    let opened = screening.opened(given.clone()).await;
    let mut manager = screening.as_person("mash_manager").await;
    let first = pb::DecideInitiallyRequest {
        child_ids: opened.children[..1].to_vec(),
        ..initially(&opened, Pathway::NoFurtherActionInHub)
    };
    manager.decide_initially(first).await.unwrap();
    take_off(&screening, &opened, 2, &opened.children[1..]).await;
    let off = told(&screening, &opened).await;
    assert!(off.complete && off.decided);
    let [ended] = &off.clocks_ended[..] else { panic!("one clock ends") };
    assert_eq!(ended.clock_id, given.clocks_started[0].clock_id);
    assert_eq!(ended.ending(), ClockEnding::Cancelled);
    let [clock] = &off.clocks_started[..] else { panic!("one clock starts") };
    assert_eq!(clock.kind(), ClockKind::InformReferrer);
    assert_eq!(screening.line(&opened.id).await.unwrap().state(), CaseState::Screening);
    end(&screening, &opened, 4).await;
    assert!(screening.line(&opened.id).await.is_none());
}

#[tokio::test]
async fn r20_what_was_decided_of_who_is_taken_off_stays_on_record_and_its_clock_ends() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::CscScreening)).await.unwrap();
    take_off(&screening, &opened, 2, &opened.children[..1]).await;
    let off = told(&screening, &opened).await;
    let started = screening.told::<InitialDecisionMade>(&opened.id).await;
    let [ended] = &off.clocks_ended[..] else { panic!("one clock ends") };
    assert_eq!(ended.clock_id, started[0].clocks_started[0].clock_id);
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!(case.children[0].pathway(), Pathway::CscScreening);
    let whole = finally(&opened, case.revision, Outcome::EarlyHelpAssessment);
    let child_ids = opened.children[..1].to_vec();
    let named = pb::DecideOutcomeRequest { child_ids, ..whole.clone() };
    let refused = manager.decide_outcome(named).await.err().unwrap();
    assert_eq!(reason_of(&refused), "TAKEN_OFF");
}

#[tokio::test]
async fn r20_who_was_taken_off_comes_back_by_no_unit_and_starts_no_second_clock() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let both = HandOver::of(&opened.id, &opened.children);
    both.received(&screening, 1).await;
    let revision = screening.case(&opened.id).await.unwrap().revision;
    take_off(&screening, &opened, 2, &opened.children[..1]).await;
    assert!(screening.told::<ChildrenTakenOff>(&opened.id).await.is_empty(), "nothing ran for it");
    both.withdrawn(&screening, 2).await;
    let [back] = &screening.told::<pb::ChildrenBackInHub>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert_eq!(back.child_ids, opened.children[1..]);
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!((case.revision, case.state()), (revision + 1, CaseState::Undecided));
    // Nor does a unit take who is not on the contact, whatever is heard of first.
    HandOver::of(&opened.id, &opened.children[..1]).received(&screening, 1).await;
    assert_eq!(screening.told::<pb::ChildrenWithUnit>(&opened.id).await.len(), 1);
    assert_eq!(ways(&screening, &opened.id).await[1], WithUnit::Unspecified);
}

#[tokio::test]
async fn r20_a_case_that_is_over_stays_over() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::NoFurtherActionInHub)).await.unwrap();
    end(&screening, &opened, 3).await;
    take_off(&screening, &opened, 2, &opened.children[..1]).await;
    assert!(screening.told::<ChildrenTakenOff>(&opened.id).await.is_empty());
    let case = screening.case(&opened.id).await.unwrap();
    assert!(case.state() == CaseState::Closed && case.children[0].taken_off);
}

#[tokio::test]
async fn r18_section_47_that_was_recorded_of_who_is_taken_off_presses_nobody() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    screening.basis(&opened.id, BasisKind::Section47, &opened.children[..1]).await;
    assert!(screening.line(&opened.id).await.unwrap().section_47);
    take_off(&screening, &opened, 3, &opened.children[..1]).await;
    let line = screening.line(&opened.id).await.unwrap();
    assert!(!line.section_47 && line.state() == CaseState::Undecided);
}

#[tokio::test]
async fn r27_a_check_that_was_withdrawn_with_its_child_needs_no_mark() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Red).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::CscScreening)).await.unwrap();
    let decision = finally(&opened, 2, Outcome::NoFurtherAction);
    let withdrawn = CheckWithdrawn {
        check_id: check.clone(),
        contact_id: opened.id.clone(),
        agency: "police".to_owned(),
        rag: Rag::Red.into(),
        withdrawn_at: Some(to_timestamp(*MORNING)),
        because: WithdrawnBecause::TakenOff.into(),
        ..CheckWithdrawn::default()
    };
    assert!(manager.decide_outcome(decision.clone()).await.is_err(), "until it is withdrawn");
    screening.hears_of_check(&check, 2, &withdrawn).await;
    let case = screening.case(&opened.id).await.unwrap();
    assert!(case.checks[0].withdrawn && !case.checks[0].without_consent);
    let request_id = Uuid::new_v4().to_string();
    manager.decide_outcome(pb::DecideOutcomeRequest { request_id, ..decision }).await.unwrap();
}

#[tokio::test]
async fn r27_a_check_about_who_was_taken_off_is_needed_by_nobody_who_comes_back() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let sibling = HandOver::of(&opened.id, &opened.children[1..]);
    let checks = [
        (screening.asked(&opened.id, Rag::Red).await, WithdrawnBecause::TakenOff),
        (screening.asked(&opened.id, Rag::Red).await, WithdrawnBecause::WithUnit),
    ];
    take_off(&screening, &opened, 2, &opened.children[..1]).await;
    sibling.received(&screening, 1).await;
    for (check, because) in &checks {
        let withdrawn = CheckWithdrawn {
            check_id: check.clone(),
            contact_id: opened.id.clone(),
            agency: "police".to_owned(),
            rag: Rag::Red.into(),
            withdrawn_at: Some(to_timestamp(*MORNING)),
            because: (*because).into(),
            ..CheckWithdrawn::default()
        };
        screening.hears_of_check(check, 2, &withdrawn).await;
    }
    sibling.withdrawn(&screening, 2).await;
    let line = screening.line(&opened.id).await.unwrap();
    assert_eq!(line.open_red_checks, 1, "the sibling's alone");
}
