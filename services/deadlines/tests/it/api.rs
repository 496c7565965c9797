//! What people see and say over gRPC.

use proto::{convert::to_timestamp, deadlines::v1 as pb};
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::stage::{Hub, MORNING, contact, minutes, red_check};

fn acknowledgement(page: &str) -> pb::AcknowledgePageRequest {
    pb::AcknowledgePageRequest { request_id: Uuid::new_v4().to_string(), page_id: page.to_owned() }
}

#[tokio::test]
async fn pages_are_listed_oldest_first_in_stretches() {
    let hub = Hub::start(*MORNING).await;
    let ids: Vec<String> = (0..5).map(|_| Uuid::new_v4().to_string()).collect();
    for id in &ids {
        hub.tell(&contact(id.parse().unwrap(), true, false)).await;
        hub.heard().await;
        hub.advance(minutes(1));
    }
    let mut client = hub.as_person("service_manager").await;
    let (mut seen, mut token) = (Vec::new(), String::new());
    for size in [2, 2, 1] {
        let request = pb::ListPagesRequest { page_size: 2, page_token: token };
        let answer = client.list_pages(request).await.unwrap().into_inner();
        assert_eq!(answer.pages.len(), size);
        seen.extend(answer.pages.into_iter().map(|page| page.contact_id));
        token = answer.next_page_token;
    }
    assert!(token.is_empty());
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn the_clocks_of_a_contact_are_listed_by_deadline() {
    let hub = Hub::start(*MORNING).await;
    let id = Uuid::new_v4();
    for later in [2, 1, 3] {
        hub.tell(&red_check(id, Uuid::new_v4(), *MORNING + minutes(later))).await;
    }
    hub.heard().await;
    let clocks = hub.clocks_of(id).await;
    let deadlines: Vec<_> = clocks.iter().map(|clock| clock.deadline).collect();
    assert_eq!(deadlines, [241, 242, 243].map(|at| Some(to_timestamp(*MORNING + minutes(at)))));
    assert!(
        clocks
            .iter()
            .all(|clock| clock.state() == pb::ClockState::Running && clock.ended_at.is_none())
    );
    assert!(hub.clocks_of(Uuid::new_v4()).await.is_empty());
}

#[tokio::test]
async fn only_those_whom_a_page_can_reach_see_and_acknowledge_pages() {
    let hub = Hub::start(*MORNING).await;
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.heard().await;
    let page = hub.waiting_pages().await.remove(0).page_id;
    for role in
        ["referrer", "screening_practitioner", "auditor", "operator", "board", "partner:police"]
    {
        let mut client = hub.as_person(role).await;
        let refused = client.acknowledge_page(acknowledgement(&page)).await.err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role}");
        assert_eq!(
            client.list_pages(pb::ListPagesRequest::default()).await.err().unwrap().code(),
            Code::PermissionDenied
        );
    }
    hub.as_person("edt").await.acknowledge_page(acknowledgement(&page)).await.unwrap();
}

#[tokio::test]
async fn r43_the_same_acknowledgement_again_is_one_and_another_page_under_its_id_is_refused() {
    let hub = Hub::start(*MORNING).await;
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.heard().await;
    let pages = hub.waiting_pages().await;
    let mut client = hub.as_person("mash_manager").await;
    let request = acknowledgement(&pages[0].page_id);
    let first = client.acknowledge_page(request.clone()).await.unwrap().into_inner();
    hub.advance(minutes(1));
    assert!(client.acknowledge_page(request.clone()).await.unwrap().into_inner() == first);
    let other = pb::AcknowledgePageRequest { page_id: pages[1].page_id.clone(), ..request };
    let refused = client.acknowledge_page(other).await.err().unwrap();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
    assert_eq!(hub.told::<pb::PageAcknowledged>().await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_every_field_named() {
    let hub = Hub::start(*MORNING).await;
    let mut client = hub.as_person("mash_manager").await;
    let bad = pb::AcknowledgePageRequest { request_id: "1".to_owned(), page_id: "2".to_owned() };
    let refused = client.acknowledge_page(bad).await.err().unwrap();
    let fields = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(
        fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(),
        ["request_id", "page_id"]
    );
    let unknown =
        client.acknowledge_page(acknowledgement(&Uuid::new_v4().to_string())).await.err().unwrap();
    assert_eq!(unknown.code(), Code::NotFound);
    let request = pb::ListPagesRequest { page_size: -1, page_token: "x".to_owned() };
    let refused = client.list_pages(request).await.err().unwrap();
    assert_eq!(refused.get_details_bad_request().unwrap().field_violations.len(), 2);
    let request = pb::ListClocksRequest { contact_id: String::new() };
    assert_eq!(client.list_clocks(request).await.err().unwrap().code(), Code::InvalidArgument);
}
