//! A child who was told of often, without a national number (R8, R9, R52): the more contacts
//! there are, the more entries share all keys of the child.

use proto::intake::v1::{self as pb, consultation_service_client::ConsultationServiceClient};

use crate::{
    register_stage::{episode, history, match_with, matched, other, unnumbered},
    stage::{Intake, MORNING, in_register},
};

/// More than any key is read of.
const OFTEN: usize = 30;

/// A contact about one child, whose name is written like this.
fn about(name: &str) -> pb::SubmitContactRequest {
    let mut given = unnumbered();
    given.children.truncate(1);
    name.clone_into(&mut given.children[0].name);
    given
}

async fn told_often(intake: &Intake) -> Vec<String> {
    let mut contacts = Vec::new();
    for _ in 0..OFTEN {
        contacts.push(intake.submit(about("Chidera Okafor")).await.contact_id);
    }
    matched(intake).await;
    contacts
}

#[tokio::test]
async fn r8_a_child_who_was_told_of_thirty_times_is_known_the_next_time() {
    let intake = Intake::start(*MORNING).await;
    let before = told_often(&intake).await;
    for name in ["Chidera Okafor", "Okafor Chidera", "Chidera Ogunleye"] {
        let again = intake.submit(about(name)).await;
        let people = history(&intake, &again.contact_id).await;
        let known = people[0].matches.iter().filter(|found| {
            let contact = &other(found).contact_id;
            before.contains(contact)
        });
        let known = known.count();
        assert!(known >= 5, "{name}: {known} of {}", people[0].matches.len());
    }
}

#[tokio::test]
async fn r9_an_open_case_is_seen_behind_thirty_contacts_that_nobody_has_matched_yet() {
    let intake = Intake::start(*MORNING).await;
    let person = in_register(&intake, "Chidera Okafor", Some("2016-05-17"), "").await;
    sqlx::query("UPDATE intake.person SET source_ref = 'mosaic:P1' WHERE id = $1")
        .bind(person)
        .execute(&intake.database)
        .await
        .unwrap();
    episode(&intake, person, "section_17", None).await;
    told_often(&intake).await;
    let again = intake.submit(about("Chidera Okafor")).await;
    let people = history(&intake, &again.contact_id).await;
    assert!(match_with(&people[0], &person.to_string()).is_some());

    let connect = ConsultationServiceClient::with_interceptor;
    let mut adviser = intake.connect("consultation_adviser", connect).await;
    let asked = pb::LookUpOpenCaseRequest {
        called_back: true,
        name: "Chidera Okafor".to_owned(),
        birth_date: about("Chidera Okafor").children[0].birth_date,
        nhs_number: String::new(),
    };
    let told = adviser.look_up_open_case(asked).await.unwrap().into_inner();
    assert!(told.open);
}
