//! Answers reach a person, whatever was decided before they came (R27, R40).
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use jiff::SignedDuration;
use proto::{
    intake::v1::ContactReceived,
    partner_checks::v1::{AnswerExtent, CheckAnswered},
    screening::v1::{self as pb, CaseState, CheckMark, inform_referrer_request::Result as Telling},
    terms::v1::{Pathway, Rag},
};
use tonic::Code;
use uuid::Uuid;

use crate::stage::{
    Client, MORNING, Opened, Screening, answer, contact, eventually, initially, reason,
};

fn reading(case: &Opened, check: &str) -> pb::ReviewAnswerRequest {
    pb::ReviewAnswerRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: case.id.clone(),
        check_id: check.to_owned(),
    }
}

/// Decides A, with these marks and reasons for each check.
async fn no_further_action(manager: &mut Client, case: &Opened, marks: &[(&str, CheckMark)]) {
    let marked = |(check, mark): &(&str, CheckMark)| pb::MarkedCheck {
        check_id: (*check).to_owned(),
        mark: (*mark).into(),
        reason: "Nothing it could say changes this.".to_owned(),
    };
    let gate =
        pb::Gate { checks: marks.iter().map(marked).collect(), covering_reason: String::new() };
    let decision = pb::DecideInitiallyRequest {
        gate: Some(gate),
        ..initially(case, Pathway::NoFurtherActionInHub)
    };
    manager.decide_initially(decision).await.unwrap();
}

/// Tells the referrer of the outcome that revision 3 has decided, and closes.
async fn close(manager: &mut Client, case: &Opened) {
    let telling = pb::InformReferrerRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: case.id.clone(),
        revision: 3,
        result: Some(Telling::Informed("Told by telephone.".to_owned())),
    };
    manager.inform_referrer(telling).await.unwrap();
    let closing = pb::CloseCaseRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: case.id.clone(),
        revision: 4,
    };
    manager.close_case(closing).await.unwrap();
}

/// Tells of a correction, and waits until the worklist shows it.
async fn corrected(screening: &Screening, case: &Opened, check: &str, revision: i64) {
    let correction = CheckAnswered {
        extent: AnswerExtent::Correction.into(),
        ..answer(&case.id, check, screening.clock.now())
    };
    screening.partner_checks.tell(check, revision, &correction).await;
    eventually(|| async { screening.line(&case.id).await.is_some_and(|line| line.answer_unread) })
        .await;
}

#[tokio::test]
async fn r40_an_answer_after_the_outcome_shows_on_the_worklist_until_a_person_has_read_it() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Amber).await;
    let mut manager = screening.as_person("mash_manager").await;
    no_further_action(&mut manager, &opened, &[(&check, CheckMark::Outstanding)]).await;
    close(&mut manager, &opened).await;
    assert!(screening.line(&opened.id).await.is_none());

    screening.clock.advance(SignedDuration::from_hours(30));
    screening.answered(&opened.id, &check).await;
    let line = screening.line(&opened.id).await.expect("the closed case is back on the worklist");
    assert_eq!((line.state(), line.answer_unread), (CaseState::Closed, true));
    assert!(screening.case(&opened.id).await.unwrap().checks[0].answer_unread);

    let mut worker = screening.as_person("screening_practitioner").await;
    let read = reading(&opened, &check);
    let receipt = worker.review_answer(read.clone()).await.unwrap().into_inner();
    assert!(screening.line(&opened.id).await.is_none());
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!((case.revision, case.checks[0].answer_unread), (5, false));

    // Sent again it marks nothing that has come since (R12).
    screening.clock.advance(SignedDuration::from_hours(1));
    corrected(&screening, &opened, &check, 3).await;
    assert!(worker.review_answer(read).await.unwrap().into_inner() == receipt);
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
}

#[tokio::test]
async fn r40_a_correction_of_what_was_considered_shows_until_it_is_read_too() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Amber).await;
    assert!(!screening.line(&opened.id).await.unwrap().answer_unread);
    screening.answered(&opened.id, &check).await;
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
    let mut manager = screening.as_person("mash_manager").await;
    no_further_action(&mut manager, &opened, &[(&check, CheckMark::Considered)]).await;
    assert!(!screening.line(&opened.id).await.unwrap().answer_unread);

    let before = screening.case(&opened.id).await.unwrap();
    screening.clock.advance(SignedDuration::from_hours(1));
    corrected(&screening, &opened, &check, 3).await;
    let after = screening.case(&opened.id).await.unwrap();
    assert_eq!(after.checks[0].answered_at, before.checks[0].answered_at);
    assert_eq!((after.checks[0].mark(), after.revision), (CheckMark::Considered, before.revision));

    manager.review_answer(reading(&opened, &check)).await.unwrap();
    assert!(!screening.line(&opened.id).await.unwrap().answer_unread);
    let statement = "SELECT reviewed_by FROM screening.answer_review WHERE check_id = $1";
    let check: Uuid = check.parse().unwrap();
    let readers: Vec<String> =
        sqlx::query_scalar(statement).bind(check).fetch_all(&screening.database).await.unwrap();
    assert_eq!(readers.len(), 1);
}

#[tokio::test]
async fn r40_an_answer_that_came_before_it_was_called_not_needed_is_still_to_be_read() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Amber).await;
    screening.answered(&opened.id, &check).await;
    let mut manager = screening.as_person("mash_manager").await;
    no_further_action(&mut manager, &opened, &[(&check, CheckMark::NotNeeded)]).await;
    close(&mut manager, &opened).await;
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
}

#[tokio::test]
async fn r27_what_one_reason_covered_is_on_the_worklist_when_it_is_answered() {
    let screening = Screening::start(*MORNING).await;
    let opened =
        screening.opened(ContactReceived { significant_harm: true, ..contact(*MORNING) }).await;
    let early = screening.asked(&opened.id, Rag::Red).await;
    let late = screening.asked(&opened.id, Rag::Red).await;
    screening.answered(&opened.id, &early).await;
    let covering =
        pb::Gate { checks: Vec::new(), covering_reason: "She is not safe tonight.".to_owned() };
    let decision = pb::DecideInitiallyRequest {
        gate: Some(covering),
        ..initially(&opened, Pathway::StatutoryAssessment)
    };
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(decision).await.unwrap();
    close(&mut manager, &opened).await;
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
    manager.review_answer(reading(&opened, &early)).await.unwrap();
    assert!(screening.line(&opened.id).await.is_none());
    screening.answered(&opened.id, &late).await;
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
    manager.review_answer(reading(&opened, &late)).await.unwrap();
    assert!(screening.line(&opened.id).await.is_none());
}

#[tokio::test]
async fn r40_only_who_decides_or_screens_marks_an_answer_and_only_one_of_the_contact() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let other = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Amber).await;
    screening.answered(&opened.id, &check).await;
    for role in ["edt", "auditor", "referrer", "operator"] {
        let mut client = screening.as_person(role).await;
        let refused = client.review_answer(reading(&opened, &check)).await.err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role}");
    }
    let mut worker = screening.as_person("early_help_practitioner").await;
    let refused = worker.review_answer(reading(&other, &check)).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
    let nobody = Opened { id: Uuid::now_v7().to_string(), children: Vec::new() };
    let refused = worker.review_answer(reading(&nobody, &check)).await.err().unwrap();
    assert_eq!(reason(&refused), "CASE_NOT_OPEN_YET");
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
    worker.review_answer(reading(&opened, &check)).await.unwrap();
    assert!(!screening.line(&opened.id).await.unwrap().answer_unread);
}
