//! Notices about children who are known, which the register shows after they were taken; and
//! what happens to them at the same instant.

use harness::eventually;
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, NoticePriority, NoticeReason},
};
use uuid::Uuid;

use super::{
    POLICE, as_person,
    order::{confirm, list},
    sender, sent, with,
};
use crate::{
    register_stage::{decision, history, match_with, matched},
    stage::{Intake, MORNING, child, referral},
};

type Proposed = (NoticePriority, Vec<NoticeReason>);

/// What is proposed of the only notice, once everybody is matched.
async fn proposed(intake: &Intake) -> (pb::ListedNotice, Proposed) {
    matched(intake).await;
    let listed = list(&mut as_person(intake, "mash_manager").await).await.remove(0);
    let proposed = (listed.proposed(), listed.reasons().collect());
    (listed, proposed)
}

/// A notice without a number about the first child of [`referral`], told of as there.
fn unnumbered(change: impl FnOnce(&mut pb::SubmitContactRequest)) -> pb::Notice {
    with(1, |contact| {
        let mut same = referral().children.remove(0);
        same.nhs_number.clear();
        contact.children = vec![same];
        change(contact);
    })
}

#[tokio::test]
async fn r8_r14_a_child_who_is_known_by_name_is_a_reason_once_the_notice_is_matched() {
    let intake = Intake::start(*MORNING).await;
    let earlier = intake.submit(referral()).await;
    let mut police = sender(&intake, POLICE).await;
    sent(&mut police, [unnumbered(|_| {})]).await;
    let (notice, what) = proposed(&intake).await;
    assert_eq!(what, (NoticePriority::Medium, vec![NoticeReason::MayBeKnown]));
    assert_eq!(notice.revision, 2);
    // A person says that they are one: it is an earlier contact.
    let people = history(&intake, &notice.contact_id).await;
    let found = match_with(&people[0], &earlier.child_ids[0]).unwrap();
    let mut worker = crate::register_stage::register(&intake, "screening_practitioner").await;
    worker.decide_match(decision(found, pb::MatchDecision::Confirm)).await.unwrap();
    let (notice, what) = proposed(&intake).await;
    assert_eq!(what, (NoticePriority::Medium, vec![NoticeReason::EarlierContact]));
    let told = intake.told::<pb::NoticeProposalChanged>(&notice.notice_id).await;
    let told: Vec<Vec<_>> = told.iter().map(|event| event.reasons().collect()).collect();
    assert_eq!(told, [[NoticeReason::MayBeKnown], [NoticeReason::EarlierContact]]);
}

#[tokio::test]
async fn r14_what_a_person_has_confirmed_of_a_notice_stays_whatever_the_register_shows() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    sent(&mut police, [unnumbered(|_| {})]).await;
    let (notice, what) = proposed(&intake).await;
    assert_eq!(what, (NoticePriority::Low, vec![]));
    let mut manager = as_person(&intake, "mash_manager").await;
    manager.confirm_priority(confirm(&notice, NoticePriority::Low, "")).await.unwrap();
    // One that was received before is recorded now.
    let late = pb::SubmitContactRequest {
        received_at: Some(to_timestamp(*MORNING - SignedDuration::from_hours(2))),
        ..referral()
    };
    intake.as_person("screening_practitioner").await.submit_contact(late).await.unwrap();
    let (after, what) = proposed(&intake).await;
    assert_eq!((after.revision, what), (2, (NoticePriority::Low, vec![])));
}

#[tokio::test]
async fn r13_r14_a_contact_that_was_received_later_is_no_earlier_one() {
    let intake = Intake::start(*MORNING).await;
    let number = referral().children.remove(0).nhs_number;
    intake.submit(referral()).await;
    matched(&intake).await;
    let mut police = sender(&intake, POLICE).await;
    // It lay about for a day: the contact came after it, by number and by name.
    let yesterday = to_timestamp(*MORNING - SignedDuration::from_hours(24));
    let late = unnumbered(|contact| {
        contact.received_at = Some(yesterday);
        contact.children[0].nhs_number = number;
    });
    sent(&mut police, [late]).await;
    let (_, what) = proposed(&intake).await;
    assert_eq!(what, (NoticePriority::Low, vec![]));
}

#[tokio::test]
async fn r13_r14_a_contact_that_is_recorded_later_and_was_received_before_is_an_earlier_one() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    sent(&mut police, [unnumbered(|_| {})]).await;
    matched(&intake).await;
    let late = pb::SubmitContactRequest {
        received_at: Some(to_timestamp(*MORNING - SignedDuration::from_hours(2))),
        ..referral()
    };
    intake.as_person("screening_practitioner").await.submit_contact(late).await.unwrap();
    let (_, what) = proposed(&intake).await;
    assert_eq!(what, (NoticePriority::Medium, vec![NoticeReason::MayBeKnown]));
}

#[tokio::test]
async fn r14_the_notices_of_a_batch_whose_children_are_alike_are_no_reason_for_each_other() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    let alike = |number| with(number, |contact| contact.children = vec![child("A Child", 2014)]);
    let unnumbered = |number| {
        let mut notice = alike(number);
        notice.contact.as_mut().unwrap().children[0].nhs_number.clear();
        notice
    };
    sent(&mut police, (1..=3).map(unnumbered)).await;
    matched(&intake).await;
    let listed = list(&mut as_person(&intake, "mash_manager").await).await;
    assert!(listed.iter().all(|one| one.revision == 1 && one.reasons.is_empty()));
}

#[tokio::test]
async fn r14_r18_a_priority_is_confirmed_on_what_a_correction_at_the_same_instant_leaves() {
    let intake = Intake::start("2026-11-24T22:00:00Z".parse().unwrap()).await;
    let mut police = sender(&intake, POLICE).await;
    sent(&mut police, [super::notice(1)]).await;
    let mut manager = as_person(&intake, "mash_manager").await;
    let notice = list(&mut manager).await.remove(0);
    let contact: Uuid = notice.contact_id.parse().unwrap();
    // A correction has locked the contact.
    let mut correcting = intake.database.begin().await.unwrap();
    sqlx::query("SELECT FROM intake.contact WHERE id = $1 FOR UPDATE")
        .bind(contact)
        .execute(&mut *correcting)
        .await
        .unwrap();
    let confirming =
        manager.confirm_priority(confirm(&notice, NoticePriority::Urgent, "They rang."));
    let corrected = async {
        eventually("it waits for the contact", async || {
            let statement = "SELECT EXISTS (SELECT FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock')";
            let waits: bool =
                sqlx::query_scalar(statement).fetch_one(&intake.database).await.unwrap();
            waits.then_some(())
        })
        .await;
        // Who waits for the contact holds nothing that the correction needs.
        for statement in [
            "UPDATE intake.notice SET received_at = received_at WHERE contact_id = $1",
            "UPDATE intake.contact SET significant_harm = true WHERE id = $1",
        ] {
            sqlx::query(statement).bind(contact).execute(&mut *correcting).await.unwrap();
        }
        correcting.commit().await.unwrap();
    };
    let (confirmed, ()) = tokio::join!(confirming, corrected);
    confirmed.unwrap();
    let told = intake.told::<pb::NoticePriorityConfirmed>(&notice.notice_id).await;
    assert!(!told[0].became_urgent, "the correction made it urgent, and told so");
    let handed: i64 = sqlx::query_scalar("SELECT count(*) FROM intake.hand_over WHERE automatic")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(handed, 0);
}
