//! A child's own word on sharing what is known of it (R6).

use harness::reason_of;
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        self as pb, ConsentAnswer, ConsentPurpose, child_asked::State,
        consent_service_client::ConsentServiceClient, correction::Part,
    },
};
use uuid::Uuid;

use crate::{
    corrections::amend,
    stage::{Intake, MORNING, agreed, child, referral},
};

/// What the mother said at an instant, and the child when it was asked beside her.
fn said(at: Timestamp, childs: Option<ConsentAnswer>) -> pb::Consent {
    let answer = childs.map(|answer| State::Answer(answer.into()));
    pb::Consent {
        asked_at: Some(to_timestamp(at)),
        child_asked: answer.map(|state| pb::ChildAsked { state: Some(state) }),
        ..agreed(ConsentPurpose::ShareInformation)
    }
}

/// What the child at a place answered itself.
fn own(at: Timestamp, place: u32, answer: ConsentAnswer) -> pb::Consent {
    pb::Consent {
        answer: answer.into(),
        given_by: pb::ConsentGiver::Child.into(),
        giver_adult_index: None,
        giver_child_index: Some(place),
        ..said(at, None)
    }
}

/// Records what was asked of the family of a contact; its revision then.
async fn record(intake: &Intake, (contact, revision): (&str, i64), consent: pb::Consent) -> i64 {
    let request = pb::RecordConsentRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        revision,
        consent: Some(consent),
    };
    let role = "screening_practitioner";
    let mut worker = intake.connect(role, ConsentServiceClient::with_interceptor).await;
    worker.record_consent(request).await.unwrap().into_inner().revision
}

/// Whether a child of a contact may be told of to health on consent.
async fn may_share(intake: &Intake, contact: &str, child: &str) -> bool {
    let disclose = pb::GetDisclosureRequest {
        contact_id: contact.to_owned(),
        child_ids: vec![child.to_owned()],
        agencies: vec!["health".to_owned()],
        basis_id: String::new(),
    };
    match intake.as_checks_for("mash_manager").await.get_disclosure(disclose).await {
        Ok(_) => true,
        Err(refused) => {
            assert_eq!(reason_of(&refused), "BASIS_REQUIRED");
            false
        }
    }
}

#[tokio::test]
async fn r6_no_later_agreement_of_the_mother_takes_the_childs_refusal_away() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let (contact, elder) = (&*receipt.contact_id, &*receipt.child_ids[0]);
    assert!(may_share(&intake, contact, elder).await);
    intake.clock.advance(SignedDuration::from_hours(8));
    let hour = |hours| *MORNING + SignedDuration::from_hours(hours);
    let of_elder = |consent| pb::Consent { child_index: Some(0), ..consent };
    let (no, yes) = (Some(ConsentAnswer::Refused), Some(ConsentAnswer::Agreed));
    // Without how it was asked the mother's is a claim; what the child said counts.
    let claim = pb::Consent { how: String::new(), ..of_elder(said(hour(1), no)) };
    let steps = [
        (claim, false),
        (said(hour(2), None), false),
        (of_elder(said(hour(3), None)), false),
        (said(hour(4), yes), false),
        (of_elder(said(hour(5), yes)), true),
        (own(hour(6), 0, ConsentAnswer::Refused), false),
        (of_elder(said(hour(7), None)), false),
        (own(hour(8), 0, ConsentAnswer::Agreed), true),
    ];
    let mut revision = receipt.revision;
    for (place, (consent, may)) in steps.into_iter().enumerate() {
        revision = record(&intake, (contact, revision), consent).await;
        assert_eq!(may_share(&intake, contact, elder).await, may, "{place}");
        assert!(may_share(&intake, contact, &receipt.child_ids[1]).await, "{place}");
    }
}

#[tokio::test]
async fn r6_a_childs_refusal_is_told_of_that_child_alone_whoever_agreed() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let contact = &*receipt.contact_id;
    let no = Some(ConsentAnswer::Refused);
    let both = said(*MORNING, no);
    let of_younger = pb::Consent { child_index: Some(1), ..both.clone() };
    let hers = own(*MORNING, 0, ConsentAnswer::Refused);
    // Told late, when the child had agreed already.
    let late = said(*MORNING - SignedDuration::from_hours(1), no);
    let agrees = own(*MORNING, 1, ConsentAnswer::Agreed);
    let mut revision = receipt.revision;
    for consent in [hers, of_younger, said(*MORNING, None), both, agrees, late] {
        revision = record(&intake, (contact, revision), consent).await;
    }
    let told = intake.told::<pb::ConsentChanged>(contact).await;
    let told: Vec<_> =
        told.iter().map(|it| (it.child_ids.as_slice(), it.refusing_child_ids.as_slice())).collect();
    let [all, elder, younger] =
        [&receipt.child_ids[..], &receipt.child_ids[..1], &receipt.child_ids[1..]];
    let none: &[String] = &[];
    let expected = [
        (elder, elder),
        (younger, younger),
        (all, none),
        (all, all),
        (younger, none),
        (all, elder),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn r6_what_was_asked_about_a_missed_child_before_it_was_added_counts() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let contact = &*receipt.contact_id;
    intake.clock.advance(SignedDuration::from_mins(5));
    let added = amend(contact, receipt.revision, Part::NewChild(child("Tobi Okafor", 2022)));
    let mut worker = intake.as_person("screening_practitioner").await;
    let added = worker.amend_contact(added).await.unwrap().into_inner();
    let every_child = said(*MORNING, None);
    let revision = record(&intake, (contact, added.revision), every_child.clone()).await;
    assert!(!may_share(&intake, contact, &added.added_id).await);
    let of_missed = pb::Consent { child_index: Some(2), ..every_child };
    let service = pb::Consent { purpose: ConsentPurpose::Service.into(), ..of_missed.clone() };
    let revision = record(&intake, (contact, revision), of_missed).await;
    assert!(may_share(&intake, contact, &added.added_id).await);
    record(&intake, (contact, revision), service).await;
    let told = intake.told::<pb::ConsentChanged>(contact).await;
    assert_eq!(told.last().unwrap().service_consent_child_ids, [added.added_id]);
}
