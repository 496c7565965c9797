//! What agencies do with a check and answer to it (R40, R42).

use harness::{fields_of, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    partner::v1::{Answer, AnswerKind, EducationForm, HealthForm, answer::Form},
    partner_checks::v1 as pb,
    terms::v1::{ClockEnding, Date, Rag},
};
use tonic::Code;

use crate::stage::{MORNING, PartnerChecks, police_answer, recording};

#[tokio::test]
async fn r42_delivered_and_seen_are_each_told_once() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("police", Rag::Red).await;
    let mut police = hub.as_adapter("police").await;
    let listed =
        police.list_requests(pb::ListRequestsRequest::default()).await.unwrap().into_inner();
    let [request] = listed.requests.as_slice() else { panic!("one request") };
    assert_eq!(
        (&request.check_id, &*request.reference, request.rag()),
        (&check, "MH-2000-7", Rag::Red)
    );
    assert!(request.children.len() == 2 && request.children[0].name == "Chidera Okafor 0");
    assert!(!request.purpose.is_empty() && !request.context.is_empty());
    for _ in 0..2 {
        police.mark_delivered(pb::MarkDeliveredRequest { check_id: check.clone() }).await.unwrap();
        hub.clock.advance(SignedDuration::from_mins(1));
    }
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Delivered);
    let listed =
        police.list_requests(pb::ListRequestsRequest::default()).await.unwrap().into_inner();
    assert!(listed.requests.is_empty());
    for _ in 0..2 {
        police.mark_seen(pb::MarkSeenRequest { check_id: check.clone() }).await.unwrap();
    }
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Seen);
    let [delivered] = &hub.events::<pb::CheckDelivered>(&check).await[..] else {
        panic!("told once")
    };
    assert_eq!(delivered.delivered_at, Some(to_timestamp(*MORNING)));
    let [seen] = &hub.events::<pb::CheckSeen>(&check).await[..] else { panic!("told once") };
    let clock = &hub.events::<pb::CheckRequested>(&check).await[0].clocks_started[0].clock_id;
    assert_eq!(&seen.clock_id, clock);
}

#[tokio::test]
async fn r42_seen_implies_delivered() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, _) = hub.check("police", Rag::Red).await;
    let mut police = hub.as_adapter("police").await;
    police.mark_seen(pb::MarkSeenRequest { check_id: check.clone() }).await.unwrap();
    assert_eq!(hub.events::<pb::CheckDelivered>(&check).await.len(), 1);
}

#[tokio::test]
async fn r40_interim_keeps_the_clock_final_ends_it_and_a_correction_follows() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("police", Rag::Red).await;
    let mut police = hub.as_adapter("police").await;
    let early = police
        .record_answer(recording(&check, police_answer(AnswerKind::Correction)))
        .await
        .err()
        .unwrap();
    assert_eq!(
        (early.code(), &*reason_of(&early)),
        (Code::FailedPrecondition, "NO_FINAL_ANSWER_YET")
    );
    let interim = Answer {
        systems_searched: Vec::new(),
        meaning_for_child: String::new(),
        ..police_answer(AnswerKind::Interim)
    };
    police.record_answer(recording(&check, interim.clone())).await.unwrap();
    hub.clock.advance(SignedDuration::from_hours(1));
    let given = recording(&check, police_answer(AnswerKind::Final));
    let receipt = police.record_answer(given.clone()).await.unwrap().into_inner();
    assert!(!receipt.late && receipt.received_at == Some(to_timestamp(hub.clock.now())));
    let second = police
        .record_answer(recording(&check, police_answer(AnswerKind::Final)))
        .await
        .err()
        .unwrap();
    assert_eq!(reason_of(&second), "ALREADY_ANSWERED");
    police.record_answer(recording(&check, police_answer(AnswerKind::Correction))).await.unwrap();
    let shown = hub.shown(contact).await;
    assert_eq!((shown.state(), shown.late), (pb::CheckState::Answered, false));
    let answers: Vec<_> =
        shown.answers.into_iter().filter_map(|received| received.answer).collect();
    assert!(
        answers
            == [interim, police_answer(AnswerKind::Final), police_answer(AnswerKind::Correction)]
    );
    let told = hub.events::<pb::CheckAnswered>(&check).await;
    let [interim, last, correction] = told.as_slice() else { panic!("three events") };
    assert!(interim.clocks_ended.is_empty() && correction.clocks_ended.is_empty());
    let [ended] = last.clocks_ended.as_slice() else { panic!("one clock") };
    assert_eq!((ended.ending(), ended.ended_at), (ClockEnding::Met, receipt.received_at));
    assert_eq!(
        (last.extent(), last.late, last.nothing_held),
        (pb::AnswerExtent::Final, false, false)
    );
}

#[tokio::test]
async fn r40_a_late_answer_is_accepted_shown_as_late_and_ends_the_clock() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("police", Rag::Red).await;
    hub.clock.advance(SignedDuration::from_secs(4 * 3600 + 1));
    let answer = recording(&check, police_answer(AnswerKind::Final));
    let receipt = hub.as_adapter("police").await.record_answer(answer).await.unwrap().into_inner();
    assert!(receipt.late);
    let shown = hub.shown(contact).await;
    assert!(shown.late && shown.answers[0].late && shown.state() == pb::CheckState::Answered);
    let [told] = &hub.events::<pb::CheckAnswered>(&check).await[..] else { panic!("one event") };
    assert!(told.late && told.clocks_ended[0].ended_at == receipt.received_at);
}

#[tokio::test]
async fn r40_the_same_answer_sent_twice_is_one_answer() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("police", Rag::Red).await;
    let mut police = hub.as_adapter("police").await;
    let given = recording(&check, police_answer(AnswerKind::Final));
    let first = police.record_answer(given.clone()).await.unwrap().into_inner();
    hub.clock.advance(SignedDuration::from_hours(9));
    assert!(police.record_answer(given.clone()).await.unwrap().into_inner() == first);
    assert_eq!(hub.shown(contact).await.answers.len(), 1);
    let other =
        pb::RecordAnswerRequest { answer: Some(police_answer(AnswerKind::Correction)), ..given };
    assert_eq!(reason_of(&police.record_answer(other).await.err().unwrap()), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn r40_only_the_agencys_own_form_is_taken_and_nothing_held_needs_none() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("health", Rag::Amber).await;
    let mut health = hub.as_adapter("health").await;
    let foreign = health
        .record_answer(recording(&check, police_answer(AnswerKind::Final)))
        .await
        .err()
        .unwrap();
    assert_eq!(fields_of(&foreign), ["answer.form"]);
    let none = Answer { form: None, ..police_answer(AnswerKind::Final) };
    assert_eq!(
        fields_of(&health.record_answer(recording(&check, none)).await.err().unwrap()),
        ["answer.form"]
    );
    let contradiction = Answer {
        nothing_held: true,
        form: Some(Form::Health(HealthForm::default())),
        ..police_answer(AnswerKind::Final)
    };
    let refused = health.record_answer(recording(&check, contradiction)).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["answer.nothing_held"]);
    let nothing = Answer { nothing_held: true, form: None, ..police_answer(AnswerKind::Final) };
    health.record_answer(recording(&check, nothing)).await.unwrap();
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Answered);
    assert!(hub.events::<pb::CheckAnswered>(&check).await[0].nothing_held);
}

#[tokio::test]
async fn r40_a_final_answer_says_what_was_searched_and_what_it_means() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, _) = hub.check("education", Rag::Green).await;
    let mut education = hub.as_adapter("education").await;
    let form = EducationForm { attendance_percent: 101, ..EducationForm::default() };
    let bare = Answer {
        kind: AnswerKind::Final.into(),
        form: Some(Form::Education(form)),
        ..Answer::default()
    };
    let refused = education.record_answer(recording(&check, bare)).await.err().unwrap();
    let named = [
        "answer.systems_searched",
        "answer.meaning_for_child",
        "answer.education.attendance_percent",
    ];
    assert_eq!(fields_of(&refused), named);
    let missing = pb::RecordAnswerRequest { answer: None, ..recording("x", Answer::default()) };
    assert_eq!(
        fields_of(&education.record_answer(missing).await.err().unwrap()),
        ["check_id", "answer"]
    );
    let (check, _) = hub.check("health", Rag::Green).await;
    let no_day = HealthForm {
        last_seen: Some(Date { year: 2026, month: 2, day: 30 }),
        ..HealthForm::default()
    };
    let answer = Answer { form: Some(Form::Health(no_day)), ..police_answer(AnswerKind::Final) };
    let refused = hub
        .as_adapter("health")
        .await
        .record_answer(recording(&check, answer))
        .await
        .err()
        .unwrap();
    assert_eq!(fields_of(&refused), ["answer.health.last_seen"]);
}

#[tokio::test]
async fn requests_are_listed_oldest_first_in_stretches() {
    let hub = PartnerChecks::start(*MORNING).await;
    let mut requested = Vec::new();
    for _ in 0..5 {
        requested.push(hub.check("police", Rag::Green).await.0);
        hub.clock.advance(SignedDuration::from_secs(1));
    }
    let mut police = hub.as_adapter("police").await;
    let (mut listed, mut token, mut stretches) = (Vec::new(), String::new(), 0);
    loop {
        let question = pb::ListRequestsRequest { page_size: 2, page_token: token };
        let stretch = police.list_requests(question).await.unwrap().into_inner();
        let ids: Vec<String> =
            stretch.requests.into_iter().map(|request| request.check_id).collect();
        stretches += 1;
        // What is acknowledged in between does not make the next stretch skip any.
        police.mark_delivered(pb::MarkDeliveredRequest { check_id: ids[0].clone() }).await.unwrap();
        listed.extend(ids);
        token = stretch.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!((listed, stretches), (requested, 3));
    let wrong = pb::ListRequestsRequest { page_size: 201, page_token: "x".to_owned() };
    assert_eq!(
        fields_of(&police.list_requests(wrong).await.err().unwrap()),
        ["page_size", "page_token"]
    );
}
