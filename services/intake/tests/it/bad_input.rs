//! Wrong input gets a typed refusal that names every bad field and its rule, and
//! leaves nothing behind.

use harness::reason_of;
use proto::{intake::v1 as pb, terms::v1::Date};
use tonic::Code;

use crate::stage::{Intake, MORNING, child, referral, violations};

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.request_id = "1".to_owned();
    given.channel = 77;
    given.referrer.as_mut().unwrap().source = "99".to_owned();
    given.children[0].birth_date = Some(Date { year: 2026, month: 2, day: 30 });
    given.children[1].birth_date = Some(Date { year: 2027, month: 2, day: 3 });
    given.children[1].nhs_number = "9434765918".to_owned();
    given.children[1].sex = "X".to_owned();
    given.factors.push("XX".to_owned());
    given.consents[0].child_index = Some(2);
    given.concern = " ".to_owned();
    let refused = intake.as_person("referrer").await.submit_contact(given).await.err().unwrap();
    let fields: Vec<_> = violations(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [
            "request_id",
            "channel",
            "referrer.source",
            "children[0].birth_date",
            "children[1].birth_date",
            "children[1].sex",
            "children[1].nhs_number",
            "concern",
            "factors[1]",
            "consents[0].child_index",
        ]
    );
    let kept: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM intake.contact) + (SELECT count(*) FROM messaging.event)
              + (SELECT count(*) FROM messaging.command)",
    )
    .fetch_one(&intake.database)
    .await
    .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn r2_a_professional_may_not_be_anonymous() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.referrer.as_mut().unwrap().anonymous = true;
    let refused = intake.as_person("referrer").await.submit_contact(given).await.err().unwrap();
    let [(field, why)] = &violations(&refused)[..] else { panic!("one violation") };
    assert_eq!(field, "referrer.anonymous");
    assert!(why.contains("R2"));
}

#[tokio::test]
async fn text_in_any_script_is_kept_and_length_is_counted_in_characters() {
    let intake = Intake::start(*MORNING).await;
    let mut client = intake.as_person("referrer").await;
    for name in [
        "Zoë Müller-Łukasz",
        "محمد عبد الله",
        "张伟",
        "Nguyễn Thị Ánh",
        "👧🏽",
        "O'Brien; DROP TABLE",
    ] {
        let given = pb::SubmitContactRequest { children: vec![child(name, 2015)], ..referral() };
        client.submit_contact(given).await.unwrap();
    }
    let longest = pb::SubmitContactRequest { concern: "ß".repeat(20_000), ..referral() };
    client.submit_contact(longest).await.unwrap();
    let too_long = pb::SubmitContactRequest { concern: "ß".repeat(20_001), ..referral() };
    let refused = client.submit_contact(too_long).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "concern");
}

#[tokio::test]
async fn r4_200_children_are_taken_and_201_refused() {
    let intake = Intake::start(*MORNING).await;
    let mut client = intake.as_person("referrer").await;
    let many = pb::SubmitContactRequest { children: vec![child("Twin", 2020); 200], ..referral() };
    assert_eq!(client.submit_contact(many).await.unwrap().into_inner().child_ids.len(), 200);
    let more = pb::SubmitContactRequest { children: vec![child("Twin", 2020); 201], ..referral() };
    assert_eq!(violations(&client.submit_contact(more).await.err().unwrap())[0].0, "children");
    let none = pb::SubmitContactRequest { children: Vec::new(), ..referral() };
    assert_eq!(violations(&client.submit_contact(none).await.err().unwrap())[0].0, "children");
}

#[tokio::test]
async fn what_is_too_large_gets_the_fixed_refusal() {
    let intake = Intake::start(*MORNING).await;
    let mut client = intake.as_person("referrer").await;
    let huge = pb::SubmitContactRequest { concern: "x".repeat(10 * 1024 * 1024), ..referral() };
    let refused = client.submit_contact(huge).await.err().unwrap();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    assert_eq!(reason_of(&refused), "UNDECODABLE");
    client.submit_contact(referral()).await.unwrap();
}

#[tokio::test]
async fn r6_an_agency_nobody_knows_is_refused_lest_a_refusal_be_passed_over() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.consents.push(pb::Consent {
        agency: "Police".to_owned(),
        answer: pb::ConsentAnswer::Refused.into(),
        ..given.consents[0].clone()
    });
    let refused = intake.as_person("referrer").await.submit_contact(given.clone()).await;
    assert_eq!(violations(&refused.err().unwrap())[0].0, "consents[1].agency");
    // R36: also those that the hub does not ask by its own system.
    for agency in
        ["police", "early_help", "domestic_abuse", "substance_misuse", "camhs", "youth_justice"]
    {
        given.request_id = uuid::Uuid::new_v4().to_string();
        given.consents[1].agency = agency.to_owned();
        intake.submit(given.clone()).await;
    }
}

#[tokio::test]
async fn a_character_that_no_table_can_hold_is_refused_at_the_door() {
    let intake = Intake::start(*MORNING).await;
    let given = pb::SubmitContactRequest { concern: "a\0b".to_owned(), ..referral() };
    let refused = intake.as_person("referrer").await.submit_contact(given).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "concern");
}
