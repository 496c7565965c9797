//! Telling the referrer (R28) and closing a case (R20, R28).

use harness::{fact_of, reason_of};
use proto::{
    convert::to_timestamp,
    intake::v1::ContactReceived,
    screening::v1::{
        self as pb, CaseClosed, CaseState, OutcomeDecided, ReferrerInformed,
        inform_referrer_request::Result as Telling,
    },
    terms::v1::{Outcome, Pathway},
};
use tonic::Code;
use uuid::Uuid;

use crate::stage::{Client, MORNING, Opened, Screening, contact, finally, initially};

fn telling(case: &Opened, revision: i64, result: Telling) -> pb::InformReferrerRequest {
    let request_id = Uuid::new_v4().to_string();
    pb::InformReferrerRequest {
        request_id,
        contact_id: case.id.clone(),
        revision,
        result: Some(result),
    }
}

fn closing(case: &Opened, revision: i64) -> pb::CloseCaseRequest {
    pb::CloseCaseRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: case.id.clone(),
        revision,
    }
}

fn informed() -> Telling {
    Telling::Informed("Told by telephone that the hub gave advice.".to_owned())
}

async fn refusal_to_close(client: &mut Client, case: &Opened, revision: i64) -> String {
    let refused = client.close_case(closing(case, revision)).await.err().unwrap();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    reason_of(&refused)
}

#[tokio::test]
async fn r28_a_case_closes_when_all_is_decided_and_the_referrer_told() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    assert_eq!(refusal_to_close(&mut manager, &opened, 1).await, "NOT_ALL_CHILDREN_HAVE_OUTCOME");
    manager.decide_initially(initially(&opened, Pathway::EarlyHelpScreening)).await.unwrap();
    let mut worker = screening.as_person("screening_practitioner").await;
    let refused = worker.inform_referrer(telling(&opened, 2, informed())).await.err().unwrap();
    assert_eq!(reason_of(&refused), "NOT_ALL_CHILDREN_HAVE_OUTCOME");
    assert_eq!(fact_of(&refused, "child_ids"), opened.children.join(","));
    manager.decide_outcome(finally(&opened, 2, Outcome::EarlyHelpAssessment)).await.unwrap();
    assert_eq!(refusal_to_close(&mut worker, &opened, 3).await, "REFERRER_NOT_DEALT_WITH");
    let told = telling(&opened, 3, informed());
    assert_eq!(worker.inform_referrer(told.clone()).await.unwrap().into_inner().revision, 4);
    assert_eq!(worker.inform_referrer(told).await.unwrap().into_inner().revision, 4);
    let refused = worker.inform_referrer(telling(&opened, 4, informed())).await.err().unwrap();
    assert_eq!(reason_of(&refused), "REFERRER_DEALT_WITH");
    assert_eq!(worker.close_case(closing(&opened, 4)).await.unwrap().into_inner().revision, 5);
    assert_eq!(refusal_to_close(&mut worker, &opened, 5).await, "CASE_CLOSED");
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!(case.state(), CaseState::Closed);
    assert!(case.referrer.unwrap().informed);

    let decided = screening.told::<OutcomeDecided>(&opened.id).await;
    let [event] = &screening.told::<ReferrerInformed>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert!(event.informed);
    assert_eq!(event.clocks_ended[0].clock_id, decided[0].clocks_started[0].clock_id);
    let [closed] = &screening.told::<CaseClosed>(&opened.id).await[..] else {
        panic!("closed once")
    };
    assert_eq!(closed.closed_at, Some(to_timestamp(screening.clock.now())));
}

#[tokio::test]
async fn r28_a_referrer_who_cannot_be_reached_needs_a_reason_on_the_record() {
    let screening = Screening::start(*MORNING).await;
    let opened =
        screening.opened(ContactReceived { referrer_unreachable: true, ..contact(*MORNING) }).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::NoFurtherActionInHub)).await.unwrap();
    let refused = manager.inform_referrer(telling(&opened, 3, informed())).await.err().unwrap();
    assert_eq!(reason_of(&refused), "REFERRER_UNREACHABLE");
    assert!(fact_of(&refused, "ways_forward").contains("not_informed_because"));
    let because = Telling::NotInformedBecause("Anonymous, and left no way back.".to_owned());
    manager.inform_referrer(telling(&opened, 3, because)).await.unwrap();
    manager.close_case(closing(&opened, 4)).await.unwrap();
    let [event] = &screening.told::<ReferrerInformed>(&opened.id).await[..] else {
        panic!("told once")
    };
    assert!(!event.informed);
}

#[tokio::test]
async fn r28_whoever_only_reads_neither_tells_nor_closes() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut auditor = screening.as_person("auditor").await;
    let refused = auditor.inform_referrer(telling(&opened, 1, informed())).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = auditor.close_case(closing(&opened, 1)).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
