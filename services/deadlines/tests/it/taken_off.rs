//! Children who were put on a contact by mistake, and are taken off it (R20).

use proto::{
    convert::to_timestamp,
    deadlines::v1 as pb,
    screening::v1::ChildrenTakenOff,
    terms::v1::{ClockEnd, ClockEnding, ClockKind, ClockStart},
};
use uuid::Uuid;

use crate::stage::{Hub, MORNING, minutes};

#[tokio::test]
async fn r20_with_the_last_undecided_child_taken_off_the_hours_clock_ends_and_the_referrers_runs() {
    let hub = Hub::start(*MORNING).await;
    let id = hub.answered_for().await;
    let off = |at, decided, clocks_started| ChildrenTakenOff {
        contact_id: id.to_string(),
        taken_off_at: Some(to_timestamp(at)),
        decided,
        clocks_started,
        ..ChildrenTakenOff::default()
    };
    hub.tell(&off(*MORNING + minutes(10), false, Vec::new())).await;
    hub.heard().await;
    assert_eq!(hub.clocks_of(id).await[0].state(), pb::ClockState::Running, "a sibling stays");
    let referrer = ClockStart {
        clock_id: Uuid::new_v4().to_string(),
        kind: ClockKind::InformReferrer.into(),
        started_at: Some(to_timestamp(*MORNING)),
        deadline: Some(to_timestamp(*MORNING + minutes(600))),
        protocol_version: "2025.1".to_owned(),
        ..ClockStart::default()
    };
    let clock = referrer.clock_id.clone();
    hub.tell(&off(*MORNING + minutes(20), true, vec![referrer])).await;
    hub.heard().await;
    let clocks = hub.clocks_of(id).await;
    let running: Vec<_> =
        clocks.iter().filter(|it| it.state() == pb::ClockState::Running).collect();
    assert_eq!(running.iter().map(|it| &it.clock_id).collect::<Vec<_>>(), [&clock]);
    // What ran for who was taken off ends with them.
    let end = ClockEnd {
        clock_id: clock,
        ended_at: Some(to_timestamp(*MORNING)),
        ending: ClockEnding::Cancelled.into(),
    };
    let clocks_ended = vec![end];
    hub.tell(&ChildrenTakenOff { clocks_ended, ..off(*MORNING + minutes(30), true, vec![]) }).await;
    hub.heard().await;
    let clocks = hub.clocks_of(id).await;
    assert!(clocks.iter().all(|it| it.state() != pb::ClockState::Running));
}
