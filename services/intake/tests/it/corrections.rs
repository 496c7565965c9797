//! Corrections of a contact: visible, with what stood there before.

use proto::intake::v1::{self as pb, correction::Part};
use tonic::Code;
use uuid::Uuid;

use crate::stage::{Intake, MORNING, child, referral, violations};

fn amend(contact: &str, revision: i64, part: Part) -> pb::AmendContactRequest {
    pb::AmendContactRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        revision,
        reason: "The school telephoned again.".to_owned(),
        correction: Some(pb::Correction { part: Some(part) }),
    }
}

#[tokio::test]
async fn r5_a_correction_keeps_what_was_there_before_with_who_and_why() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let concern = Part::Concern("Often hungry on Mondays.".to_owned());
    let amended = worker.amend_contact(amend(&receipt.contact_id, 1, concern)).await.unwrap();
    assert_eq!(amended.get_ref().revision, 2);
    let right = pb::RecordedChild {
        child_id: receipt.child_ids[0].clone(),
        child: Some(child("Chidera Okafor-Reid", 2015)),
        ..pb::RecordedChild::default()
    };
    worker.amend_contact(amend(&receipt.contact_id, 2, Part::Child(right))).await.unwrap();

    let contact = intake.read(&receipt.contact_id).await;
    assert_eq!((contact.revision, contact.concern.as_str()), (3, "Often hungry on Mondays."));
    assert_eq!(contact.children[0].child.as_ref().unwrap().name, "Chidera Okafor-Reid");
    let before: Vec<_> = contact.amendments.iter().map(|one| one.before.clone().unwrap()).collect();
    assert!(before[0].part == Some(Part::Concern(referral().concern)));
    let Some(Part::Child(old)) = &before[1].part else { panic!("a child stood there") };
    assert!(old.child.as_ref() == Some(&referral().children[0]));
    assert_eq!(contact.amendments[0].reason, "The school telephoned again.");
    let actor: String = sqlx::query_scalar("SELECT DISTINCT amended_by FROM intake.amendment")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(contact.amendments[1].amended_by, actor);
}

#[tokio::test]
async fn r18_a_correction_that_makes_a_contact_urgent_says_so() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let urgency = |harm, danger| {
        Part::Urgency(pb::Urgency { significant_harm: harm, immediate_danger: danger })
    };
    let told = worker.amend_contact(amend(&receipt.contact_id, 1, urgency(true, true))).await;
    assert!(told.unwrap().get_ref().advice[0].contains("999"));
    worker.amend_contact(amend(&receipt.contact_id, 2, urgency(true, false))).await.unwrap();
    let told = intake.told::<pb::ContactAmended>(&receipt.contact_id).await;
    let urgent: Vec<_> = told.iter().map(|event| event.became_urgent).collect();
    assert_eq!(urgent, [true, false]);
    assert!(told[0].immediate_danger && !told[1].immediate_danger);
}

#[tokio::test]
async fn r5_r18_danger_that_is_added_to_harm_is_told_like_a_new_contacts() {
    let night = "2026-11-24T22:00:00Z".parse().unwrap();
    let intake = Intake::start(night).await;
    let given = pb::SubmitContactRequest { significant_harm: true, ..referral() };
    let contact = intake.submit(given).await.contact_id;
    let mut worker = intake.as_person("edt").await;
    let handed = async || {
        let statement = "SELECT count(*) FROM intake.hand_over WHERE automatic";
        sqlx::query_scalar::<_, i64>(statement).fetch_one(&intake.database).await.unwrap()
    };
    let urgency = |harm, danger| {
        Part::Urgency(pb::Urgency { significant_harm: harm, immediate_danger: danger })
    };
    assert_eq!(handed().await, 1);
    let danger = worker.amend_contact(amend(&contact, 1, urgency(true, true))).await.unwrap();
    let advice = danger.into_inner().advice;
    assert!(advice[0].contains("999") && advice[1].contains("020 8356 2710"), "{advice:?}");
    assert_eq!(handed().await, 2);
    // Said again it is no other trigger, and whoever says it is told what to do.
    let again = worker.amend_contact(amend(&contact, 2, urgency(true, true))).await.unwrap();
    assert!(again.into_inner().advice[0].contains("999"));
    assert_eq!(handed().await, 2);
    worker.amend_contact(amend(&contact, 3, urgency(false, false))).await.unwrap();
    worker.amend_contact(amend(&contact, 4, urgency(true, false))).await.unwrap();
    assert_eq!(handed().await, 3);
    let told = intake.told::<pb::ContactAmended>(&contact).await;
    let told: Vec<_> = told.iter().map(|it| (it.became_urgent, it.newly_in_danger)).collect();
    assert_eq!(told, [(true, true), (false, false), (false, false), (true, false)]);
}

#[tokio::test]
async fn r12_a_correction_of_what_was_read_long_ago_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let factors = || Part::Factors(pb::Factors { factors: vec!["16A".to_owned()] });
    worker.amend_contact(amend(&receipt.contact_id, 1, factors())).await.unwrap();
    let late = worker.amend_contact(amend(&receipt.contact_id, 1, factors())).await;
    assert_eq!(late.err().unwrap().code(), Code::Aborted);
    assert_eq!(intake.read(&receipt.contact_id).await.amendments.len(), 1);
}

#[tokio::test]
async fn r5_a_bad_correction_is_named_and_changes_nothing() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let sealed = pb::Child { sealed: Some(pb::SealedFields::default()), ..child("C", 2016) };
    let cases = [
        ("correction.concern", Part::Concern(" ".to_owned())),
        (
            "correction.factors.factors[0]",
            Part::Factors(pb::Factors { factors: vec!["18A".into()] }),
        ),
        (
            "correction.child.child.sealed",
            Part::Child(pb::RecordedChild {
                child_id: receipt.child_ids[0].clone(),
                child: Some(sealed),
                ..pb::RecordedChild::default()
            }),
        ),
    ];
    for (field, part) in cases {
        let refused = worker.amend_contact(amend(&receipt.contact_id, 1, part)).await;
        assert_eq!(violations(&refused.err().unwrap())[0].0, field);
    }
    let stranger = pb::RecordedChild {
        child_id: Uuid::new_v4().to_string(),
        child: Some(child("C", 2016)),
        ..pb::RecordedChild::default()
    };
    let refused = worker.amend_contact(amend(&receipt.contact_id, 1, Part::Child(stranger))).await;
    assert_eq!(refused.err().unwrap().code(), Code::NotFound);
    assert_eq!(intake.read(&receipt.contact_id).await.revision, 1);
}
