//! Children who are passed to the authority of their area (R3).

use harness::{fact_of, fields_of, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1 as pb,
    terms::v1::{ClockKind, Purpose},
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    hand_overs::{submit, told},
    remit::remit,
    stage::{Intake, MORNING, nobody_there},
};

pub fn passing(receipt: &pb::SubmitContactResponse) -> pb::PassToAuthorityRequest {
    pb::PassToAuthorityRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        child_ids: vec![receipt.child_ids[0].clone()],
        authority: "211".to_owned(),
        way: pb::SecureWay::Telephone.into(),
        information: "Lives with her father there; told them what the school said.".to_owned(),
        acted_first: String::new(),
        authority_name: String::new(),
    }
}

#[tokio::test]
async fn r3_a_child_of_another_area_is_passed_to_its_authority_and_the_receipt_recorded() {
    let intake = Intake::start(*MORNING).await;
    let receipt = submit(&intake, |given| given.children[0].outside_area = true).await;
    let mut manager = remit(&intake, "mash_manager").await;
    let request = passing(&receipt);
    let passed = manager.pass_to_authority(request.clone()).await.unwrap().into_inner();
    let four_hours = to_timestamp(*MORNING + SignedDuration::from_hours(4));
    assert_eq!(passed.receipt_due_at, Some(four_hours));
    assert!(manager.pass_to_authority(request).await.unwrap().into_inner() == passed);
    let event: pb::PassedToAuthority = told(&intake, &passed.hand_over_id).await;
    assert_eq!(event.child_ids, [receipt.child_ids[0].clone()]);
    let [clock] = event.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!(clock.kind(), ClockKind::AuthorityReceipt);
    assert_eq!(clock.deadline, Some(four_hours));

    let later = submit(&intake, |given| given.children[0].outside_area = true).await;
    intake.clock.advance(SignedDuration::from_mins(20));
    manager.pass_to_authority(passing(&later)).await.unwrap();
    let had = *MORNING + SignedDuration::from_mins(10);
    let told_receipt = pb::RecordReceiptRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: passed.hand_over_id.clone(),
        revision: passed.revision,
        received_at: Some(to_timestamp(had)),
        received_by: "Duty desk, Tower Hamlets".to_owned(),
    };
    let mut worker = remit(&intake, "screening_practitioner").await;
    let early = pb::RecordReceiptRequest {
        received_at: Some(to_timestamp(*MORNING - SignedDuration::from_mins(1))),
        ..told_receipt.clone()
    };
    let early = worker.record_receipt(early).await.err().unwrap();
    assert_eq!(reason_of(&early), "RECEIPT_BEFORE_PASSING");
    worker.record_receipt(told_receipt.clone()).await.unwrap();
    let event: pb::AuthorityReceiptRecorded = told(&intake, &passed.hand_over_id).await;
    assert_eq!(event.clocks_ended[0].clock_id, clock.clock_id);
    assert_eq!(event.clocks_ended[0].ended_at, Some(to_timestamp(had)));
    let twice = pb::RecordReceiptRequest {
        request_id: Uuid::new_v4().to_string(),
        revision: 2,
        ..told_receipt
    };
    assert_eq!(reason_of(&worker.record_receipt(twice).await.err().unwrap()), "STALE_REVISION");

    let all = pb::ListPassedOnRequest {
        purpose: Purpose::Screening.into(),
        ..pb::ListPassedOnRequest::default()
    };
    let listed = worker.list_passed_on(all).await.unwrap().into_inner().passed_on;
    let [open, received] = listed.as_slice() else { panic!("two") };
    assert_eq!(open.contact_id, later.contact_id);
    assert!(open.received_at.is_none());
    assert_eq!(received.received_by, "Duty desk, Tower Hamlets");
    assert_eq!(received.authority, "211");
}

#[tokio::test]
async fn r3_where_there_is_danger_passing_on_says_what_the_hub_did_first() {
    let intake = Intake::start(*MORNING).await;
    let receipt = submit(&intake, |given| given.immediate_danger = true).await;
    let mut manager = remit(&intake, "mash_manager").await;
    let unsaid = manager.pass_to_authority(passing(&receipt)).await.err().unwrap();
    assert_eq!((unsaid.code(), &*reason_of(&unsaid)), (Code::FailedPrecondition, "ACT_FIRST"));
    let said = pb::PassToAuthorityRequest {
        acted_first: "The police are with her.".to_owned(),
        ..passing(&receipt)
    };
    manager.pass_to_authority(said).await.unwrap();
}

#[tokio::test]
async fn r3_where_section_47_is_recorded_passing_on_says_what_the_hub_did_first() {
    let intake = Intake::start(*MORNING).await;
    let receipt = submit(&intake, |_| ()).await;
    let suspicion = pb::RecordBasisRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        revision: 1,
        basis: Some(pb::record_basis_request::Basis::Section47(pb::Section47 {
            reasons: "Bruises in the shape of a hand.".to_owned(),
        })),
        ..pb::RecordBasisRequest::default()
    };
    intake.as_person("mash_manager").await.record_basis(suspicion).await.unwrap();
    let mut manager = remit(&intake, "mash_manager").await;
    let unsaid = manager.pass_to_authority(passing(&receipt)).await.err().unwrap();
    assert_eq!(
        (reason_of(&unsaid), fact_of(&unsaid, "field")),
        ("ACT_FIRST".into(), "acted_first".into())
    );
}

#[tokio::test]
async fn r3_a_child_of_scotland_northern_ireland_or_abroad_is_passed_with_a_receipt_too() {
    let intake = Intake::start(*MORNING).await;
    let mut manager = remit(&intake, "mash_manager").await;
    let places = [("S12000033", ""), ("GB-NIR", "Belfast Trust"), ("FR", "Aide sociale, Paris")];
    for (code, name) in places {
        let receipt = submit(&intake, |_| ()).await;
        let (authority, authority_name) = (code.to_owned(), name.to_owned());
        let pass = pb::PassToAuthorityRequest { authority, authority_name, ..passing(&receipt) };
        let passed = manager.pass_to_authority(pass).await.unwrap().into_inner();
        let told_receipt = pb::RecordReceiptRequest {
            request_id: Uuid::new_v4().to_string(),
            hand_over_id: passed.hand_over_id,
            revision: passed.revision,
            received_at: Some(to_timestamp(*MORNING)),
            received_by: "The duty desk".to_owned(),
        };
        manager.record_receipt(told_receipt).await.unwrap();
    }
    let all = pb::ListPassedOnRequest {
        purpose: Purpose::Screening.into(),
        ..pb::ListPassedOnRequest::default()
    };
    let listed = manager.list_passed_on(all).await.unwrap().into_inner().passed_on;
    let mut shown: Vec<_> = listed.iter().map(|it| (&*it.authority, &*it.authority_name)).collect();
    shown.sort_unstable();
    assert_eq!(shown, [places[2], places[1], places[0]]);
}

#[tokio::test]
async fn r44_what_another_authority_was_told_cannot_be_changed() {
    let intake = Intake::start(*MORNING).await;
    let receipt = submit(&intake, |_| ()).await;
    let mut manager = remit(&intake, "mash_manager").await;
    manager.pass_to_authority(passing(&receipt)).await.unwrap();
    for change in
        ["UPDATE intake.passed_on SET information = 'Nothing.'", "DELETE FROM intake.passed_on"]
    {
        let refused = sqlx::query(change).execute(&intake.database).await.unwrap_err();
        assert!(refused.to_string().contains("only be added to"), "{change}: {refused}");
    }
}

#[tokio::test]
async fn r3_bad_passings_name_every_field() {
    let intake = Intake::start(*MORNING).await;
    let receipt = submit(&intake, |_| ()).await;
    let mut manager = remit(&intake, "mash_manager").await;
    let bad = pb::PassToAuthorityRequest { authority: "20".to_owned(), ..Default::default() };
    assert_eq!(
        fields_of(&manager.pass_to_authority(bad).await.err().unwrap()),
        ["request_id", "contact_id", "child_ids", "authority", "way", "information"]
    );
    for (code, name) in [("FR", ""), ("GB-NIR", " "), ("211", "Tower Hamlets")] {
        let (authority, authority_name) = (code.to_owned(), name.to_owned());
        let named = pb::PassToAuthorityRequest { authority, authority_name, ..passing(&receipt) };
        let refused = manager.pass_to_authority(named).await.err().unwrap();
        assert_eq!(fields_of(&refused), ["authority_name"], "{code}");
    }
    let own = pb::PassToAuthorityRequest { authority: "204".to_owned(), ..passing(&receipt) };
    assert_eq!(fields_of(&manager.pass_to_authority(own).await.err().unwrap()), ["authority"]);
    let strange = pb::PassToAuthorityRequest {
        child_ids: vec![Uuid::new_v4().to_string()],
        ..passing(&receipt)
    };
    let strange = manager.pass_to_authority(strange).await.err().unwrap();
    nobody_there(&strange, "child_ids", "R3");
    let bad = pb::RecordReceiptRequest::default();
    assert_eq!(
        fields_of(&manager.record_receipt(bad).await.err().unwrap()),
        ["request_id", "hand_over_id", "revision", "received_at", "received_by"]
    );
    let bad = pb::ListPassedOnRequest { page_size: 201, ..Default::default() };
    assert_eq!(
        fields_of(&manager.list_passed_on(bad).await.err().unwrap()),
        ["purpose", "page_size"]
    );
}
