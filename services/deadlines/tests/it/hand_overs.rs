//! What was passed on and is received by nobody pages (R3, R9).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    deadlines::v1 as pb,
    intake::v1::{
        BasisEnded, BasisRecorded, ContactPassedToUnit, HandOverMade, HandOverReceiptUndone,
        HandOverTaken, InformationRequestCorrected, InformationRequestOpenCaseChanged,
        InformationRequestReceived, InformationRequestTakenBack, OpenCaseFound, OverrideReviewed,
        PassedToAuthority, TakenBackFromAuthority, UnitReceiptRecorded,
    },
    terms::v1::{ClockKind, ClockStart},
};
use uuid::Uuid;

use crate::stage::{Hub, MORNING, clock_end, minutes};

pub fn clock(id: Uuid, kind: ClockKind, started: Timestamp, runs: i64) -> ClockStart {
    ClockStart {
        clock_id: id.to_string(),
        kind: kind.into(),
        started_at: Some(to_timestamp(started)),
        deadline: Some(to_timestamp(started + minutes(runs))),
        protocol_version: "2025.1".to_owned(),
        ..ClockStart::default()
    }
}

/// A child with an open case, whose unit is to be told within the hour.
struct HandOver {
    contact: Uuid,
    passing: Uuid,
    receipt: Uuid,
}

impl HandOver {
    fn new() -> Self {
        let [contact, passing, receipt] = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()];
        Self { contact, passing, receipt }
    }

    async fn is_found(&self, hub: &Hub, at: Timestamp) {
        hub.tell(&OpenCaseFound {
            contact_id: self.contact.to_string(),
            clocks_started: vec![clock(self.passing, ClockKind::UnitPass, at, 60)],
            ..OpenCaseFound::default()
        })
        .await;
    }

    async fn is_passed(&self, hub: &Hub, at: Timestamp) {
        hub.tell(&ContactPassedToUnit {
            contact_id: self.contact.to_string(),
            clocks_ended: vec![clock_end(self.passing, at)],
            clocks_started: vec![clock(self.receipt, ClockKind::UnitReceipt, at, 120)],
            ..ContactPassedToUnit::default()
        })
        .await;
    }
}

#[tokio::test]
async fn r9_what_the_unit_has_not_acknowledged_climbs_to_its_manager_and_the_mash_manager() {
    let hub = Hub::start(*MORNING).await;
    let passed = HandOver::new();
    passed.is_found(&hub, *MORNING).await;
    passed.is_passed(&hub, *MORNING + minutes(10)).await;
    hub.heard().await;
    hub.advance(minutes(130));
    assert_eq!(hub.paged("unit_manager", 1).await, ["page.raised"]);
    let page = hub.waiting_pages().await.remove(0);
    assert_eq!(page.cause(), pb::PageCause::UnitReceiptOverdue);
    assert_eq!(page.contact_id, passed.contact.to_string());
    hub.advance(minutes(5));
    assert_eq!(hub.paged("mash_manager", 1).await, ["page.climbed"]);
    hub.tell(&UnitReceiptRecorded {
        contact_id: passed.contact.to_string(),
        clocks_ended: vec![clock_end(passed.receipt, *MORNING + minutes(135))],
        ..UnitReceiptRecorded::default()
    })
    .await;
    hub.has_told::<pb::PageResolved>(1).await;
    assert!(hub.waiting_pages().await.is_empty());
}

#[tokio::test]
async fn r9_a_unit_that_nobody_tells_within_the_hour_pages_the_hub() {
    let hub = Hub::start(*MORNING).await;
    let found = HandOver::new();
    found.is_found(&hub, *MORNING).await;
    hub.heard().await;
    hub.advance(minutes(60) - jiff::SignedDuration::from_secs(1));
    assert!(hub.waiting_pages().await.is_empty());
    hub.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(hub.paged("mash_manager", 1).await, ["page.raised"]);
    let page = hub.waiting_pages().await.remove(0);
    assert_eq!(page.cause(), pb::PageCause::HandOverOverdue);
    found.is_passed(&hub, *MORNING + minutes(61)).await;
    hub.has_told::<pb::PageResolved>(1).await;
}

#[tokio::test]
async fn r9_what_is_received_in_time_pages_nobody() {
    let hub = Hub::start(*MORNING).await;
    let passed = HandOver::new();
    passed.is_found(&hub, *MORNING).await;
    passed.is_passed(&hub, *MORNING + minutes(10)).await;
    hub.tell(&UnitReceiptRecorded {
        contact_id: passed.contact.to_string(),
        clocks_ended: vec![clock_end(passed.receipt, *MORNING + minutes(20))],
        ..UnitReceiptRecorded::default()
    })
    .await;
    hub.heard().await;
    hub.advance(minutes(240));
    // A clock that did run out shows that timers were looked at.
    let late = HandOver::new();
    late.is_found(&hub, *MORNING + minutes(100)).await;
    hub.has_told::<pb::ClockRanOut>(1).await;
    assert_eq!(hub.count("SELECT count(*) FROM deadlines.page").await, 1);
}

#[tokio::test]
async fn r3_a_child_whom_no_authority_says_it_has_pages_the_hub() {
    let hub = Hub::start(*MORNING).await;
    let contact = Uuid::new_v4();
    let receipt = clock(Uuid::new_v4(), ClockKind::AuthorityReceipt, *MORNING, 240);
    hub.tell(&PassedToAuthority {
        contact_id: contact.to_string(),
        clocks_started: vec![receipt],
        ..PassedToAuthority::default()
    })
    .await;
    hub.heard().await;
    hub.advance(minutes(240));
    assert_eq!(hub.paged("mash_manager", 1).await, ["page.raised"]);
    assert_eq!(hub.waiting_pages().await.remove(0).cause(), pb::PageCause::HandOverOverdue);
}

#[tokio::test]
async fn r3_children_who_were_taken_back_wait_for_no_receipt() {
    let hub = Hub::start(*MORNING).await;
    let (contact_id, receipt) = (Uuid::new_v4().to_string(), Uuid::new_v4());
    hub.tell(&PassedToAuthority {
        contact_id: contact_id.clone(),
        clocks_started: vec![clock(receipt, ClockKind::AuthorityReceipt, *MORNING, 240)],
        ..PassedToAuthority::default()
    })
    .await;
    let taken_back = *MORNING + minutes(60);
    let asked = Uuid::new_v4();
    hub.tell(&TakenBackFromAuthority {
        contact_id,
        clocks_ended: vec![clock_end(receipt, taken_back)],
        clocks_started: vec![clock(asked, ClockKind::RemitDecision, taken_back, 240)],
        ..TakenBackFromAuthority::default()
    })
    .await;
    hub.heard().await;
    hub.advance(minutes(300));
    let late = hub.has_told::<pb::ClockRanOut>(1).await;
    assert_eq!(late[0].clock_id, asked.to_string(), "a manager is asked again, and in time");
    assert_eq!(hub.count("SELECT count(*) FROM deadlines.clock WHERE state = 'late'").await, 1);
}

#[tokio::test]
async fn r10_what_edt_does_not_have_after_all_is_late_since_it_was_handed_over() {
    let hub = Hub::start(*MORNING).await;
    let (contact_id, first, again) = (Uuid::new_v4().to_string(), Uuid::new_v4(), Uuid::new_v4());
    hub.tell(&HandOverMade {
        contact_id: contact_id.clone(),
        clocks_started: vec![clock(first, ClockKind::EdtReceipt, *MORNING, 15)],
        ..HandOverMade::default()
    })
    .await;
    hub.tell(&HandOverTaken {
        contact_id: contact_id.clone(),
        clocks_ended: vec![clock_end(first, *MORNING + minutes(5))],
        ..HandOverTaken::default()
    })
    .await;
    hub.heard().await;
    hub.advance(minutes(60));
    assert!(hub.waiting_pages().await.is_empty());
    hub.tell(&HandOverReceiptUndone {
        contact_id,
        clocks_started: vec![clock(again, ClockKind::EdtReceipt, *MORNING, 15)],
        ..HandOverReceiptUndone::default()
    })
    .await;
    assert_eq!(hub.paged("mash_manager", 1).await, ["page.raised"]);
    // It is late by more than a minute, and such pages are of all that is late so (R60).
    assert_eq!(hub.waiting_pages().await[0].cause(), pb::PageCause::HandOverOverdue);
    let late = hub.has_told::<pb::ClockRanOut>(1).await;
    assert_eq!(late[0].clock_id, again.to_string());
}

/// A clock of what a contact's override, or a request for information, waits for.
async fn runs(hub: &Hub, record: Uuid, clock: ClockStart) {
    let (record, clocks_started) = (record.to_string(), vec![clock.clone()]);
    if clock.kind() == ClockKind::OverrideReview {
        hub.tell(&BasisRecorded { contact_id: record, clocks_started, ..Default::default() }).await;
    } else {
        let told = InformationRequestReceived {
            information_request_id: record,
            clocks_started,
            ..Default::default()
        };
        hub.tell(&told).await;
    }
    hub.heard().await;
}

#[tokio::test]
async fn r7_r55_what_was_due_at_closing_pages_the_manager_when_the_hub_opens() {
    for kind in [ClockKind::OverrideReview, ClockKind::InformationRequest] {
        let hub = Hub::start(*MORNING).await;
        let record = Uuid::new_v4();
        let closing = minutes(7 * 60);
        runs(&hub, record, clock(Uuid::new_v4(), kind, *MORNING, 7 * 60)).await;
        hub.advance(closing);
        let late = hub.has_told::<pb::ClockRanOut>(1).await;
        assert!(late[0].page_id.is_empty() && hub.waiting_pages().await.is_empty(), "{kind:?}");
        hub.advance(minutes(16 * 60));
        assert_eq!(hub.paged("mash_manager", 1).await, ["page.raised"], "{kind:?}");
        let page = hub.waiting_pages().await.remove(0);
        assert_eq!(
            (page.cause(), page.contact_id),
            (pb::PageCause::HandOverOverdue, record.to_string())
        );
        assert!(hub.pagers.calls().iter().all(|call| call.to != "edt"), "{kind:?}");
    }
}

#[tokio::test]
async fn r7_an_override_that_is_looked_at_or_ended_in_the_night_pages_nobody() {
    let hub = Hub::start(*MORNING).await;
    let [looked, ended] = [(); 2].map(|()| (Uuid::new_v4(), Uuid::new_v4()));
    for (contact, review) in [looked, ended] {
        runs(&hub, contact, clock(review, ClockKind::OverrideReview, *MORNING, 7 * 60)).await;
    }
    hub.advance(minutes(7 * 60));
    hub.has_told::<pb::ClockRanOut>(2).await;
    let ends = |review| vec![clock_end(review, *MORNING + minutes(8 * 60))];
    hub.tell(&OverrideReviewed {
        contact_id: looked.0.to_string(),
        clocks_ended: ends(looked.1),
        ..OverrideReviewed::default()
    })
    .await;
    hub.tell(&BasisEnded {
        contact_id: ended.0.to_string(),
        clocks_ended: ends(ended.1),
        ..BasisEnded::default()
    })
    .await;
    hub.heard().await;
    hub.advance(minutes(17 * 60));
    // A clock that does page shows that timers were looked at.
    let other = clock(Uuid::new_v4(), ClockKind::OverrideReview, *MORNING, 60);
    runs(&hub, Uuid::new_v4(), other).await;
    hub.has_told::<pb::ClockRanOut>(3).await;
    assert_eq!(hub.count("SELECT count(*) FROM deadlines.page").await, 1);
}

#[tokio::test]
async fn r54_a_request_about_an_open_case_that_nobody_passes_to_the_unit_pages_the_hub() {
    let hub = Hub::start(*MORNING).await;
    let request = Uuid::new_v4();
    runs(&hub, request, clock(Uuid::new_v4(), ClockKind::InformationRequest, *MORNING, 60)).await;
    hub.advance(minutes(60));
    assert_eq!(hub.paged("mash_manager", 1).await, ["page.raised"]);
    let page = hub.waiting_pages().await.remove(0);
    assert_eq!(
        (page.cause(), page.contact_id),
        (pb::PageCause::HandOverOverdue, request.to_string())
    );
}

#[tokio::test]
async fn r55_a_date_in_the_night_that_runs_out_pages_whoever_is_on_duty_then() {
    let hub = Hub::start(*MORNING).await;
    let dated = clock(Uuid::new_v4(), ClockKind::InformationRequest, *MORNING, 10 * 60);
    runs(&hub, Uuid::new_v4(), dated).await;
    hub.advance(minutes(10 * 60));
    assert_eq!(hub.paged("edt", 1).await, ["page.raised"]);
}

#[tokio::test]
async fn r54_r55_a_request_that_comes_back_is_corrected_or_has_a_case_after_all_is_timed_anew() {
    let kind = ClockKind::InformationRequest;
    for event in 0..3 {
        let hub = Hub::start(*MORNING).await;
        let (request, before) = (Uuid::new_v4(), Uuid::new_v4());
        runs(&hub, request, clock(before, kind, *MORNING, 5 * 60)).await;
        let information_request_id = request.to_string();
        let clocks_ended = vec![clock_end(before, *MORNING)];
        let clocks_started = vec![clock(Uuid::new_v4(), kind, *MORNING, 60)];
        match event {
            0 => {
                let back = InformationRequestTakenBack {
                    information_request_id,
                    clocks_ended,
                    clocks_started,
                    ..Default::default()
                };
                hub.tell(&back).await;
            }
            1 => {
                let corrected = InformationRequestCorrected {
                    information_request_id,
                    clocks_ended,
                    clocks_started,
                    ..Default::default()
                };
                hub.tell(&corrected).await;
            }
            _ => {
                let open = InformationRequestOpenCaseChanged {
                    information_request_id,
                    clocks_ended,
                    clocks_started,
                    ..Default::default()
                };
                hub.tell(&open).await;
            }
        }
        hub.heard().await;
        hub.advance(minutes(60));
        assert_eq!(hub.paged("mash_manager", 1).await, ["page.raised"], "{event}");
        hub.advance(minutes(4 * 60));
        assert_eq!(hub.has_told::<pb::ClockRanOut>(1).await.len(), 1, "{event}");
    }
}
