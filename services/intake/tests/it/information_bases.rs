//! What an answer to a request for information rests on (R7, R38).

use harness::{fact_of, fields_of, reason_of};
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, consent_service_client::ConsentServiceClient},
    terms::v1::BasisKind,
};
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::{
    information_decisions::answer,
    information_requests::{client, get, question, received},
    stage::{Intake, MORNING, agreed, referral},
};

/// A contact about whom the request asks, with this consent to share.
async fn contact(intake: &Intake, consent: pb::Consent) -> pb::SubmitContactResponse {
    let mut given = referral();
    given.children.truncate(1);
    given.children[0].nhs_number = "9434765919".to_owned();
    given.consents = vec![consent];
    intake.submit(given).await
}

/// The refusal of an answer on consent by a practitioner, and whether a manager may give it.
async fn refused_on_consent(intake: &Intake) -> Option<(String, String)> {
    let mut practitioner = client(intake, "screening_practitioner").await;
    let id = received(&mut practitioner, question()).await.information_request_id;
    let refused = practitioner.answer_information_request(answer(&id)).await.err()?;
    let mut manager = client(intake, "mash_manager").await;
    manager.answer_information_request(answer(&id)).await.unwrap();
    Some((reason_of(&refused), fact_of(&refused, "rule")))
}

#[tokio::test]
async fn r38_an_answer_on_consent_that_a_contact_says_is_refused_or_withdrawn_is_a_managers() {
    let managers = Some(("MANAGER_REQUIRED".to_owned(), "R38".to_owned()));
    let intake = Intake::start(*MORNING).await;
    let yes = agreed(pb::ConsentPurpose::ShareInformation);
    let held = contact(&intake, yes.clone()).await;
    assert_eq!(refused_on_consent(&intake).await, None);
    let mut worker =
        intake.connect("screening_practitioner", ConsentServiceClient::with_interceptor).await;
    let withdrawing = pb::WithdrawConsentRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: held.contact_id.clone(),
        revision: held.revision,
        consent_id: intake.read(&held.contact_id).await.consents[0].consent_id.clone(),
        withdrawn_at: Some(to_timestamp(*MORNING)),
    };
    worker.withdraw_consent(withdrawing).await.unwrap();
    assert_eq!(refused_on_consent(&intake).await, managers, "it was withdrawn");
    // That another contact says yes does not take it away.
    contact(&intake, yes.clone()).await;
    assert_eq!(refused_on_consent(&intake).await, managers);

    let intake = Intake::start(*MORNING).await;
    let no = pb::Consent { answer: pb::ConsentAnswer::Refused.into(), ..yes.clone() };
    contact(&intake, no.clone()).await;
    assert_eq!(refused_on_consent(&intake).await, managers, "it was refused");

    let intake = Intake::start(*MORNING).await;
    let service = pb::ConsentPurpose::Service.into();
    contact(&intake, pb::Consent { purpose: service, ..no }).await;
    assert_eq!(refused_on_consent(&intake).await, None, "a service is not sharing");
}

#[tokio::test]
async fn r7_r38_an_answer_without_consent_gives_both_parts_of_its_reasons() {
    let intake = Intake::start(*MORNING).await;
    let mut manager = client(&intake, "mash_manager").await;
    for (basis, rule) in [(BasisKind::Override, "R7"), (BasisKind::PublicInterest, "R38")] {
        let id = received(&mut manager, question()).await.information_request_id;
        let half = pb::AnswerInformationRequestRequest { basis: basis.into(), ..answer(&id) };
        let refused = manager.answer_information_request(half.clone()).await.err().unwrap();
        assert_eq!(fields_of(&refused), ["basis_further"], "{basis:?}");
        let named = refused.get_details_bad_request().unwrap().field_violations.remove(0);
        assert!(named.description.contains(rule), "{}", named.description);
        let whole = pb::AnswerInformationRequestRequest {
            basis_further: "He hits her whenever anybody asks.".to_owned(),
            ..half
        };
        manager.answer_information_request(whole.clone()).await.unwrap();
        let kept = get(&mut manager, &id).await.disclosure.unwrap();
        assert_eq!(kept.basis_further, whole.basis_further);
    }
    let id = received(&mut manager, question()).await.information_request_id;
    let ordered =
        pb::AnswerInformationRequestRequest { basis: BasisKind::CourtOrder.into(), ..answer(&id) };
    manager.answer_information_request(ordered).await.unwrap();
}
