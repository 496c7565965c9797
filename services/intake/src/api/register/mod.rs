//! The gRPC edge of the register: history, matches, open cases (R8, R9).

mod answer;
mod parse;

use access::{Caller, Read, log_read};
use messaging::{
    EventLog,
    command::{Begun, CommandKey},
    store_failure,
    tx::AppendError,
};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        AnswerDifferenceRequest, AnswerDifferenceResponse, DecideMatchRequest, DecideMatchResponse,
        GetHistoryRequest, GetHistoryResponse, JoinPeopleRequest, JoinPeopleResponse,
        ListOpenMatchesRequest, ListOpenMatchesResponse, ListUnitHandOversRequest,
        ListUnitHandOversResponse, PartPeopleRequest, PartPeopleResponse, PassToUnitRequest,
        PassToUnitResponse, RecordUnitReceiptRequest, RecordUnitReceiptResponse, UndoMatchRequest,
        UndoMatchResponse, register_service_server::RegisterService,
    },
    terms::v1::Purpose,
};
use runtime::refusal::{internal, not_found, refusal, stale_revision};
use sqlx::PgConnection;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::{
    api::page::Place,
    commands::{
        register::{
            RegisterError,
            answer_difference::answer_difference,
            decide_match::{decide_match, join_people, part_people},
            history,
            pass_to_unit::{pass_to_unit, record_unit_receipt},
        },
        submit_contact::Rules,
    },
    domain::{
        hand_over::Turn,
        register::{Decision, MatchRefusal},
        unit_hand_over::UnitRefusal,
    },
    events::register::match_state,
    store::{
        register::{matches, people},
        unit_hand_overs,
    },
};

/// The fields of a child's record that are shown, for the read log (R61).
const HISTORY_FIELDS: &[&str] =
    &["entry", "matches", "contacts", "episodes", "related", "difference", "unit_hand_overs"];
const MATCH_FIELDS: &[&str] = &["entry", "matches"];
const HAND_OVER_FIELDS: &[&str] = &["reference", "unit", "unit_hand_overs"];

/// The API of the register.
pub struct Api {
    log: EventLog,
    rules: Rules,
}

impl Api {
    /// The API over a log, under a protocol.
    pub fn new(log: EventLog, rules: Rules) -> Self {
        Self { log, rules }
    }

    /// Logs what an answer shows, where it shows anybody (R61).
    async fn log_read(
        &self,
        connection: &mut PgConnection,
        (caller, action): (&Caller, &str),
        subjects: &[Uuid],
        (purpose, fields): (Purpose, &[&str]),
    ) -> Result<(), Status> {
        if subjects.is_empty() {
            return Ok(());
        }
        let (at, purpose) = (self.log.clock().now(), purpose.as_str_name());
        let read = Read { at, caller, action, subjects, purpose, fields };
        log_read(connection, &read).await.map_err(|error| store_failure(&error))
    }
}

#[tonic::async_trait]
impl RegisterService for Api {
    async fn get_history(
        &self,
        request: Request<GetHistoryRequest>,
    ) -> Result<Response<GetHistoryResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (contact, purpose) = parse::history(request.get_ref())?;
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let history = history::load(&mut tx, contact, &self.rules).await?;
        let subjects: Vec<Uuid> = history.read.iter().copied().collect();
        let what = (&caller, "RegisterService.GetHistory");
        self.log_read(&mut tx, what, &subjects, (purpose, HISTORY_FIELDS)).await?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        Ok(Response::new(answer::history(history)))
    }

    async fn list_open_matches(
        &self,
        request: Request<ListOpenMatchesRequest>,
    ) -> Result<Response<ListOpenMatchesResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = request.get_ref();
        let (purpose, page) = parse::list(request.purpose, request.page_size, &request.page_token)?;
        let behind = page.behind.map(|place| (place.order, place.id));
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let mut lines = matches::open(&mut tx, behind, page.look_for())
            .await
            .map_err(|error| store_failure(&error))?;
        let place = |order, id| Place { done: false, rank: 0, order, id };
        let next_page_token = page.cut(&mut lines, |(order, found)| place(*order, found.id));
        let subjects: Vec<Uuid> =
            lines.iter().flat_map(|(_, found)| [found.one, found.other]).collect();
        let entries =
            people::held(&mut tx, &subjects).await.map_err(|error| store_failure(&error))?;
        let what = (&caller, "RegisterService.ListOpenMatches");
        self.log_read(&mut tx, what, &subjects, (purpose, MATCH_FIELDS)).await?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let entries = entries.into_iter().map(|held| (held.id, held)).collect();
        let matches = lines.iter().map(|(_, found)| answer::found(found, found.one, &entries));
        Ok(Response::new(ListOpenMatchesResponse { matches: matches.collect(), next_page_token }))
    }

    async fn decide_match(
        &self,
        request: Request<DecideMatchRequest>,
    ) -> Result<Response<DecideMatchResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, found, decision, reason) = parse::decision(request)?;
        let key = CommandKey::new(&caller, "DecideMatch", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let now = decide_match(&mut tx, found, decision, &reason, &self.rules).await?;
        let reply = DecideMatchResponse {
            revision: now.revision,
            state: match_state(now.state).into(),
            still_joined_by_ids: ids(&now.still_joined_by),
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn undo_match(
        &self,
        request: Request<UndoMatchRequest>,
    ) -> Result<Response<UndoMatchResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, found, reason) = parse::undoing(request)?;
        let key = CommandKey::new(&caller, "UndoMatch", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let now = decide_match(&mut tx, found, Decision::Undo, &reason, &self.rules).await?;
        let reply = UndoMatchResponse {
            revision: now.revision,
            state: match_state(now.state).into(),
            still_joined_by_ids: ids(&now.still_joined_by),
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn join_people(
        &self,
        request: Request<JoinPeopleRequest>,
    ) -> Result<Response<JoinPeopleResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, pair, read, reason) = parse::joining(request)?;
        let key = CommandKey::new(&caller, "JoinPeople", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let now = join_people(&mut tx, pair, read, &reason, &self.rules).await?;
        let reply = JoinPeopleResponse { match_id: now.id.to_string(), revision: now.revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn part_people(
        &self,
        request: Request<PartPeopleRequest>,
    ) -> Result<Response<PartPeopleResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, pair, revision, reason) = parse::parting(request)?;
        let key = CommandKey::new(&caller, "PartPeople", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let now = part_people(&mut tx, pair, revision, &reason, &self.rules).await?;
        let reply = PartPeopleResponse {
            match_id: now.id.to_string(),
            revision: now.revision,
            still_joined_by_ids: ids(&now.still_joined_by),
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn answer_difference(
        &self,
        request: Request<AnswerDifferenceRequest>,
    ) -> Result<Response<AnswerDifferenceResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, child, answer) = parse::difference(request)?;
        let key = CommandKey::new(&caller, "AnswerDifference", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let id = answer_difference(&mut tx, child, answer).await?;
        let reply = AnswerDifferenceResponse { difference_id: id.to_string() };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn pass_to_unit(
        &self,
        request: Request<PassToUnitRequest>,
    ) -> Result<Response<PassToUnitResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let now = self.log.clock().now();
        let (request_id, hand_over, how) = parse::passing(request.get_ref(), now)?;
        let key = CommandKey::new(&caller, "PassToUnit", request_id, request.get_ref());
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let passed = pass_to_unit(&mut tx, hand_over, how, &self.rules).await?;
        let receipt = passed.passed.map(|passed| to_timestamp(passed.receipt.due_at));
        let reply = PassToUnitResponse { revision: passed.revision, receipt_due_at: receipt };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn record_unit_receipt(
        &self,
        request: Request<RecordUnitReceiptRequest>,
    ) -> Result<Response<RecordUnitReceiptResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, hand_over, receipt) = parse::receipt(request, self.log.clock().now())?;
        let key = CommandKey::new(&caller, "RecordUnitReceipt", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = record_unit_receipt(&mut tx, hand_over, receipt).await?;
        let reply = RecordUnitReceiptResponse { revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_unit_hand_overs(
        &self,
        request: Request<ListUnitHandOversRequest>,
    ) -> Result<Response<ListUnitHandOversResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = request.get_ref();
        let (purpose, page) = parse::list(request.purpose, request.page_size, &request.page_token)?;
        let behind = page.behind.map(Turn::from);
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let mut lines = unit_hand_overs::page(&mut tx, behind, page.look_for())
            .await
            .map_err(|error| store_failure(&error))?;
        let next_page_token = page.cut(&mut lines, |line| line.turn.into());
        let subjects: Vec<Uuid> = lines.iter().flat_map(|line| &line.children).copied().collect();
        let what = (&caller, "RegisterService.ListUnitHandOvers");
        self.log_read(&mut tx, what, &subjects, (purpose, HAND_OVER_FIELDS)).await?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let hand_overs = lines.into_iter().map(|line| answer::hand_over(line.it, line.reference));
        let hand_overs = hand_overs.collect();
        Ok(Response::new(ListUnitHandOversResponse { hand_overs, next_page_token }))
    }
}

impl From<RegisterError> for Status {
    fn from(error: RegisterError) -> Self {
        let against = |rule: &str, reason| {
            let facts = [("rule", rule.to_owned())];
            refusal(Code::FailedPrecondition, reason, &error.to_string(), &facts)
        };
        match &error {
            RegisterError::NoSuchContact => not_found("contact"),
            RegisterError::NoSuchChild => not_found("child on this contact"),
            RegisterError::NoSuchPerson => not_found("person in the register"),
            RegisterError::NoSuchMatch => not_found("match"),
            RegisterError::NoSuchHandOver => not_found("hand-over to a unit"),
            RegisterError::StaleRevision(current) => stale_revision(*current),
            RegisterError::Match(refused) => against("R8", match_reason(*refused)),
            RegisterError::Unit(refused) => against("R9", unit_reason(*refused)),
            RegisterError::Append(AppendError::StaleRevision) => internal(&error),
            RegisterError::Append(AppendError::Store(cause)) | RegisterError::Store(cause) => {
                store_failure(cause)
            }
        }
    }
}

fn ids(ids: &[Uuid]) -> Vec<String> {
    ids.iter().map(Uuid::to_string).collect()
}

fn match_reason(refused: MatchRefusal) -> &'static str {
    match refused {
        MatchRefusal::NotWaiting => "NOT_WAITING",
        MatchRefusal::NothingToUndo => "NOTHING_TO_UNDO",
        MatchRefusal::LinkedAlready => "LINKED_ALREADY",
    }
}

fn unit_reason(refused: UnitRefusal) -> &'static str {
    match refused {
        UnitRefusal::PassedAlready => "PASSED_ALREADY",
        UnitRefusal::PassedBeforeFound => "PASSED_BEFORE_FOUND",
        UnitRefusal::NotPassed => "NOT_PASSED",
        UnitRefusal::ReceivedAlready => "RECEIVED_ALREADY",
        UnitRefusal::ReceiptBeforePassing => "RECEIPT_BEFORE_PASSING",
        UnitRefusal::Withdrawn => "WITHDRAWN",
    }
}
