//! Who was told apart by a person stays apart, whatever chain of links there is (R8).

use harness::reason_of;
use proto::intake::v1::{self as pb, MatchState};
use uuid::Uuid;

use crate::{
    register_stage::{
        NHS, decision, history, joining, known, match_with, register, siblings, undoing, unnumbered,
    },
    stage::{Intake, MORNING},
};

/// A contact about one child.
fn alone(mut given: pb::SubmitContactRequest) -> pb::SubmitContactRequest {
    given.children.truncate(1);
    given
}

/// The match of the child of one contact with an entry.
async fn found(intake: &Intake, contact: &pb::SubmitContactResponse, entry: &str) -> pb::Match {
    let people = history(intake, &contact.contact_id).await;
    match_with(&people[0], entry).unwrap().clone()
}

#[tokio::test]
async fn r8_the_machine_links_nobody_whom_a_person_parted_by_any_chain() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    let one = intake.submit(alone(siblings())).await;
    let other = intake.submit(alone(siblings())).await;
    let linked = found(&intake, &other, &one.child_ids[0]).await;
    let parted = worker.undo_match(undoing(&linked.match_id, linked.revision)).await.unwrap();
    assert!(parted.into_inner().still_joined_by_ids.is_empty());

    let third = intake.submit(alone(siblings())).await;
    let mut both = [
        found(&intake, &third, &one.child_ids[0]).await,
        found(&intake, &third, &other.child_ids[0]).await,
    ];
    assert!(both.iter().all(|found| found.certain));
    both.sort_by_key(|found| found.state);
    let states = both.each_ref().map(pb::Match::state);
    assert_eq!(states, [MatchState::Proposed, MatchState::Linked]);
    let people = history(&intake, &third.contact_id).await;
    assert_eq!(people[0].earlier_contacts.len(), 1, "of the two only one is the child");

    // A person may say otherwise, and is told by which links they are one all the same.
    let confirm = decision(&both[0], pb::MatchDecision::Confirm);
    let confirmed = worker.decide_match(confirm).await.unwrap().into_inner();
    assert_eq!(confirmed.state(), MatchState::Linked);
    assert_eq!(history(&intake, &third.contact_id).await[0].earlier_contacts.len(), 2);
}

#[tokio::test]
async fn r8_whoever_parts_two_is_told_by_which_links_they_are_still_one() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    let one = intake.submit(alone(siblings())).await;
    let other = intake.submit(alone(siblings())).await;
    let third = intake.submit(alone(siblings())).await;
    let direct = found(&intake, &other, &one.child_ids[0]).await;
    let by = [
        found(&intake, &third, &one.child_ids[0]).await,
        found(&intake, &third, &other.child_ids[0]).await,
    ];
    let undone = worker.undo_match(undoing(&direct.match_id, direct.revision)).await.unwrap();
    let mut still = undone.into_inner().still_joined_by_ids;
    still.sort();
    let mut chain = by.each_ref().map(|found| found.match_id.clone());
    chain.sort();
    assert_eq!(still, chain);
    let part = pb::PartPeopleRequest {
        request_id: Uuid::new_v4().to_string(),
        one_id: third.child_ids[0].clone(),
        other_id: one.child_ids[0].clone(),
        revision: by[0].revision,
        reason: "They are cousins.".to_owned(),
    };
    let parted = worker.part_people(part).await.unwrap().into_inner();
    assert!(parted.still_joined_by_ids.is_empty());
}

#[tokio::test]
async fn r8_nobody_joins_two_against_a_decision_that_they_have_not_read() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    let one = intake.submit(alone(unnumbered())).await;
    let other = intake.submit(alone(unnumbered())).await;
    let waits = found(&intake, &other, &one.child_ids[0]).await;
    let reject = decision(&waits, pb::MatchDecision::Reject);
    let rejected = worker.decide_match(reject).await.unwrap().into_inner();
    let unseen = joining(&one.child_ids[0], &other.child_ids[0]);
    let refused = worker.join_people(unseen.clone()).await.err().unwrap();
    assert_eq!(reason_of(&refused), "STALE_REVISION");
    let seen = pb::JoinPeopleRequest {
        request_id: Uuid::new_v4().to_string(),
        revision: rejected.revision,
        ..unseen
    };
    let joined = worker.join_people(seen).await.unwrap().into_inner();
    assert_eq!(joined.revision, rejected.revision + 1);
}

#[tokio::test]
async fn r61_a_history_is_logged_for_everybody_of_the_chain_that_it_is_shown_of() {
    let intake = Intake::start(*MORNING).await;
    let far = known(&intake, "Somebody Else", NHS[1]).await;
    let near = known(&intake, "Chidera Okafor", NHS[0]).await;
    let contact = intake.submit(alone(siblings())).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    found(&intake, &contact, &near.to_string()).await;
    assert!(intake.reads_of(&far.to_string()).await.is_empty());
    worker.join_people(joining(&near.to_string(), &far.to_string())).await.unwrap();
    let people = history(&intake, &contact.contact_id).await;
    assert!(match_with(&people[0], &far.to_string()).is_none(), "no match of the child's own");
    assert_eq!(intake.reads_of(&far.to_string()).await, ["RegisterService.GetHistory"]);
}
