//! The gRPC edge of screening: reads a request, opens the transaction, does one
//! command, commits, answers.

mod answer;
mod page_token;
mod parse;
mod refused;

use access::Caller;
use messaging::EventLog;
use proto::{
    convert::to_timestamp,
    screening::v1::{
        CloseCaseRequest, CloseCaseResponse, DecideInitiallyRequest, DecideInitiallyResponse,
        DecideOutcomeRequest, DecideOutcomeResponse, GetCaseRequest, GetCaseResponse,
        GetCaseStateRequest, GetCaseStateResponse, InformReferrerRequest, InformReferrerResponse,
        ListCasesRequest, ListCasesResponse, ReviewAnswerRequest, ReviewAnswerResponse,
        screening_service_server::ScreeningService,
    },
};
use runtime::refusal::not_found;
use service::edge::{self, OwnPurpose, Shown};
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    commands::{
        CommandError, close_case::close_case, decide_initially::decide_initially,
        decide_outcome::decide_outcome, inform_referrer::inform_referrer, load::load,
        review::review,
    },
    domain::{case::Case, outcome::Decider, review::Reader},
    protocol::Rules,
    store::{alarms, checks, consent_withdrawals, units, worklist},
};

/// The fields of a child's record that a case shows, for the read log.
const CASE_FIELDS: &[&str] = &["children", "checks", "flags", "referrer"];
/// Those that another service is told.
const STATE_FIELDS: &[&str] = &["state", "section_47"];
/// Those that the worklist shows.
const WORKLIST_FIELDS: &[&str] = &["state", "priority", "next_deadline", "with_unit", "checks"];

/// Screening's API.
pub struct Api {
    log: EventLog,
    rules: Rules,
}

impl Api {
    /// The API over a log, under a protocol.
    pub fn new(log: EventLog, rules: Rules) -> Self {
        Self { log, rules }
    }
}

#[tonic::async_trait]
impl ScreeningService for Api {
    async fn list_cases(
        &self,
        request: Request<ListCasesRequest>,
    ) -> Result<Response<ListCasesResponse>, Status> {
        let now = self.log.clock().now();
        edge::read(&self.log, request, parse::list_cases, async |db, stretch| {
            let (as_of, behind) = stretch.from.unzip();
            let as_of = as_of.unwrap_or(now);
            // One line more than asked for tells whether there is another page.
            let most = i64::try_from(stretch.most).map_or(i64::MAX, |most| most + 1);
            let lines = worklist::page(db, as_of, behind, most).await?;
            let subjects: Vec<Uuid> =
                lines.iter().take(stretch.most).map(|line| line.contact_id).collect();
            let marks = marks(db, &subjects).await?;
            let purpose = OwnPurpose::Worklist.code();
            let shown = Shown { subjects, purpose, fields: WORKLIST_FIELDS };
            Ok((answer::worklist(lines, &marks, stretch.most, as_of), shown))
        })
        .await
    }

    async fn get_case(
        &self,
        request: Request<GetCaseRequest>,
    ) -> Result<Response<GetCaseResponse>, Status> {
        edge::read(&self.log, request, parse::get_case, async |db, (contact, purpose)| {
            let case = load(db, contact).await?.ok_or_else(|| not_found("case"))?;
            let shown = shown(&case, purpose.as_str_name(), CASE_FIELDS);
            Ok((GetCaseResponse { case: Some(answer::case(case, &self.rules)) }, shown))
        })
        .await
    }

    async fn decide_initially(
        &self,
        request: Request<DecideInitiallyRequest>,
    ) -> Result<Response<DecideInitiallyResponse>, Status> {
        edge::command(&self.log, request, parse::initial_decision, async |tx, asked| {
            let (on, initial, grounds) = asked;
            let receipt = decide_initially(tx, on, initial, grounds, &self.rules).await?;
            let deadline = receipt.deadline.map(to_timestamp);
            Ok(DecideInitiallyResponse { revision: receipt.revision, deadline })
        })
        .await
    }

    async fn decide_outcome(
        &self,
        request: Request<DecideOutcomeRequest>,
    ) -> Result<Response<DecideOutcomeResponse>, Status> {
        let by = decider(Caller::of(&request)?);
        edge::command(&self.log, request, parse::outcome_decision, async |tx, asked| {
            let (on, outcome, grounds) = asked;
            let receipt = decide_outcome(tx, on, (by, outcome), grounds, &self.rules).await?;
            let inform_referrer_by = receipt.inform_referrer_by.map(to_timestamp);
            Ok(DecideOutcomeResponse { revision: receipt.revision, inform_referrer_by })
        })
        .await
    }

    async fn inform_referrer(
        &self,
        request: Request<InformReferrerRequest>,
    ) -> Result<Response<InformReferrerResponse>, Status> {
        edge::command(&self.log, request, parse::telling, async |tx, (on, telling)| {
            Ok(InformReferrerResponse { revision: inform_referrer(tx, on, telling).await? })
        })
        .await
    }

    async fn close_case(
        &self,
        request: Request<CloseCaseRequest>,
    ) -> Result<Response<CloseCaseResponse>, Status> {
        edge::command(&self.log, request, parse::closing, async |tx, on| {
            Ok(CloseCaseResponse { revision: close_case(tx, on).await? })
        })
        .await
    }

    async fn review_answer(
        &self,
        request: Request<ReviewAnswerRequest>,
    ) -> Result<Response<ReviewAnswerResponse>, Status> {
        let by = reader(Caller::of(&request)?);
        edge::command(&self.log, request, parse::review, async |tx, (contact, read)| {
            let at = review(tx, contact, &read, by).await?;
            Ok(ReviewAnswerResponse { reviewed_at: Some(to_timestamp(at)) })
        })
        .await
    }

    async fn get_case_state(
        &self,
        request: Request<GetCaseStateRequest>,
    ) -> Result<Response<GetCaseStateResponse>, Status> {
        edge::read(&self.log, request, parse::get_case_state, async |db, contact| {
            let case = load(db, contact).await?;
            let case = case.ok_or(CommandError::NotOpenYet).map_err(Status::from)?;
            Ok((answer::case_state(&case), shown(&case, "CASE_STATE", STATE_FIELDS)))
        })
        .await
    }
}

/// What of a case's children an answer shows.
fn shown(case: &Case, purpose: &'static str, fields: &'static [&'static str]) -> Shown {
    let subjects = case.children.iter().map(|child| child.id).collect();
    Shown { subjects, purpose, fields }
}

/// As whom the caller decides an outcome (R26). The policies let nobody else in.
fn decider(caller: &Caller) -> Decider {
    match caller.is_mash_manager() {
        true => Decider::MashManager,
        false => Decider::EarlyHelpManager,
    }
}

/// As whom the caller has read something (R6).
fn reader(caller: &Caller) -> Reader {
    match caller.is_mash_manager() {
        true => Reader::MashManager,
        false => Reader::Other,
    }
}

/// What stands beside the lines of these contacts on the worklist.
async fn marks(tx: &mut PgConnection, shown: &[Uuid]) -> Result<answer::Marks, sqlx::Error> {
    Ok(answer::Marks {
        on_their_way: units::of_contacts(tx, shown).await?,
        alarms: alarms::of_contacts(tx, shown).await?,
        without_consent: consent_withdrawals::undecided_of(tx, shown).await?,
        stopped: checks::stopped_of(tx, shown).await?,
    })
}
