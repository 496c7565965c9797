//! The stream of requests: each until it is acknowledged, whatever goes away meanwhile.

use std::time::Duration;

use harness::{eventually, reason_of};
use proto::{
    partner::v1::{AcknowledgeRequestRequest, WatchRequestsRequest},
    partner_checks::v1 as pb,
    terms::v1::Rag,
};
use tonic::Code;

use crate::{
    partner_checks_stage::{MORNING, PartnerChecks},
    stage::{Adapter, PATIENCE, next, nothing_comes, watch},
};

#[tokio::test]
async fn a_stream_brings_what_waits_and_each_new_request_once() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (waiting, _) = hub.check("police", Rag::Red).await;
    hub.check("health", Rag::Red).await;
    let adapter = Adapter::start(&hub, "police").await;
    let mut stream = watch(&mut adapter.as_agency("police").await).await;
    let first = next(&mut stream).await;
    assert_eq!((&first.check_id, &*first.reference), (&waiting, "MH-2000-7"));
    assert!(first.children.len() == 2 && first.children[1].name == "Chidera Okafor 1");
    let (new, _) = hub.check("police", Rag::Amber).await;
    assert_eq!(next(&mut stream).await.check_id, new);
    nothing_comes(&mut stream).await;
}

#[tokio::test]
async fn r42_a_request_comes_again_on_reconnect_until_it_is_acknowledged() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (one, contact) = hub.check("police", Rag::Red).await;
    let (other, _) = hub.check("police", Rag::Red).await;
    let adapter = Adapter::start(&hub, "police").await;
    let mut system = adapter.as_agency("police").await;
    let mut stream = watch(&mut system).await;
    assert_eq!(
        [next(&mut stream).await.check_id, next(&mut stream).await.check_id],
        [one.clone(), other.clone()]
    );
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Sent);
    system.acknowledge_request(AcknowledgeRequestRequest { check_id: one }).await.unwrap();
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Delivered);
    drop((stream, system));
    let mut stream = watch(&mut adapter.as_agency("police").await).await;
    assert_eq!(next(&mut stream).await.check_id, other);
    nothing_comes(&mut stream).await;
}

#[tokio::test]
async fn r46_the_stream_stays_while_partner_checks_is_away() {
    let mut hub = PartnerChecks::start(*MORNING).await;
    let adapter = Adapter::start(&hub, "police").await;
    let mut system = adapter.as_agency("police").await;
    let mut stream = watch(&mut system).await;
    let (before, _) = hub.check("police", Rag::Red).await;
    assert_eq!(next(&mut stream).await.check_id, before);
    hub.stop().await;
    let away =
        system.acknowledge_request(AcknowledgeRequestRequest { check_id: before.clone() }).await;
    assert_eq!(away.err().unwrap().code(), tonic::Code::Unavailable);
    nothing_comes(&mut stream).await;
    hub.run();
    let (after, _) = hub.check("police", Rag::Red).await;
    assert_eq!(next(&mut stream).await.check_id, after);
    system.acknowledge_request(AcknowledgeRequestRequest { check_id: before }).await.unwrap();
}

#[tokio::test]
async fn a_stream_ends_cleanly_when_the_adapter_stops() {
    let hub = PartnerChecks::start(*MORNING).await;
    let mut adapter = Adapter::start(&hub, "police").await;
    let mut stream = watch(&mut adapter.as_agency("police").await).await;
    let (ended, ()) =
        tokio::join!(tokio::time::timeout(PATIENCE, stream.message()), adapter.stop());
    assert!(ended.expect("it ends in time").unwrap().is_none());
}

#[tokio::test]
async fn the_bell_brings_a_request_before_the_timer_would() {
    let hub = PartnerChecks::start(*MORNING).await;
    let adapter = Adapter::start(&hub, "probation").await;
    let mut stream = watch(&mut adapter.as_agency("probation").await).await;
    // However the first comes, the timer has just been reset or has just ticked when the
    // second is requested.
    hub.check("probation", Rag::Red).await;
    next(&mut stream).await;
    let (second, _) = hub.check("probation", Rag::Red).await;
    let rung = tokio::time::timeout(Duration::from_millis(1500), next(&mut stream)).await;
    assert!(rung.expect("the bell rings").check_id == second);
}

#[tokio::test]
async fn r46_an_agency_has_at_most_eight_streams_and_one_that_ends_makes_room() {
    let hub = PartnerChecks::start(*MORNING).await;
    let adapter = Adapter::start(&hub, "housing").await;
    let mut system = adapter.as_agency("housing").await;
    let mut streams = Vec::new();
    for _ in 0..8 {
        streams.push(watch(&mut system).await);
    }
    let refused = system.watch_requests(WatchRequestsRequest {}).await.err().unwrap();
    assert_eq!(
        (refused.code(), reason_of(&refused)),
        (Code::ResourceExhausted, "TOO_MANY_STREAMS".to_owned())
    );
    streams.pop();
    let again = eventually("room", async || {
        system.clone().watch_requests(WatchRequestsRequest {}).await.ok()
    });
    let (check, _) = hub.check("housing", Rag::Red).await;
    assert_eq!(next(&mut again.await.into_inner()).await.check_id, check);
}
