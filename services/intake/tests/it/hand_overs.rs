//! Between the hub and the Emergency Duty Team.

use harness::{Bearer, Stage, fields_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    event::Event,
    intake::v1::{self as pb, HandOverDirection, hand_over_service_client::HandOverServiceClient},
    terms::v1::{ClockEnding, ClockKind, Purpose},
};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::stage::{Intake, MORNING, referral};

type HandOvers = HandOverServiceClient<InterceptedService<Channel, Bearer>>;

/// A Sunday, eleven in the evening.
const NIGHT: &str = "2026-11-22T23:00:00Z";

fn night() -> Timestamp {
    NIGHT.parse().unwrap()
}

pub async fn hand_overs(intake: &Intake, role: &str) -> HandOvers {
    let channel = Stage::shared().channel(&intake.place.address).await;
    let bearer = Stage::shared().person(role, intake.clock.now());
    HandOverServiceClient::with_interceptor(channel, bearer)
}

/// What was told last of a record.
pub async fn told<E: Event + Default>(intake: &Intake, record: &str) -> E {
    let record: Uuid = record.parse().unwrap();
    let statement = "SELECT payload FROM messaging.event WHERE aggregate = $1 AND type = $2";
    let payload: Vec<u8> = sqlx::query_scalar(statement)
        .bind(record)
        .bind(E::full_name())
        .fetch_one(&intake.database)
        .await
        .unwrap();
    E::decode(payload.as_slice()).unwrap()
}

pub fn list(direction: HandOverDirection) -> pb::ListHandOversRequest {
    pb::ListHandOversRequest {
        direction: direction.into(),
        purpose: Purpose::Screening.into(),
        page_size: 0,
        page_token: String::new(),
    }
}

fn done(contact_id: &str, acted_at: Timestamp) -> pb::HandOverFromEdtRequest {
    pb::HandOverFromEdtRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact_id.to_owned(),
        acted_at: Some(to_timestamp(acted_at)),
        done: "Saw the child with the police; she stays with her aunt.".to_owned(),
        left_to_do: "Visit the aunt.".to_owned(),
    }
}

pub async fn submit(
    intake: &Intake,
    change: impl FnOnce(&mut pb::SubmitContactRequest),
) -> pb::SubmitContactResponse {
    let mut given = referral();
    change(&mut given);
    intake.as_person("referrer").await.submit_contact(given).await.unwrap().into_inner()
}

#[tokio::test]
async fn r10_what_is_urgent_goes_to_edt_at_once_when_the_hub_is_closed() {
    let intake = Intake::start(night()).await;
    let receipt = submit(&intake, |given| given.immediate_danger = true).await;
    assert_eq!(receipt.edt_telephone, "020 8356 2710");
    let [danger, closed] = receipt.advice.as_slice() else { panic!("two lines") };
    assert!(danger.contains("999") && closed.ends_with("020 8356 2710"));
    let quiet = submit(&intake, |_| ()).await;
    assert_eq!(quiet.advice.len(), 1);

    let mut edt = hand_overs(&intake, "edt").await;
    let listed = edt.list_hand_overs(list(HandOverDirection::ToEdt)).await.unwrap().into_inner();
    let [handed] = listed.hand_overs.as_slice() else { panic!("one, the urgent contact") };
    assert_eq!(handed.contact_id, receipt.contact_id);
    assert!(handed.automatic && handed.taken_at.is_none());
    let event: pb::HandOverMade = told(&intake, &handed.hand_over_id).await;
    let [clock] = event.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!(clock.kind(), ClockKind::EdtReceipt);
    let within = night() + SignedDuration::from_mins(15);
    assert_eq!(clock.deadline, Some(to_timestamp(within)));

    let taking = pb::ReceiveHandOverRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: handed.hand_over_id.clone(),
        revision: handed.revision,
    };
    let taken = edt.receive_hand_over(taking.clone()).await.unwrap().into_inner();
    assert_eq!(taken.revision, 2);
    assert!(edt.receive_hand_over(taking.clone()).await.unwrap().into_inner() == taken);
    let event: pb::HandOverTaken = told(&intake, &handed.hand_over_id).await;
    assert_eq!(event.clocks_ended[0].clock_id, clock.clock_id);
    assert_eq!(event.clocks_ended[0].ending(), ClockEnding::Met);
    let twice = pb::ReceiveHandOverRequest {
        request_id: Uuid::new_v4().to_string(),
        revision: 2,
        ..taking
    };
    let twice = edt.receive_hand_over(twice).await.err().unwrap();
    assert_eq!(reason_of(&twice), "STALE_REVISION");
}

#[tokio::test]
async fn r10_what_a_correction_makes_urgent_goes_to_edt_too() {
    let intake = Intake::start(night()).await;
    let receipt = submit(&intake, |_| ()).await;
    let urgency = pb::Urgency { significant_harm: true, immediate_danger: false };
    let correction = pb::AmendContactRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        revision: receipt.revision,
        reason: "The school telephoned again.".to_owned(),
        correction: Some(pb::Correction { part: Some(pb::correction::Part::Urgency(urgency)) }),
    };
    intake.as_person("screening_practitioner").await.amend_contact(correction).await.unwrap();
    let mut edt = hand_overs(&intake, "edt").await;
    let listed = edt.list_hand_overs(list(HandOverDirection::ToEdt)).await.unwrap().into_inner();
    let [handed] = listed.hand_overs.as_slice() else { panic!("one, made urgent") };
    assert!(handed.automatic && handed.contact_id == receipt.contact_id);
}

#[tokio::test]
async fn r10_r18_a_suspicion_recorded_while_the_hub_is_closed_goes_to_edt_once() {
    let intake = Intake::start(night()).await;
    let receipt = submit(&intake, |_| ()).await;
    let marked = submit(&intake, |given| given.significant_harm = true).await;
    let suspect = |contact: &str, revision| pb::RecordBasisRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        revision,
        child_ids: Vec::new(),
        basis: Some(pb::record_basis_request::Basis::Section47(pb::Section47 {
            reasons: "Bruises in the shape of a hand.".to_owned(),
        })),
        ..pb::RecordBasisRequest::default()
    };
    let mut manager = intake.as_person("mash_manager").await;
    for revision in [1, 2] {
        manager.record_basis(suspect(&receipt.contact_id, revision)).await.unwrap();
    }
    manager.record_basis(suspect(&marked.contact_id, 1)).await.unwrap();
    let mut edt = hand_overs(&intake, "edt").await;
    let listed = edt.list_hand_overs(list(HandOverDirection::ToEdt)).await.unwrap().into_inner();
    let of = |contact: &str| listed.hand_overs.iter().filter(|it| it.contact_id == contact).count();
    assert_eq!((of(&receipt.contact_id), of(&marked.contact_id)), (1, 1));
    let urgent = |told: Vec<pb::BasisRecorded>| -> Vec<bool> {
        told.iter().map(|event| event.became_urgent).collect()
    };
    assert_eq!(urgent(intake.told(&receipt.contact_id).await), [true, false]);
    assert_eq!(urgent(intake.told(&marked.contact_id).await), [false]);
}

#[tokio::test]
async fn r10_r18_a_child_added_to_an_urgent_contact_goes_to_edt_while_the_hub_is_closed() {
    let intake = Intake::start(night()).await;
    let receipt = submit(&intake, |given| given.significant_harm = true).await;
    let missed = pb::Child { name: "Tobi Okafor".to_owned(), ..referral().children.remove(0) };
    let adding = pb::AmendContactRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        revision: 1,
        reason: "There is a third child.".to_owned(),
        correction: Some(pb::Correction {
            part: Some(pb::correction::Part::NewChild(pb::Child {
                nhs_number: String::new(),
                ..missed
            })),
        }),
    };
    let added = intake.as_person("edt").await.amend_contact(adding).await.unwrap().into_inner();
    assert!(added.advice.iter().any(|line| line.contains("020 8356 2710")));
    let mut edt = hand_overs(&intake, "edt").await;
    let listed = edt.list_hand_overs(list(HandOverDirection::ToEdt)).await.unwrap().into_inner();
    assert_eq!(listed.hand_overs.len(), 2);
}

#[tokio::test]
async fn r10_in_hub_hours_nothing_goes_to_edt_by_itself_and_no_number_is_given() {
    let intake = Intake::start(*MORNING).await;
    let receipt = submit(&intake, |given| given.significant_harm = true).await;
    assert!(receipt.advice.is_empty() && receipt.edt_telephone.is_empty());
    let mut edt = hand_overs(&intake, "edt").await;
    let listed = edt.list_hand_overs(list(HandOverDirection::ToEdt)).await.unwrap().into_inner();
    assert!(listed.hand_overs.is_empty());
    let mut hub = hand_overs(&intake, "screening_practitioner").await;
    let asked = pb::HandOverToEdtRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id,
        asked: "Telephone the mother at eight.".to_owned(),
    };
    hub.hand_over_to_edt(asked).await.unwrap();
    let listed = edt.list_hand_overs(list(HandOverDirection::ToEdt)).await.unwrap().into_inner();
    assert_eq!(listed.hand_overs[0].words, "Telephone the mother at eight.");
    assert!(!listed.hand_overs[0].automatic);
}

#[tokio::test]
async fn r10_what_edt_did_heads_the_list_at_opening_until_the_hub_has_reviewed_it() {
    let intake = Intake::start(night()).await;
    let (first, second) = (submit(&intake, |_| ()).await, submit(&intake, |_| ()).await);
    let mut edt = hand_overs(&intake, "edt").await;
    let mut made = Vec::new();
    for contact in [&first, &second] {
        let told = done(&contact.contact_id, night() - SignedDuration::from_mins(30));
        made.push(edt.hand_over_from_edt(told).await.unwrap().into_inner().hand_over_id);
        intake.clock.advance(SignedDuration::from_mins(5));
    }
    let event: pb::HandOverMade = told(&intake, &made[0]).await;
    let [clock] = event.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!(clock.kind(), ClockKind::EdtReview);
    let eleven: Timestamp = "2026-11-23T11:00:00Z".parse().unwrap();
    assert_eq!(clock.deadline, Some(to_timestamp(eleven)), "two hub hours from opening");

    intake.clock.advance(SignedDuration::from_hours(10));
    let mut manager = hand_overs(&intake, "mash_manager").await;
    let review = pb::ReviewHandOverRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: made[0].clone(),
        revision: 1,
        review: "Right. The visit is arranged.".to_owned(),
    };
    manager.review_hand_over(review).await.unwrap();
    let mut seen = Vec::new();
    let mut page = pb::ListHandOversRequest { page_size: 1, ..list(HandOverDirection::FromEdt) };
    loop {
        let answer = manager.list_hand_overs(page.clone()).await.unwrap().into_inner();
        seen.extend(answer.hand_overs);
        if answer.next_page_token.is_empty() {
            break;
        }
        page.page_token = answer.next_page_token;
    }
    let [open, reviewed] = seen.as_slice() else { panic!("two") };
    assert_eq!((&open.hand_over_id, &reviewed.hand_over_id), (&made[1], &made[0]));
    assert_eq!(open.left_to_do, "Visit the aunt.");
    assert!(open.taken_at.is_none() && open.review.is_empty());
    assert_eq!(reviewed.review, "Right. The visit is arranged.");
    let subjects: Vec<Uuid> =
        sqlx::query_scalar("SELECT unnest(subjects) FROM access.read_log ORDER BY number LIMIT 2")
            .fetch_all(&intake.database)
            .await
            .unwrap();
    let children: Vec<_> = subjects.iter().map(Uuid::to_string).collect();
    assert_eq!(children, second.child_ids);
}

#[tokio::test]
async fn r10_what_somebody_wrote_down_is_reviewed_by_somebody_else() {
    let intake = Intake::start(night()).await;
    let receipt = submit(&intake, |_| ()).await;
    let subject = Uuid::from_u128(7);
    let hour = std::time::Duration::from_secs(3600);
    let roles = ["edt", "mash_manager"];
    let token = Stage::shared().signer().mint(&roles, subject, hour, night()).unwrap();
    let channel = Stage::shared().channel(&intake.place.address).await;
    let mut both = HandOverServiceClient::with_interceptor(channel, Bearer::of(&token));
    let made =
        both.hand_over_from_edt(done(&receipt.contact_id, night())).await.unwrap().into_inner();
    let review = pb::ReviewHandOverRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: made.hand_over_id.clone(),
        revision: made.revision,
        review: "Right.".to_owned(),
    };
    let own = both.review_hand_over(review.clone()).await.err().unwrap();
    assert_eq!((own.code(), &*reason_of(&own)), (Code::FailedPrecondition, "OWN_RECORD"));
    // Nor is what went to the team reviewed, or what came from it received.
    let receive = pb::ReceiveHandOverRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: made.hand_over_id.clone(),
        revision: made.revision,
    };
    assert_eq!(both.receive_hand_over(receive).await.err().unwrap().code(), Code::NotFound);
    let mut manager = hand_overs(&intake, "mash_manager").await;
    let reviewed = manager.review_hand_over(review).await.unwrap().into_inner();
    // Nor is a review undone as if it were the team's receipt.
    let undo = pb::UndoReceiptRequest {
        request_id: Uuid::new_v4().to_string(),
        hand_over_id: made.hand_over_id,
        revision: reviewed.revision,
        reason: "It was meant for another contact.".to_owned(),
    };
    assert_eq!(both.undo_receipt(undo).await.err().unwrap().code(), Code::NotFound);
}

#[tokio::test]
async fn r10_bad_hand_overs_name_every_field() {
    let intake = Intake::start(night()).await;
    let mut edt = hand_overs(&intake, "edt").await;
    let mut hub = hand_overs(&intake, "mash_manager").await;
    let later = night() + SignedDuration::from_mins(1);
    let bad = pb::HandOverFromEdtRequest {
        request_id: "1".to_owned(),
        done: " ".to_owned(),
        left_to_do: "x".repeat(4_001),
        ..done("2", later)
    };
    assert_eq!(
        fields_of(&edt.hand_over_from_edt(bad).await.err().unwrap()),
        ["request_id", "contact_id", "acted_at", "done", "left_to_do"]
    );
    let nobody = done(&Uuid::new_v4().to_string(), night());
    assert_eq!(edt.hand_over_from_edt(nobody).await.err().unwrap().code(), Code::NotFound);
    let bad = pb::HandOverToEdtRequest::default();
    assert_eq!(
        fields_of(&hub.hand_over_to_edt(bad).await.err().unwrap()),
        ["request_id", "contact_id", "asked"]
    );
    let bad = pb::ReceiveHandOverRequest::default();
    assert_eq!(
        fields_of(&edt.receive_hand_over(bad).await.err().unwrap()),
        ["request_id", "hand_over_id", "revision"]
    );
    let bad = pb::ReviewHandOverRequest::default();
    assert_eq!(
        fields_of(&hub.review_hand_over(bad).await.err().unwrap()),
        ["request_id", "hand_over_id", "revision", "review"]
    );
    let bad = pb::ListHandOversRequest {
        page_size: -1,
        page_token: "x".to_owned(),
        ..pb::ListHandOversRequest::default()
    };
    assert_eq!(
        fields_of(&hub.list_hand_overs(bad).await.err().unwrap()),
        ["direction", "purpose", "page_size", "page_token"]
    );
}
