//! Who lives with whom, and who shares an adult, as the history shows it (R8).

use proto::{intake::v1 as pb, terms::v1::Purpose};
use uuid::Uuid;

use crate::{
    register_stage::{decision, history, joining, matched, register},
    stage::{Intake, MORNING, child, referral},
};

#[tokio::test]
async fn r8_who_lives_there_and_who_shares_an_adult_is_shown() {
    let intake = Intake::start(*MORNING).await;
    let at_home = |mut given: pb::SubmitContactRequest, name: &str| {
        given.children = vec![pb::Child {
            nhs_number: String::new(),
            postcode: "E8 3AB".to_owned(),
            ..child(name, 2016)
        }];
        given
    };
    let cousin = intake.submit(at_home(referral(), "Emeka Eze")).await;
    let elsewhere = {
        let mut given = at_home(referral(), "Zofia Okafor");
        given.children[0].address = "9 Other Lane, London".to_owned();
        given.children[0].postcode = "N16 5XY".to_owned();
        intake.submit(given).await
    };
    let this = intake.submit(at_home(referral(), "Chidera Okafor")).await;
    let people = history(&intake, &this.contact_id).await;
    let both = [pb::RelatedBy::Address, pb::RelatedBy::Household];
    assert_eq!(how(&people[0], &cousin.child_ids[0]), both);
    assert_eq!(how(&people[0], &elsewhere.child_ids[0]), [pb::RelatedBy::Household]);
    let mother = &people.last().unwrap().person_id;
    let hers = history(&intake, &elsewhere.contact_id).await.pop().unwrap().person_id;
    let mut worker = register(&intake, "screening_practitioner").await;
    worker.join_people(joining(mother, &hers)).await.unwrap();
    let people = history(&intake, &this.contact_id).await;
    let shared = [pb::RelatedBy::Household, pb::RelatedBy::Adult];
    assert_eq!(how(&people[0], &elsewhere.child_ids[0]), shared);
    assert!(intake.reads_of(&elsewhere.child_ids[0]).await.len() > 1);
}

/// How somebody else is linked with a person.
fn how(person: &pb::PersonHistory, other: &str) -> Vec<pb::RelatedBy> {
    let shown = |it: &&pb::RelatedPerson| it.person.as_ref().unwrap().person_id == other;
    let found = person.related.iter().find(shown);
    found.map(|it| it.related_by().collect()).unwrap_or_default()
}

#[tokio::test]
async fn r8_who_lives_elsewhere_is_no_household_and_links_children_once_a_person_says_so() {
    let intake = Intake::start(*MORNING).await;
    let adult = |name: &str, address: &str, postcode: &str| pb::Adult {
        name: name.to_owned(),
        address: address.to_owned(),
        postcode: postcode.to_owned(),
        ..pb::Adult::default()
    };
    let about = |name: &str, address: &str, postcode: &str, mother: &str| {
        let mut given = referral();
        given.children = vec![pb::Child {
            nhs_number: String::new(),
            address: address.to_owned(),
            postcode: postcode.to_owned(),
            ..child(name, 2016)
        }];
        given.adults[0].name = mother.to_owned();
        given.adults.push(adult("Helen Headley", "Clapton Park Primary, 1 School Lane", "E5 0XX"));
        given.adults.push(adult("Kosisochukwu Abara", "4 Far Street", "N1 9GU"));
        given
    };
    let other =
        intake.submit(about("Zofia Nowak", "9 Other Lane, London", "N16 5XY", "Ewa Nowak")).await;
    let home = ("12 Example Road, London", "E8 3AB");
    let this = intake.submit(about("Chidera Okafor", home.0, home.1, "Ngozi Okafor")).await;
    let people = history(&intake, &this.contact_id).await;
    assert!(how(&people[0], &other.child_ids[0]).is_empty(), "they share a head teacher");
    assert!(people[0].matches.is_empty());
    // The man is shown as himself, to be confirmed, and then with the children around him.
    let man = people.last().unwrap();
    let waits = &man.matches[0];
    assert_eq!(waits.other.as_ref().unwrap().contact_id, other.contact_id);
    let mut worker = register(&intake, "screening_practitioner").await;
    worker.decide_match(decision(waits, pb::MatchDecision::Confirm)).await.unwrap();
    let people = history(&intake, &this.contact_id).await;
    assert_eq!(how(&people[0], &other.child_ids[0]), [pb::RelatedBy::Adult]);

    // Whoever lives at the child's home is household, and so is who may.
    let mut perhaps = about("Ada Obi", "9 Third Lane, London", "N4 2AA", "Grace Obi");
    perhaps.adults.push(adult("Emeka Eze", "", ""));
    let perhaps = intake.submit(perhaps).await;
    let mut there = about("Tobi Bello", home.0, home.1, "Lola Bello");
    there.adults.push(adult("Emeka Eze", "Flat 2, 12 Example Rd", "E8 3AB"));
    let there = intake.submit(there).await;
    let people = history(&intake, &there.contact_id).await;
    assert_eq!(how(&people[0], &perhaps.child_ids[0]), [pb::RelatedBy::Household]);
    assert_eq!(how(&people[0], &this.child_ids[0]), [pb::RelatedBy::Address]);
}

#[tokio::test]
async fn r8_who_turns_out_to_live_elsewhere_leaves_the_household() {
    let intake = Intake::start(*MORNING).await;
    let about = |name: &str| {
        let mut given = referral();
        given.children = vec![pb::Child { postcode: "E8 3AB".to_owned(), ..child(name, 2016) }];
        given
    };
    let elsewhere = {
        let mut given = about("Zofia Nowak");
        given.children[0].address = "9 Other Lane, London".to_owned();
        given.children[0].postcode = "N16 5XY".to_owned();
        intake.submit(given).await
    };
    let this = intake.submit(about("Chidera Okafor")).await;
    let people = history(&intake, &this.contact_id).await;
    assert_eq!(how(&people[0], &elsewhere.child_ids[0]), [pb::RelatedBy::Household]);
    let moved = pb::RecordedAdult {
        adult_id: people[1].person_id.clone(),
        adult: Some(pb::Adult {
            address: "4 Far Street, London".to_owned(),
            postcode: "N1 9GU".to_owned(),
            ..referral().adults.remove(0)
        }),
        ..pb::RecordedAdult::default()
    };
    let amendment = pb::AmendContactRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: this.contact_id.clone(),
        revision: 1,
        reason: "The school telephoned.".to_owned(),
        correction: Some(pb::Correction { part: Some(pb::correction::Part::Adult(moved)) }),
    };
    let mut worker = intake.as_person("screening_practitioner").await;
    worker.amend_contact(amendment).await.unwrap();
    let people = history(&intake, &this.contact_id).await;
    assert!(how(&people[0], &elsewhere.child_ids[0]).is_empty());
}

#[tokio::test]
async fn r8_in_a_hostel_household_and_address_show_first_and_it_is_said_that_there_are_more() {
    let intake = Intake::start(*MORNING).await;
    let lives_there = |name: &str| {
        let mut given = referral();
        given.children = vec![pb::Child {
            nhs_number: String::new(),
            postcode: "E8 3AB".to_owned(),
            ..child(name, 2016)
        }];
        given
    };
    // They share the address and no adult.
    let neighbour = pb::SubmitContactRequest {
        adults: Vec::new(),
        consents: Vec::new(),
        ..lives_there("Emeka Eze")
    };
    let neighbour = intake.submit(neighbour).await;
    let sister = intake.submit(lives_there("Zofia Okafor")).await;
    let this = intake.submit(lives_there("Chidera Okafor")).await;
    matched(&intake).await;
    let asked = pb::GetHistoryRequest {
        contact_id: this.contact_id.clone(),
        purpose: Purpose::Screening.into(),
    };
    let mut manager = register(&intake, "mash_manager").await;
    let before = manager.get_history(asked.clone()).await.unwrap().into_inner();
    assert!(!before.more_live_near);
    // Others of the same postcode, whose ids come before theirs.
    sqlx::query(
        "INSERT INTO intake.person (id, name, address, postcode)
         SELECT ('00000000-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid, 'Lodger ' || number,
                number || ' Hostel Lane', postcode
         FROM intake.person, generate_series(1, 600) AS number WHERE person.id = $1",
    )
    .bind(this.child_ids[0].parse::<Uuid>().unwrap())
    .execute(&intake.database)
    .await
    .unwrap();
    let now = manager.get_history(asked).await.unwrap().into_inner();
    assert!(now.more_live_near);
    let related = |history: &pb::GetHistoryResponse| -> Vec<String> {
        let related = history.people[0].related.iter();
        related.map(|it| it.person.as_ref().unwrap().person_id.clone()).collect()
    };
    for child in [&neighbour.child_ids[0], &sister.child_ids[0]] {
        assert!(related(&before).contains(child) && related(&now).contains(child));
    }
}
