//! A neighbour who gives no name telephones about a child and an unborn one.

use proto::{
    intake::v1 as intake,
    screening::v1::{DecideInitiallyRequest, inform_referrer_request},
    terms::v1::{Channel, FrameworkLevel, Outcome, Pathway},
};

use super::{family::Family, story::Day};

/// Plays this part of the day.
pub async fn play(day: &mut Day) -> anyhow::Result<()> {
    day.timeline.scene("A neighbour telephones and gives no name");
    let call = intake::SubmitContactRequest {
        channel: Channel::Phone.into(),
        referrer: Some(intake::Referrer {
            source: "1B".to_owned(),
            anonymous: true,
            ..Default::default()
        }),
        ..Family::named("rahman-cole")?.contact()
    };
    let contact =
        day.submit("neighbour", "telephones about a child and an unborn one", call).await?;
    let decision = DecideInitiallyRequest {
        pathway: Pathway::NoFurtherActionInHub.into(),
        framework_level: FrameworkLevel::UniversalPlus.into(),
        rationale: "Nothing known; the health visitor already calls, and will be given advice."
            .to_owned(),
        outcome: Outcome::AdviceAndGuidance.into(),
        consent_is_not_the_reason: true,
        ..Default::default()
    };
    day.decide_initially(&contact, decision).await?;
    let why = "The caller gave no name and no way to be reached.".to_owned();
    day.tell_and_close(&contact, inform_referrer_request::Result::NotInformedBecause(why)).await
}
