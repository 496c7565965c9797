//! A school refers two siblings, with their mother's consent. Nobody is in danger; two
//! agencies are asked without haste, and help is found.

use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1 as intake,
    screening::v1::{DecideInitiallyRequest, inform_referrer_request},
    terms::v1::{Channel, FrameworkLevel, Outcome, Pathway, Rag},
};

use super::{
    agency::Agency,
    family::Family,
    story::{Day, Question},
};

/// Plays this part of the day.
pub async fn play(day: &mut Day) -> anyhow::Result<()> {
    day.timeline.scene("A school refers two siblings, with consent");
    let referral = intake::SubmitContactRequest {
        channel: Channel::Form.into(),
        referrer: Some(intake::Referrer {
            source: "2A".to_owned(),
            name: "Ms A. Adeyemi".to_owned(),
            organisation: "Clapton Park Primary".to_owned(),
            contact_details: "020 7946 0501".to_owned(),
            ..Default::default()
        }),
        consents: vec![
            agreed(intake::ConsentPurpose::ShareInformation, day.began()),
            agreed(intake::ConsentPurpose::Service, day.began()),
        ],
        ..Family::named("okafor-reid")?.contact()
    };
    let contact = day.submit("school", "refers two siblings by form", referral).await?;
    let mut education = Agency::connect(&day.state, "education", &day.timeline).await?;
    let mut health = Agency::connect(&day.state, "health", &day.timeline).await?;

    let decision = DecideInitiallyRequest {
        pathway: Pathway::CscScreening.into(),
        framework_level: FrameworkLevel::Targeted.into(),
        rationale: "Neglect is possible; more must be known before a level is settled.".to_owned(),
        ..Default::default()
    };
    day.decide_initially(&contact, decision).await?;
    let question = Question {
        agencies: &["education", "health"],
        rag: Rag::Green,
        basis: None,
        context: "Two siblings come to school hungry and tired; the mother has asked for help.",
    };
    day.ask(&contact, question).await?;

    let request = education.receive(&contact.reference).await?;
    education.open(&request).await?;
    education
        .answer(
            &request,
            "Attendance has fallen since September; both children want to be at school.",
        )
        .await?;
    let request = health.receive(&contact.reference).await?;
    health.answer_nothing_held(&request).await?;

    let why = "An early help worker can reach this family; the mother agrees.";
    day.decide_outcome(&contact, Outcome::EarlyHelpAssessment, why).await?;
    let told = "By telephone: early help will be in touch with the family this week.".to_owned();
    day.tell_and_close(&contact, inform_referrer_request::Result::Informed(told)).await
}

/// What the mother, the first adult, agreed to when the school asked her an hour ago (R6).
fn agreed(purpose: intake::ConsentPurpose, now: Timestamp) -> intake::Consent {
    use intake::child_asked::State;
    let why = "The school wished to speak to their mother first.".to_owned();
    intake::Consent {
        purpose: purpose.into(),
        answer: intake::ConsentAnswer::Agreed.into(),
        asked_at: Some(to_timestamp(now - SignedDuration::from_hours(1))),
        how: "face to face, at school".to_owned(),
        asked_by: "Ms A. Adeyemi".to_owned(),
        given_by: intake::ConsentGiver::Parent.into(),
        giver_adult_index: Some(0),
        child_asked: Some(intake::ChildAsked { state: Some(State::NotAskedBecause(why)) }),
        family_told: true,
        ..Default::default()
    }
}
