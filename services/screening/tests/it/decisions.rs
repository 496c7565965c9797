//! Initial decisions and outcomes (R15, R16, R20–R27).
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use harness::{fact_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{ContactReceived, OpenQuestionsChanged},
    screening::v1::{self as pb, CaseState, CheckMark, InitialDecisionMade, OutcomeDecided},
    terms::v1::{ClockEnding, ClockKind, Outcome, Pathway, Rag},
};
use tonic::Code;
use uuid::Uuid;

use crate::stage::{MORNING, Screening, contact, finally, initially};

#[tokio::test]
async fn r20_each_child_gets_a_clock_of_its_own_and_the_decision_ends_r72() {
    let screening = Screening::start(*MORNING).await;
    let given = contact(*MORNING);
    let opened = screening.opened(given.clone()).await;
    screening.clock.advance(SignedDuration::from_hours(2));
    let mut manager = screening.as_person("mash_manager").await;
    let one = pb::DecideInitiallyRequest {
        child_ids: vec![opened.children[0].clone()],
        ..initially(&opened, Pathway::CscScreening)
    };
    let first = manager.decide_initially(one).await.unwrap().into_inner();
    let due = to_timestamp(*MORNING + SignedDuration::from_hours(24));
    assert!(first == pb::DecideInitiallyResponse { revision: 2, deadline: Some(due) });
    assert_eq!(screening.case(&opened.id).await.unwrap().state(), CaseState::Undecided);
    let rest = pb::DecideInitiallyRequest {
        revision: 2,
        ..initially(&opened, Pathway::EarlyHelpScreening)
    };
    let second = manager.decide_initially(rest).await.unwrap().into_inner();
    let due = to_timestamp(*MORNING + SignedDuration::from_hours(72));
    assert!(second == pb::DecideInitiallyResponse { revision: 3, deadline: Some(due) });
    let [first, second] = &screening.told::<InitialDecisionMade>(&opened.id).await[..] else {
        panic!("two")
    };
    assert!(
        !first.complete && first.clocks_ended.is_empty() && first.child_ids == opened.children[..1]
    );
    assert!(second.complete && second.child_ids == opened.children[1..]);
    let started: Vec<_> = [first, second].map(|told| told.clocks_started[0].kind()).to_vec();
    assert_eq!(started, [ClockKind::CscScreening, ClockKind::EarlyHelpScreening]);
    let [ended] = &second.clocks_ended[..] else { panic!("one clock ends") };
    assert_eq!(ended.clock_id, given.clocks_started[0].clock_id);
    let now = to_timestamp(screening.clock.now());
    assert_eq!((ended.ending(), ended.ended_at), (ClockEnding::Met, Some(now)));
}

#[tokio::test]
async fn r24_a_form_of_the_weekend_is_screened_from_the_next_opening() {
    let saturday: Timestamp = "2026-11-21T22:00:00Z".parse().unwrap();
    let screening = Screening::start(saturday).await;
    let opened = screening.opened(contact(saturday)).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::CscScreening)).await.unwrap();
    let [told] = &screening.told::<InitialDecisionMade>(&opened.id).await[..] else {
        panic!("one")
    };
    let monday: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
    assert_eq!(told.clocks_started.len(), 2);
    for clock in &told.clocks_started {
        assert_eq!(clock.started_at, Some(to_timestamp(monday)));
        assert_eq!(clock.deadline, Some(to_timestamp(monday + SignedDuration::from_hours(24))));
        assert_eq!(clock.protocol_version, "2025.1");
    }
}

#[tokio::test]
async fn r16_a_decides_the_outcome_at_once_and_r28_begins() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    let decision = initially(&opened, Pathway::NoFurtherActionInHub);
    let reply = manager.decide_initially(decision).await.unwrap().into_inner();
    assert!(reply == pb::DecideInitiallyResponse { revision: 3, deadline: None });
    let [told] = &screening.told::<OutcomeDecided>(&opened.id).await[..] else { panic!("one") };
    assert_eq!((told.outcome(), told.complete), (Outcome::NoFurtherAction, true));
    assert_eq!(told.child_ids, opened.children);
    let [clock] = &told.clocks_started[..] else { panic!("one clock") };
    let tomorrow: Timestamp = "2026-11-25T17:00:00Z".parse().unwrap();
    assert_eq!(
        (clock.kind(), clock.deadline),
        (ClockKind::InformReferrer, Some(to_timestamp(tomorrow)))
    );
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!((case.revision, case.state()), (3, CaseState::Screening));
    assert!(case.children.iter().all(|child| child.outcome() == Outcome::NoFurtherAction));
    let refused = manager
        .decide_initially(pb::DecideInitiallyRequest {
            revision: 3,
            ..initially(&opened, Pathway::CscScreening)
        })
        .await
        .err()
        .unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::FailedPrecondition, "ALREADY_DECIDED")
    );
}

#[tokio::test]
async fn r16_b_is_a_statutory_assessment_at_once() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut head = screening.as_person("head_of_service").await;
    head.decide_initially(initially(&opened, Pathway::StatutoryAssessment)).await.unwrap();
    let [told] = &screening.told::<OutcomeDecided>(&opened.id).await[..] else { panic!("one") };
    assert_eq!(told.outcome(), Outcome::StatutoryAssessment);
}

#[tokio::test]
async fn r15_nobody_but_the_manager_or_acting_cover_decides_initially() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    for role in ["screening_practitioner", "early_help_manager", "edt", "auditor", "referrer"] {
        let mut client = screening.as_person(role).await;
        let refused =
            client.decide_initially(initially(&opened, Pathway::CscScreening)).await.err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role}");
    }
    assert_eq!(screening.case(&opened.id).await.unwrap().revision, 1);
}

#[tokio::test]
async fn r12_the_same_decision_twice_is_one_and_a_stale_one_is_refused() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let decision = initially(&opened, Pathway::CscScreening);
    let mut manager = screening.as_person("mash_manager").await;
    let reply = manager.decide_initially(decision.clone()).await.unwrap().into_inner();
    assert!(manager.decide_initially(decision.clone()).await.unwrap().into_inner() == reply);
    assert_eq!(screening.told::<InitialDecisionMade>(&opened.id).await.len(), 1);
    let other = pb::DecideInitiallyRequest { rationale: "Another.".to_owned(), ..decision.clone() };
    let refused = manager.decide_initially(other).await.err().unwrap();
    assert_eq!(reason_of(&refused), "REQUEST_ID_REUSED");
    let stale = pb::DecideInitiallyRequest { request_id: Uuid::new_v4().to_string(), ..decision };
    let refused = manager.decide_initially(stale).await.err().unwrap();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::Aborted, "STALE_REVISION"));
    assert_eq!(fact_of(&refused, "revision"), "2");
}

#[tokio::test]
async fn r20_two_managers_at_once_make_one_decision() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut deciding = tokio::task::JoinSet::new();
    for pathway in
        [Pathway::CscScreening, Pathway::EarlyHelpScreening, Pathway::StatutoryAssessment]
    {
        let (mut manager, decision) =
            (screening.as_person("mash_manager").await, initially(&opened, pathway));
        deciding.spawn(async move {
            manager.decide_initially(decision).await.map_err(|refused| refused.code())
        });
    }
    let answers = deciding.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(
        answers
            .iter()
            .filter_map(|answer| answer.as_ref().err())
            .all(|code| *code == Code::Aborted)
    );
    assert_eq!(screening.told::<InitialDecisionMade>(&opened.id).await.len(), 1);
}

#[tokio::test]
async fn r26_the_early_help_manager_decides_early_help_and_nothing_statutory() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    let [csc, early_help] = [&opened.children[0], &opened.children[1]];
    let only = |child: &String, revision, pathway| pb::DecideInitiallyRequest {
        revision,
        child_ids: vec![child.clone()],
        ..initially(&opened, pathway)
    };
    manager.decide_initially(only(csc, 1, Pathway::CscScreening)).await.unwrap();
    manager.decide_initially(only(early_help, 2, Pathway::EarlyHelpScreening)).await.unwrap();
    let mut early = screening.as_person("early_help_manager").await;
    let of = |child: &String, outcome| pb::DecideOutcomeRequest {
        child_ids: vec![child.clone()],
        ..finally(&opened, 3, outcome)
    };
    let not_theirs = [
        of(csc, Outcome::NoFurtherAction),
        of(early_help, Outcome::StatutoryAssessment),
        finally(&opened, 3, Outcome::NoFurtherAction),
    ];
    for not_theirs in not_theirs {
        let refused = early.decide_outcome(not_theirs).await.err().unwrap();
        assert_eq!((refused.code(), &*fact_of(&refused, "rule")), (Code::PermissionDenied, "R26"));
    }
    let decided = early
        .decide_outcome(of(early_help, Outcome::EarlyHelpAssessment))
        .await
        .unwrap()
        .into_inner();
    assert!(decided == pb::DecideOutcomeResponse { revision: 4, inform_referrer_by: None });
    let last =
        pb::DecideOutcomeRequest { revision: 4, ..of(csc, Outcome::CommunityOrVoluntaryService) };
    let decided = manager.decide_outcome(last).await.unwrap().into_inner();
    assert!(decided.inform_referrer_by.is_some());
    let [first, second] = &screening.told::<OutcomeDecided>(&opened.id).await[..] else {
        panic!("two")
    };
    assert!(!first.complete && second.complete);
    let started = screening.told::<InitialDecisionMade>(&opened.id).await;
    assert_eq!(first.clocks_ended[0].clock_id, started[1].clocks_started[0].clock_id);
    assert_eq!(second.clocks_ended[0].clock_id, started[0].clocks_started[0].clock_id);
}

#[tokio::test]
async fn r26_no_outcome_before_the_initial_decision_and_none_of_a_stranger() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    let early = finally(&opened, 1, Outcome::NoFurtherAction);
    let refused = manager.decide_outcome(early.clone()).await.err().unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::FailedPrecondition, "INITIAL_DECISION_MISSING")
    );
    let stranger =
        pb::DecideOutcomeRequest { child_ids: vec![Uuid::new_v4().to_string()], ..early };
    assert_eq!(manager.decide_outcome(stranger).await.err().unwrap().code(), Code::NotFound);
}

#[tokio::test]
async fn r27_the_gate_names_the_checks_that_nobody_accounted_for() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let answered = screening.asked(&opened.id, Rag::Amber).await;
    screening.answered(&opened.id, &answered).await;
    let open = screening.asked(&opened.id, Rag::Green).await;
    let mut manager = screening.as_person("mash_manager").await;
    let marked = |check: &String, mark: CheckMark| pb::MarkedCheck {
        check_id: check.clone(),
        mark: mark.into(),
        reason: "The family cannot wait for it.".to_owned(),
        seen_revision: if mark == CheckMark::Considered { 2 } else { 0 },
    };
    let through = |gate| pb::DecideInitiallyRequest {
        gate: Some(gate),
        ..initially(&opened, Pathway::NoFurtherActionInHub)
    };
    let considered = marked(&answered, CheckMark::Considered);
    let half =
        pb::Gate { checks: vec![considered.clone()], covering_reason: "All of them.".to_owned() };
    let refused = manager.decide_initially(through(half)).await.err().unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::FailedPrecondition, "CHECKS_NOT_CONSIDERED")
    );
    assert_eq!(fact_of(&refused, "check_ids"), open);
    let whole = pb::Gate {
        checks: vec![considered, marked(&open, CheckMark::Outstanding)],
        covering_reason: String::new(),
    };
    manager.decide_initially(through(whole)).await.unwrap();
    let case = screening.case(&opened.id).await.unwrap();
    let marks: Vec<_> =
        case.checks.iter().map(|check| (check.check_id.clone(), check.mark())).collect();
    assert_eq!(marks, [(answered, CheckMark::Considered), (open, CheckMark::Outstanding)]);
}

#[tokio::test]
async fn r27_in_danger_one_reason_covers_all_and_each_is_still_to_be_reviewed() {
    let screening = Screening::start(*MORNING).await;
    let opened =
        screening.opened(ContactReceived { immediate_danger: true, ..contact(*MORNING) }).await;
    screening.asked(&opened.id, Rag::Red).await;
    let mut manager = screening.as_person("mash_manager").await;
    let bare = initially(&opened, Pathway::StatutoryAssessment);
    let refused = manager.decide_initially(bare.clone()).await.err().unwrap();
    assert!(fact_of(&refused, "ways_forward").contains("covering reason"));
    let covering =
        pb::Gate { checks: Vec::new(), covering_reason: "She is not safe tonight.".to_owned() };
    manager
        .decide_initially(pb::DecideInitiallyRequest { gate: Some(covering), ..bare })
        .await
        .unwrap();
    assert_eq!(screening.case(&opened.id).await.unwrap().checks[0].mark(), CheckMark::Unspecified);
}

#[tokio::test]
async fn r63_words_are_shown_to_a_reader_and_stand_in_no_event() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let decision = initially(&opened, Pathway::NoFurtherActionInHub);
    screening.as_person("mash_manager").await.decide_initially(decision.clone()).await.unwrap();
    assert_eq!(screening.case(&opened.id).await.unwrap().children[0].rationale, decision.rationale);
    let with_words: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM messaging.event WHERE position($1::bytea IN payload) > 0)
              + (SELECT count(*) FROM messaging.command WHERE position($1::bytea IN reply) > 0)",
    )
    .bind(decision.rationale.as_bytes())
    .fetch_one(&screening.database)
    .await
    .unwrap();
    assert_eq!(with_words, 0);
}

#[tokio::test]
async fn r8_open_questions_show_with_each_decision_and_hold_up_none() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let record = Uuid::now_v7().to_string();
    let told = |matches_waiting, differences_unanswered| OpenQuestionsChanged {
        contact_id: opened.id.clone(),
        matches_waiting,
        differences_unanswered,
        changed_at: Some(to_timestamp(*MORNING)),
    };
    screening.hears_of_contact(&record, 1, &told(3, 1)).await;
    let shown = async || {
        let case = screening.case(&opened.id).await.unwrap();
        (case.matches_waiting, case.differences_unanswered)
    };
    assert_eq!(shown().await, (3, 1));
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::CscScreening)).await.unwrap();
    screening.hears_of_contact(&record, 2, &told(0, 0)).await;
    assert_eq!(shown().await, (0, 0));
    manager.decide_outcome(finally(&opened, 2, Outcome::NoFurtherAction)).await.unwrap();
    let kept: Vec<(i32, i32)> = sqlx::query_as(
        "SELECT matches_waiting, differences_unanswered FROM screening.decision ORDER BY revision",
    )
    .fetch_all(&screening.database)
    .await
    .unwrap();
    assert_eq!(kept, [(3, 1), (0, 0)]);
}
