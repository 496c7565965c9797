//! Checks that their agencies have although consent was taken back: a MASH Manager decides
//! what becomes of them (R6).

use harness::{fact_of, reason_of};
use proto::{
    convert::to_timestamp,
    partner_checks::v1::{CheckConsentWithdrawn, CheckWithdrawn, WithdrawnBecause},
    screening::v1::{self as pb, CaseState, CheckMark},
    terms::v1::{Pathway, Rag},
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    stage::{MORNING, Opened, Screening, contact, initially},
    units::end,
};

fn withdrawn(contact: &str, check: &str) -> CheckConsentWithdrawn {
    CheckConsentWithdrawn {
        check_id: check.to_owned(),
        contact_id: contact.to_owned(),
        agency: "police".to_owned(),
        withdrawn_at: Some(to_timestamp(*MORNING)),
        ..CheckConsentWithdrawn::default()
    }
}

/// A RED check was withdrawn before its agency had it.
fn stopped(contact: &str, check: &str, because: WithdrawnBecause) -> CheckWithdrawn {
    CheckWithdrawn {
        check_id: check.to_owned(),
        contact_id: contact.to_owned(),
        agency: "police".to_owned(),
        rag: Rag::Red.into(),
        withdrawn_at: Some(to_timestamp(*MORNING)),
        because: because.into(),
        ..CheckWithdrawn::default()
    }
}

fn deciding(case: &Opened, check: &str, seen_revision: i64) -> pb::ReviewAnswerRequest {
    pb::ReviewAnswerRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: case.id.clone(),
        seen_consent_withdrawals: vec![pb::SeenConsentWithdrawal {
            check_id: check.to_owned(),
            seen_revision,
            decision: "They go on, in the public interest.".to_owned(),
        }],
        ..pb::ReviewAnswerRequest::default()
    }
}

/// The checks of a line of the worklist that their agencies have without consent.
async fn without_consent(screening: &Screening, contact: &str) -> Vec<pb::CheckWithoutConsent> {
    screening.line(contact).await.map(|line| line.without_consent).unwrap_or_default()
}

#[tokio::test]
async fn r6_a_check_without_consent_is_listed_until_a_mash_manager_has_decided() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Red).await;
    assert!(without_consent(&screening, &opened.id).await.is_empty());
    for revision in [2, 3] {
        screening.hears_of_check(&check, revision, &withdrawn(&opened.id, &check)).await;
    }
    let (check_id, agency) = (check.clone(), "police".to_owned());
    let listed = pb::CheckWithoutConsent { check_id, agency, ..pb::CheckWithoutConsent::default() };
    assert!(without_consent(&screening, &opened.id).await == [listed.clone()]);
    // It goes on: nobody is spared its deadline.
    assert_eq!(screening.line(&opened.id).await.unwrap().open_red_checks, 1);

    for role in ["screening_practitioner", "early_help_manager"] {
        let mut other = screening.as_person(role).await;
        let refused = other.review_answer(deciding(&opened, &check, 3)).await.err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role}");
        assert_eq!(
            (reason_of(&refused), fact_of(&refused, "rule")),
            ("NOT_ALLOWED".into(), "R6".into())
        );
    }
    let mut manager = screening.as_person("mash_manager").await;
    let mut wordless = deciding(&opened, &check, 3);
    wordless.seen_consent_withdrawals[0].decision.clear();
    let refused = manager.review_answer(wordless).await.err().unwrap();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let unheard = manager.review_answer(deciding(&opened, &check, 4)).await.err().unwrap();
    assert_eq!(unheard.code(), Code::NotFound);
    manager.review_answer(deciding(&opened, &check, 2)).await.unwrap();
    assert!(without_consent(&screening, &opened.id).await == [listed]);
    screening
        .as_person("service_manager")
        .await
        .review_answer(deciding(&opened, &check, 3))
        .await
        .unwrap();
    assert!(without_consent(&screening, &opened.id).await.is_empty());
    let case = screening.case(&opened.id).await.unwrap();
    let decided = |it: &pb::ConsentWithdrawal| it.decision == "They go on, in the public interest.";
    assert!(case.consent_withdrawals.len() == 2 && case.consent_withdrawals.iter().all(decided));
    assert_eq!(case.revision, 1);
}

#[tokio::test]
async fn r6_a_check_that_was_withdrawn_before_its_agency_had_it_is_listed_as_such() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Red).await;
    let stopped = stopped(&opened.id, &check, WithdrawnBecause::ConsentWithdrawn);
    screening.hears_of_check(&check, 2, &stopped).await;
    screening.hears_of_check(&check, 3, &withdrawn(&opened.id, &check)).await;
    let [listed] = &without_consent(&screening, &opened.id).await[..] else { panic!("one check") };
    assert!(listed.withdrawn, "nobody waits for it: whoever wants it asks anew");
}

#[tokio::test]
async fn r6_a_check_without_consent_is_listed_of_a_closed_case_too() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::NoFurtherActionInHub)).await.unwrap();
    end(&screening, &opened, 3).await;
    assert!(screening.line(&opened.id).await.is_none());
    let check = Uuid::now_v7().to_string();
    screening.hears_of_check(&check, 7, &withdrawn(&opened.id, &check)).await;
    let line = screening.line(&opened.id).await.expect("closed, and on the worklist");
    assert_eq!((line.state(), line.without_consent.len()), (CaseState::Closed, 1));
    manager.review_answer(deciding(&opened, &check, 7)).await.unwrap();
    assert!(screening.line(&opened.id).await.is_none());
}

#[tokio::test]
async fn r6_a_withdrawal_that_is_heard_of_before_the_contact_waits_for_it() {
    let screening = Screening::start(*MORNING).await;
    let given = contact(*MORNING);
    let check = Uuid::now_v7().to_string();
    screening.hears_of_check(&check, 2, &withdrawn(&given.contact_id, &check)).await;
    assert!(screening.line(&given.contact_id).await.is_none());
    let opened = screening.opened(given).await;
    assert_eq!(without_consent(&screening, &opened.id).await.len(), 1);
}

#[tokio::test]
async fn r38_a_check_whose_basis_was_ended_is_a_mash_managers_too() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Red).await;
    let ended = CheckConsentWithdrawn { basis_ended: true, ..withdrawn(&opened.id, &check) };
    screening.hears_of_check(&check, 2, &ended).await;
    let [listed] = &without_consent(&screening, &opened.id).await[..] else { panic!("one") };
    assert!(listed.basis_ended && !listed.taken_off && !listed.withdrawn);
    let shown = screening.case(&opened.id).await.unwrap().consent_withdrawals;
    assert!(shown[0].basis_ended && shown[0].decision.is_empty());
    let mut manager = screening.as_person("mash_manager").await;
    manager.review_answer(deciding(&opened, &check, 2)).await.unwrap();
    assert!(without_consent(&screening, &opened.id).await.is_empty());
}

#[tokio::test]
async fn r38_a_check_that_stopped_with_its_basis_is_still_to_be_accounted_for() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Red).await;
    let stopped = stopped(&opened.id, &check, WithdrawnBecause::BasisEnded);
    screening.hears_of_check(&check, 2, &stopped).await;
    let shown = screening.case(&opened.id).await.unwrap().checks.remove(0);
    assert!(shown.withdrawn && shown.without_consent);
    let line = screening.line(&opened.id).await.unwrap();
    assert_eq!((line.open_red_checks, line.stopped_check_ids), (0, vec![check.clone()]));
    let mark = pb::MarkedCheck {
        check_id: check,
        mark: CheckMark::NotNeeded.into(),
        reason: "It was asked on another basis.".to_owned(),
        seen_revision: 0,
    };
    let gate = pb::Gate { checks: vec![mark], covering_reason: String::new() };
    let decision = pb::DecideInitiallyRequest {
        gate: Some(gate),
        ..initially(&opened, Pathway::NoFurtherActionInHub)
    };
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(decision).await.unwrap();
    assert!(screening.line(&opened.id).await.unwrap().stopped_check_ids.is_empty());
}

#[tokio::test]
async fn r20_a_check_that_tells_of_who_was_taken_off_is_a_managers_too() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Red).await;
    let tells = CheckConsentWithdrawn { taken_off: true, ..withdrawn(&opened.id, &check) };
    screening.hears_of_check(&check, 2, &tells).await;
    let [listed] = &without_consent(&screening, &opened.id).await[..] else { panic!("one") };
    assert!(listed.taken_off && !listed.withdrawn);
    let shown = screening.case(&opened.id).await.unwrap().consent_withdrawals;
    assert!(shown[0].taken_off && shown[0].decision.is_empty());
    let mut manager = screening.as_person("mash_manager").await;
    manager.review_answer(deciding(&opened, &check, 2)).await.unwrap();
    assert!(without_consent(&screening, &opened.id).await.is_empty());
}
