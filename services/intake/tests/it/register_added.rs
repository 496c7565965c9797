//! The open case of a child who was missed and is added later (R9).

use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, correction::Part},
};

use crate::{
    corrections::amend,
    register_open_cases::hand_overs,
    register_stage::{NHS, known, matched, opened_on, siblings},
    stage::{Intake, MORNING},
};

/// A contact of this morning about one child, and somebody of the case system, who is her sister.
async fn about_one() -> (Intake, pb::SubmitContactResponse, uuid::Uuid) {
    let intake = Intake::start(*MORNING).await;
    let sister = known(&intake, "Ọlá Okafor", NHS[1]).await;
    let mut given = siblings();
    given.children.truncate(1);
    let contact = intake.submit(given).await;
    matched(&intake).await;
    (intake, contact, sister)
}

/// Adds the sister at an instant; answers her id.
async fn add(intake: &Intake, contact: &pb::SubmitContactResponse, at: &str) -> String {
    let at: Timestamp = at.parse().unwrap();
    intake.clock.advance(at.duration_since(intake.clock.now()));
    let missed = Part::NewChild(siblings().children.remove(1));
    let missed = amend(&contact.contact_id, 1, missed);
    let mut worker = intake.as_person("screening_practitioner").await;
    worker.amend_contact(missed).await.unwrap().into_inner().added_id
}

#[tokio::test]
async fn r9_a_child_who_is_added_is_handed_over_by_the_day_and_the_clock_of_their_own() {
    let (intake, contact, sister) = about_one().await;
    // Opened three days after the contact, and she is added on the sixth, in the evening.
    opened_on(&intake, sister, "2026-11-27", ("section_17", None)).await;
    let added = add(&intake, &contact, "2026-11-30T22:00:00Z").await;
    let [found] = hand_overs(&intake).await.try_into().unwrap_or_else(|_| panic!("one"));
    assert_eq!((&*found.child_ids, &found.contact_id), (&[added][..], &contact.contact_id));
    let opening: Timestamp = "2026-12-01T09:00:00Z".parse().unwrap();
    let due = Some(to_timestamp(opening + SignedDuration::from_hours(1)));
    assert_eq!(found.pass_due_at, due, "nobody is paged by night for a quiet contact");
}

#[tokio::test]
async fn r9_a_child_who_is_added_by_day_is_to_be_with_the_unit_within_an_hour_of_that() {
    let (intake, contact, sister) = about_one().await;
    opened_on(&intake, sister, "2026-10-01", ("section_17", None)).await;
    add(&intake, &contact, "2026-11-30T11:00:00Z").await;
    let [found] = hand_overs(&intake).await.try_into().unwrap_or_else(|_| panic!("one"));
    let due = intake.clock.now() + SignedDuration::from_hours(1);
    assert_eq!(found.pass_due_at, Some(to_timestamp(due)));
}

#[tokio::test]
async fn r9_a_case_that_was_closed_before_a_child_was_added_holds_them_no_more() {
    let (intake, contact, sister) = about_one().await;
    opened_on(&intake, sister, "2026-10-01", ("section_17", Some("2026-11-27"))).await;
    add(&intake, &contact, "2026-11-30T11:00:00Z").await;
    assert!(hand_overs(&intake).await.is_empty());
}

#[tokio::test]
async fn r9_who_is_added_to_a_contact_of_long_ago_is_handed_over_too() {
    let (intake, contact, sister) = about_one().await;
    opened_on(&intake, sister, "2026-10-01", ("section_17", None)).await;
    let added = add(&intake, &contact, "2027-01-11T11:00:00Z").await;
    let [found] = hand_overs(&intake).await.try_into().unwrap_or_else(|_| panic!("one"));
    assert_eq!(found.child_ids, [added]);
}
