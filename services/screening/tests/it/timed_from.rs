//! From when the screening of a child is timed that was added to its contact later, or came
//! back into the hub (R24).

use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::ContactAmended,
    screening::v1::{self as pb, ChildrenAdded, InitialDecisionMade, OutcomeDecided},
    terms::v1::Pathway,
};
use uuid::Uuid;

use crate::{
    stage::{MORNING, Opened, Screening, contact, initially},
    units::{HandOver, end},
};

const DAYS_LATER: SignedDuration = SignedDuration::from_hours(72);

/// A child was missed, and is added now.
pub async fn added(screening: &Screening, opened: &Opened) -> String {
    let child = Uuid::now_v7().to_string();
    let event = ContactAmended {
        contact_id: opened.id.clone(),
        amendment_id: Uuid::now_v7().to_string(),
        amended_at: Some(to_timestamp(screening.clock.now())),
        in_hub_hours: true,
        added_child_ids: vec![child.clone()],
        ..ContactAmended::default()
    };
    screening.hears_of_contact(&opened.id, 2, &event).await;
    child
}

/// Decides C for every child that waits; answers the receipt.
pub async fn to_csc(screening: &Screening, opened: &Opened) -> pb::DecideInitiallyResponse {
    let revision = screening.case(&opened.id).await.unwrap().revision;
    let decision =
        pb::DecideInitiallyRequest { revision, ..initially(opened, Pathway::CscScreening) };
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(decision).await.unwrap().into_inner()
}

pub fn a_day_after(start: Timestamp) -> Option<prost_types::Timestamp> {
    Some(to_timestamp(start + SignedDuration::from_hours(24)))
}

#[tokio::test]
async fn r24_a_child_who_is_added_later_is_timed_from_then_and_its_sibling_from_receipt() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    screening.clock.advance(DAYS_LATER);
    let child = added(&screening, &opened).await;
    let shown = screening.case(&opened.id).await.unwrap().screening_deadline;
    assert_eq!(shown, a_day_after(*MORNING), "that of the first child that waits");
    assert_eq!(to_csc(&screening, &opened).await.deadline, a_day_after(*MORNING));
    let [told] = &screening.told::<InitialDecisionMade>(&opened.id).await[..] else {
        panic!("told once")
    };
    let place = told.child_ids.iter().position(|id| *id == child).unwrap();
    let deadlines: Vec<_> = told.clocks_started.iter().map(|clock| clock.deadline).collect();
    assert_eq!((place, deadlines.len()), (2, 3));
    assert_eq!(deadlines[..2], [a_day_after(*MORNING); 2]);
    assert_eq!(deadlines[2], a_day_after(screening.clock.now()));
    assert_eq!(told.clocks_started[2].started_at, Some(to_timestamp(screening.clock.now())));
}

#[tokio::test]
async fn r24_children_who_come_back_undecided_are_timed_from_then() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let both = HandOver::of(&opened.id, &opened.children);
    both.received(&screening, 1).await;
    screening.clock.advance(DAYS_LATER);
    let back_at = screening.clock.now();
    both.withdrawn(&screening, 2).await;
    screening.clock.advance(SignedDuration::from_hours(1));
    let shown = screening.case(&opened.id).await.unwrap().screening_deadline;
    assert_eq!(shown, a_day_after(back_at));
    assert_eq!(to_csc(&screening, &opened).await.deadline, a_day_after(back_at));
    let line = screening.line(&opened.id).await.unwrap();
    assert_eq!(line.next_deadline, a_day_after(back_at));
}

#[tokio::test]
async fn r28_children_who_are_added_end_the_wait_for_telling_the_referrer_and_reopen_the_case() {
    let screening = Screening::start(*MORNING).await;
    let [waits, over] =
        [screening.opened(contact(*MORNING)).await, screening.opened(contact(*MORNING)).await];
    let mut manager = screening.as_person("mash_manager").await;
    for opened in [&waits, &over] {
        manager.decide_initially(initially(opened, Pathway::NoFurtherActionInHub)).await.unwrap();
    }
    end(&screening, &over, 3).await;
    for (opened, reopened) in [(&waits, false), (&over, true)] {
        let child = added(&screening, opened).await;
        let [told] = &screening.told::<ChildrenAdded>(&opened.id).await[..] else {
            panic!("told once")
        };
        assert_eq!((&told.child_ids, told.reopened), (&vec![child], reopened));
        let decided = screening.told::<OutcomeDecided>(&opened.id).await;
        let of_telling = &decided[0].clocks_started[0].clock_id;
        let ended: Vec<_> = told.clocks_ended.iter().map(|ended| &ended.clock_id).collect();
        assert_eq!(ended, if reopened { vec![] } else { vec![of_telling] });
        let case = screening.case(&opened.id).await.unwrap();
        assert!(case.state() == pb::CaseState::Undecided && case.referrer.is_none());
    }
}
