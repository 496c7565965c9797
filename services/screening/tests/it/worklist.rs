//! The worklist (R19).

use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::ContactReceived,
    screening::v1::{self as pb, CaseState},
    terms::v1::{Pathway, Rag},
};

use crate::stage::{MORNING, Screening, contact, eventually, flag, initially};

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
    screening.partner_checks.tell(&flagged.id, 1, &flag(&flagged.id, "", *MORNING)).await;
    let harm = ContactReceived { significant_harm: true, ..contact(*MORNING) };
    let harm = screening.opened(due(harm, 70)).await;
    let danger = ContactReceived { immediate_danger: true, ..contact(*MORNING) };
    let danger = screening.opened(due(danger, 80)).await;
    eventually(|| async { page(&screening, 0, "").await.0.iter().any(|item| item.risk_flagged) })
        .await;
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
async fn r41_a_decision_after_the_flag_acknowledges_it() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    screening.partner_checks.tell(&opened.id, 1, &flag(&opened.id, "", *MORNING)).await;
    eventually(|| async { page(&screening, 0, "").await.0[0].risk_flagged }).await;
    screening.clock.advance(SignedDuration::from_mins(5));
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::CscScreening)).await.unwrap();
    let (after, _) = page(&screening, 0, "").await;
    assert_eq!((after[0].risk_flagged, after[0].state()), (false, CaseState::Screening));
    let due = *MORNING + SignedDuration::from_hours(24);
    assert_eq!(after[0].next_deadline, Some(to_timestamp(due)));
    // Received before the decision, but nobody here knew: the decision has not weighed it.
    screening.clock.advance(SignedDuration::from_mins(5));
    let late = flag(&opened.id, "", *MORNING + SignedDuration::from_mins(1));
    screening.partner_checks.tell(&opened.id, 2, &late).await;
    eventually(|| async { page(&screening, 0, "").await.0[0].risk_flagged }).await;
}
