//! A contact of which it is corrected when it was received: every clock of its case runs on that
//! (R13).

use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::ContactAmended,
    screening::v1::{CaseRetimed, InitialDecisionMade},
    terms::v1::{Channel, ClockEnding, ClockKind, ClockStart, Pathway},
};
use uuid::Uuid;

use crate::{
    stage::{MORNING, Opened, Screening, contact, initially},
    timed_from::{a_day_after, added, to_csc},
    units::HandOver,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The receipt of a contact is corrected, which makes a revision of it; answers what was told.
async fn corrected(
    screening: &Screening,
    (opened, revision): (&Opened, i64),
    to: Timestamp,
) -> Option<CaseRetimed> {
    let told = screening.told::<CaseRetimed>(&opened.id).await.len();
    let event = ContactAmended {
        contact_id: opened.id.clone(),
        amendment_id: Uuid::now_v7().to_string(),
        amended_at: Some(to_timestamp(screening.clock.now())),
        received_at: Some(to_timestamp(to)),
        ..ContactAmended::default()
    };
    screening.hears_of_contact(&opened.id, revision, &event).await;
    screening.told::<CaseRetimed>(&opened.id).await.into_iter().nth(told)
}

fn instant(text: &str) -> Option<prost_types::Timestamp> {
    Some(to_timestamp(text.parse().unwrap()))
}

fn replaced(told: &CaseRetimed) -> Vec<&str> {
    assert!(told.clocks_ended.iter().all(|end| end.ending() == ClockEnding::Replaced));
    told.clocks_ended.iter().map(|end| end.clock_id.as_str()).collect()
}

fn ids(clocks: &[ClockStart]) -> Vec<&str> {
    clocks.iter().map(|clock| clock.clock_id.as_str()).collect()
}

#[tokio::test]
async fn r13_r72_an_earlier_or_later_receipt_moves_the_initial_decision() {
    let screening = Screening::start(*MORNING).await;
    let arrived = contact(*MORNING);
    let first = arrived.clocks_started[0].clock_id.clone();
    let opened = screening.opened(arrived).await;
    screening.clock.advance(HOUR * 3);
    // Monday at ten: due at Tuesday's closing. Tuesday at eleven: at Wednesday's.
    let earlier = corrected(&screening, (&opened, 2), *MORNING - HOUR * 24).await.unwrap();
    assert_eq!(earlier.received_at, instant("2026-11-23T10:00:00Z"));
    let [clock] = earlier.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!(clock.kind(), ClockKind::InitialDecision);
    assert_eq!(clock.started_at, earlier.received_at);
    assert_eq!(clock.deadline, instant("2026-11-24T17:00:00Z"));
    assert!(!clock.protocol_version.is_empty());
    assert_eq!(replaced(&earlier), [&first]);
    assert_eq!(earlier.clocks_ended[0].ended_at, instant("2026-11-24T13:00:00Z"));
    let line = screening.line(&opened.id).await.unwrap();
    assert_eq!((line.received_at, line.next_deadline), (earlier.received_at, clock.deadline));
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!((case.received_at, case.revision), (earlier.received_at, 2));
    assert_eq!(case.screening_deadline, a_day_after(*MORNING - HOUR * 24));

    let later = corrected(&screening, (&opened, 3), *MORNING + HOUR).await.unwrap();
    assert_eq!(later.clocks_started[0].deadline, instant("2026-11-25T17:00:00Z"));
    assert_eq!(replaced(&later), [&clock.clock_id]);
    let same = corrected(&screening, (&opened, 4), *MORNING + HOUR).await;
    assert!(same.is_none(), "nothing was corrected");
    to_csc(&screening, &opened).await;
    let decided = screening.told::<InitialDecisionMade>(&opened.id).await.remove(0);
    assert_eq!(decided.received_at, later.received_at);
    let ended: Vec<_> = decided.clocks_ended.iter().map(|end| end.clock_id.as_str()).collect();
    assert_eq!(ended, ids(&later.clocks_started));
}

#[tokio::test]
async fn r13_r24_screening_runs_from_the_corrected_receipt_and_what_was_decided_stays() {
    let screening = Screening::start(*MORNING).await;
    let arrived = contact(*MORNING);
    let first = arrived.clocks_started[0].clock_id.clone();
    let opened = screening.opened(arrived).await;
    let mut manager = screening.as_person("mash_manager").await;
    let children = opened.children.clone();
    let closes = initially(&opened, Pathway::NoFurtherActionInHub);
    let closes = proto::screening::v1::DecideInitiallyRequest {
        child_ids: children[..1].to_vec(),
        ..closes
    };
    manager.decide_initially(closes).await.unwrap();
    to_csc(&screening, &opened).await;
    let screened = screening.told::<InitialDecisionMade>(&opened.id).await.remove(1);
    let told = corrected(&screening, (&opened, 2), *MORNING - HOUR).await.unwrap();
    // Of the child that was decided on the way A no clock ran, and none begins.
    let [clock] = told.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!((clock.kind(), clock.started_at), (ClockKind::CscScreening, told.received_at));
    assert_eq!(clock.deadline, a_day_after(*MORNING - HOUR));
    assert_eq!(replaced(&told), ids(&screened.clocks_started));
    // The decision was made, and was due by the corrected receipt.
    assert_eq!(told.decided_clock_id, first);
    assert_eq!(told.decision_due, instant("2026-11-25T17:00:00Z"));
    assert_eq!(screening.line(&opened.id).await.unwrap().next_deadline, clock.deadline);
    assert_eq!(screening.told::<InitialDecisionMade>(&opened.id).await.len(), 2);
}

#[tokio::test]
async fn r13_r24_a_child_who_was_added_later_keeps_its_clocks() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    screening.clock.advance(HOUR * 5);
    let child = added(&screening, &opened).await;
    to_csc(&screening, &opened).await;
    let decided = screening.told::<InitialDecisionMade>(&opened.id).await.remove(0);
    let place = decided.child_ids.iter().position(|id| *id == child).unwrap();
    let told = corrected(&screening, (&opened, 3), *MORNING - HOUR).await.unwrap();
    assert_eq!(told.clocks_started.len(), 2);
    let kept = &decided.clocks_started[place].clock_id;
    assert!(!replaced(&told).contains(&kept.as_str()), "it was not there before");
}

#[tokio::test]
async fn r13_r9_children_who_came_back_keep_the_clocks_that_began_anew() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let both = HandOver::of(&opened.id, &opened.children);
    both.received(&screening, 1).await;
    screening.clock.advance(HOUR * 5);
    both.withdrawn(&screening, 2).await;
    let before = screening.line(&opened.id).await.unwrap().next_deadline;
    let told = corrected(&screening, (&opened, 2), *MORNING - HOUR * 24).await.unwrap();
    assert!(told.clocks_started.is_empty() && told.clocks_ended.is_empty());
    assert!(!told.decided_clock_id.is_empty(), "the arrival's, which ended with the receipt");
    assert_eq!(screening.line(&opened.id).await.unwrap().next_deadline, before);
}

#[tokio::test]
async fn r13_r24_a_form_of_the_weekend_is_screened_from_the_next_opening_whenever_it_came() {
    let saturday: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let screening = Screening::start(saturday + HOUR * 48).await;
    let mut arrived = contact(saturday);
    arrived.channel = Channel::Form.into();
    let opened = screening.opened(arrived).await;
    to_csc(&screening, &opened).await;
    let told = corrected(&screening, (&opened, 2), saturday + HOUR).await.unwrap();
    assert!(told.clocks_started.is_empty(), "it runs from Monday's opening either way");
    // On Friday it was received while the hub was open.
    let told = corrected(&screening, (&opened, 3), saturday - HOUR * 24).await.unwrap();
    assert_eq!(told.clocks_started.len(), 2);
    assert_eq!(told.clocks_started[0].deadline, a_day_after(saturday - HOUR * 24));
}

#[tokio::test]
async fn r24_screening_that_begins_later_goes_by_the_corrected_way() {
    // A form of the weekend is screened from the next opening, a call from its receipt.
    let saturday = "2026-11-21T12:00:00Z".parse().unwrap();
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(saturday)).await;
    let called = ContactAmended {
        contact_id: opened.id.clone(),
        amendment_id: Uuid::now_v7().to_string(),
        amended_at: Some(to_timestamp(screening.clock.now())),
        channel: Channel::Phone.into(),
        ..ContactAmended::default()
    };
    screening.hears_of_contact(&opened.id, 2, &called).await;
    to_csc(&screening, &opened).await;
    let decided = screening.told::<InitialDecisionMade>(&opened.id).await.remove(0);
    assert_eq!(decided.clocks_started[0].started_at, Some(to_timestamp(saturday)));
}
