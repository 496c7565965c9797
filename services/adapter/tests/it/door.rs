//! The door of one agency: what its system does reaches partner-checks, refusals come
//! back unchanged, and nobody else is let in (R45).

use harness::{Stage, fields_of, reason_of};
use proto::{
    partner::v1::{
        AnswerKind, FlagRiskRequest, MarkSeenRequest, PublishAnswerRequest, WatchRequestsRequest,
        partner_service_client::PartnerServiceClient,
    },
    partner_checks::v1 as pb,
    terms::v1::Rag,
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    partner_checks_stage::{MORNING, PartnerChecks, police_answer, recording},
    stage::Adapter,
};

fn publishing(check: &str, kind: AnswerKind) -> PublishAnswerRequest {
    PublishAnswerRequest {
        request_id: Uuid::new_v4().to_string(),
        check_id: check.to_owned(),
        answer: Some(police_answer(kind)),
    }
}

#[tokio::test]
async fn r40_seen_flagged_and_answered_through_the_door() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("police", Rag::Green).await;
    let adapter = Adapter::start(&hub, "police").await;
    let mut system = adapter.as_agency("police").await;
    system.mark_seen(MarkSeenRequest { check_id: check.clone() }).await.unwrap();
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Seen);
    let flag = FlagRiskRequest {
        request_id: Uuid::new_v4().to_string(),
        check_id: check.clone(),
        reason: "He was released from custody this morning.".to_owned(),
    };
    let flagged = system.flag_risk(flag.clone()).await.unwrap().into_inner();
    assert!(system.flag_risk(flag).await.unwrap().into_inner() == flagged);
    let given = publishing(&check, AnswerKind::Final);
    let receipt = system.publish_answer(given.clone()).await.unwrap().into_inner();
    assert!(!receipt.late && receipt.received_at.is_some());
    assert!(system.publish_answer(given.clone()).await.unwrap().into_inner() == receipt);
    let shown = hub.shown(contact).await;
    assert_eq!(
        (shown.state(), shown.rag(), shown.flags.len()),
        (pb::CheckState::Answered, Rag::Red, 1)
    );
    assert!(shown.answers.len() == 1 && shown.answers[0].answer == given.answer);
}

#[tokio::test]
async fn refusals_pass_through_unchanged() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (own, _) = hub.check("police", Rag::Green).await;
    let (theirs, _) = hub.check("health", Rag::Green).await;
    let adapter = Adapter::start(&hub, "police").await;
    let (mut system, mut direct) =
        (adapter.as_agency("police").await, hub.as_adapter("police").await);
    let refused =
        system.publish_answer(publishing(&own, AnswerKind::Correction)).await.err().unwrap();
    let at_source = direct
        .record_answer(recording(&own, police_answer(AnswerKind::Correction)))
        .await
        .err()
        .unwrap();
    assert_eq!(reason_of(&refused), "NO_FINAL_ANSWER_YET");
    assert_eq!(
        (refused.code(), refused.message(), refused.details()),
        (at_source.code(), at_source.message(), at_source.details())
    );
    let empty = PublishAnswerRequest { answer: None, ..publishing("x", AnswerKind::Final) };
    assert_eq!(
        fields_of(&system.publish_answer(empty).await.err().unwrap()),
        ["check_id", "answer"]
    );
    let other = system.mark_seen(MarkSeenRequest { check_id: theirs }).await.err().unwrap();
    let none = system
        .mark_seen(MarkSeenRequest { check_id: Uuid::new_v4().to_string() })
        .await
        .err()
        .unwrap();
    assert_eq!(
        (other.code(), other.message(), other.details()),
        (Code::NotFound, none.message(), none.details())
    );
}

#[tokio::test]
async fn r45_another_agencys_certificate_and_none_at_all_are_refused() {
    let hub = PartnerChecks::start(*MORNING).await;
    let adapter = Adapter::start(&hub, "police").await;
    let mut health = adapter.as_agency("health").await;
    let refused = health.watch_requests(WatchRequestsRequest {}).await.err().unwrap();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::PermissionDenied, "NOT_ALLOWED"));
    let mut nobody = PartnerServiceClient::new(adapter.channel(None).await);
    let refused = nobody.watch_requests(WatchRequestsRequest {}).await.err().unwrap();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::Unauthenticated, "UNAUTHENTICATED"));
    let manager = Stage::shared().person("mash_manager", hub.clock.now());
    let mut manager = PartnerServiceClient::with_interceptor(adapter.channel(None).await, manager);
    let refused = manager.watch_requests(WatchRequestsRequest {}).await.err().unwrap();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn r45_a_services_certificate_is_refused_before_anything_is_said() {
    let hub = PartnerChecks::start(*MORNING).await;
    let adapter = Adapter::start(&hub, "police").await;
    let identities = Stage::shared().identities();
    for files in [identities.service("screening"), identities.adapter("police")] {
        // In TLS 1.3 the server's refusal may be seen only with the first call.
        let refused = match adapter.endpoint(Some(&files)).connect().await {
            Err(_) => continue,
            Ok(channel) => {
                PartnerServiceClient::new(channel).watch_requests(WatchRequestsRequest {}).await
            }
        };
        let refused = refused.err().unwrap();
        assert!(
            refused.details().is_empty(),
            "refused by the transport, not by the guard: {refused:?}"
        );
    }
}
