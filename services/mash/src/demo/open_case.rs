//! A school worries about two siblings, one of whom has a social worker already: that child
//! goes to the unit that holds the case, and the hub decides on the other alone (R9). The first unit
//! that is told says that the child is not its own: the hub has her again until another has her.

use anyhow::Context;
use proto::{
    convert::{to_date, to_timestamp},
    intake::v1 as intake,
    screening::v1::{self as screening, DecideInitiallyRequest, inform_referrer_request},
    terms::v1::{Channel, FrameworkLevel, Outcome, Pathway, Purpose, Rag},
};
use tonic_types::StatusExt;

use super::{
    family::Family,
    request_id,
    story::{Contact, Day, Question, eventually},
};

/// Plays this part of the day.
pub async fn play(day: &mut Day) -> anyhow::Result<()> {
    day.timeline.scene("A school worries about two siblings, one of whom has a social worker");
    let family = Family::named("kaya-mensah")?;
    import(day, &family).await?;
    let referral = intake::SubmitContactRequest {
        channel: Channel::Form.into(),
        referrer: Some(intake::Referrer {
            source: "2A".to_owned(),
            name: "Mr O. Whitfield".to_owned(),
            organisation: "Clapton Park Primary".to_owned(),
            contact_details: "020 7946 0503".to_owned(),
            ..Default::default()
        }),
        ..family.contact()
    };
    let contact = day.submit("school", "refers two siblings by form", referral).await?;
    let found = found(day, &contact).await?;
    pass_to_unit(day, &contact, &found).await?;
    is_with_unit(day, &contact, true).await?;
    let handed = hand_to_another(day, &contact, &found).await?;
    pass_to_unit(day, &contact, &handed).await?;
    is_with_unit(day, &contact, true).await?;
    asked_about_no_more(day, &contact).await?;
    let decision = DecideInitiallyRequest {
        pathway: Pathway::NoFurtherActionInHub.into(),
        framework_level: FrameworkLevel::Targeted.into(),
        rationale: "The unit visits the family today and sees the sister too.".to_owned(),
        outcome: Outcome::AdviceAndGuidance.into(),
        consent_is_not_the_reason: true,
        ..Default::default()
    };
    day.decide_initially(&contact, decision).await?;
    let told = "By telephone: the family's social worker has it and visits today.".to_owned();
    day.tell_and_close(&contact, inform_referrer_request::Result::Informed(told)).await
}

/// The case system tells of its episode with the elder child.
async fn import(day: &Day, family: &Family) -> anyhow::Result<()> {
    let contact = family.contact();
    let child = contact.children.first().context("a family with children")?;
    let header = intake::ImportHeader { import_id: request_id(), system: "mosaic".to_owned() };
    let row = intake::EpisodeRow {
        number: 1,
        person_ref: "P-4711".to_owned(),
        name: child.name.clone(),
        birth_date: child.birth_date,
        nhs_number: child.nhs_number.clone(),
        sex: child.sex.clone(),
        episode_ref: "E-0815".to_owned(),
        kind: intake::EpisodeKind::Section17.into(),
        unit: "Unit 7".to_owned(),
        opened_on: Some(to_date(jiff::civil::date(2026, 1, 12))),
        ..Default::default()
    };
    let parts = [
        intake::import_episodes_request::Part::Header(header),
        intake::import_episodes_request::Part::Row(row),
    ];
    let parts = parts.map(|part| intake::ImportEpisodesRequest { part: Some(part) });
    let mut client = day.people.register_import("case_system")?;
    let mut told = client.import_episodes(tokio_stream::iter(parts)).await?.into_inner();
    while told.message().await?.is_some() {}
    day.timeline.act("case_system", "imports an episode of Children's Social Care (R9)", "");
    Ok(())
}

/// The hand-over by which the child is to go to the unit that holds the case.
async fn found(day: &Day, contact: &Contact) -> anyhow::Result<intake::UnitHandOver> {
    let worker = day.people.register("screening_practitioner")?;
    let purpose = Purpose::Screening.into();
    let listing = intake::ListUnitHandOversRequest { purpose, ..Default::default() };
    eventually("the open case is found", async || {
        let listed = worker.clone().list_unit_hand_overs(listing.clone()).await?.into_inner();
        Ok(listed.hand_overs.into_iter().find(|found| found.contact_id == contact.id))
    })
    .await
}

/// The unit is told of the child, and says that it has it.
async fn pass_to_unit(
    day: &Day,
    contact: &Contact,
    found: &intake::UnitHandOver,
) -> anyhow::Result<()> {
    let mut worker = day.people.register("screening_practitioner")?;
    let hand_over_id = found.hand_over_id.clone();
    let now = Some(to_timestamp(day.began()));
    let passing = intake::PassToUnitRequest {
        request_id: request_id(),
        hand_over_id: hand_over_id.clone(),
        revision: found.revision,
        passed_at: now,
        way: intake::SecureWay::Telephone.into(),
        ..Default::default()
    };
    let revision = worker.pass_to_unit(passing).await?.into_inner().revision;
    day.timeline.act(
        "screening_practitioner",
        &format!("telephones {} about the child", found.unit),
        &contact.id,
    );
    let receipt = intake::RecordUnitReceiptRequest {
        request_id: request_id(),
        hand_over_id,
        revision,
        received_at: now,
        received_by: "Duty social worker".to_owned(),
    };
    worker.record_unit_receipt(receipt).await?;
    day.timeline.act(
        "screening_practitioner",
        "records that the unit has the child (R9)",
        &contact.id,
    );
    Ok(())
}

/// Screening knows whether a unit has one of the children.
async fn is_with_unit(day: &Day, contact: &Contact, is: bool) -> anyhow::Result<()> {
    eventually("screening has heard of the unit", async || {
        let case = day.case(contact).await?;
        let received =
            |child: &screening::CaseChild| child.with_unit() == screening::WithUnit::Received;
        Ok((case.children.iter().any(received) == is).then_some(()))
    })
    .await
}

/// The unit says that the child is not its own: a manager takes her back, and hands her to another.
async fn hand_to_another(
    day: &Day,
    contact: &Contact,
    found: &intake::UnitHandOver,
) -> anyhow::Result<intake::UnitHandOver> {
    let mut manager = day.people.register("mash_manager")?;
    let taking_back = intake::TakeBackFromUnitRequest {
        request_id: request_id(),
        hand_over_id: found.hand_over_id.clone(),
        revision: found.revision + 2,
        reason: "Unit 7 says that it closed the case to Unit 9 on Friday.".to_owned(),
        ..Default::default()
    };
    manager.take_back_from_unit(taking_back).await?;
    day.timeline.act("mash_manager", "takes back a child who is not the unit's (R9)", &contact.id);
    is_with_unit(day, contact, false).await?;
    let handing = intake::HandToUnitRequest {
        request_id: request_id(),
        contact_id: contact.id.clone(),
        child_ids: found.child_ids.clone(),
        unit: "Unit 9".to_owned(),
        reason: "Unit 9 has had the case since Friday.".to_owned(),
    };
    let handed = manager.hand_to_unit(handing).await?.into_inner();
    day.timeline.act("mash_manager", "hands the child to the unit that has the case", &contact.id);
    Ok(intake::UnitHandOver {
        hand_over_id: handed.hand_over_id,
        revision: handed.revision,
        unit: "Unit 9".to_owned(),
        ..found.clone()
    })
}

/// Nobody is asked about a child whom its unit has.
async fn asked_about_no_more(day: &Day, contact: &Contact) -> anyhow::Result<()> {
    let context = "Out of school for two weeks; a small child alone in the flat.";
    let question = Question { agencies: &["education"], rag: Rag::Amber, basis: None, context };
    let Err(refused) = day.ask(contact, question).await else {
        anyhow::bail!("education was asked about a child whom its unit has");
    };
    let refused = refused.downcast::<tonic::Status>()?;
    let reason = refused.get_details_error_info().map(|info| info.reason);
    anyhow::ensure!(reason.as_deref() == Some("WITH_UNIT"), "refused otherwise: {refused}");
    Ok(())
}
