//! On whose word nothing rests: who is not responsible for a child, and a referrer under seal
//! (R2, R6).

use harness::{fact_of, reason_of};
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        self as pb, ConsentGap, consent_service_client::ConsentServiceClient, correction::Part,
    },
};
use uuid::Uuid;

use crate::{
    corrections::amend,
    stage::{Intake, MORNING, agreed, referral, violations},
};

fn disclosure(receipt: &pb::SubmitContactResponse) -> pb::GetDisclosureRequest {
    pb::GetDisclosureRequest {
        contact_id: receipt.contact_id.clone(),
        child_ids: receipt.child_ids.clone(),
        agencies: vec!["health".to_owned()],
        basis_id: String::new(),
    }
}

/// Consent to share that is asked for at ten.
fn at_ten(contact: &str, revision: i64, consent: pb::Consent) -> pb::RecordConsentRequest {
    let asked_at = Some(to_timestamp(*MORNING));
    pb::RecordConsentRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        revision,
        consent: Some(pb::Consent { asked_at, ..consent }),
    }
}

/// What the first adult of a referral is, with this responsibility.
fn mother(receipt: &pb::SubmitContactResponse, responsible: Option<bool>) -> Part {
    let adult = pb::Adult { parental_responsibility: responsible, ..referral().adults.remove(0) };
    Part::Adult(pb::RecordedAdult {
        adult_id: receipt.adult_ids[0].clone(),
        adult: Some(adult),
        ..pb::RecordedAdult::default()
    })
}

#[tokio::test]
async fn r6_a_withdrawal_dated_before_its_agreement_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker =
        intake.connect("screening_practitioner", ConsentServiceClient::with_interceptor).await;
    let again = agreed(pb::ConsentPurpose::ShareInformation);
    let recorded = worker.record_consent(at_ten(&receipt.contact_id, 1, again)).await.unwrap();
    let recorded = recorded.into_inner();
    intake.clock.advance(SignedDuration::from_hours(1));
    let withdraw = |at| pb::WithdrawConsentRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        revision: recorded.revision,
        consent_id: recorded.consent_id.clone(),
        withdrawn_at: Some(to_timestamp(at)),
    };
    let early = withdraw(*MORNING - SignedDuration::from_secs(1));
    let refused = worker.withdraw_consent(early).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "withdrawn_at");
    assert!(violations(&refused)[0].1.contains("R6"));
    assert!(intake.read(&receipt.contact_id).await.consents[1].withdrawn_at.is_none());
    // Taken back rightly, the agreement of the Friday before carries nothing either.
    worker.withdraw_consent(withdraw(*MORNING)).await.unwrap();
    let mut manager = intake.as_checks_for("mash_manager").await;
    let refused = manager.get_disclosure(disclosure(&receipt)).await.err().unwrap();
    assert_eq!(reason_of(&refused), "BASIS_REQUIRED");
}

#[tokio::test]
async fn r6_r38_nothing_rests_on_consent_for_a_child_of_who_is_not_responsible() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.adults[0].parental_responsibility = Some(false);
    given.consents.push(agreed(pb::ConsentPurpose::Service));
    let receipt = intake.submit(given).await;
    let told = intake.told::<pb::ContactReceived>(&receipt.contact_id).await;
    assert!(told[0].service_consent_child_ids.is_empty());
    let mut manager = intake.as_checks_for("mash_manager").await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let lacks = ["giver_without_responsibility", ""];
    let steps = [
        (Some(false), Some(ConsentGap::GiverWithoutResponsibility), lacks[0]),
        (Some(true), None, lacks[1]),
        (None, Some(ConsentGap::ResponsibilityUnknown), lacks[1]),
        (Some(false), Some(ConsentGap::GiverWithoutResponsibility), lacks[0]),
    ];
    let mut revision = receipt.revision;
    for (responsible, gap, lacks) in steps {
        let corrected = amend(&receipt.contact_id, revision, mother(&receipt, responsible));
        revision = worker.amend_contact(corrected).await.unwrap().into_inner().revision;
        let shown = intake.read(&receipt.contact_id).await;
        assert_eq!(shown.revision, revision);
        assert_eq!(shown.consents[0].gaps().next(), gap);
        assert_eq!(shown.consents[0].is_claim, !lacks.is_empty(), "{responsible:?}");
        match manager.get_disclosure(disclosure(&receipt)).await {
            Ok(_) => assert_eq!(lacks, "", "{responsible:?}"),
            Err(refused) => assert_eq!(fact_of(&refused, "consent_lacks"), lacks),
        }
    }
    // Whoever goes by consent is told when it begins to count, and when nothing rests on it.
    let told = intake.told::<pb::ConsentChanged>(&receipt.contact_id).await;
    let said: Vec<_> = told.iter().map(|it| (it.purpose(), it.lapsed)).collect();
    use pb::ConsentPurpose::{Service, ShareInformation};
    let expected = [(ShareInformation, false), (Service, false), (ShareInformation, true)];
    assert_eq!(said[..3], expected);
    assert_eq!(told[1].service_consent_child_ids, receipt.child_ids);
    assert_eq!(told[2].child_ids, receipt.child_ids);
    assert!(told[3].service_consent_child_ids.is_empty() && told.len() == 4);
}

#[tokio::test]
async fn r2_from_a_referrer_under_seal_every_agreement_is_a_claim() {
    let intake = Intake::start(*MORNING).await;
    let by = |source: &str, adult_index| pb::Referrer {
        source: source.to_owned(),
        name: "Ngozi Okafor".to_owned(),
        protected: true,
        adult_index,
        ..pb::Referrer::default()
    };
    // The mother, who agrees for herself; a neighbour; a professional; who gave no name.
    let claim = ConsentGap::ClaimOfThePublic;
    let sealed = [by("1A", Some(0)), by("1B", None), by("2A", None), by("9", None)];
    for referrer in sealed {
        let given = pb::SubmitContactRequest { referrer: Some(referrer), ..referral() };
        let receipt = intake.submit(given).await;
        let shown = intake.read(&receipt.contact_id).await.consents.remove(0);
        assert!(shown.is_claim && shown.gaps().eq([claim]));
    }
    // Who is sealed later leaves no flag behind either, and what rested on it stops.
    let open = pb::Referrer { protected: false, ..by("1A", Some(0)) };
    let receipt =
        intake.submit(pb::SubmitContactRequest { referrer: Some(open), ..referral() }).await;
    assert!(!intake.read(&receipt.contact_id).await.consents[0].is_claim);
    let mut worker =
        intake.connect("screening_practitioner", ConsentServiceClient::with_interceptor).await;
    let later = agreed(pb::ConsentPurpose::Service);
    worker.record_consent(at_ten(&receipt.contact_id, 1, later)).await.unwrap();
    let protect = pb::ReferrerCorrection { protect: true, ..pb::ReferrerCorrection::default() };
    let mut desk = intake.as_person("screening_practitioner").await;
    desk.amend_contact(amend(&receipt.contact_id, 2, Part::Referrer(protect))).await.unwrap();
    let shown = intake.read(&receipt.contact_id).await.consents;
    assert_eq!([shown[0].is_claim, shown[1].is_claim], [true, false]);
    assert!(intake.told::<pb::ConsentChanged>(&receipt.contact_id).await[1].lapsed);
}

#[tokio::test]
async fn r2_who_asked_later_is_sealed_where_part_of_the_referrers_name_says_it() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.referrer.as_mut().unwrap().protected = true;
    let receipt = intake.submit(given).await;
    let mut worker =
        intake.connect("screening_practitioner", ConsentServiceClient::with_interceptor).await;
    let asked = [("Nurse Yılmaz", "the referrer"), ("Ms Adeyemi", "Ms Adeyemi")];
    for ((asked_by, shown), revision) in asked.into_iter().zip(1..) {
        let asked_by = asked_by.to_owned();
        let later = pb::Consent { asked_by, ..agreed(pb::ConsentPurpose::ShareInformation) };
        worker.record_consent(at_ten(&receipt.contact_id, revision, later)).await.unwrap();
        let kept = intake.read(&receipt.contact_id).await.consents.pop().unwrap();
        assert_eq!(kept.asked_by, shown);
    }
}

#[tokio::test]
async fn r6_a_consent_of_nobody_there_says_which_field_and_which_rule() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker =
        intake.connect("screening_practitioner", ConsentServiceClient::with_interceptor).await;
    let stranger = |change: fn(&mut pb::Consent)| {
        let mut consent = agreed(pb::ConsentPurpose::ShareInformation);
        change(&mut consent);
        at_ten(&receipt.contact_id, 1, consent)
    };
    let cases = [
        ("consent.child_index", stranger(|it| it.child_index = Some(5))),
        ("consent.adult_index", stranger(|it| it.adult_index = Some(5))),
        ("consent.giver_adult_index", stranger(|it| it.giver_adult_index = Some(5))),
    ];
    for (field, request) in cases {
        let refused = worker.record_consent(request).await.err().unwrap();
        assert_eq!((&*fact_of(&refused, "rule"), &*fact_of(&refused, "field")), ("R6", field));
    }
    let needs = pb::Groundwork { needs: "n".repeat(2_001), ..pb::Groundwork::default() };
    let wrong = amend(&receipt.contact_id, 1, Part::Groundwork(needs));
    let mut desk = intake.as_person("screening_practitioner").await;
    let refused = desk.amend_contact(wrong).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "correction.groundwork.needs");
}
