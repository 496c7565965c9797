//! Answers reach a person, whatever was decided before they came (R27, R40).
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use harness::{fact_of, reason_of};
use jiff::SignedDuration;
use proto::{
    intake::v1::ContactReceived,
    partner_checks::v1::{AnswerExtent, CheckAnswered},
    screening::v1::{self as pb, CaseState, CheckMark, inform_referrer_request::Result as Telling},
    terms::v1::{Outcome, Pathway, Rag},
};
use tonic::Code;
use uuid::Uuid;

use crate::stage::{Client, MORNING, Opened, Screening, answer, contact, finally, initially};

/// The final answer of a check as the revision that it made; corrections have later ones.
const FINAL: i64 = 2;

fn reading(case: &Opened, check: &str, seen_revision: i64) -> pb::ReviewAnswerRequest {
    pb::ReviewAnswerRequest {
        check_id: check.to_owned(),
        seen_revision,
        ..reading_flags(case, &[])
    }
}

fn reading_flags(case: &Opened, flags: &[&String]) -> pb::ReviewAnswerRequest {
    pb::ReviewAnswerRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: case.id.clone(),
        seen_flag_ids: flags.iter().map(|flag| (*flag).clone()).collect(),
        ..pb::ReviewAnswerRequest::default()
    }
}

/// Decides A, with these marks and reasons for each check.
async fn no_further_action(manager: &mut Client, case: &Opened, marks: &[(&str, CheckMark)]) {
    let marked = |(check, mark): &(&str, CheckMark)| pb::MarkedCheck {
        check_id: (*check).to_owned(),
        mark: (*mark).into(),
        reason: "Nothing it could say changes this.".to_owned(),
        seen_revision: if *mark == CheckMark::Considered { FINAL } else { 0 },
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

/// A correction makes this revision of a check, and the worklist shows it.
async fn corrected(screening: &Screening, case: &Opened, check: &str, revision: i64) {
    let correction = CheckAnswered {
        extent: AnswerExtent::Correction.into(),
        ..answer(&case.id, check, screening.clock.now())
    };
    screening.hears_of_check(check, revision, &correction).await;
    assert!(screening.line(&case.id).await.is_some_and(|line| line.answer_unread));
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
    let read = reading(&opened, &check, FINAL);
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

    // Whoever names the answer before it has not read the correction.
    manager.review_answer(reading(&opened, &check, FINAL)).await.unwrap();
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
    manager.review_answer(reading(&opened, &check, 3)).await.unwrap();
    assert!(!screening.line(&opened.id).await.unwrap().answer_unread);
    let statement = "SELECT answer_revision FROM screening.answer_review WHERE check_id = $1";
    let check: Uuid = check.parse().unwrap();
    let read: Vec<i64> =
        sqlx::query_scalar(statement).bind(check).fetch_all(&screening.database).await.unwrap();
    assert_eq!(read, [3]);
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
    manager.review_answer(reading(&opened, &early, FINAL)).await.unwrap();
    assert!(screening.line(&opened.id).await.is_none());
    screening.answered(&opened.id, &late).await;
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
    manager.review_answer(reading(&opened, &late, FINAL)).await.unwrap();
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
        let refused = client.review_answer(reading(&opened, &check, FINAL)).await.err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role}");
    }
    let mut worker = screening.as_person("early_help_practitioner").await;
    let refused = worker.review_answer(reading(&other, &check, FINAL)).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
    let nobody = Opened { id: Uuid::now_v7().to_string(), children: Vec::new() };
    let refused = worker.review_answer(reading(&nobody, &check, FINAL)).await.err().unwrap();
    assert_eq!(reason_of(&refused), "CASE_NOT_OPEN_YET");
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
    worker.review_answer(reading(&opened, &check, FINAL)).await.unwrap();
    assert!(!screening.line(&opened.id).await.unwrap().answer_unread);
}

#[tokio::test]
async fn r27_a_decision_on_an_answer_that_was_corrected_meanwhile_is_refused() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Amber).await;
    screening.answered(&opened.id, &check).await;
    let seen = screening.case(&opened.id).await.unwrap().checks[0].answer_revision;
    corrected(&screening, &opened, &check, 3).await;
    let considered = |seen_revision| pb::DecideInitiallyRequest {
        gate: Some(pb::Gate {
            checks: vec![pb::MarkedCheck {
                check_id: check.clone(),
                mark: CheckMark::Considered.into(),
                reason: String::new(),
                seen_revision,
            }],
            covering_reason: String::new(),
        }),
        ..initially(&opened, Pathway::NoFurtherActionInHub)
    };
    let mut manager = screening.as_person("mash_manager").await;
    let refused = manager.decide_initially(considered(seen)).await.err().unwrap();
    assert_eq!(reason_of(&refused), "CHECKS_NOT_CONSIDERED");
    assert_eq!(fact_of(&refused, "check_ids"), check);
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
    manager.decide_initially(considered(3)).await.unwrap();
    assert!(!screening.line(&opened.id).await.unwrap().answer_unread);
}

#[tokio::test]
async fn r40_nobody_has_read_an_answer_that_has_not_come() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Amber).await;
    let mut worker = screening.as_person("screening_practitioner").await;
    let early = worker.review_answer(reading(&opened, &check, FINAL)).await.err().unwrap();
    assert_eq!(early.code(), Code::NotFound);
    screening.answered(&opened.id, &check).await;
    let early = worker.review_answer(reading(&opened, &check, FINAL + 1)).await.err().unwrap();
    assert_eq!(early.code(), Code::NotFound);
    assert!(screening.line(&opened.id).await.unwrap().answer_unread);
}

#[tokio::test]
async fn r41_a_flag_after_the_last_outcome_stays_until_somebody_has_read_it() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    no_further_action(&mut manager, &opened, &[]).await;
    let before = screening.flagged(&opened.id).await;
    close(&mut manager, &opened).await;
    let line = screening.line(&opened.id).await.expect("closed, and on the worklist");
    assert_eq!((line.state(), line.risk_flagged), (CaseState::Closed, true));

    let after = screening.flagged(&opened.id).await;
    let mut worker = screening.as_person("screening_practitioner").await;
    worker.review_answer(reading_flags(&opened, &[&before])).await.unwrap();
    assert!(screening.line(&opened.id).await.unwrap().risk_flagged);
    worker.review_answer(reading_flags(&opened, &[&before, &after])).await.unwrap();
    assert!(screening.line(&opened.id).await.is_none());
    let case = screening.case(&opened.id).await.unwrap();
    assert!(case.flags.iter().all(|flag| flag.acknowledged) && case.revision == 5);
    let other = screening.opened(contact(*MORNING)).await;
    let refused = worker.review_answer(reading_flags(&other, &[&after])).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn r41_while_a_decision_is_to_come_a_flag_is_left_to_it() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let flag = screening.flagged(&opened.id).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::CscScreening)).await.unwrap();
    let refused = manager.review_answer(reading_flags(&opened, &[&flag])).await.err().unwrap();
    assert_eq!(reason_of(&refused), "DECISION_TO_COME");
    assert_eq!(fact_of(&refused, "child_ids"), opened.children.join(","));
    assert!(screening.line(&opened.id).await.unwrap().risk_flagged);
    manager.decide_outcome(finally(&opened, 2, Outcome::NoFurtherAction)).await.unwrap();
    assert!(screening.line(&opened.id).await.unwrap().risk_flagged);
    manager.review_answer(reading_flags(&opened, &[&flag])).await.unwrap();
    assert!(!screening.line(&opened.id).await.unwrap().risk_flagged);
}
