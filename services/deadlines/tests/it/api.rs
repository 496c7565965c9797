//! What people see and say over gRPC.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use harness::{eventually, fields_of, reason_of};
use proto::{convert::to_timestamp, deadlines::v1 as pb, terms::v1::Purpose};
use tonic::Code;
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
        let request =
            pb::ListPagesRequest { page_size: 2, page_token: token, ..Default::default() };
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
    assert_eq!(reason_of(&refused), "REQUEST_ID_REUSED");
    assert_eq!(hub.told::<pb::PageAcknowledged>().await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_every_field_named() {
    let hub = Hub::start(*MORNING).await;
    let mut client = hub.as_person("mash_manager").await;
    let bad = pb::AcknowledgePageRequest { request_id: "1".to_owned(), page_id: "2".to_owned() };
    let refused = client.acknowledge_page(bad).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "page_id"]);
    let unknown =
        client.acknowledge_page(acknowledgement(&Uuid::new_v4().to_string())).await.err().unwrap();
    assert_eq!(unknown.code(), Code::NotFound);
    let request = pb::ListPagesRequest { page_size: -1, page_token: "x".to_owned(), purpose: 99 };
    let refused = client.list_pages(request).await.err().unwrap();
    assert_eq!(fields_of(&refused).len(), 3);
    let refused = client.list_clocks(pb::ListClocksRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["contact_id", "purpose"]);
}

/// Action, purpose, subjects and reader of every row of the read log.
async fn reads(hub: &Hub) -> Vec<(String, String, Vec<Uuid>, String)> {
    let rows = "SELECT action, purpose, subjects, actor FROM access.read_log ORDER BY at, action";
    sqlx::query_as(rows).fetch_all(&hub.database).await.unwrap()
}

#[tokio::test]
async fn r61_what_shows_a_record_states_a_purpose_and_stands_in_the_read_log() {
    let hub = Hub::start(*MORNING).await;
    let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let mut client = hub.as_person("mash_manager").await;
    let nothing = pb::ListPagesRequest::default();
    assert!(client.list_pages(nothing).await.unwrap().into_inner().pages.is_empty());
    assert!(hub.clocks_of(ids[0]).await.is_empty());
    assert!(reads(&hub).await.is_empty(), "what shows nothing of a record is no read of one");

    hub.tell(&contact(ids[0], true, false)).await;
    hub.tell(&red_check(ids[1], Uuid::new_v4(), *MORNING - minutes(250))).await;
    hub.heard().await;
    eventually("both page", async || (hub.waiting_pages().await.len() == 2).then_some(())).await;
    hub.advance(minutes(1));
    let clocks =
        pb::ListClocksRequest { contact_id: ids[1].to_string(), purpose: Purpose::Audit.into() };
    client.list_clocks(clocks).await.unwrap();
    let pages = pb::ListPagesRequest { purpose: Purpose::Supervision.into(), ..Default::default() };
    client.list_pages(pages).await.unwrap();
    hub.advance(minutes(1));
    client.list_pages(pb::ListPagesRequest::default()).await.unwrap();
    let read = reads(&hub).await;
    let last: Vec<_> = read[read.len() - 3..]
        .iter()
        .map(|(action, purpose, subjects, _)| (action.as_str(), purpose.as_str(), &subjects[..]))
        .collect();
    assert_eq!(
        last,
        [
            ("DeadlinesService.ListClocks", "PURPOSE_AUDIT", &ids[1..]),
            ("DeadlinesService.ListPages", "PURPOSE_SUPERVISION", &ids[..]),
            ("DeadlinesService.ListPages", "PAGES", &ids[..]),
        ]
    );
    assert!(read.iter().all(|(_, _, _, actor)| !actor.is_empty()));
}
