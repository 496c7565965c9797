//! The code lists, as a form is drawn from them.

use harness::Stage;
use proto::intake::v1::{self as pb, code_list_service_client::CodeListServiceClient};
use tonic::Code;

use crate::stage::{Intake, MORNING};

#[tokio::test]
async fn r4_whoever_is_known_draws_a_form_from_the_lists() {
    let intake = Intake::start(*MORNING).await;
    let channel = Stage::shared().channel(&intake.place.address).await;
    let bearer = Stage::shared().person("referrer", intake.clock.now());
    let mut client = CodeListServiceClient::with_interceptor(channel, bearer);
    let answer = client.list_codes(pb::ListCodesRequest {}).await.unwrap().into_inner();
    assert_eq!(answer.protocol_version, "2025.1");
    let names: Vec<_> = answer.lists.iter().map(|list| list.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "referral_source",
            "ethnicity",
            "local_ethnicity",
            "sex",
            "gender",
            "disability",
            "upn_unknown",
            "factor",
            "local_factor",
            "agency",
            "consultation_theme",
            "consultation_agency",
            "consultation_role",
            "consultation_advice",
            "purpose",
        ]
    );
    let find = |list: usize, code: &str| {
        let codes = &answer.lists[list].codes;
        codes.iter().find(|label| label.code == code).unwrap().clone()
    };
    assert_eq!(find(0, "6").label, "Police");
    assert_eq!(find(2, "D.D3").label, "Black or Black British: Somali");
    assert_eq!(find(2, "D.D3").national_code, "BAFR");
    assert_eq!(find(8, "L.RACISM").national_code, "20");
    assert!(find(7, "18A").retired && !find(7, "18B").retired);
    assert_eq!(find(9, "education").label, "Education");
    // R53: what a call is logged by is all here, with words for a form.
    assert_eq!(find(10, "framework_level").label, "Which level of the Child Wellbeing Framework");
    assert_eq!(find(11, "early_years").label, "Nursery or childminder");
    assert_eq!(find(12, "safeguarding_lead").label, "Designated Safeguarding Lead");
    for (list, value) in [
        (13, pb::ConsultationAdvice::MakeReferral.as_str_name()),
        (14, proto::terms::v1::Purpose::Audit.as_str_name()),
    ] {
        assert!(!find(list, value).label.is_empty(), "{value}");
    }
}

#[tokio::test]
async fn an_agency_has_them_through_its_door_and_nobody_unknown_has() {
    let intake = Intake::start(*MORNING).await;
    let stage = Stage::shared();
    let files = stage.identities().adapter("police");
    let channel = stage.channel_as(&intake.place.address, &files).await;
    CodeListServiceClient::new(channel).list_codes(pb::ListCodesRequest {}).await.unwrap();
    let channel = stage.channel(&intake.place.address).await;
    let refused = CodeListServiceClient::new(channel).list_codes(pb::ListCodesRequest {}).await;
    assert_eq!(refused.err().unwrap().code(), Code::Unauthenticated);
}
