//! What the parts of the day have in common: who acts, how a case is followed, and
//! waiting for what others do.

use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    deadlines::v1::{AcknowledgePageRequest, ListPagesRequest, Page, PageCause},
    intake::v1 as intake,
    partner_checks::v1 as checks,
    screening::v1 as screening,
    terms::v1::{FrameworkLevel, Outcome, Pathway, Purpose, Rag},
};
use runtime::clock::Clock;
use serde_json::json;
use tokio::sync::watch;
use tonic_types::StatusExt;

use super::{
    people::People,
    request_id,
    timeline::{Kind, Timeline},
};
use crate::up::{HubState, PageReceipt};

/// The agencies of the demo's protocol.
pub const AGENCIES: [&str; 5] = ["police", "health", "education", "housing", "probation"];
/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The day, as those who play it see it.
pub struct Day {
    /// Who works at the hub.
    pub people: People,
    /// Where everything is.
    pub state: HubState,
    /// Where it is told.
    pub timeline: Timeline,
    /// Every page that arrived at a pager.
    pub pages: watch::Receiver<Vec<PageReceipt>>,
}

/// A contact that is being worked on.
#[derive(Clone)]
pub struct Contact {
    /// Its id.
    pub id: String,
    /// Its short reference.
    pub reference: String,
    /// The contact's revision.
    pub revision: i64,
    /// Its children.
    pub children: Vec<String>,
}

/// What a check is asked for.
pub struct Question<'a> {
    /// Which agencies.
    pub agencies: &'a [&'a str],
    /// How urgently.
    pub rag: Rag,
    /// On what basis; none to rest on consent.
    pub basis: Option<String>,
    /// What has happened.
    pub context: &'a str,
}

impl Day {
    /// Now, for the figures of this day.
    pub fn began(&self) -> Timestamp {
        Clock::system().now()
    }

    /// Every agency has confirmed the data sharing agreement for a year (R37).
    pub async fn confirm_agreements(&self) -> anyhow::Result<()> {
        let lapses_at = Some(to_timestamp(self.began() + SignedDuration::from_hours(24 * 365)));
        let mut manager = self.people.partner_checks("service_manager")?;
        for agency in AGENCIES {
            let agency = agency.to_owned();
            let request =
                checks::ConfirmAgreementRequest { request_id: request_id(), agency, lapses_at };
            manager.confirm_agreement(request).await?;
        }
        self.timeline.act("service_manager", "records the agreements of five agencies (R37)", "");
        Ok(())
    }

    /// Somebody raises a contact.
    pub async fn submit(
        &self,
        who: &str,
        how: &str,
        contact: intake::SubmitContactRequest,
    ) -> anyhow::Result<Contact> {
        let receipt = self.people.intake("referrer")?.submit_contact(contact).await?.into_inner();
        self.timeline.name(&receipt.contact_id, &receipt.reference);
        self.timeline.act(who, how, &receipt.contact_id);
        Ok(Contact {
            id: receipt.contact_id,
            reference: receipt.reference,
            revision: receipt.revision,
            children: receipt.child_ids,
        })
    }

    /// The case of a contact, when it is open.
    pub async fn case(&self, contact: &Contact) -> anyhow::Result<screening::Case> {
        let request = screening::GetCaseRequest {
            contact_id: contact.id.clone(),
            purpose: Purpose::Screening.into(),
        };
        let client = self.people.screening("mash_manager")?;
        eventually("the case is open", async || {
            let answer = client.clone().get_case(request.clone()).await;
            Ok(answer.ok().and_then(|answer| answer.into_inner().case))
        })
        .await
    }

    /// The manager asks agencies (R33).
    pub async fn ask(
        &self,
        contact: &Contact,
        question: Question<'_>,
    ) -> anyhow::Result<Vec<checks::RequestedCheck>> {
        let request = checks::RequestChecksRequest {
            request_id: request_id(),
            contact_id: contact.id.clone(),
            child_ids: contact.children.clone(),
            agencies: question.agencies.iter().map(|agency| agency.to_string()).collect(),
            rag: question.rag.into(),
            purpose: "To decide what help or protection the children need.".to_owned(),
            context: question.context.to_owned(),
            basis_id: question.basis.unwrap_or_default(),
            effects_weighed: "Asking is proportionate to what is said to have happened.".to_owned(),
            lapsed_agreement_reason: String::new(),
        };
        let asked = self.people.partner_checks("mash_manager")?.request_checks(request).await;
        let asked = asked.map_err(|refused| self.refused("mash_manager", refused))?;
        let what = format!(
            "asks {} ({})",
            question.agencies.join(", "),
            question.rag.as_str_name().trim_start_matches("RAG_"),
        );
        self.timeline.act("mash_manager", &what, &contact.id);
        Ok(asked.into_inner().checks)
    }

    /// Tells of a refusal, and passes it on.
    pub fn refused(&self, who: &str, refused: tonic::Status) -> anyhow::Error {
        let reason = refused.get_details_error_info().map(|info| info.reason).unwrap_or_default();
        let what = format!("{} [{reason}]", refused.message());
        self.timeline.tell(Kind::Refusal, who, &what, None, json!({ "reason": reason }));
        refused.into()
    }

    /// The manager makes the initial decision for every child (R16).
    pub async fn decide_initially(
        &self,
        contact: &Contact,
        decision: screening::DecideInitiallyRequest,
    ) -> anyhow::Result<()> {
        let revision = self.case(contact).await?.revision;
        let pathway = Pathway::try_from(decision.pathway)?;
        let request = screening::DecideInitiallyRequest {
            request_id: request_id(),
            contact_id: contact.id.clone(),
            revision,
            ..decision
        };
        self.people.screening("mash_manager")?.decide_initially(request).await?;
        let what = format!(
            "decides {} (R16)",
            pathway.as_str_name().trim_start_matches("PATHWAY_").to_lowercase()
        );
        self.timeline.act("mash_manager", &what, &contact.id);
        Ok(())
    }

    /// The manager decides an outcome, having considered every answer (R26, R27).
    pub async fn decide_outcome(
        &self,
        contact: &Contact,
        outcome: Outcome,
        rationale: &str,
    ) -> anyhow::Result<()> {
        let case = self.answered(contact).await?;
        let request = screening::DecideOutcomeRequest {
            request_id: request_id(),
            contact_id: contact.id.clone(),
            revision: case.revision,
            outcome: outcome.into(),
            child_ids: Vec::new(),
            framework_level: FrameworkLevel::Targeted.into(),
            rationale: rationale.to_owned(),
            gate: Some(considered(&case)),
            seen_flag_ids: seen_flags(&case),
        };
        self.people.screening("mash_manager")?.decide_outcome(request).await?;
        let what = format!(
            "decides {}",
            outcome.as_str_name().trim_start_matches("OUTCOME_").to_lowercase()
        );
        self.timeline.act("mash_manager", &what, &contact.id);
        Ok(())
    }

    /// The case, when screening has heard of the answer to every check.
    pub async fn answered(&self, contact: &Contact) -> anyhow::Result<screening::Case> {
        eventually("every check is answered", async || {
            let case = self.case(contact).await?;
            let open = case.checks.iter().any(|check| check.answered_at.is_none());
            Ok((!open && !case.checks.is_empty()).then_some(case))
        })
        .await
    }

    /// The referrer is told, or why not; then the case is closed (R28).
    pub async fn tell_and_close(
        &self,
        contact: &Contact,
        result: screening::inform_referrer_request::Result,
    ) -> anyhow::Result<()> {
        use screening::inform_referrer_request::Result as Told;
        let what = match &result {
            Told::Informed(_) => "tells the referrer what was decided (R28)",
            Told::NotInformedBecause(_) => "records why the referrer cannot be told (R28)",
        };
        let mut client = self.people.screening("mash_manager")?;
        let (contact_id, revision) = (contact.id.clone(), self.case(contact).await?.revision);
        let request = screening::InformReferrerRequest {
            request_id: request_id(),
            contact_id: contact_id.clone(),
            revision,
            result: Some(result),
        };
        let revision = client.inform_referrer(request).await?.into_inner().revision;
        self.timeline.act("mash_manager", what, &contact.id);
        client
            .close_case(screening::CloseCaseRequest {
                request_id: request_id(),
                contact_id,
                revision,
            })
            .await?;
        self.timeline.act("mash_manager", "closes the case", &contact.id);
        Ok(())
    }

    /// Waits for a page on a contact to reach a role's pager.
    pub async fn paged(
        &mut self,
        contact: &Contact,
        cause: PageCause,
        role: &str,
    ) -> anyhow::Result<()> {
        let wanted = cause.as_str_name();
        let is_it = |page: &PageReceipt| {
            let said = page.page.to_string();
            page.role == role
                && said.contains(&contact.id)
                && said.to_uppercase().contains(wanted.trim_start_matches("PAGE_CAUSE_"))
        };
        let arrived = self.pages.wait_for(|pages| pages.iter().any(is_it));
        tokio::time::timeout(PATIENCE, arrived)
            .await
            .with_context(|| format!("no page reached {role}"))??;
        let what =
            format!("{role} is paged: {}", wanted.trim_start_matches("PAGE_CAUSE_").to_lowercase());
        let facts = json!({ "role": role, "cause": wanted });
        self.timeline.tell(Kind::Page, role, &what, Some(&contact.id), facts);
        Ok(())
    }

    /// The page on a contact that waits for somebody.
    pub async fn open_page(&self, contact: &Contact, cause: PageCause) -> anyhow::Result<Page> {
        let mut client = self.people.deadlines("mash_manager")?;
        let pages = client.list_pages(ListPagesRequest::default()).await?.into_inner().pages;
        let page =
            pages.into_iter().find(|page| page.contact_id == contact.id && page.cause() == cause);
        page.with_context(|| format!("no open page {}", cause.as_str_name()))
    }

    /// A person takes the page: it climbs no further (R18, R43).
    pub async fn acknowledge(
        &self,
        contact: &Contact,
        cause: PageCause,
        role: &str,
    ) -> anyhow::Result<()> {
        let page_id = self.open_page(contact, cause).await?.page_id;
        let request = AcknowledgePageRequest { request_id: request_id(), page_id };
        self.people.deadlines(role)?.acknowledge_page(request).await?;
        self.timeline.act(role, "acknowledges the page", &contact.id);
        Ok(())
    }
}

/// The risk flags that whoever decides has seen (R41).
pub fn seen_flags(case: &screening::Case) -> Vec<String> {
    case.flags.iter().map(|flag| flag.flag_id.clone()).collect()
}

/// Every answer of a case marked as considered (R27).
pub fn considered(case: &screening::Case) -> screening::Gate {
    let checks = case.checks.iter().map(|check| screening::MarkedCheck {
        check_id: check.check_id.clone(),
        mark: screening::CheckMark::Considered.into(),
        reason: String::new(),
        seen_revision: check.answer_revision,
    });
    screening::Gate { checks: checks.collect(), covering_reason: String::new() }
}

/// Waits until something is there.
pub(super) async fn eventually<T>(
    what: &str,
    look: impl AsyncFn() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "not within {} s: {what}",
            PATIENCE.as_secs()
        );
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}
