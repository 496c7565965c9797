//! Consent after a contact, and the second look at an override (R6, R7).

use harness::{Bearer, fact_of, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        self as pb, consent_service_client::ConsentServiceClient, review_override_request::Finding,
    },
    terms::v1::{ClockEnding, ClockKind, Purpose},
};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::stage::{Intake, MORNING, agreed, referral, violations};

type Consents = ConsentServiceClient<InterceptedService<Channel, Bearer>>;

pub async fn consents(intake: &Intake, role: &str) -> Consents {
    intake.connect(role, ConsentServiceClient::with_interceptor).await
}

fn asked(answer: pb::ConsentAnswer) -> pb::Consent {
    pb::Consent {
        child_index: Some(1),
        purpose: pb::ConsentPurpose::Service.into(),
        answer: answer.into(),
        asked_at: Some(to_timestamp(*MORNING)),
        asked_by: "Ms Adeyemi, designated safeguarding lead".to_owned(),
        given_by: pb::ConsentGiver::Parent.into(),
        giver_adult_index: Some(0),
        how: "by telephone".to_owned(),
        family_told: true,
        ..pb::Consent::default()
    }
}

fn record(contact: &str, revision: i64, consent: pb::Consent) -> pb::RecordConsentRequest {
    pb::RecordConsentRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        revision,
        consent: Some(consent),
    }
}

#[tokio::test]
async fn r6_consent_asked_for_later_is_kept_and_told_and_can_be_withdrawn() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = consents(&intake, "screening_practitioner").await;
    let agreed = record(&receipt.contact_id, 1, asked(pb::ConsentAnswer::Agreed));
    let recorded = worker.record_consent(agreed).await.unwrap().into_inner();
    let kept = intake.read(&receipt.contact_id).await.consents.pop().unwrap();
    let given = asked(pb::ConsentAnswer::Agreed);
    assert!(kept == pb::Consent { consent_id: recorded.consent_id.clone(), ..given });

    intake.clock.advance(SignedDuration::from_hours(1));
    let withdraw = pb::WithdrawConsentRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        revision: recorded.revision,
        consent_id: recorded.consent_id.clone(),
        withdrawn_at: None,
    };
    worker.withdraw_consent(withdraw.clone()).await.unwrap();
    let kept = intake.read(&receipt.contact_id).await.consents.pop().unwrap();
    assert!(kept.withdrawn_at == Some(to_timestamp(intake.clock.now())));
    assert!(!kept.withdrawn_by.is_empty());
    let told = intake.told::<pb::ConsentChanged>(&receipt.contact_id).await;
    let may: Vec<_> = told.iter().map(|event| event.service_consent_child_ids.clone()).collect();
    assert_eq!(may, [vec![receipt.child_ids[1].clone()], vec![]]);

    // Whose it is, for what and with whom goes with it: what rests on it stops.
    let said = |event: &pb::ConsentChanged| {
        (event.purpose(), event.answer(), event.agency.clone(), event.withdrawn)
    };
    use pb::{ConsentAnswer::Agreed, ConsentPurpose::Service};
    let both = [false, true].map(|withdrawn| (Service, Agreed, String::new(), withdrawn));
    assert_eq!([said(&told[0]), said(&told[1])], both);
    assert_eq!(told[1].child_ids, [receipt.child_ids[1].clone()]);

    // It holds no more: it cannot be withdrawn once again.
    let request_id = Uuid::new_v4().to_string();
    let again = pb::WithdrawConsentRequest { request_id, revision: 3, ..withdraw };
    let refused = worker.withdraw_consent(again).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn r38_nothing_is_disclosed_on_consent_that_was_withdrawn() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let consent = intake.read(&receipt.contact_id).await.consents.remove(0);
    let withdraw = pb::WithdrawConsentRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        revision: 1,
        consent_id: consent.consent_id,
        withdrawn_at: None,
    };
    let mut manager = intake.as_checks_for("mash_manager").await;
    let disclose = pb::GetDisclosureRequest {
        contact_id: receipt.contact_id.clone(),
        child_ids: receipt.child_ids.clone(),
        agencies: vec!["health".to_owned()],
        basis_id: String::new(),
    };
    assert!(manager.get_disclosure(disclose.clone()).await.is_ok());
    consents(&intake, "mash_manager").await.withdraw_consent(withdraw).await.unwrap();
    let refused = manager.get_disclosure(disclose).await.err().unwrap();
    assert_eq!(refused.code(), Code::FailedPrecondition);
}

fn disclosure(receipt: &pb::SubmitContactResponse) -> pb::GetDisclosureRequest {
    pb::GetDisclosureRequest {
        contact_id: receipt.contact_id.clone(),
        child_ids: receipt.child_ids.clone(),
        agencies: vec!["health".to_owned()],
        basis_id: String::new(),
    }
}

#[tokio::test]
async fn r21_consent_that_was_sought_later_is_a_way_forward() {
    let intake = Intake::start(*MORNING).await;
    let not_sought = pb::Consent {
        purpose: pb::ConsentPurpose::ShareInformation.into(),
        answer: pb::ConsentAnswer::NotSought.into(),
        ..pb::Consent::default()
    };
    let receipt =
        intake.submit(pb::SubmitContactRequest { consents: vec![not_sought], ..referral() }).await;
    let mut manager = intake.as_checks_for("mash_manager").await;
    let refused = manager.get_disclosure(disclosure(&receipt)).await.err().unwrap();
    assert_eq!(reason_of(&refused), "BASIS_REQUIRED");

    let mut worker = consents(&intake, "screening_practitioner").await;
    let mut revision = 1;
    for (answer, may) in [(pb::ConsentAnswer::Refused, false), (pb::ConsentAnswer::Agreed, true)] {
        intake.clock.advance(SignedDuration::from_mins(10));
        let consent = pb::Consent {
            answer: answer.into(),
            asked_at: Some(to_timestamp(intake.clock.now())),
            ..agreed(pb::ConsentPurpose::ShareInformation)
        };
        let asked = record(&receipt.contact_id, revision, consent);
        revision = worker.record_consent(asked).await.unwrap().into_inner().revision;
        assert_eq!(manager.get_disclosure(disclosure(&receipt)).await.is_ok(), may, "{answer:?}");
    }
}

#[tokio::test]
async fn r6_r38_an_agreement_without_who_how_and_when_is_a_claim_on_which_nothing_rests() {
    let intake = Intake::start(*MORNING).await;
    let bare = pb::Consent {
        asked_by: String::new(),
        asked_at: None,
        how: String::new(),
        giver_adult_index: None,
        ..agreed(pb::ConsentPurpose::ShareInformation)
    };
    let mut neighbour = referral();
    neighbour.referrer = Some(pb::Referrer { source: "1B".to_owned(), ..Default::default() });
    let mother =
        pb::Referrer { source: "1A".to_owned(), adult_index: Some(0), ..Default::default() };
    let of_herself = pb::SubmitContactRequest { referrer: Some(mother), ..referral() };
    let bare = pb::SubmitContactRequest { consents: vec![bare], ..referral() };
    use pb::ConsentGap::{AskedAt, AskedBy, ClaimOfThePublic, Giver, How};
    let cases = [
        (bare, vec![AskedAt, How, AskedBy, Giver], "asked_at,how,asked_by,giver"),
        (neighbour, vec![ClaimOfThePublic], "claim_of_the_public"),
        (of_herself, vec![], ""),
    ];
    let mut manager = intake.as_checks_for("mash_manager").await;
    for (given, gaps, lacks) in cases {
        let receipt = intake.submit(given).await;
        let shown = intake.read(&receipt.contact_id).await.consents.remove(0);
        assert_eq!(shown.gaps().collect::<Vec<_>>(), gaps);
        assert_eq!((shown.answer(), shown.is_claim), (pb::ConsentAnswer::Agreed, !gaps.is_empty()));
        let Err(refused) = manager.get_disclosure(disclosure(&receipt)).await else {
            assert_eq!(lacks, "");
            continue;
        };
        let info = refused.get_details_error_info().unwrap();
        assert_eq!((&*info.reason, &*info.metadata["consent_lacks"]), ("BASIS_REQUIRED", lacks));
    }
}

#[tokio::test]
async fn r6_whether_the_child_was_asked_is_kept_and_shown() {
    use pb::child_asked::State;
    let intake = Intake::start(*MORNING).await;
    let asked = |state| pb::Consent {
        child_asked: Some(pb::ChildAsked { state }),
        ..agreed(pb::ConsentPurpose::ShareInformation)
    };
    let good = [
        State::Answer(pb::ConsentAnswer::Refused.into()),
        State::NotOfAge(true),
        State::NotAskedBecause("She was in hospital.".to_owned()),
    ];
    let mut given = referral();
    given.consents = good.into_iter().map(|state| asked(Some(state))).collect();
    let receipt = intake.submit(given.clone()).await;
    let mut shown = intake.read(&receipt.contact_id).await.consents;
    shown.iter_mut().for_each(|consent| consent.consent_id.clear());
    assert!(shown == given.consents);

    let bad = [
        ("child_asked", None),
        ("child_asked.answer", Some(State::Answer(pb::ConsentAnswer::NotSought.into()))),
        ("child_asked.not_of_age", Some(State::NotOfAge(false))),
        ("child_asked.not_asked_because", Some(State::NotAskedBecause(String::new()))),
    ];
    for (field, state) in bad {
        given.consents = vec![asked(state)];
        let refused = intake.as_person("referrer").await.submit_contact(given.clone()).await;
        assert_eq!(violations(&refused.err().unwrap())[0].0, format!("consents[0].{field}"));
    }
    // A child answers for itself, and a parent is no child.
    given.consents = vec![pb::Consent {
        child_index: Some(0),
        giver_adult_index: None,
        giver_child_index: Some(1),
        ..asked(Some(State::NotOfAge(true)))
    }];
    let refused = intake.as_person("referrer").await.submit_contact(given).await.err().unwrap();
    let fields: Vec<_> = violations(&refused).into_iter().map(|bad| bad.0).collect();
    assert_eq!(fields, ["consents[0].giver_child_index", "consents[0].given_by"]);
}

#[tokio::test]
async fn r6_consent_of_nobody_on_the_contact_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = consents(&intake, "screening_practitioner").await;
    let stranger = pb::Consent { child_index: Some(5), ..asked(pb::ConsentAnswer::Agreed) };
    let refused = worker.record_consent(record(&receipt.contact_id, 1, stranger)).await;
    assert_eq!(refused.err().unwrap().code(), Code::NotFound);
    let both = pb::Consent { adult_index: Some(0), ..asked(pb::ConsentAnswer::Agreed) };
    let refused = worker.record_consent(record(&receipt.contact_id, 1, both)).await;
    assert_eq!(violations(&refused.err().unwrap())[0].0, "consent.adult_index");
    assert_eq!(intake.read(&receipt.contact_id).await.revision, 1);
}

/// A contact with an override that a manager adopted; the override's id.
pub async fn overridden(intake: &Intake) -> (String, String) {
    let receipt = intake.submit(referral()).await;
    let grounds = pb::OverrideGrounds {
        urgent_concerns: "He was locked out for two nights.".to_owned(),
        risk_of_telling: "His father said that he would send him away.".to_owned(),
    };
    let basis = pb::RecordBasisRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        revision: 1,
        child_ids: Vec::new(),
        basis: Some(pb::record_basis_request::Basis::Override(grounds)),
        evidence: "the class teacher".to_owned(),
    };
    let recorded = intake.as_person("mash_manager").await.record_basis(basis).await.unwrap();
    (receipt.contact_id, recorded.into_inner().basis_id)
}

pub fn review(
    contact: &str,
    revision: i64,
    basis: &str,
    finding: Finding,
) -> pb::ReviewOverrideRequest {
    pb::ReviewOverrideRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        revision,
        basis_id: basis.to_owned(),
        finding: Some(finding),
    }
}

#[tokio::test]
async fn r7_an_override_is_looked_at_again_within_a_working_day() {
    let intake = Intake::start(*MORNING).await;
    let (contact, basis) = overridden(&intake).await;
    let told = intake.told::<pb::BasisRecorded>(&contact).await.remove(0);
    let clock = &told.clocks_started[0];
    assert_eq!(clock.kind(), ClockKind::OverrideReview);
    // Recorded on a Tuesday at ten: by the close of Wednesday.
    let due = to_timestamp("2026-11-25T17:00:00Z".parse().unwrap());
    assert_eq!(clock.deadline, Some(due));
    let shown = intake.read(&contact).await.bases.remove(0);
    assert_eq!((shown.basis_id, shown.next_review_due), (basis, Some(due)));
}

#[tokio::test]
async fn r7_a_renewed_override_is_looked_at_again_until_the_family_is_told() {
    let intake = Intake::start(*MORNING).await;
    let (contact, basis) = overridden(&intake).await;
    intake.clock.advance(SignedDuration::from_hours(24));
    let mut manager = consents(&intake, "mash_manager").await;
    let why = Finding::RenewedReason("The father is still in the house.".to_owned());
    let renewed = manager.review_override(review(&contact, 2, &basis, why)).await.unwrap();
    let due = to_timestamp("2026-11-26T17:00:00Z".parse().unwrap());
    assert_eq!(renewed.get_ref().next_review_due, Some(due));

    let told = Finding::FamilyToldAt(to_timestamp(intake.clock.now()));
    manager.review_override(review(&contact, 3, &basis, told.clone())).await.unwrap();
    let shown = intake.read(&contact).await.bases.remove(0);
    assert_eq!(shown.next_review_due, None);
    assert_eq!(shown.family_told_at, Some(to_timestamp(intake.clock.now())));

    let events = intake.told::<pb::OverrideReviewed>(&contact).await;
    assert_eq!(events[0].clocks_started[0].clock_id, events[1].clocks_ended[0].clock_id);
    assert_eq!(events[1].clocks_ended[0].ending(), ClockEnding::Met);
    assert!(events[1].family_told && events[1].clocks_started.is_empty());
    let refused = manager.review_override(review(&contact, 4, &basis, told)).await;
    assert_eq!(refused.err().unwrap().code(), Code::NotFound);
}

#[tokio::test]
async fn r7_an_override_is_listed_until_nothing_more_is_due_on_it() {
    let intake = Intake::start(*MORNING).await;
    let (later, _) = overridden(&intake).await;
    let (contact, basis) = overridden(&intake).await;
    let mut manager = consents(&intake, "mash_manager").await;
    let list = || pb::ListOverrideReviewsRequest {
        purpose: Purpose::Screening.into(),
        page_size: 1,
        page_token: String::new(),
    };
    let mut all = Vec::new();
    let mut page = list();
    loop {
        let listed = manager.list_override_reviews(page).await.unwrap().into_inner();
        all.extend(listed.reviews);
        if listed.next_page_token.is_empty() {
            break;
        }
        page = pb::ListOverrideReviewsRequest { page_token: listed.next_page_token, ..list() };
    }
    assert_eq!(all.len(), 2);
    let listed = all.iter().find(|due| due.contact_id == contact).unwrap();
    assert_eq!((listed.revision, &listed.basis_id, listed.number), (2, &basis, 1));
    let due = to_timestamp("2026-11-25T17:00:00Z".parse().unwrap());
    assert_eq!((listed.due_at, listed.child_ids.len()), (Some(due), 2));
    let read = intake.reads_of(&listed.child_ids[0]).await;
    assert_eq!(read, ["ConsentService.ListOverrideReviews"]);

    // Renewed it is due later than the other one; told to the family it is due no more.
    intake.clock.advance(SignedDuration::from_hours(24));
    let mut manager = consents(&intake, "mash_manager").await;
    let why = Finding::RenewedReason("The father is still in the house.".to_owned());
    manager.review_override(review(&contact, listed.revision, &basis, why)).await.unwrap();
    let all = pb::ListOverrideReviewsRequest { page_size: 0, ..list() };
    let listed = manager.list_override_reviews(all.clone()).await.unwrap().into_inner().reviews;
    let order: Vec<_> = listed.iter().map(|due| (&*due.contact_id, due.number)).collect();
    assert_eq!(order, [(&*later, 1), (&*contact, 2)]);
    let told = Finding::FamilyToldAt(to_timestamp(intake.clock.now()));
    manager.review_override(review(&contact, 3, &basis, told)).await.unwrap();
    let mut auditor = consents(&intake, "auditor").await;
    let listed = auditor.list_override_reviews(all.clone()).await.unwrap().into_inner().reviews;
    assert_eq!((listed.len(), &listed[0].contact_id), (1, &later));
    let mut worker = consents(&intake, "screening_practitioner").await;
    let refused = worker.list_override_reviews(all).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let unsaid = pb::ListOverrideReviewsRequest { purpose: 0, page_size: 201, ..list() };
    let refused = manager.list_override_reviews(unsaid).await.err().unwrap();
    let fields: Vec<_> = violations(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["purpose", "page_size"]);
}

#[tokio::test]
async fn r7_a_review_without_a_finding_is_refused_and_so_is_who_may_not_adopt_one() {
    let intake = Intake::start(*MORNING).await;
    let (contact, basis) = overridden(&intake).await;
    let short = Finding::RenewedReason("no".to_owned());
    let mut manager = consents(&intake, "mash_manager").await;
    let refused = manager.review_override(review(&contact, 2, &basis, short)).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "renewed_reason");
    let mut request = review(&contact, 2, &basis, Finding::RenewedReason(String::new()));
    request.finding = None;
    let refused = manager.review_override(request.clone()).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "finding");
    let mut worker = consents(&intake, "screening_practitioner").await;
    let refused = worker.review_override(request).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn r7_a_manager_adopts_an_override_and_while_the_hub_is_closed_the_duty_manager_of_edt() {
    use pb::record_basis_request::Basis;
    // A Sunday night, and a Tuesday morning.
    for (now, closed) in [("2026-11-22T23:00:00Z", true), ("2026-11-24T10:00:00Z", false)] {
        let intake = Intake::start(now.parse().unwrap()).await;
        let receipt = intake.submit(referral()).await;
        let record = |revision, basis| pb::RecordBasisRequest {
            request_id: Uuid::new_v4().to_string(),
            contact_id: receipt.contact_id.clone(),
            revision,
            basis: Some(basis),
            ..pb::RecordBasisRequest::default()
        };
        let adopt = || {
            Basis::Override(pb::OverrideGrounds {
                urgent_concerns: "He was locked out for two nights.".to_owned(),
                risk_of_telling: "His father said that he would send him away.".to_owned(),
            })
        };
        let mut revision = 1;
        let people = [("edt", false), ("edt_manager", closed), ("mash_manager", true)];
        for (role, may) in people {
            let mut person = intake.as_person(role).await;
            match (person.record_basis(record(revision, adopt())).await, may) {
                (Ok(adopted), true) => revision = adopted.get_ref().revision,
                (Err(refused), false) => {
                    assert_eq!(refused.code(), Code::PermissionDenied);
                    assert_eq!(reason_of(&refused), "OVERRIDE_IS_A_MANAGERS");
                    assert_eq!(fact_of(&refused, "rule"), "R7");
                }
                (adopted, _) => panic!("{role} at {now}: {:?}", adopted.err()),
            }
        }
        let adopted = intake.read(&receipt.contact_id).await.bases.len();
        assert_eq!(adopted, 1 + usize::from(closed), "{now}");
        // Who only screens adopts none at any hour.
        let mut worker = intake.as_person("screening_practitioner").await;
        let refused = worker.record_basis(record(revision, adopt())).await.err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied);
        // What a child in danger needs waits for nobody.
        let cause = Basis::Section47(pb::Section47 { reasons: "Bruises.".to_owned() });
        intake.as_person("edt").await.record_basis(record(revision, cause)).await.unwrap();
    }
}

#[tokio::test]
async fn r7_evidence_of_a_referrer_that_nobody_adopted_allows_nothing() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.consents.clear();
    given.override_evidence = Some(pb::OverrideGrounds {
        urgent_concerns: "He was locked out for two nights.".to_owned(),
        risk_of_telling: "His father said that he would send him away.".to_owned(),
    });
    let receipt = intake.submit(given).await;
    let mut manager = intake.as_checks_for("mash_manager").await;
    let refused = manager.get_disclosure(disclosure(&receipt)).await.err().unwrap();
    assert_eq!(reason_of(&refused), "BASIS_REQUIRED");
    let told = intake.told::<pb::ContactReceived>(&receipt.contact_id).await.remove(0);
    assert!(told.service_consent_child_ids.is_empty());
    assert!(intake.read(&receipt.contact_id).await.bases.is_empty());
}
