//! The gRPC edge of screening: reads a request, opens the transaction, does one
//! command, commits, answers.

mod answer;
mod page_token;
mod parse;
mod refused;

use access::{Caller, Read, Role, log_read};
use messaging::{
    EventLog,
    command::{Begun, CommandKey},
    store_failure,
};
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
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    commands::{
        CommandError, close_case::close_case, decide_initially::decide_initially,
        decide_outcome::decide_outcome, inform_referrer::inform_referrer, load::load,
        review::review,
    },
    domain::{case::Case, outcome::Decider},
    protocol::Rules,
    store::{alarms, units, worklist},
};

/// The fields of a child's record that a case shows, for the read log.
const CASE_FIELDS: &[&str] = &["children", "checks", "flags", "referrer"];
/// Those that another service is told.
const STATE_FIELDS: &[&str] = &["state", "section_47"];
/// Those that the worklist shows.
const WORKLIST_FIELDS: &[&str] = &["state", "priority", "next_deadline", "with_unit"];

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
        let caller = Caller::of(&request)?.clone();
        let stretch = parse::list_cases(request.get_ref())?;
        let (as_of, behind) = stretch.from.unzip();
        let as_of = as_of.unwrap_or_else(|| self.log.clock().now());
        // One line more than asked for tells whether there is another page.
        let most = i64::try_from(stretch.most).map_or(i64::MAX, |most| most + 1);
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let lines = worklist::page(&mut tx, as_of, behind, most)
            .await
            .map_err(|error| store_failure(&error))?;
        let shown: Vec<Uuid> =
            lines.iter().take(stretch.most).map(|line| line.contact_id).collect();
        let on_their_way =
            units::of_contacts(&mut tx, &shown).await.map_err(|error| store_failure(&error))?;
        let alarms =
            alarms::of_contacts(&mut tx, &shown).await.map_err(|error| store_failure(&error))?;
        if !shown.is_empty() {
            let read = self.read(
                &caller,
                "ScreeningService.ListCases",
                (&shown, "WORKLIST", WORKLIST_FIELDS),
            );
            log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        }
        tx.commit().await.map_err(|error| store_failure(&error))?;
        Ok(Response::new(answer::worklist(lines, (&on_their_way, &alarms), stretch.most, as_of)))
    }

    async fn get_case(
        &self,
        request: Request<GetCaseRequest>,
    ) -> Result<Response<GetCaseResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (contact, purpose) = parse::get_case(request.get_ref())?;
        let why = (purpose.as_str_name(), CASE_FIELDS);
        let case = self.read_case(&caller, "ScreeningService.GetCase", contact, why).await?;
        let case = case.ok_or_else(|| not_found("case"))?;
        Ok(Response::new(GetCaseResponse { case: Some(answer::case(case, &self.rules)) }))
    }

    async fn decide_initially(
        &self,
        request: Request<DecideInitiallyRequest>,
    ) -> Result<Response<DecideInitiallyResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (target, initial, grounds) = parse::initial_decision(request)?;
        let key = CommandKey::new(&caller, "DecideInitially", target.request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let at = (target.contact, target.revision);
        let receipt = decide_initially(&mut tx, at, initial, grounds, &self.rules).await?;
        let deadline = receipt.deadline.map(to_timestamp);
        let reply = DecideInitiallyResponse { revision: receipt.revision, deadline };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn decide_outcome(
        &self,
        request: Request<DecideOutcomeRequest>,
    ) -> Result<Response<DecideOutcomeResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = request.into_inner();
        let body = request.clone();
        let (target, outcome, grounds) = parse::outcome_decision(request)?;
        let key = CommandKey::new(&caller.actor(), "DecideOutcome", target.request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let at = (target.contact, target.revision);
        let decides = (decider(&caller), outcome);
        let receipt = decide_outcome(&mut tx, at, decides, grounds, &self.rules).await?;
        let inform_referrer_by = receipt.inform_referrer_by.map(to_timestamp);
        let reply = DecideOutcomeResponse { revision: receipt.revision, inform_referrer_by };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn inform_referrer(
        &self,
        request: Request<InformReferrerRequest>,
    ) -> Result<Response<InformReferrerResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (target, telling) = parse::telling(request)?;
        let key = CommandKey::new(&caller, "InformReferrer", target.request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = inform_referrer(&mut tx, target.contact, target.revision, telling).await?;
        let reply = InformReferrerResponse { revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn close_case(
        &self,
        request: Request<CloseCaseRequest>,
    ) -> Result<Response<CloseCaseResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let target = parse::closing(&request)?;
        let key = CommandKey::new(&caller, "CloseCase", target.request_id, &request);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = close_case(&mut tx, target.contact, target.revision).await?;
        let reply = CloseCaseResponse { revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn review_answer(
        &self,
        request: Request<ReviewAnswerRequest>,
    ) -> Result<Response<ReviewAnswerResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let (request_id, contact, read) = parse::review(&request)?;
        let key = CommandKey::new(&caller, "ReviewAnswer", request_id, &request);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let at = review(&mut tx, contact, &read).await?;
        let reply = ReviewAnswerResponse { reviewed_at: Some(to_timestamp(at)) };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn get_case_state(
        &self,
        request: Request<GetCaseStateRequest>,
    ) -> Result<Response<GetCaseStateResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let contact = parse::get_case_state(request.get_ref())?;
        let why = ("CASE_STATE", STATE_FIELDS);
        let case = self.read_case(&caller, "ScreeningService.GetCaseState", contact, why).await?;
        let case = case.ok_or(CommandError::NotOpenYet)?;
        Ok(Response::new(answer::case_state(&case)))
    }
}

impl Api {
    /// Loads a case; the row of the read log commits before anything is answered (R61).
    async fn read_case(
        &self,
        caller: &Caller,
        action: &str,
        contact: Uuid,
        (purpose, fields): (&str, &[&str]),
    ) -> Result<Option<Case>, Status> {
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let Some(case) = load(&mut tx, contact).await.map_err(|error| store_failure(&error))?
        else {
            return Ok(None);
        };
        let children: Vec<Uuid> = case.children.iter().map(|child| child.id).collect();
        let read = self.read(caller, action, (&children, purpose, fields));
        log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        Ok(Some(case))
    }

    fn read<'a>(
        &self,
        caller: &'a Caller,
        action: &'a str,
        (subjects, purpose, fields): (&'a [Uuid], &'a str, &'a [&'a str]),
    ) -> Read<'a> {
        Read { at: self.log.clock().now(), caller, action, subjects, purpose, fields }
    }
}

/// As whom the caller decides an outcome (R26). The policies let nobody else in.
fn decider(caller: &Caller) -> Decider {
    let managers = [Role::MashManager, Role::ServiceManager, Role::HeadOfService];
    match managers.iter().any(|role| caller.has_role(role)) {
        true => Decider::MashManager,
        false => Decider::EarlyHelpManager,
    }
}
