//! Pages of lists: the place where one begins is a place on that list.

use harness::fields_of;
use proto::{
    intake::v1::{
        self as pb, hand_over_service_client::HandOverServiceClient,
        remit_service_client::RemitServiceClient,
    },
    terms::v1::Purpose,
};

use crate::{
    register_stage::register,
    stage::{Intake, referral},
};

#[tokio::test]
async fn r3_r9_r10_the_token_of_a_page_fits_no_other_list() {
    let intake = Intake::start("2026-11-24T22:00:00Z".parse().unwrap()).await;
    for _ in 0..2 {
        let urgent = pb::SubmitContactRequest { significant_harm: true, ..referral() };
        intake.submit(urgent).await;
    }
    let mut hub = intake.connect("mash_manager", HandOverServiceClient::with_interceptor).await;
    let purpose = Purpose::Screening.into();
    let to_edt = pb::ListHandOversRequest {
        direction: pb::HandOverDirection::ToEdt.into(),
        purpose,
        page_size: 1,
        page_token: String::new(),
    };
    let first = hub.list_hand_overs(to_edt.clone()).await.unwrap().into_inner();
    let page_token = first.next_page_token;
    let next = pb::ListHandOversRequest { page_token: page_token.clone(), ..to_edt.clone() };
    assert_eq!(hub.list_hand_overs(next).await.unwrap().into_inner().hand_overs.len(), 1);
    // Each of these would begin behind its own end, and say that there is nothing more.
    let from_edt = pb::ListHandOversRequest {
        direction: pb::HandOverDirection::FromEdt.into(),
        page_token: page_token.clone(),
        ..to_edt
    };
    let refused = hub.list_hand_overs(from_edt).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["page_token"]);
    let units =
        pb::ListUnitHandOversRequest { purpose, page_size: 1, page_token: page_token.clone() };
    let mut units_of = register(&intake, "mash_manager").await;
    let refused = units_of.list_unit_hand_overs(units).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["page_token"]);
    let remit = pb::ListRemitQuestionsRequest { purpose, page_size: 1, page_token };
    let mut remits = intake.connect("mash_manager", RemitServiceClient::with_interceptor).await;
    let refused = remits.list_remit_questions(remit).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["page_token"]);
}
