//! What the referrer of a child with an open case may be told (R9).

use proto::intake::v1::{self as pb, ReferrerHears};

use crate::{
    register_open_cases::{hand_overs, passing},
    register_stage::{NHS, episode, history, known, register, siblings},
    stage::{Intake, MORNING},
};

/// A contact of this referrer about a child with an open case at Unit 7, which is told.
async fn told(referrer: pb::Referrer) -> (pb::PassToUnitResponse, pb::UnitHandOver) {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "section_17", None).await;
    let mut given = siblings();
    given.consents.clear();
    given.referrer = Some(referrer);
    let contact = intake.submit(given).await;
    let found = hand_overs(&intake).await.remove(0);
    assert!(found.referrer_words.is_empty(), "nothing was passed on yet");
    let mut worker = register(&intake, "screening_practitioner").await;
    let passed = worker.pass_to_unit(passing(&found)).await.unwrap().into_inner();
    let listed = hand_overs(&intake).await.remove(0);
    let people = history(&intake, &contact.contact_id).await;
    assert!(people[0].unit_hand_overs[0] == listed);
    (passed, listed)
}

#[tokio::test]
async fn r9_a_professional_is_told_the_unit_and_the_public_only_that_it_was_passed_on() {
    let school = siblings().referrer.unwrap();
    let grandmother = pb::Referrer { source: "1B".to_owned(), ..school.clone() };
    let nobody = pb::Referrer { source: "9".to_owned(), ..pb::Referrer::default() };
    let unknown = pb::Referrer { organisation: String::new(), ..school.clone() };
    let sealed = pb::Referrer { protected: true, ..school.clone() };
    for (referrer, hears, words) in [
        (school, ReferrerHears::Unit, "is with their unit:"),
        (grandmother, ReferrerHears::PassedOn, "passed on"),
        (nobody, ReferrerHears::PassedOn, "passed on"),
        (unknown, ReferrerHears::PassedOn, "passed on"),
        (sealed, ReferrerHears::PassedOn, "passed on"),
    ] {
        let (passed, listed) = told(referrer).await;
        assert_eq!((passed.referrer_hears(), listed.referrer_hears()), (hears, hears));
        assert!(passed.referrer_words.contains(words), "{}", passed.referrer_words);
        assert_eq!(listed.referrer_words, passed.referrer_words);
        assert!(!passed.referrer_words.contains("Unit 7"));
    }
}
