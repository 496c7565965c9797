//! What is due after a process or a log was away: one page for each person, a danger one
//! of its own (R60).

use harness::eventually;
use proto::{deadlines::v1 as pb, partner_checks::v1::CheckRequested, terms::v1::ClockStart};
use serde_json::Value;
use uuid::Uuid;

use crate::stage::{Hub, MORNING, answer, contact, minutes, red_check};

const OVERDUE: &str = "SELECT count(*) FROM deadlines.page WHERE cause = 'red_check_overdue'";
const REMINDERS: &str = "SELECT count(*) FROM deadlines.page WHERE cause = 'red_check_reminder'";

/// A check that another agency is asked.
fn check_of(agency: &str, requested: jiff::Timestamp) -> CheckRequested {
    let mut asked = red_check(Uuid::new_v4(), Uuid::new_v4(), requested);
    asked.clocks_started[0].agency = agency.to_owned();
    asked
}

/// Waits until a pager has been told of so many matters in one message; answers it.
async fn told_of(hub: &Hub, to: &str, matters: u64) -> Value {
    eventually(&format!("{matters} matters for {to}"), async || {
        let calls = hub.pagers.calls();
        let call = calls.into_iter().find(|call| {
            call.to == to && call.message["data"]["matter_count"].as_u64() == Some(matters)
        });
        call.map(|call| call.message["data"].clone())
    })
    .await
}

async fn waiting(hub: &Hub, cause: pb::PageCause) -> Vec<pb::Page> {
    hub.waiting_pages().await.into_iter().filter(|page| page.cause() == cause).collect()
}

/// A hub that was down for a day: so many checks of two agencies ran out, and an hour
/// to decide.
async fn back_after_a_day(police: usize, health: usize, instances: usize) -> Hub {
    let mut hub = Hub::start(*MORNING).await;
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.heard().await;
    let page = hub.waiting_pages().await.remove(0);
    hub.acknowledge(&page.page_id).await;
    for _ in 0..police {
        hub.tell(&check_of("police", *MORNING)).await;
    }
    for _ in 0..health {
        hub.tell(&check_of("health", *MORNING)).await;
    }
    hub.heard().await;
    hub.stop_deadlines().await;
    hub.advance(minutes(24 * 60));
    for _ in 0..instances {
        hub.start_deadlines().await;
    }
    hub
}

#[tokio::test]
async fn r60_pages_of_a_catch_up_are_one_for_each_person_and_a_danger_is_one_of_its_own() {
    let hub = back_after_a_day(60, 5, 1).await;
    let told = told_of(&hub, "mash_manager", 65).await;
    told_of(&hub, "police", 120).await;
    told_of(&hub, "health", 10).await;
    let ran_out = hub.has_told::<pb::ClockRanOut>(66).await;
    assert_eq!((hub.count(OVERDUE).await, hub.count(REMINDERS).await), (1, 2));

    let [danger] = waiting(&hub, pb::PageCause::Section47).await.try_into().ok().unwrap();
    assert!(!danger.contact_id.is_empty() && danger.matters.len() == 1, "told singly");
    let [page] = waiting(&hub, pb::PageCause::RedCheckOverdue).await.try_into().ok().unwrap();
    assert!(page.contact_id.is_empty() && page.matters.len() == 65);
    let on_it = ran_out.iter().filter(|clock| clock.page_id == page.page_id);
    assert_eq!(on_it.count(), 65);
    let late = minutes(20 * 60).as_secs();
    for matter in &page.matters {
        assert!(ran_out.iter().any(|clock| clock.clock_id == matter.clock_id
            && clock.contact_id == matter.contact_id
            && clock.agency == matter.agency
            && clock.deadline == matter.due_at));
        assert_eq!(matter.late_seconds, late);
    }

    assert!(told.get("contact_id").is_none() && told.get("agency").is_none());
    let named = told["matters"].as_array().unwrap();
    assert_eq!(named.len(), 65);
    let mut keys: Vec<_> = named[0].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["agency", "clock_id", "contact_id", "due_at", "late_seconds"]);
    assert_eq!(named[0]["late_seconds"], late);
}

#[tokio::test]
async fn r60_two_instances_catch_up_in_one_page_for_each_person() {
    let hub = back_after_a_day(150, 0, 2).await;
    hub.has_told::<pb::ClockRanOut>(151).await;
    // A message names a hundred, the list all of them.
    let told = told_of(&hub, "mash_manager", 150).await;
    assert_eq!(told["matters"].as_array().unwrap().len(), 100);
    told_of(&hub, "police", 300).await;
    assert_eq!((hub.count(OVERDUE).await, hub.count(REMINDERS).await), (1, 1));
}

#[tokio::test]
async fn r60_one_acknowledgement_is_for_all_that_the_page_is_about() {
    let hub = back_after_a_day(3, 0, 1).await;
    told_of(&hub, "mash_manager", 3).await;
    let [page] = waiting(&hub, pb::PageCause::RedCheckOverdue).await.try_into().ok().unwrap();
    hub.acknowledge(&page.page_id).await;
    assert!(waiting(&hub, pb::PageCause::RedCheckOverdue).await.is_empty());
    hub.advance(minutes(10));
    // The danger climbs, the checks do not.
    hub.paged("service_manager", 1).await;
    let calls = hub.pagers.calls();
    let climbed = calls.iter().find(|call| call.to == "service_manager").unwrap();
    assert_eq!(climbed.message["data"]["cause"], "section_47");
}

#[tokio::test]
async fn r60_a_page_of_a_catch_up_is_over_with_the_last_check_on_it() {
    let hub = back_after_a_day(3, 0, 1).await;
    told_of(&hub, "mash_manager", 3).await;
    for left in [2, 1, 0] {
        let page = waiting(&hub, pb::PageCause::RedCheckOverdue).await.remove(0);
        assert_eq!(page.matters.len(), left + 1);
        let [id, clock] = [&page.matters[0].contact_id, &page.matters[0].clock_id];
        hub.tell(&answer(id.parse().unwrap(), clock.parse().unwrap(), hub.clock.now())).await;
        hub.heard().await;
    }
    assert!(waiting(&hub, pb::PageCause::RedCheckOverdue).await.is_empty());
    // Its reminders were one page, which is over too.
    assert_eq!(hub.has_told::<pb::PageResolved>(2).await.len(), 2);
}

#[tokio::test]
async fn r60_what_joins_a_catch_up_later_is_told_again_and_moves_no_step() {
    let hub = Hub::start(*MORNING).await;
    hub.tell(&check_of("police", *MORNING - minutes(250))).await;
    told_of(&hub, "mash_manager", 1).await;
    told_of(&hub, "police", 2).await;
    hub.paged("mash_manager", 1).await;
    hub.advance(minutes(2));
    hub.tell(&check_of("police", *MORNING - minutes(250))).await;
    told_of(&hub, "mash_manager", 2).await;
    told_of(&hub, "police", 4).await;
    assert_eq!(hub.paged("mash_manager", 2).await, ["page.raised"; 2]);
    let [page] = hub.waiting_pages().await.try_into().ok().unwrap();
    assert_eq!(
        page.matters.iter().map(|matter| matter.late_seconds).collect::<Vec<_>>(),
        [600, 720]
    );
    hub.advance(minutes(8));
    assert_eq!(hub.paged("service_manager", 1).await, ["page.climbed"]);
    // Whoever is paged first has not heard of this one, so it is a page of its own.
    hub.tell(&check_of("police", *MORNING - minutes(250))).await;
    hub.paged("mash_manager", 3).await;
    assert_eq!(hub.count(OVERDUE).await, 2);
}

#[tokio::test]
async fn r43_a_check_in_time_joins_the_catch_up_of_its_own_contact_only() {
    let mut hub = Hub::start(*MORNING).await;
    let (id, other) = (Uuid::new_v4(), Uuid::new_v4());
    let mut asked = red_check(id, Uuid::new_v4(), *MORNING);
    let clock = asked.clocks_started[0].clone();
    let later = red_check(id, Uuid::new_v4(), *MORNING + minutes(25)).clocks_started.remove(0);
    asked.clocks_started = vec![clock, ClockStart { warnings: Vec::new(), ..later }];
    hub.tell(&asked).await;
    hub.tell(&red_check(other, Uuid::new_v4(), *MORNING + minutes(25))).await;
    hub.heard().await;
    hub.stop_deadlines().await;
    hub.advance(minutes(260));
    hub.start_deadlines().await;
    told_of(&hub, "mash_manager", 1).await;
    hub.advance(minutes(5));
    hub.has_told::<pb::ClockRanOut>(3).await;
    let mut pages: Vec<_> = hub
        .waiting_pages()
        .await
        .into_iter()
        .map(|page| (page.contact_id, page.matters.len()))
        .collect();
    pages.sort();
    assert_eq!(pages, [(String::new(), 2), (other.to_string(), 1)]);
}
