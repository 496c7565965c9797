//! Checks on children whom their units have (R9).

use harness::{Servers, Source};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    partner::v1::AnswerKind,
    partner_checks::v1 as pb,
    screening::v1::{ChildrenBackInHub, ChildrenWithUnit},
    terms::v1::{ClockEnding, Rag},
};
use runtime::tasks::Tasks;
use uuid::Uuid;

use crate::stage::{MORNING, PartnerChecks, order, police_answer, recording};

/// Restarts partner-checks so that it follows a log of this service.
pub async fn follow(hub: &mut PartnerChecks, service: &'static str, tasks: &Tasks) -> Source {
    let source = source(hub, service, tasks).await;
    hear(hub, &source).await;
    source
}

/// A log of this service, which partner-checks does not follow yet.
async fn source(hub: &PartnerChecks, service: &'static str, tasks: &Tasks) -> Source {
    let broker = Servers::shared().nats_url();
    Source::start(service, &broker, &hub.clock, tasks).await
}

/// Restarts partner-checks so that it follows this log.
async fn hear(hub: &mut PartnerChecks, source: &Source) {
    let (key, address) = source.peer();
    hub.place.set(&key, &address);
    hub.stop().await;
    hub.run();
}

/// Tells that the unit has these children, and waits until it is heard.
async fn received(hub: &PartnerChecks, screening: &Source, contact: Uuid, children: &[String]) {
    screening.tell(&gone(hub, contact, children)).await;
    screening.is_heard(&hub.database).await;
}

/// The unit has these children now.
fn gone(hub: &PartnerChecks, contact: Uuid, children: &[String]) -> ChildrenWithUnit {
    ChildrenWithUnit {
        contact_id: contact.to_string(),
        child_ids: children.to_vec(),
        received_at: Some(to_timestamp(hub.clock.now())),
        ..ChildrenWithUnit::default()
    }
}

async fn waiting_for_police(hub: &PartnerChecks) -> usize {
    let mut door = hub.as_adapter("police").await;
    let listed = door.list_requests(pb::ListRequestsRequest::default()).await.unwrap();
    listed.into_inner().requests.len()
}

#[tokio::test]
async fn r9_a_check_is_withdrawn_once_the_units_have_all_its_children() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let contact = Uuid::new_v4();
    let children: Vec<String> = (0..2).map(|_| Uuid::new_v4().to_string()).collect();
    let asked = pb::RequestChecksRequest {
        child_ids: children.clone(),
        ..order(contact, &["police"], Rag::Red)
    };
    let mut manager = hub.as_person("mash_manager").await;
    let check =
        manager.request_checks(asked).await.unwrap().into_inner().checks[0].check_id.clone();
    let screening = follow(&mut hub, "screening", &tasks).await;

    received(&hub, &screening, contact, &children[..1]).await;
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Sent);
    assert_eq!(waiting_for_police(&hub).await, 1);

    hub.clock.advance(SignedDuration::from_hours(1));
    let at = Some(to_timestamp(hub.clock.now()));
    received(&hub, &screening, contact, &children[1..]).await;
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Withdrawn);
    assert_eq!(waiting_for_police(&hub).await, 0);
    let [told] = &hub.events::<pb::CheckWithdrawn>(&check).await[..] else { panic!("told once") };
    let clock = &hub.events::<pb::CheckRequested>(&check).await[0].clocks_started[0];
    let [ended] = &told.clocks_ended[..] else { panic!("its clock ends") };
    assert_eq!((&ended.clock_id, ended.ended_at), (&clock.clock_id, at));
    assert_eq!(ended.ending(), ClockEnding::Cancelled);
    assert_eq!(told.because(), pb::WithdrawnBecause::WithUnit);

    // Nobody misses its answer, and one that comes is kept all the same.
    hub.clock.advance(SignedDuration::from_hours(4));
    let shown = hub.shown(contact).await;
    assert!(!shown.late && !shown.unpaged && shown.telephone.is_empty());
    let answer = recording(&check, police_answer(AnswerKind::Final));
    hub.as_adapter("police").await.record_answer(answer).await.unwrap();
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Answered);
    let [answered] = &hub.events::<pb::CheckAnswered>(&check).await[..] else { panic!("one") };
    assert!(answered.clocks_ended.is_empty());
    tasks.stop();
}

#[tokio::test]
async fn r9_a_child_who_came_back_into_the_hub_keeps_its_check() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let contact = Uuid::new_v4();
    let children: Vec<String> = (0..2).map(|_| Uuid::new_v4().to_string()).collect();
    let asked = pb::RequestChecksRequest {
        child_ids: children.clone(),
        ..order(contact, &["police"], Rag::Red)
    };
    hub.as_person("mash_manager").await.request_checks(asked).await.unwrap();
    let screening = follow(&mut hub, "screening", &tasks).await;
    received(&hub, &screening, contact, &children[..1]).await;
    let back = ChildrenBackInHub {
        contact_id: contact.to_string(),
        child_ids: children[..1].to_vec(),
        ..ChildrenBackInHub::default()
    };
    screening.tell(&back).await;
    received(&hub, &screening, contact, &children[1..]).await;
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Sent);
    tasks.stop();
}

#[tokio::test]
async fn r9_what_was_asked_after_the_receipt_was_told_stays() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, children) = (Uuid::new_v4(), vec![Uuid::new_v4().to_string()]);
    let ask = async |agency: &str, hub: &PartnerChecks| {
        let asked = pb::RequestChecksRequest {
            child_ids: children.clone(),
            ..order(contact, &[agency], Rag::Red)
        };
        let mut manager = hub.as_person("mash_manager").await;
        let reply = manager.request_checks(asked).await.unwrap().into_inner();
        reply.checks[0].check_id.clone()
    };
    // Both are asked before the receipt is heard of: what is told of it comes late.
    let before = ask("police", &hub).await;
    hub.clock.advance(SignedDuration::from_secs(1));
    let screening = source(&hub, "screening", &tasks).await;
    screening.tell(&gone(&hub, contact, &children)).await;
    let at_once = ask("health", &hub).await;
    hub.clock.advance(SignedDuration::from_secs(1));
    let after = ask("education", &hub).await;
    hear(&mut hub, &screening).await;
    screening.is_heard(&hub.database).await;
    for (check, withdrawn) in [(before, 1), (at_once, 1), (after, 0)] {
        assert_eq!(hub.events::<pb::CheckWithdrawn>(&check).await.len(), withdrawn);
    }
    tasks.stop();
}
