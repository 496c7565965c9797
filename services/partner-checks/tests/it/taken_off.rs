//! Checks on children who were put on a contact by mistake and are taken off it (R20).

use harness::{Source, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::ContactAmended,
    partner_checks::v1 as pb,
    screening::v1::ChildrenWithUnit,
    terms::v1::{ClockEnding, Rag},
};
use runtime::tasks::Tasks;
use uuid::Uuid;

use crate::{
    stage::{MORNING, PartnerChecks, order},
    with_unit::follow,
};

/// Intake tells that these children are taken off a contact now, and is heard.
async fn take_off(hub: &PartnerChecks, intake: &Source, contact: Uuid, children: &[String]) {
    let amended = ContactAmended {
        contact_id: contact.to_string(),
        amended_at: Some(to_timestamp(hub.clock.now())),
        taken_off_child_ids: children.to_vec(),
        ..ContactAmended::default()
    };
    intake.tell(&amended).await;
    intake.is_heard(&hub.database).await;
}

/// The unit has these children now, and it is heard.
async fn goes_to_unit(hub: &mut PartnerChecks, tasks: &Tasks, contact: Uuid, children: &[String]) {
    let screening = follow(hub, "screening", tasks).await;
    let gone = ChildrenWithUnit {
        contact_id: contact.to_string(),
        child_ids: children.to_vec(),
        received_at: Some(to_timestamp(hub.clock.now())),
        ..ChildrenWithUnit::default()
    };
    screening.tell(&gone).await;
    screening.is_heard(&hub.database).await;
}

/// A RED check of police about these children.
async fn asked(hub: &PartnerChecks, contact: Uuid, children: &[String]) -> String {
    let asked = pb::RequestChecksRequest {
        child_ids: children.to_vec(),
        ..order(contact, &["police"], Rag::Red)
    };
    let mut manager = hub.as_person("mash_manager").await;
    manager.request_checks(asked).await.unwrap().into_inner().checks[0].check_id.clone()
}

/// Whom the police are told of, by check.
async fn told_of(hub: &PartnerChecks) -> Vec<Vec<String>> {
    let mut door = hub.as_adapter("police").await;
    let listed = door.list_requests(pb::ListRequestsRequest::default()).await.unwrap();
    let requests = listed.into_inner().requests.into_iter();
    requests.map(|it| it.children.into_iter().map(|child| child.child_id).collect()).collect()
}

fn two() -> (Uuid, Vec<String>) {
    (Uuid::new_v4(), (0..2).map(|_| Uuid::new_v4().to_string()).collect())
}

#[tokio::test]
async fn r20_a_check_about_nobody_else_is_withdrawn_and_its_clock_ends() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, children) = two();
    let alone = asked(&hub, contact, &children[..1]).await;
    let sibling = asked(&hub, contact, &children[1..]).await;
    let intake = follow(&mut hub, "intake", &tasks).await;
    hub.clock.advance(SignedDuration::from_hours(1));
    let at = Some(to_timestamp(hub.clock.now()));
    take_off(&hub, &intake, contact, &children[..1]).await;
    let [told] = &hub.events::<pb::CheckWithdrawn>(&alone).await[..] else { panic!("told once") };
    assert_eq!(told.because(), pb::WithdrawnBecause::TakenOff);
    let [ended] = &told.clocks_ended[..] else { panic!("its clock ends") };
    assert_eq!((ended.ending(), ended.ended_at), (ClockEnding::Cancelled, at));
    assert!(hub.events::<pb::CheckWithdrawn>(&sibling).await.is_empty());
    assert_eq!(told_of(&hub).await, [children[1..].to_vec()]);
    tasks.stop();
}

#[tokio::test]
async fn r20_a_check_about_a_sibling_too_goes_on_and_tells_its_agency_of_the_sibling_alone() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, children) = two();
    let check = asked(&hub, contact, &children).await;
    assert_eq!(told_of(&hub).await, std::slice::from_ref(&children));
    let intake = follow(&mut hub, "intake", &tasks).await;
    take_off(&hub, &intake, contact, &children[..1]).await;
    assert_eq!(told_of(&hub).await, [children[1..].to_vec()]);
    assert!(hub.events::<pb::CheckWithdrawn>(&check).await.is_empty());
    // With the sibling's unit nobody of it is the hub's any more.
    goes_to_unit(&mut hub, &tasks, contact, &children[1..]).await;
    let [told] = &hub.events::<pb::CheckWithdrawn>(&check).await[..] else { panic!("told once") };
    assert_eq!(told.because(), pb::WithdrawnBecause::WithUnit);
    assert!(told_of(&hub).await.is_empty());
    tasks.stop();
}

#[tokio::test]
async fn r20_a_check_about_a_sibling_who_is_with_a_unit_is_needed_again_if_they_come_back() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, children) = two();
    let check = asked(&hub, contact, &children).await;
    goes_to_unit(&mut hub, &tasks, contact, &children[1..]).await;
    assert!(hub.events::<pb::CheckWithdrawn>(&check).await.is_empty());
    let intake = follow(&mut hub, "intake", &tasks).await;
    take_off(&hub, &intake, contact, &children[..1]).await;
    let [told] = &hub.events::<pb::CheckWithdrawn>(&check).await[..] else { panic!("told once") };
    assert_eq!(told.because(), pb::WithdrawnBecause::WithUnit);
    tasks.stop();
}

#[tokio::test]
async fn r20_what_an_agency_has_of_who_was_taken_off_is_told_for_a_manager() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, children) = two();
    let (alone, both) =
        (asked(&hub, contact, &children[..1]).await, asked(&hub, contact, &children).await);
    let (late, other) =
        (asked(&hub, contact, &children[..1]).await, asked(&hub, contact, &children[1..]).await);
    let both_late = asked(&hub, contact, &children).await;
    let deliver = async |hub: &PartnerChecks, check: &String| {
        let delivered = pb::MarkDeliveredRequest { check_id: check.clone() };
        hub.as_adapter("police").await.mark_delivered(delivered).await.unwrap();
    };
    for check in [&alone, &both, &other] {
        deliver(&hub, check).await;
    }
    let intake = follow(&mut hub, "intake", &tasks).await;
    take_off(&hub, &intake, contact, &children[..1]).await;
    // The agency may have taken them a moment before.
    for check in [&late, &both_late] {
        deliver(&hub, check).await;
    }
    for (check, withdrawn, told) in
        [(alone, 1, 1), (both, 0, 1), (late, 1, 1), (both_late, 0, 1), (other, 0, 0)]
    {
        assert_eq!(hub.events::<pb::CheckWithdrawn>(&check).await.len(), withdrawn);
        let tells = hub.events::<pb::CheckConsentWithdrawn>(&check).await;
        assert!(tells.len() == told && tells.iter().all(|it| it.taken_off));
    }
    tasks.stop();
}

#[tokio::test]
async fn r20_a_check_that_was_asked_for_after_the_follower_began_is_withdrawn_too() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, children) = two();
    hub.clock.advance(SignedDuration::from_hours(1));
    let check = asked(&hub, contact, &children[..1]).await;
    // Another replica's clock may be behind.
    hub.clock.advance(-SignedDuration::from_hours(1));
    let intake = follow(&mut hub, "intake", &tasks).await;
    take_off(&hub, &intake, contact, &children[..1]).await;
    assert_eq!(hub.events::<pb::CheckWithdrawn>(&check).await.len(), 1);
    tasks.stop();
}

#[tokio::test]
async fn r20_who_was_taken_off_since_intake_was_asked_is_asked_about_nowhere() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, children) = two();
    let intake = follow(&mut hub, "intake", &tasks).await;
    take_off(&hub, &intake, contact, &children[..1]).await;
    // Intake answers as it stood before, when the child was on the contact.
    let answers = hub.peers.intake.clone();
    hub.place.set(&intake.peer().0, &answers);
    hub.stop().await;
    hub.run();
    let order = |children: &[String]| pb::RequestChecksRequest {
        child_ids: children.to_vec(),
        ..order(contact, &["police", "health"], Rag::Red)
    };
    let mut manager = hub.as_person("mash_manager").await;
    let refused = manager.request_checks(order(&children)).await.err().unwrap();
    assert_eq!(reason_of(&refused), "TAKEN_OFF");
    assert!(told_of(&hub).await.is_empty());
    manager.request_checks(order(&children[1..])).await.unwrap();
    assert_eq!(told_of(&hub).await, [children[1..].to_vec()]);
    tasks.stop();
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "stands in the middle of the follower's transaction")]
async fn r20_a_request_waits_for_a_taking_off_that_is_heard_at_the_same_instant() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (contact, children) = two();
    let waiting = async || -> i64 {
        let statement = "SELECT count(*) FROM pg_stat_activity
                         WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sqlx::query_scalar(statement).fetch_one(&hub.database).await.unwrap()
    };
    // As the follower does it, up to its commit.
    let mut hearing = hub.database.begin().await.unwrap();
    for statement in [
        "INSERT INTO partner_checks.consent_heard (revision, contact_id) SELECT 0, $1 WHERE $2 IS NOT NULL",
        "INSERT INTO partner_checks.taken_off_child (contact_id, child_id) VALUES ($1, $2)",
    ] {
        let child: Uuid = children[0].parse().unwrap();
        sqlx::query(statement).bind(contact).bind(child).execute(&mut *hearing).await.unwrap();
    }
    let mut manager = hub.as_person("mash_manager").await;
    let order = pb::RequestChecksRequest {
        child_ids: children[..1].to_vec(),
        ..order(contact, &["police"], Rag::Red)
    };
    let waits = async || (waiting().await > 0).then_some(());
    let heard = async {
        harness::eventually("the request waits", waits).await;
        hearing.commit().await.unwrap();
    };
    let (asked, ()) = tokio::join!(manager.request_checks(order), heard);
    assert_eq!(reason_of(&asked.err().unwrap()), "TAKEN_OFF");
    assert!(told_of(&hub).await.is_empty());
}
