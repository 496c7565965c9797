//! Checks that are not answered in time, and those that are (R43, R60).

use jiff::SignedDuration;
use proto::{
    convert::to_timestamp, deadlines::v1 as pb, partner_checks::v1::CheckSeen, terms::v1::Rag,
};
use uuid::Uuid;

use crate::stage::{EVENING, Hub, MORNING, answer, contact, minutes, red_check};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

#[tokio::test]
async fn r43_the_agency_is_reminded_twice_and_the_manager_is_paged_not_one_second_early() {
    let hub = Hub::start(*MORNING).await;
    let (id, clock) = (Uuid::new_v4(), Uuid::new_v4());
    // The other check is due a second earlier: when it has fired, the ticker has looked.
    hub.tell(&red_check(id, clock, *MORNING)).await;
    hub.tell(&red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING - SECOND)).await;
    hub.heard().await;
    for (turn, at) in [30, 150, 60].into_iter().enumerate() {
        hub.advance(minutes(at) - SECOND);
        one_of_two(&hub, turn).await;
        hub.advance(SECOND);
        both(&hub, turn).await;
    }
    assert_eq!(hub.pagers.types("police"), ["reminder"; 4]);
    assert_eq!(hub.pagers.types("mash_manager"), ["page.raised"; 2]);
    let ran_out = hub.has_told::<pb::ClockRanOut>(2).await;
    assert_eq!(ran_out[1].clock_id, clock.to_string());
    assert_eq!(ran_out[1].deadline, Some(to_timestamp(*MORNING + minutes(240))));
    assert_eq!(ran_out[1].fired_at, ran_out[1].deadline);
    assert_eq!((ran_out[1].rag(), ran_out[1].agency.as_str()), (Rag::Red, "police"));
    assert_eq!(hub.clocks_of(id).await[0].state(), pb::ClockState::Late);
}

async fn one_of_two(hub: &Hub, turn: usize) {
    match turn {
        0 => drop(hub.has_told::<pb::ClockWarned>(1).await),
        1 => drop(hub.has_told::<pb::ClockWarned>(3).await),
        _ => drop(hub.has_told::<pb::ClockRanOut>(1).await),
    }
}

async fn both(hub: &Hub, turn: usize) {
    match turn {
        0 => drop(hub.paged("police", 2).await),
        1 => drop(hub.paged("police", 4).await),
        _ => drop(hub.paged("mash_manager", 2).await),
    }
}

#[tokio::test]
async fn r43_a_check_that_was_seen_is_reminded_of_only_at_three_quarters() {
    let hub = Hub::start(*MORNING).await;
    let (id, clock) = (Uuid::new_v4(), Uuid::new_v4());
    hub.tell(&red_check(id, clock, *MORNING)).await;
    hub.tell(&CheckSeen {
        contact_id: id.to_string(),
        clock_id: clock.to_string(),
        seen_at: Some(to_timestamp(*MORNING)),
        ..CheckSeen::default()
    })
    .await;
    hub.heard().await;
    hub.advance(minutes(30));
    hub.has_told::<pb::ClockWarned>(1).await;
    hub.advance(minutes(150));
    hub.paged("police", 1).await;
    assert_eq!(hub.told::<pb::PageRaised>().await.len(), 1);
    assert!(hub.waiting_pages().await.is_empty(), "a reminder waits for nobody");
}

#[tokio::test]
async fn r43_an_overdue_check_climbs_after_ten_minutes() {
    let hub = Hub::start(*MORNING).await;
    hub.tell(&red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING - minutes(240))).await;
    hub.paged("mash_manager", 1).await;
    hub.advance(minutes(10));
    assert_eq!(hub.paged("service_manager", 1).await, ["page.climbed"]);
    hub.advance(minutes(10));
    hub.paged("head_of_service", 1).await;
    hub.advance(minutes(5));
    assert_eq!(hub.paged("head_of_service", 2).await, ["page.climbed", "page.repeated"]);
}

#[tokio::test]
async fn r43_outside_hub_hours_an_overdue_check_goes_to_edt() {
    let hub = Hub::start(*EVENING).await;
    hub.tell(&red_check(Uuid::new_v4(), Uuid::new_v4(), *EVENING - minutes(240))).await;
    hub.paged("edt", 1).await;
    assert!(hub.pagers.types("mash_manager").is_empty());
}

#[tokio::test]
async fn r43_overdue_checks_of_a_contact_are_one_page_and_a_danger_is_one_of_its_own() {
    let hub = Hub::start(*MORNING).await;
    let id = Uuid::new_v4();
    let clocks: Vec<Uuid> = (0..3).map(|_| Uuid::new_v4()).collect();
    let requested = *MORNING - minutes(240);
    hub.tell(&red_check(id, clocks[0], requested)).await;
    hub.tell(&red_check(id, clocks[1], requested + minutes(15))).await;
    hub.tell(&red_check(id, clocks[2], requested + minutes(16))).await;
    hub.paged("mash_manager", 1).await;
    hub.advance(minutes(15));
    hub.has_told::<pb::ClockRanOut>(2).await;
    hub.tell(&contact(id, true, false)).await;
    hub.advance(minutes(1));
    hub.has_told::<pb::ClockRanOut>(3).await;
    hub.heard().await;
    let raised: Vec<_> =
        hub.told::<pb::PageRaised>().await.iter().map(|page| page.cause()).collect();
    let overdue = raised.iter().filter(|cause| **cause == pb::PageCause::RedCheckOverdue).count();
    let danger = raised.iter().filter(|cause| **cause == pb::PageCause::Section47).count();
    assert_eq!((overdue, danger), (2, 1), "within 15 minutes one page, after them another");

    // The first page is over only with both of its checks. Their reminders are over too.
    let over = "SELECT count(*) FROM deadlines.page WHERE cause = 'red_check_overdue' AND resolved_at IS NOT NULL";
    hub.tell(&answer(id, clocks[0], hub.clock.now())).await;
    hub.heard().await;
    assert_eq!((hub.count(over).await, hub.waiting_pages().await.len()), (0, 3));
    hub.tell(&answer(id, clocks[1], hub.clock.now())).await;
    hub.heard().await;
    assert_eq!(hub.count(over).await, 1);
    assert_eq!(hub.waiting_pages().await.len(), 2);
}

#[tokio::test]
async fn r60_an_answer_in_time_that_is_heard_late_is_in_time_and_its_page_is_resolved() {
    let hub = Hub::start(*MORNING).await;
    let (id, clock) = (Uuid::new_v4(), Uuid::new_v4());
    let requested = *MORNING - minutes(240);
    hub.tell(&red_check(id, clock, requested)).await;
    hub.paged("mash_manager", 1).await;
    hub.advance(minutes(1));
    hub.tell(&answer(id, clock, *MORNING - SECOND)).await;
    hub.heard().await;
    let clocks = hub.clocks_of(id).await;
    assert_eq!(clocks[0].state(), pb::ClockState::Met);
    assert_eq!(clocks[0].ended_at, Some(to_timestamp(*MORNING - SECOND)));
    assert!(hub.waiting_pages().await.is_empty());
    let overdue = hub.told::<pb::PageRaised>().await;
    let overdue =
        overdue.iter().find(|page| page.cause() == pb::PageCause::RedCheckOverdue).unwrap();
    let resolved = hub.told::<pb::PageResolved>().await;
    assert!(resolved.iter().any(|page| page.page_id == overdue.page_id));
}

#[tokio::test]
async fn r60_an_end_that_is_heard_before_its_start_meets_it() {
    let hub = Hub::start(*MORNING).await;
    let (in_time, late) = ((Uuid::new_v4(), Uuid::new_v4()), (Uuid::new_v4(), Uuid::new_v4()));
    hub.tell(&answer(in_time.0, in_time.1, *MORNING - SECOND)).await;
    hub.tell(&answer(late.0, late.1, *MORNING + SECOND)).await;
    hub.heard().await;
    for (id, clock) in [in_time, late] {
        hub.tell(&red_check(id, clock, *MORNING - minutes(240))).await;
    }
    hub.heard().await;
    assert_eq!(hub.clocks_of(in_time.0).await[0].state(), pb::ClockState::Met);
    assert_eq!(hub.clocks_of(late.0).await[0].state(), pb::ClockState::MetLate);
    let ran_out = hub.has_told::<pb::ClockRanOut>(1).await;
    assert_eq!(ran_out[0].clock_id, late.1.to_string());
    assert_eq!(hub.count("SELECT count(*) FROM deadlines.timer").await, 0);
    assert!(hub.told::<pb::PageRaised>().await.is_empty());
}

#[tokio::test]
async fn r43_a_check_that_is_not_red_runs_out_without_a_page() {
    let hub = Hub::start(*MORNING).await;
    let mut asked = red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING - minutes(240));
    asked.clocks_started[0].rag = Rag::Amber.into();
    hub.tell(&asked).await;
    hub.has_told::<pb::ClockRanOut>(1).await;
    assert!(hub.told::<pb::PageRaised>().await.is_empty());
}
