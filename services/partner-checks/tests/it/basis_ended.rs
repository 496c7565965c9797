//! Checks whose basis on record was ended (R38): they stop, or go to a manager.

use harness::{Source, fact_of, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::{BasisEnded, OverrideReviewed},
    partner_checks::v1 as pb,
    terms::v1::{BasisKind, ClockEnding, Rag},
};
use runtime::tasks::Tasks;
use tonic::Code;
use uuid::Uuid;

use crate::{
    stage::{MORNING, PartnerChecks, order},
    with_unit::follow,
};

/// Checks of these agencies on a basis on record, which intake says is Section 47.
async fn asked(hub: &PartnerChecks, asked: &pb::RequestChecksRequest) -> Vec<String> {
    let mut manager = hub.as_person("mash_manager").await;
    let checks = manager.request_checks(asked.clone()).await.unwrap().into_inner().checks;
    checks.into_iter().map(|check| check.check_id).collect()
}

/// The basis of an order is ended now.
fn ending(hub: &PartnerChecks, asked: &pb::RequestChecksRequest) -> BasisEnded {
    BasisEnded {
        contact_id: asked.contact_id.clone(),
        basis_id: asked.basis_id.clone(),
        kind: BasisKind::Section47.into(),
        child_ids: asked.child_ids.clone(),
        ended_at: Some(to_timestamp(hub.clock.now())),
        clocks_ended: Vec::new(),
    }
}

/// Intake tells an ending as a revision of its contact, and is heard.
async fn heard(hub: &PartnerChecks, intake: &Source, revision: i64, ended: &BasisEnded) {
    intake.tell_of(ended.contact_id.parse().unwrap(), revision, ended).await;
    intake.is_heard(&hub.database).await;
}

async fn deliver(hub: &PartnerChecks, agency: &str, check: &str) {
    let delivered = pb::MarkDeliveredRequest { check_id: check.to_owned() };
    hub.as_adapter(agency).await.mark_delivered(delivered).await.unwrap();
}

/// How often it was told that a check is withdrawn, and that a manager is to decide on it.
async fn told(hub: &PartnerChecks, check: &str) -> (usize, usize) {
    let for_manager = hub.events::<pb::CheckConsentWithdrawn>(check).await;
    assert!(for_manager.iter().all(|it| it.basis_ended && !it.taken_off));
    (hub.events::<pb::CheckWithdrawn>(check).await.len(), for_manager.len())
}

async fn waiting_for(hub: &PartnerChecks, agency: &str) -> usize {
    let mut door = hub.as_adapter(agency).await;
    let listed = door.list_requests(pb::ListRequestsRequest::default()).await.unwrap();
    listed.into_inner().requests.len()
}

#[tokio::test]
async fn r38_what_rests_on_a_basis_that_is_ended_stops_unless_its_agency_has_it() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let contact = Uuid::new_v4();
    let mistaken = order(contact, &["police", "health", "education"], Rag::Red);
    let checks = asked(&hub, &mistaken).await;
    // Another basis of the same kind, for the same children.
    let other = order(contact, &["housing"], Rag::Red);
    let other = pb::RequestChecksRequest { child_ids: mistaken.child_ids.clone(), ..other };
    let rests_on_another = asked(&hub, &other).await.remove(0);
    deliver(&hub, "health", &checks[1]).await;
    let intake = follow(&mut hub, "intake", &tasks).await;
    hub.clock.advance(SignedDuration::from_hours(1));
    let ended = ending(&hub, &mistaken);
    heard(&hub, &intake, 4, &ended).await;
    assert_eq!(told(&hub, &checks[0]).await, (1, 0));
    assert_eq!(told(&hub, &checks[1]).await, (0, 1), "health has it already");
    assert_eq!(told(&hub, &rests_on_another).await, (0, 0));
    let withdrawn = hub.events::<pb::CheckWithdrawn>(&checks[0]).await.remove(0);
    assert_eq!(withdrawn.because(), pb::WithdrawnBecause::BasisEnded);
    let [clock] = &withdrawn.clocks_ended[..] else { panic!("its clock ends") };
    assert_eq!((clock.ending(), clock.ended_at), (ClockEnding::Cancelled, ended.ended_at));
    for (agency, waiting) in [("police", 0), ("education", 0), ("housing", 1)] {
        assert_eq!(waiting_for(&hub, agency).await, waiting, "{agency}");
    }
    // One that turns out to have what was stopped is a manager's too.
    deliver(&hub, "education", &checks[2]).await;
    assert_eq!(told(&hub, &checks[2]).await, (1, 1));
    tasks.stop();
}

#[tokio::test]
async fn r38_a_check_says_on_which_basis_it_rests_and_when_that_was_ended() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let contact = Uuid::new_v4();
    let mistaken = order(contact, &["police"], Rag::Red);
    asked(&hub, &mistaken).await;
    let shown = hub.shown(contact).await;
    assert_eq!((&shown.basis_id, shown.basis_lost_at), (&mistaken.basis_id, None));
    let intake = follow(&mut hub, "intake", &tasks).await;
    let ended = ending(&hub, &mistaken);
    heard(&hub, &intake, 4, &ended).await;
    let shown = hub.shown(contact).await;
    assert_eq!((shown.state(), shown.basis_lost_at), (pb::CheckState::Withdrawn, ended.ended_at));
    tasks.stop();
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "makes checks as they were kept before")]
async fn r38_a_check_from_before_its_basis_was_kept_stops_with_each_that_it_can_rest_on() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let contact = Uuid::new_v4();
    let both = order(contact, &["police"], Rag::Red);
    let both_children = asked(&hub, &both).await.remove(0);
    let first = pb::RequestChecksRequest {
        child_ids: both.child_ids[..1].to_vec(),
        ..order(contact, &["health"], Rag::Red)
    };
    let first_child = asked(&hub, &first).await.remove(0);
    let statement = "UPDATE partner_checks.requested_check SET basis_id = NULL";
    sqlx::query(statement).execute(&hub.database).await.unwrap();
    let intake = follow(&mut hub, "intake", &tasks).await;
    // Neither rests on what is of another kind, or was ended before it was asked for, of which
    // intake answered at revision 3.
    let other = BasisEnded {
        basis_id: Uuid::new_v4().to_string(),
        kind: BasisKind::PublicInterest.into(),
        ..ending(&hub, &both)
    };
    heard(&hub, &intake, 4, &other).await;
    let before = BasisEnded { basis_id: Uuid::new_v4().to_string(), ..ending(&hub, &both) };
    heard(&hub, &intake, 3, &before).await;
    assert_eq!(told(&hub, &both_children).await, (0, 0));
    assert_eq!(told(&hub, &first_child).await, (0, 0));
    // One that covered the first child alone cannot be what both were asked about on.
    heard(&hub, &intake, 5, &ending(&hub, &first)).await;
    assert_eq!(told(&hub, &both_children).await, (0, 0));
    assert_eq!(told(&hub, &first_child).await, (1, 0));
    heard(&hub, &intake, 6, &ending(&hub, &both)).await;
    assert_eq!(told(&hub, &both_children).await, (1, 0));
    tasks.stop();
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "makes checks as they were kept before")]
async fn r7_r38_what_rests_on_an_override_that_an_old_log_ends_stops_too() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let asked_for = order(Uuid::new_v4(), &["police"], Rag::Red);
    let check = asked(&hub, &asked_for).await.remove(0);
    let as_of_then =
        "UPDATE partner_checks.requested_check SET basis_id = NULL, basis = 'override'";
    sqlx::query(as_of_then).execute(&hub.database).await.unwrap();
    let intake = follow(&mut hub, "intake", &tasks).await;
    let mut reviewed = OverrideReviewed {
        contact_id: asked_for.contact_id.clone(),
        basis_id: asked_for.basis_id.clone(),
        reviewed_at: Some(to_timestamp(hub.clock.now())),
        ..OverrideReviewed::default()
    };
    for (revision, ended) in [(4, false), (5, true)] {
        reviewed.ended = ended;
        intake.tell_of(reviewed.contact_id.parse().unwrap(), revision, &reviewed).await;
        intake.is_heard(&hub.database).await;
        assert_eq!(told(&hub, &check).await, (usize::from(ended), 0));
    }
    tasks.stop();
}

#[tokio::test]
async fn r38_nothing_is_sent_on_a_basis_that_was_ended_since_intake_was_asked() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let mistaken = order(Uuid::new_v4(), &["police"], Rag::Red);
    let intake = follow(&mut hub, "intake", &tasks).await;
    heard(&hub, &intake, 4, &ending(&hub, &mistaken)).await;
    // Intake answers as it stood before, when the basis stood.
    let answers = hub.peers.intake.clone();
    hub.place.set(&intake.peer().0, &answers);
    hub.stop().await;
    hub.run();
    let mut manager = hub.as_person("mash_manager").await;
    let refused = manager.request_checks(mistaken.clone()).await.err().unwrap();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::FailedPrecondition, "BASIS_ENDED"));
    assert_eq!(fact_of(&refused, "rule"), "R38");
    assert_eq!(waiting_for(&hub, "police").await, 0);
    let other = Uuid::new_v4().to_string();
    let on_another = pb::RequestChecksRequest { basis_id: other, ..mistaken };
    manager.request_checks(on_another).await.unwrap();
    tasks.stop();
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "stands in the middle of the follower's transaction")]
async fn r38_a_request_waits_for_an_ending_that_is_heard_at_the_same_instant() {
    let hub = PartnerChecks::start(*MORNING).await;
    let mistaken = order(Uuid::new_v4(), &["police"], Rag::Red);
    let (contact, basis): (Uuid, Uuid) =
        (mistaken.contact_id.parse().unwrap(), mistaken.basis_id.parse().unwrap());
    let waiting = async || -> i64 {
        let statement = "SELECT count(*) FROM pg_stat_activity
                         WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sqlx::query_scalar(statement).fetch_one(&hub.database).await.unwrap()
    };
    // As the follower does it, up to its commit.
    let mut hearing = hub.database.begin().await.unwrap();
    for statement in [
        "INSERT INTO partner_checks.consent_heard (revision, contact_id) SELECT 0, $1 WHERE $2 IS NOT NULL",
        "INSERT INTO partner_checks.ended_basis (contact_id, basis_id) VALUES ($1, $2)",
    ] {
        sqlx::query(statement).bind(contact).bind(basis).execute(&mut *hearing).await.unwrap();
    }
    let mut manager = hub.as_person("mash_manager").await;
    let waits = async || (waiting().await > 0).then_some(());
    let heard = async {
        harness::eventually("the request waits", waits).await;
        hearing.commit().await.unwrap();
    };
    let (asked, ()) = tokio::join!(manager.request_checks(mistaken), heard);
    assert_eq!(reason_of(&asked.err().unwrap()), "BASIS_ENDED");
    assert_eq!(waiting_for(&hub, "police").await, 0);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "stands in the middle of a request's transaction")]
async fn r38_an_ending_waits_for_a_request_that_is_made_at_the_same_instant() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let on_another = order(Uuid::new_v4(), &["police"], Rag::Red);
    let check = asked(&hub, &on_another).await.remove(0);
    let mistaken =
        pb::RequestChecksRequest { basis_id: Uuid::new_v4().to_string(), ..on_another.clone() };
    let intake = follow(&mut hub, "intake", &tasks).await;
    // As a request on the mistaken basis does it, up to its commit: nobody sees its check yet.
    let mut requesting = hub.database.begin().await.unwrap();
    for (statement, id) in [
        (
            "UPDATE partner_checks.consent_heard SET revision = revision WHERE contact_id = $1",
            &mistaken.contact_id,
        ),
        ("UPDATE partner_checks.requested_check SET basis_id = $1", &mistaken.basis_id),
    ] {
        let id: Uuid = id.parse().unwrap();
        sqlx::query(statement).bind(id).execute(&mut *requesting).await.unwrap();
    }
    let waits = async || {
        let statement = "SELECT count(*) FROM pg_stat_activity
                         WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(statement).fetch_one(&hub.database).await.unwrap();
        (waiting > 0).then_some(())
    };
    let requested = async {
        harness::eventually("the follower waits", waits).await;
        requesting.commit().await.unwrap();
    };
    let ended = ending(&hub, &mistaken);
    tokio::join!(heard(&hub, &intake, 4, &ended), requested);
    assert_eq!(told(&hub, &check).await, (1, 0));
    tasks.stop();
}
