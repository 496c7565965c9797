//! Wrong input gets a typed refusal that names every bad field and its rule, and
//! leaves nothing behind.

use harness::fields_of;
use proto::{
    screening::v1::{self as pb, CheckMark, InitialDecisionMade},
    terms::v1::{Outcome, Pathway},
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::stage::{MORNING, Screening, contact, finally, initially};

fn violations(refused: &Status) -> Vec<(String, String)> {
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    let named = runtime::refusal::violations(refused).into_iter();
    named.map(|bad| (bad.field, bad.description)).collect()
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = Uuid::new_v4().to_string();
    let marked = |check_id: &str, mark: i32, reason: &str| pb::MarkedCheck {
        check_id: check_id.to_owned(),
        mark,
        reason: reason.to_owned(),
        seen_revision: 0,
    };
    let other = Uuid::new_v4().to_string();
    let given = pb::DecideInitiallyRequest {
        request_id: "1".to_owned(),
        contact_id: String::new(),
        revision: 0,
        child_ids: vec!["x".to_owned()],
        framework_level: 9,
        rationale: " ".to_owned(),
        outcome: Outcome::StatutoryAssessment.into(),
        consent_is_not_the_reason: false,
        gate: Some(pb::Gate {
            checks: vec![
                marked(&check, CheckMark::Outstanding.into(), ""),
                marked(&check, CheckMark::NotNeeded.into(), "known"),
                marked("y", 0, ""),
                marked(&other, CheckMark::Considered.into(), ""),
            ],
            covering_reason: "ß".repeat(2_001),
        }),
        seen_flag_ids: vec!["z".to_owned()],
        ..initially(&opened, Pathway::NoFurtherActionInHub)
    };
    let mut manager = screening.as_person("mash_manager").await;
    let refused = manager.decide_initially(given).await.err().unwrap();
    assert_eq!(
        fields_of(&refused),
        [
            "request_id",
            "contact_id",
            "revision",
            "outcome",
            "consent_is_not_the_reason",
            "child_ids[0]",
            "framework_level",
            "rationale",
            "gate.checks[0].reason",
            "gate.checks[1].check_id",
            "gate.checks[2].check_id",
            "gate.checks[2].mark",
            "gate.checks[3].seen_revision",
            "gate.covering_reason",
            "seen_flag_ids[0]",
        ]
    );
    assert!(screening.told::<InitialDecisionMade>(&opened.id).await.is_empty());
}

#[tokio::test]
async fn r21_a_decision_a_says_that_consent_is_not_its_reason() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let given = pb::DecideInitiallyRequest {
        consent_is_not_the_reason: false,
        ..initially(&opened, Pathway::NoFurtherActionInHub)
    };
    let refused =
        screening.as_person("mash_manager").await.decide_initially(given).await.err().unwrap();
    let [(field, why)] = &violations(&refused)[..] else { panic!("one violation") };
    assert_eq!(field, "consent_is_not_the_reason");
    assert!(why.contains("R21"));
}

#[tokio::test]
async fn every_other_request_names_its_bad_fields_too() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    let outcome = pb::DecideOutcomeRequest {
        outcome: 77,
        framework_level: 0,
        rationale: "x".repeat(4_001),
        ..finally(&opened, -1, Outcome::NoFurtherAction)
    };
    let refused = manager.decide_outcome(outcome).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["revision", "outcome", "framework_level", "rationale"]);
    let refused =
        manager.inform_referrer(pb::InformReferrerRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "contact_id", "revision", "result"]);
    let refused = manager.close_case(pb::CloseCaseRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "contact_id", "revision"]);
    let refused = manager.review_answer(pb::ReviewAnswerRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "contact_id", "check_id", "seen_revision"]);
    let refused = manager.get_case(pb::GetCaseRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["contact_id", "purpose"]);
    let stretch = pb::ListCasesRequest { page_size: 201, page_token: "7".to_owned() };
    let refused = manager.list_cases(stretch).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["page_size", "page_token"]);
    let gated = pb::DecideInitiallyRequest {
        gate: Some(pb::Gate { checks: Vec::new(), covering_reason: "None needed.".to_owned() }),
        ..initially(&opened, Pathway::CscScreening)
    };
    assert_eq!(fields_of(&manager.decide_initially(gated).await.err().unwrap()), ["gate"]);
    let longest = pb::DecideInitiallyRequest {
        rationale: "ß".repeat(4_000),
        ..initially(&opened, Pathway::CscScreening)
    };
    manager.decide_initially(longest).await.unwrap();
}
