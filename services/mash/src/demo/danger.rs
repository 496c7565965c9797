//! A school nurse telephones about a child in danger. The manager is paged at once;
//! five agencies are asked RED, one flags a risk, one is late, and its page climbs to
//! the top of the ladder.

use proto::{
    deadlines::v1::PageCause,
    intake::v1 as intake,
    screening::v1::{DecideInitiallyRequest, inform_referrer_request},
    terms::v1::{Channel, FrameworkLevel, Outcome, Pathway, Rag},
};

use super::{
    agency::Agency,
    family::Family,
    request_id,
    story::{AGENCIES, Contact, Day, Question, considered, seen_flags},
};

const CONTEXT: &str =
    "A child of seven says that her stepfather holds her under water; she has bruises.";

/// Plays this part of the day.
pub async fn play(day: &mut Day) -> anyhow::Result<()> {
    day.timeline.scene("A school nurse telephones: a child is in danger");
    let call = intake::SubmitContactRequest {
        channel: Channel::Phone.into(),
        referrer: Some(intake::Referrer {
            source: "3C".to_owned(),
            name: "Nurse P. Lindqvist".to_owned(),
            organisation: "School nursing".to_owned(),
            contact_details: "020 7946 0502".to_owned(),
            ..Default::default()
        }),
        significant_harm: true,
        immediate_danger: true,
        ..Family::named("yildiz")?.contact()
    };
    let contact = day
        .submit("school_nurse", "telephones about three siblings; is told: call 999", call)
        .await?;
    day.paged(&contact, PageCause::Section47, "mash_manager").await?;
    day.acknowledge(&contact, PageCause::Section47, "mash_manager").await?;

    let basis = ask_everybody(day, &contact).await?;
    day.timeline.act("mash_manager", &format!("shares on the basis {basis} (R38)"), &contact.id);
    let late = four_answer(day, &contact).await?;
    one_is_late(day, &contact, late).await?;
    decide(day, &contact).await
}

/// Without a basis nothing is shared, however urgent: the manager records hers first.
async fn ask_everybody(day: &Day, contact: &Contact) -> anyhow::Result<&'static str> {
    day.case(contact).await?;
    let question = |basis| Question { agencies: &AGENCIES, rag: Rag::Red, basis, context: CONTEXT };
    if day.ask(contact, question(None)).await.is_ok() {
        anyhow::bail!("five agencies were asked without a basis");
    }
    let cause = intake::RecordBasisRequest {
        request_id: request_id(),
        contact_id: contact.id.clone(),
        revision: contact.revision,
        child_ids: Vec::new(),
        basis: Some(intake::record_basis_request::Basis::Section47(intake::Section47 {
            reasons:
                "Bruises, and what the child says: reasonable cause to suspect significant harm."
                    .to_owned(),
        })),
        evidence: String::new(),
    };
    let basis = day.people.intake("mash_manager")?.record_basis(cause).await?.into_inner().basis_id;
    day.ask(contact, question(Some(basis))).await?;
    Ok("section 47")
}

/// Four agencies answer; education flags a risk first. Gives the fifth.
async fn four_answer(day: &mut Day, contact: &Contact) -> anyhow::Result<Agency> {
    for code in ["police", "health", "housing"] {
        let mut agency = Agency::connect(&day.state, code, &day.timeline).await?;
        let request = agency.receive(&contact.reference).await?;
        agency.open(&request).await?;
        agency.answer(&request, "What is held makes the concern more likely.").await?;
    }
    let mut education = Agency::connect(&day.state, "education", &day.timeline).await?;
    let request = education.receive(&contact.reference).await?;
    education.open(&request).await?;
    education
        .flag(&request, "He has asked to take the younger brother out of nursery at noon.")
        .await?;
    day.paged(contact, PageCause::RiskFlag, "mash_manager").await?;
    day.acknowledge(contact, PageCause::RiskFlag, "mash_manager").await?;
    education.answer(&request, "The child has changed since the spring.").await?;
    Agency::connect(&day.state, "probation", &day.timeline).await
}

/// Probation is reminded, runs past the deadline, and its page climbs to the head of
/// service before anybody takes it (R43).
async fn one_is_late(
    day: &mut Day,
    contact: &Contact,
    mut probation: Agency,
) -> anyhow::Result<()> {
    day.paged(contact, PageCause::RedCheckReminder, "agency_duty").await?;
    for role in ["mash_manager", "service_manager", "head_of_service"] {
        day.paged(contact, PageCause::RedCheckOverdue, role).await?;
    }
    day.acknowledge(contact, PageCause::RedCheckOverdue, "head_of_service").await?;
    let request = probation.receive(&contact.reference).await?;
    probation.open(&request).await?;
    probation.answer(&request, "The stepfather is under supervision for violence.").await
}

async fn decide(day: &Day, contact: &Contact) -> anyhow::Result<()> {
    let case = day.answered(contact).await?;
    let decision = DecideInitiallyRequest {
        pathway: Pathway::StatutoryAssessment.into(),
        framework_level: FrameworkLevel::Statutory.into(),
        rationale:
            "Reasonable cause to suspect significant harm to all three; an enquiry begins today."
                .to_owned(),
        outcome: Outcome::Unspecified.into(),
        gate: Some(considered(&case)),
        seen_flag_ids: seen_flags(&case),
        ..Default::default()
    };
    day.decide_initially(contact, decision).await?;
    let told = "By telephone: a social work unit has the children's case from today.".to_owned();
    day.tell_and_close(contact, inform_referrer_request::Result::Informed(told)).await
}
