//! The worklist (R19).

use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{ContactAmended, ContactReceived, NoticePriorityConfirmed},
    screening::v1::{self as pb, CaseState},
    terms::v1::{BasisKind, Outcome, Pathway, Rag},
};
use uuid::Uuid;

use crate::stage::{MORNING, Screening, contact, finally, flag, initially};

async fn page(screening: &Screening, size: i32, token: &str) -> (Vec<pb::WorklistItem>, String) {
    let asked = pb::ListCasesRequest { page_size: size, page_token: token.to_owned() };
    let answer = screening
        .as_person("screening_practitioner")
        .await
        .list_cases(asked)
        .await
        .unwrap()
        .into_inner();
    (answer.cases, answer.next_page_token)
}

fn ids(items: &[pb::WorklistItem]) -> Vec<String> {
    items.iter().map(|item| item.contact_id.clone()).collect()
}

#[tokio::test]
async fn r19_the_most_pressing_comes_first_and_pages_meet_without_a_gap() {
    let screening = Screening::start(*MORNING).await;
    let hours = SignedDuration::from_hours;
    let due = |given: ContactReceived, at| {
        let mut given = given;
        given.clocks_started[0].deadline = Some(to_timestamp(*MORNING + hours(at)));
        given
    };
    let later = screening.opened(due(contact(*MORNING), 40)).await;
    let sooner = screening.opened(due(contact(*MORNING), 30)).await;
    let overdue = screening.opened(due(contact(*MORNING), 2)).await;
    let red = screening.opened(due(contact(*MORNING), 50)).await;
    screening.asked(&red.id, Rag::Red).await;
    let flagged = screening.opened(due(contact(*MORNING), 60)).await;
    screening.flagged(&flagged.id).await;
    let harm = ContactReceived { significant_harm: true, ..contact(*MORNING) };
    let harm = screening.opened(due(harm, 70)).await;
    let danger = ContactReceived { immediate_danger: true, ..contact(*MORNING) };
    let danger = screening.opened(due(danger, 80)).await;
    let expected = [&danger, &harm, &flagged, &red, &sooner, &later].map(|case| case.id.clone());
    let (all, _) = page(&screening, 0, "").await;
    // Not late yet, the one due soonest stands before those due later.
    assert_eq!(
        ids(&all),
        [&expected[..4], std::slice::from_ref(&overdue.id), &expected[4..]].concat()
    );
    screening.clock.advance(hours(3));
    let (all, end) = page(&screening, 0, "").await;
    assert_eq!((ids(&all).len(), end.as_str()), (7, ""));
    assert!(all[0].immediate_danger && all[1].section_47 && all[2].risk_flagged);
    assert_eq!((all[3].open_red_checks, all[3].state()), (1, CaseState::Undecided));

    let (mut walked, mut token) = (Vec::new(), String::new());
    for size in [2, 1, 3, 1] {
        let (stretch, next) = page(&screening, size, &token).await;
        assert_eq!(stretch.len(), usize::try_from(size).unwrap());
        walked.extend(ids(&stretch));
        token = next;
    }
    assert_eq!((walked, token.as_str()), (ids(&all), ""));
}

#[tokio::test]
async fn r19_an_open_red_check_stands_before_what_is_late_and_that_before_what_is_in_time() {
    let screening = Screening::start(*MORNING).await;
    let red = screening.opened(contact(*MORNING)).await;
    screening.asked(&red.id, Rag::Red).await;
    let overdue = screening.opened(contact(*MORNING - SignedDuration::from_hours(40))).await;
    let in_time = screening.opened(contact(*MORNING)).await;
    let (all, _) = page(&screening, 0, "").await;
    assert_eq!(ids(&all), [red.id, overdue.id, in_time.id]);
}

#[tokio::test]
async fn r41_a_decision_acknowledges_the_flags_that_it_names_and_no_other() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let (seen, unseen) = (screening.flagged(&opened.id).await, screening.flagged(&opened.id).await);
    screening.clock.advance(SignedDuration::from_mins(5));
    let decision = pb::DecideInitiallyRequest {
        seen_flag_ids: vec![seen.clone(), Uuid::new_v4().to_string()],
        ..initially(&opened, Pathway::CscScreening)
    };
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(decision).await.unwrap();
    let case = screening.case(&opened.id).await.unwrap();
    let acknowledged = |flag: &str| {
        case.flags.iter().find(|known| known.flag_id == flag).map(|known| known.acknowledged)
    };
    assert_eq!((acknowledged(&seen), acknowledged(&unseen)), (Some(true), Some(false)));
    assert!(screening.line(&opened.id).await.unwrap().risk_flagged);
    let named = pb::DecideOutcomeRequest {
        seen_flag_ids: vec![seen, unseen],
        ..finally(&opened, 2, Outcome::EarlyHelpAssessment)
    };
    manager.decide_outcome(named).await.unwrap();
    let after = screening.line(&opened.id).await.unwrap();
    assert_eq!((after.risk_flagged, after.state()), (false, CaseState::Screening));
}

#[tokio::test]
async fn r19_a_decision_on_what_was_read_before_a_flag_came_leaves_it_on_the_worklist() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Green).await;
    let read = screening.case(&opened.id).await.unwrap();
    let flag = flag(&opened.id, &check, *MORNING);
    screening.hears_of_check(&check, 2, &flag).await;
    screening.clock.advance(SignedDuration::from_mins(5));
    let decision = pb::DecideInitiallyRequest {
        revision: read.revision,
        seen_flag_ids: read.flags.into_iter().map(|flag| flag.flag_id).collect(),
        ..initially(&opened, Pathway::CscScreening)
    };
    screening.as_person("mash_manager").await.decide_initially(decision).await.unwrap();
    let line = screening.line(&opened.id).await.unwrap();
    assert_eq!((line.risk_flagged, line.state()), (true, CaseState::Screening));
    let case = screening.case(&opened.id).await.unwrap();
    assert!(
        case.flags
            == [pb::CaseFlag {
                flag_id: flag.flag_id,
                check_id: check,
                received_at: flag.received_at,
                acknowledged: false,
            }]
    );
}

#[tokio::test]
async fn r41_no_flag_of_another_contact_is_acknowledged() {
    let screening = Screening::start(*MORNING).await;
    let (flagged, other) =
        (screening.opened(contact(*MORNING)).await, screening.opened(contact(*MORNING)).await);
    let flag = screening.flagged(&flagged.id).await;
    let decision = pb::DecideInitiallyRequest {
        seen_flag_ids: vec![flag],
        ..initially(&other, Pathway::CscScreening)
    };
    screening.as_person("mash_manager").await.decide_initially(decision).await.unwrap();
    assert!(screening.line(&flagged.id).await.unwrap().risk_flagged);
    assert!(!screening.line(&other.id).await.unwrap().risk_flagged);
}

#[tokio::test]
async fn r18_section_47_recorded_later_is_urgent_from_then_on() {
    let screening = Screening::start(*MORNING).await;
    let usual = screening.opened(contact(*MORNING)).await;
    let suspected = screening.opened(contact(*MORNING)).await;
    screening.flagged(&usual.id).await;
    assert_eq!(ids(&page(&screening, 0, "").await.0), [&usual.id, &suspected.id].map(Clone::clone));
    screening.basis(&usual.id, BasisKind::PublicInterest, &usual.children).await;
    screening.basis(&suspected.id, BasisKind::Section47, &suspected.children[..1]).await;
    let (all, _) = page(&screening, 0, "").await;
    assert_eq!(ids(&all), [suspected.id.clone(), usual.id.clone()]);
    assert_eq!([all[0].section_47, all[1].section_47], [true, false]);
    assert!(screening.case(&suspected.id).await.unwrap().section_47);
    let asked = pb::GetCaseStateRequest { contact_id: suspected.id.clone() };
    let state = screening.as_partner_checks("mash_manager").await.get_case_state(asked).await;
    assert!(state.unwrap().into_inner().section_47);

    // One reason covers its checks from now on (R27).
    screening.asked(&suspected.id, Rag::Red).await;
    let covering = pb::Gate { covering_reason: "She cannot wait.".to_owned(), checks: Vec::new() };
    let decision = pb::DecideInitiallyRequest {
        gate: Some(covering),
        ..initially(&suspected, Pathway::StatutoryAssessment)
    };
    screening.as_person("mash_manager").await.decide_initially(decision).await.unwrap();
}

#[tokio::test]
async fn r24_section_47_recorded_later_makes_no_screening_start_earlier() {
    let sunday: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let screening = Screening::start(sunday).await;
    let opened = screening.opened(contact(sunday)).await;
    let before = screening.case(&opened.id).await.unwrap().screening_deadline;
    screening.basis(&opened.id, BasisKind::Section47, &opened.children).await;
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!((case.section_47, case.screening_deadline), (true, before));
}

#[tokio::test]
async fn r14_r18_a_notice_that_a_person_says_is_urgent_heads_the_worklist_and_stays_there() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let confirmed = NoticePriorityConfirmed {
        contact_id: opened.id.clone(),
        became_urgent: true,
        ..NoticePriorityConfirmed::default()
    };
    screening.hears_of_contact(&Uuid::now_v7().to_string(), 1, &confirmed).await;
    assert!(screening.line(&opened.id).await.unwrap().section_47);
    let corrected = ContactAmended {
        contact_id: opened.id.clone(),
        amended_at: Some(to_timestamp(screening.clock.now())),
        ..ContactAmended::default()
    };
    screening.hears_of_contact(&opened.id, 2, &corrected).await;
    assert!(screening.line(&opened.id).await.unwrap().section_47);
}

#[tokio::test]
async fn r18_a_contact_that_is_corrected_to_danger_is_urgent_and_keeps_its_clock() {
    let sunday: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let screening = Screening::start(sunday).await;
    let opened = screening.opened(contact(sunday)).await;
    let before = screening.case(&opened.id).await.unwrap().screening_deadline;
    let corrected = ContactAmended {
        contact_id: opened.id.clone(),
        amendment_id: Uuid::now_v7().to_string(),
        amended_at: Some(to_timestamp(sunday)),
        immediate_danger: true,
        became_urgent: true,
        ..ContactAmended::default()
    };
    screening.hears_of_contact(&opened.id, 2, &corrected).await;
    let line = screening.line(&opened.id).await.unwrap();
    assert_eq!((line.immediate_danger, line.section_47), (true, false));
    assert_eq!(screening.case(&opened.id).await.unwrap().screening_deadline, before);
    let taken_back = ContactAmended { immediate_danger: false, ..corrected };
    screening.hears_of_contact(&opened.id, 3, &taken_back).await;
    assert!(!screening.line(&opened.id).await.unwrap().immediate_danger);
}
