//! Events that cannot be applied: somebody is paged.

use proto::{deadlines::v1 as pb, terms::v1::ClockKind};
use uuid::Uuid;

use crate::stage::{Hub, MORNING, contact, red_check};

#[tokio::test]
async fn a_parked_event_pages_and_the_others_flow() {
    let hub = Hub::start(*MORNING).await;
    let mut unknown = red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING);
    unknown.clocks_started[0].kind = ClockKind::Unspecified.into();
    let record = Uuid::new_v4();
    hub.tell_of(record, 1, &unknown).await;
    hub.tell_of(record, 2, &red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING)).await;
    hub.tell(&red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING)).await;
    hub.tell(&contact(Uuid::new_v4(), false, false)).await;
    assert_eq!(hub.paged("mash_manager", 1).await, ["page.raised"]);
    hub.heard().await;
    let raised = hub.has_told::<pb::PageRaised>(1).await;
    assert_eq!(raised[0].cause(), pb::PageCause::EventParked);
    assert!(raised[0].contact_id.is_empty());
    // By the event's id: a log that went back gives its positions anew.
    let by_id = "SELECT count(*) FROM deadlines.cause JOIN messaging.parked
        ON origin = source || ': ' || event_id::text";
    assert_eq!(hub.count(by_id).await, 1);
    let data = &hub.pagers.calls()[0].message["data"];
    assert!(data.get("contact_id").is_none());
    assert_eq!(
        hub.count("SELECT count(*) FROM deadlines.clock").await,
        1,
        "what is behind it waits, the rest flows"
    );
}
