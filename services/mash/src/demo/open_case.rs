//! A school worries about two siblings, one of whom has a social worker already: that child
//! goes to the unit that holds the case, and the hub decides on the other alone (R9).

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
    pass_to_unit(day, &contact).await?;
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

/// The unit is told of the child whose case it holds, and says that it has it.
async fn pass_to_unit(day: &Day, contact: &Contact) -> anyhow::Result<()> {
    let mut worker = day.people.register("screening_practitioner")?;
    let purpose = Purpose::Screening.into();
    let listing = intake::ListUnitHandOversRequest { purpose, ..Default::default() };
    let found = eventually("the open case is found", async || {
        let listed = worker.clone().list_unit_hand_overs(listing.clone()).await?.into_inner();
        Ok(listed.hand_overs.into_iter().find(|found| found.contact_id == contact.id))
    })
    .await?;
    let (hand_over_id, now) = (found.hand_over_id, Some(to_timestamp(day.began())));
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
        "telephones the unit that holds the case",
        &contact.id,
    );
    let receipt = intake::RecordUnitReceiptRequest {
        request_id: request_id(),
        hand_over_id,
        revision,
        received_at: Some(to_timestamp(day.began())),
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

/// Nobody is asked about a child whom its unit has.
async fn asked_about_no_more(day: &Day, contact: &Contact) -> anyhow::Result<()> {
    eventually("screening has heard of the receipt", async || {
        let case = day.case(contact).await?;
        let received =
            |child: &screening::CaseChild| child.with_unit() == screening::WithUnit::Received;
        Ok(case.children.iter().any(received).then_some(()))
    })
    .await?;
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
