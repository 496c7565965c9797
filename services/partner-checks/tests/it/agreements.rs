//! The data sharing agreement (R37).

use harness::{eventually, fact_of, fields_of, reason_of, told};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    partner_checks::v1 as pb,
    terms::v1::{Purpose, Rag},
};
use tonic::Code;
use uuid::Uuid;

use crate::stage::{MORNING, PartnerChecks, order};

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn r37_nothing_is_sent_to_a_partner_that_has_not_confirmed() {
    let hub = PartnerChecks::start_without_agreements(*MORNING).await;
    hub.confirm("police", DAY * 365).await;
    let written = hub.written().await;
    let mut manager = hub.as_person("mash_manager").await;
    let given = pb::RequestChecksRequest {
        lapsed_agreement_reason: "The child is in danger now.".to_owned(),
        ..order(Uuid::new_v4(), &["police", "housing", "health"], Rag::Red)
    };
    let refused = manager.request_checks(given).await.err().unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::FailedPrecondition, "AGREEMENT_NOT_CONFIRMED")
    );
    assert_eq!(fact_of(&refused, "agencies"), "housing,health");
    assert_eq!(hub.written().await, written);
    manager.request_checks(order(Uuid::new_v4(), &["police"], Rag::Green)).await.unwrap();
}

#[tokio::test]
async fn r37_a_lapsed_agreement_refuses_routine_checks_and_lets_red_through_with_a_reason() {
    let hub = PartnerChecks::start_without_agreements(*MORNING).await;
    hub.confirm("police", DAY).await;
    hub.clock.advance(DAY);
    let mut manager = hub.as_person("mash_manager").await;
    let why = "A child is in danger now; the police renew it today.";
    let contact = Uuid::new_v4();
    let red = pb::RequestChecksRequest {
        lapsed_agreement_reason: why.to_owned(),
        ..order(contact, &["police"], Rag::Red)
    };
    let without =
        pb::RequestChecksRequest { lapsed_agreement_reason: String::new(), ..red.clone() };
    assert_eq!(
        reason_of(&manager.request_checks(without).await.err().unwrap()),
        "AGREEMENT_LAPSED"
    );
    let again = || Uuid::new_v4().to_string();
    let routine =
        pb::RequestChecksRequest { rag: Rag::Amber.into(), request_id: again(), ..red.clone() };
    assert_eq!(
        reason_of(&manager.request_checks(routine.clone()).await.err().unwrap()),
        "AGREEMENT_LAPSED"
    );
    manager.request_checks(pb::RequestChecksRequest { request_id: again(), ..red }).await.unwrap();
    let reading = pb::ListDisclosuresRequest {
        contact_id: contact.to_string(),
        purpose: Purpose::Audit.into(),
    };
    let disclosed = manager.list_disclosures(reading).await.unwrap().into_inner().disclosures;
    assert_eq!(disclosed[0].lapsed_agreement_reason, why);
    hub.peers.say(|said| said.section_47 = true);
    manager
        .request_checks(pb::RequestChecksRequest { request_id: again(), ..routine.clone() })
        .await
        .unwrap();
    hub.peers.say(|said| said.section_47 = false);
    hub.confirm("police", DAY * 365).await;
    manager
        .request_checks(pb::RequestChecksRequest { request_id: again(), ..routine })
        .await
        .unwrap();
}

#[tokio::test]
async fn r37_a_confirmation_is_told_and_recorded_above_the_manager_on_duty() {
    let hub = PartnerChecks::start_without_agreements(*MORNING).await;
    let given = pb::ConfirmAgreementRequest {
        request_id: Uuid::new_v4().to_string(),
        agency: "health".to_owned(),
        lapses_at: Some(to_timestamp(*MORNING + DAY * 365)),
    };
    let refused =
        hub.as_person("mash_manager").await.confirm_agreement(given.clone()).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut head = hub.as_person("head_of_service").await;
    let agreement = head.confirm_agreement(given.clone()).await.unwrap().into_inner();
    assert!(head.confirm_agreement(given.clone()).await.unwrap().into_inner() == agreement);
    let [told] = &hub.events::<pb::AgreementConfirmed>(&agreement.agreement_id).await[..] else {
        panic!("one")
    };
    assert_eq!((&*told.agency, told.lapses_at), ("health", given.lapses_at));
    let wrong = pb::ConfirmAgreementRequest {
        request_id: Uuid::new_v4().to_string(),
        agency: "coastguard".to_owned(),
        lapses_at: Some(to_timestamp(*MORNING)),
    };
    assert_eq!(
        fields_of(&head.confirm_agreement(wrong).await.err().unwrap()),
        ["agency", "lapses_at"]
    );
}

/// How the agreement of an agency stands, as the manager sees it.
async fn partner(hub: &PartnerChecks, agency: &str) -> pb::Partner {
    let request = pb::ListChecksRequest {
        contact_id: Uuid::new_v4().to_string(),
        purpose: Purpose::Screening.into(),
        ..pb::ListChecksRequest::default()
    };
    let listed = hub.as_person("mash_manager").await.list_checks(request).await.unwrap();
    let partners = listed.into_inner().partners;
    partners.into_iter().find(|partner| partner.agency == agency).unwrap()
}

#[tokio::test]
async fn r37_thirty_days_before_it_lapses_a_confirmation_is_told_once_and_shows() {
    let hub = PartnerChecks::start_without_agreements(*MORNING).await;
    hub.confirm("police", DAY * 31).await;
    hub.confirm("health", DAY * 365).await;
    let told = async || told::<pb::AgreementLapsesSoon>(&hub.database).await;
    let state = async |agency| partner(&hub, agency).await.agreement();
    assert_eq!(state("housing").await, pb::AgreementState::Missing);
    assert_eq!(state("police").await, pb::AgreementState::Confirmed);
    hub.clock.advance(DAY);
    assert_eq!(state("police").await, pb::AgreementState::Lapsing);
    let first = eventually("the warning", async || told().await.pop()).await;
    let lapses_at = Some(to_timestamp(*MORNING + DAY * 31));
    assert_eq!((&*first.agency, first.lapses_at), ("police", lapses_at));
    hub.clock.advance(DAY * 30);
    let lapsed = partner(&hub, "police").await;
    assert_eq!((lapsed.agreement(), lapsed.lapses_at), (pb::AgreementState::Lapsed, lapses_at));
    assert_eq!(lapsed.name, "Police (Public Protection Desk)");
    // A confirmation that is new is one to warn of anew; the one before it no longer is.
    hub.confirm("police", DAY * 29).await;
    let second = eventually("the next", async || told().await.into_iter().nth(1)).await;
    assert_eq!((&*second.agency, told().await.len()), ("police", 2));
    assert_ne!(second.agreement_id, first.agreement_id);
    assert_eq!(state("police").await, pb::AgreementState::Lapsing);
}
