//! A contact of which it is corrected when it was received (R13).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    deadlines::v1 as pb,
    intake::v1::{ContactAmended, ContactReceived},
    screening::v1::CaseRetimed,
    terms::v1::{ClockEnd, ClockEnding, ClockKind},
};
use uuid::Uuid;

use crate::{
    hand_overs::clock,
    stage::{Hub, MORNING, clock_end, minutes},
};

fn replaced(clock: Uuid, at: Timestamp) -> ClockEnd {
    ClockEnd { ending: ClockEnding::Replaced.into(), ..clock_end(clock, at) }
}

/// A contact that arrives with one clock, which runs from ten for four hours.
async fn arrived(hub: &Hub, kind: ClockKind) -> (Uuid, Uuid) {
    let (id, first) = (Uuid::new_v4(), Uuid::new_v4());
    hub.tell(&ContactReceived {
        contact_id: id.to_string(),
        clocks_started: vec![clock(first, kind, *MORNING, 240)],
        ..ContactReceived::default()
    })
    .await;
    hub.heard().await;
    (id, first)
}

#[tokio::test]
async fn r13_a_decision_that_is_overdue_by_the_corrected_receipt_is_told_at_once_and_the_old_clock_never()
 {
    let hub = Hub::start(*MORNING).await;
    let (id, first) = arrived(&hub, ClockKind::InitialDecision).await;
    let anew = Uuid::new_v4();
    hub.tell(&CaseRetimed {
        contact_id: id.to_string(),
        received_at: Some(to_timestamp(*MORNING - minutes(300))),
        clocks_started: vec![clock(anew, ClockKind::InitialDecision, *MORNING - minutes(300), 240)],
        clocks_ended: vec![replaced(first, *MORNING)],
        ..CaseRetimed::default()
    })
    .await;
    let ran_out = hub.has_told::<pb::ClockRanOut>(1).await;
    assert_eq!(ran_out[0].clock_id, anew.to_string());
    assert_eq!(ran_out[0].deadline, Some(to_timestamp(*MORNING - minutes(60))));
    let clocks = hub.clocks_of(id).await;
    let state = |id: Uuid| {
        clocks.iter().find(|clock| clock.clock_id == id.to_string()).map(pb::Clock::state)
    };
    assert_eq!(state(first), Some(pb::ClockState::Cancelled));
    assert_eq!(state(anew), Some(pb::ClockState::Late));
    hub.advance(minutes(300));
    // A clock that does run out shows that timers were looked at.
    arrived(&hub, ClockKind::InitialDecision).await;
    hub.has_told::<pb::ClockRanOut>(2).await;
}

#[tokio::test]
async fn r13_r3_a_corrected_receipt_ends_the_page_of_the_old_deadline_and_pages_for_the_new_one() {
    let hub = Hub::start(*MORNING).await;
    let (id, first) = arrived(&hub, ClockKind::RemitDecision).await;
    hub.advance(minutes(240));
    hub.paged("mash_manager", 1).await;
    let corrected = async |old: Uuid, anew: Uuid, from: Timestamp| {
        hub.tell(&ContactAmended {
            contact_id: id.to_string(),
            received_at: Some(to_timestamp(from)),
            clocks_started: vec![clock(anew, ClockKind::RemitDecision, from, 240)],
            clocks_ended: vec![replaced(old, hub.clock.now())],
            ..ContactAmended::default()
        })
        .await;
        hub.heard().await;
    };
    let [second, third] = [Uuid::new_v4(), Uuid::new_v4()];
    corrected(first, second, *MORNING + minutes(30)).await;
    hub.has_told::<pb::PageResolved>(1).await;
    assert!(hub.waiting_pages().await.is_empty(), "by the corrected receipt there is time yet");

    corrected(second, third, *MORNING - minutes(60)).await;
    hub.paged("mash_manager", 2).await;
    let [page] = hub.waiting_pages().await.try_into().ok().unwrap();
    assert_eq!(page.cause(), pb::PageCause::HandOverOverdue);
    assert_eq!(page.matters[0].clock_id, third.to_string());
    assert_eq!(page.matters[0].late_seconds, minutes(60).as_secs());
}
