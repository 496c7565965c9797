//! An agency sees its own requests and nothing else (R45): another agency's check and
//! one that does not exist are answered alike, in every call.

use harness::Stage;
use proto::{
    partner::v1::{Answer, AnswerKind},
    partner_checks::v1::{self as pb, agency_door_service_client::AgencyDoorServiceClient},
    terms::v1::Rag,
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::stage::{Door, MORNING, PartnerChecks, police_answer, recording};

/// What each call answers about a check that is not the agency's.
async fn refusals(door: &mut Door, check: &str) -> Vec<Status> {
    let nothing = Answer { nothing_held: true, form: None, ..police_answer(AnswerKind::Final) };
    let flag = pb::RecordRiskFlagRequest {
        request_id: Uuid::new_v4().to_string(),
        check_id: check.to_owned(),
        reason: "We want to know what they know.".to_owned(),
    };
    vec![
        door.mark_delivered(pb::MarkDeliveredRequest { check_id: check.to_owned() })
            .await
            .err()
            .unwrap(),
        door.mark_seen(pb::MarkSeenRequest { check_id: check.to_owned() }).await.err().unwrap(),
        door.record_answer(recording(check, nothing)).await.err().unwrap(),
        door.record_risk_flag(flag).await.err().unwrap(),
    ]
}

#[tokio::test]
async fn r45_another_agencys_check_is_no_check_in_every_call() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("health", Rag::Amber).await;
    let written = hub.written().await;
    let mut police = hub.as_adapter("police").await;
    let theirs = refusals(&mut police, &check).await;
    let nobodys = refusals(&mut police, &Uuid::new_v4().to_string()).await;
    for (theirs, nobodys) in theirs.iter().zip(&nobodys) {
        assert_eq!(theirs.code(), Code::NotFound);
        assert_eq!((theirs.message(), theirs.details()), (nobodys.message(), nobodys.details()));
    }
    let shown = hub.shown(contact).await;
    assert!(
        shown.state() == pb::CheckState::Sent && shown.answers.is_empty() && shown.flags.is_empty()
    );
    assert_eq!(hub.written().await, written);
    hub.as_adapter("health")
        .await
        .mark_seen(pb::MarkSeenRequest { check_id: check })
        .await
        .unwrap();
}

#[tokio::test]
async fn r45_an_agency_lists_its_own_requests_also_with_anothers_token() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (health, _) = hub.check("health", Rag::Amber).await;
    let (police, _) = hub.check("police", Rag::Amber).await;
    let mut door = hub.as_adapter("police").await;
    let listed =
        door.list_requests(pb::ListRequestsRequest::default()).await.unwrap().into_inner().requests;
    assert_eq!(listed.iter().map(|request| &request.check_id).collect::<Vec<_>>(), [&police]);
    for token in [health, Uuid::new_v4().to_string()] {
        let question = pb::ListRequestsRequest { page_size: 0, page_token: token };
        let stretch = door.list_requests(question).await.unwrap().into_inner();
        assert!(stretch.requests.is_empty() && stretch.next_page_token.is_empty());
    }
}

#[tokio::test]
async fn r45_the_door_is_closed_to_services_and_to_people() {
    let hub = PartnerChecks::start(*MORNING).await;
    let service = Stage::shared().identities().service("screening");
    let mut service = AgencyDoorServiceClient::new(
        Stage::shared().channel_as(&hub.place.address, &service).await,
    );
    let refused = service.list_requests(pb::ListRequestsRequest::default()).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let manager = Stage::shared().person("mash_manager", hub.clock.now());
    let channel = Stage::shared().channel(&hub.place.address).await;
    let mut manager = AgencyDoorServiceClient::with_interceptor(channel, manager);
    let refused = manager.list_requests(pb::ListRequestsRequest::default()).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
