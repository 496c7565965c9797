//! What else a person is found by, and which contacts are before and after one (R8).

use proto::intake::v1::{self as pb, MatchReason, RelatedBy};
use uuid::Uuid;

use crate::{
    consultation::adviser,
    register_stage::{
        NHS, decision, episode, history, known, match_with, register, siblings, unnumbered,
    },
    stage::{Intake, MORNING, child},
};

/// A contact about one child, with one adult.
fn about(one: pb::Child, adult: &str) -> pb::SubmitContactRequest {
    let mut given = siblings();
    given.children = vec![one];
    given.adults[0].name = adult.to_owned();
    given
}

/// A child of whom only this is known.
fn only(name: &str, address: &str) -> pb::Child {
    pb::Child {
        address: address.to_owned(),
        school: String::new(),
        nhs_number: String::new(),
        ..child(name, 2016)
    }
}

#[tokio::test]
async fn r8_of_two_contacts_of_one_instant_the_second_counts_the_first_which_shows_it() {
    let intake = Intake::start(*MORNING).await;
    let one = intake.submit(siblings()).await;
    let other = intake.submit(siblings()).await;
    let (first, second) =
        if one.contact_id < other.contact_id { (one, other) } else { (other, one) };
    let of_first = history(&intake, &first.contact_id).await.remove(0);
    let of_second = history(&intake, &second.contact_id).await.remove(0);
    let ids = |contacts: &[pb::OtherContact]| {
        contacts.iter().map(|on| on.contact_id.clone()).collect::<Vec<_>>()
    };
    assert_eq!((of_first.contacts_in_3_months, of_second.contacts_in_3_months), (0, 1));
    assert_eq!(ids(&of_first.later_contacts), [second.contact_id]);
    assert_eq!(ids(&of_second.earlier_contacts), [first.contact_id]);
    assert!(of_first.earlier_contacts.is_empty() && of_second.later_contacts.is_empty());
    assert!(!of_first.difference_asked && of_second.difference_asked);
}

#[tokio::test]
async fn r8_a_child_is_found_by_the_name_that_they_chose() {
    let intake = Intake::start(*MORNING).await;
    let known = intake.submit(about(only("Anastasia Harper", ""), "A. Stranger")).await;
    let given = |chosen: &str| {
        let chosen_name = chosen.to_owned();
        about(pb::Child { chosen_name, ..only("Tobias Harper", "") }, "B. Nobody")
    };
    let without = intake.submit(given("")).await;
    let people = history(&intake, &without.contact_id).await;
    assert!(match_with(&people[0], &known.child_ids[0]).is_none(), "two of one family");
    let with = intake.submit(given("Anastasia")).await;
    let people = history(&intake, &with.contact_id).await;
    let found = match_with(&people[0], &known.child_ids[0]).unwrap();
    assert!(found.reasons.iter().any(|it| it.reason() == MatchReason::NamesAll));
    assert_eq!(found.one.as_ref().unwrap().chosen_name, "Anastasia");
    assert!(match_with(&people[0], &without.child_ids[0]).is_some(), "and by the other name");
}

#[tokio::test]
async fn r52_who_is_asked_about_by_the_name_that_they_chose_has_the_same_open_case() {
    let intake = Intake::start(*MORNING).await;
    let person = known(&intake, "Tobias Harper", NHS[0]).await;
    episode(&intake, person, "section_17", None).await;
    let chosen_name = "Anastasia Bell".to_owned();
    let nhs_number = NHS[0].to_owned();
    let told = pb::Child { chosen_name, nhs_number, ..only("Tobias Harper", "") };
    let contact = intake.submit(about(told, "B. Nobody")).await;
    history(&intake, &contact.contact_id).await;
    let mut line = adviser(&intake).await;
    for name in ["Tobias Harper", "Anastasia Bell"] {
        let asked = pb::LookUpOpenCaseRequest {
            called_back: true,
            name: name.to_owned(),
            birth_date: only(name, "").birth_date,
            nhs_number: String::new(),
        };
        let told = line.look_up_open_case(asked).await.unwrap().into_inner();
        assert_eq!((told.open, told.units), (true, vec!["Unit 7".to_owned()]), "{name}");
    }
}

#[tokio::test]
async fn r8_a_home_is_found_by_its_address_alone_and_a_household_however_it_is_written() {
    let intake = Intake::start(*MORNING).await;
    let home = "12 Example Road, London E8 1EA";
    let here = intake.submit(about(only("Chidera Okafor", home), "Ngozi Ọkafor")).await;
    let same_home = only("Piotr Nowak", "Flat 2, 12 Example Rd, E81EA");
    let neighbour = intake.submit(about(same_home, "Ewa Nowak")).await;
    let elsewhere = only("Taiwo Balogun", "9 Other Lane, London N16 5XY");
    let kin = intake.submit(about(elsewhere, "OKAFOR, Ngozi")).await;
    let people = history(&intake, &here.contact_id).await;
    let related = |entry: &str| {
        let with = |it: &&pb::RelatedPerson| it.person.as_ref().unwrap().person_id == entry;
        let found = people[0].related.iter().find(with);
        found.map(|it| it.related_by().collect::<Vec<_>>()).unwrap_or_default()
    };
    assert_eq!(related(&neighbour.child_ids[0]), [RelatedBy::Address]);
    assert_eq!(related(&kin.child_ids[0]), [RelatedBy::Household]);
    assert!(related(&Uuid::new_v4().to_string()).is_empty());
}

/// What was told last of the open questions about a contact: matches, and differences.
pub async fn open_questions(intake: &Intake, contact: &str) -> Option<(i32, i32)> {
    history(intake, contact).await;
    let record: Option<Uuid> =
        sqlx::query_scalar("SELECT id FROM intake.open_questions WHERE contact_id = $1::uuid")
            .bind(contact)
            .fetch_optional(&intake.database)
            .await
            .unwrap();
    let told: Vec<pb::OpenQuestionsChanged> = intake.told(&record?.to_string()).await;
    let last = told.last().unwrap();
    assert_eq!(last.contact_id, contact);
    Some((last.matches_waiting, last.differences_unanswered))
}

#[tokio::test]
async fn r8_how_many_questions_are_open_is_told_until_they_are_answered() {
    let intake = Intake::start(*MORNING).await;
    let alone = || {
        let mut given = unnumbered();
        given.children.truncate(1);
        given.adults.clear();
        given.consents.clear();
        given
    };
    let first = intake.submit(alone()).await;
    assert_eq!(open_questions(&intake, &first.contact_id).await, None);
    let second = intake.submit(alone()).await;
    for contact in [&first, &second] {
        assert_eq!(open_questions(&intake, &contact.contact_id).await, Some((1, 0)));
    }
    let people = history(&intake, &second.contact_id).await;
    let waits = match_with(&people[0], &first.child_ids[0]).unwrap();
    let mut worker = register(&intake, "screening_practitioner").await;
    worker.decide_match(decision(waits, pb::MatchDecision::Confirm)).await.unwrap();
    let (before, after) =
        if first.contact_id < second.contact_id { (&first, &second) } else { (&second, &first) };
    assert_eq!(open_questions(&intake, &before.contact_id).await, Some((0, 0)));
    assert_eq!(open_questions(&intake, &after.contact_id).await, Some((0, 1)));
    let answer = pb::AnswerDifferenceRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: after.contact_id.clone(),
        child_id: after.child_ids[0].clone(),
        answer: "The father has left.".to_owned(),
    };
    worker.answer_difference(answer).await.unwrap();
    assert_eq!(open_questions(&intake, &after.contact_id).await, Some((0, 0)));
}
