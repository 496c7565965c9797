//! The gRPC edge of passing children on to the authority of their area.

pub(in crate::api) mod answer;
pub(in crate::api) mod parse;

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
        KeepContactRequest, KeepContactResponse, ListPassedOnRequest, ListPassedOnResponse,
        ListRemitQuestionsRequest, ListRemitQuestionsResponse, PassToAuthorityRequest,
        PassToAuthorityResponse, RecordReceiptRequest, RecordReceiptResponse,
        remit_service_server::RemitService,
    },
};
use runtime::refusal::{internal, not_found, refusal, stale_revision};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::{
    commands::{
        pass_on::{PassOnError, pass_on, record_receipt},
        remit::keep,
        submit_contact::Rules,
    },
    domain::hand_over::Turn,
    store::{passed_on, remit_questions},
};

/// The fields of a child's record that the list shows, for the read log (R61).
const LISTED_FIELDS: &[&str] = &["reference", "authority", "information", "acted_first"];

/// The fields of a child's record that the list of questions shows.
const QUESTION_FIELDS: &[&str] = &["reference", "remit"];

/// The API of the remit, and of what is passed on.
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
impl RemitService for Api {
    async fn pass_to_authority(
        &self,
        request: Request<PassToAuthorityRequest>,
    ) -> Result<Response<PassToAuthorityResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let own = &self.rules.intake.hand_over.own_authority;
        let (request_id, contact, passing) = parse::passing(request, own)?;
        let key = CommandKey::new(&caller, "PassToAuthority", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let passed = pass_on(&mut tx, contact, passing, &self.rules).await?;
        let reply = PassToAuthorityResponse {
            hand_over_id: passed.id.to_string(),
            revision: passed.revision,
            receipt_due_at: Some(to_timestamp(passed.due_at)),
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn record_receipt(
        &self,
        request: Request<RecordReceiptRequest>,
    ) -> Result<Response<RecordReceiptResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, passed, receipt) = parse::receipt(request, self.log.clock().now())?;
        let key = CommandKey::new(&caller, "RecordReceipt", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = record_receipt(&mut tx, passed, receipt).await?;
        let reply = RecordReceiptResponse { revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_passed_on(
        &self,
        request: Request<ListPassedOnRequest>,
    ) -> Result<Response<ListPassedOnResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (purpose, page) = parse::list(request.get_ref())?;
        let behind = page.behind.map(Turn::from);
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let mut lines = passed_on::page(&mut tx, behind, page.look_for())
            .await
            .map_err(|error| store_failure(&error))?;
        let next_page_token = page.cut(&mut lines, |line| line.turn.into());
        let subjects: Vec<Uuid> = lines.iter().flat_map(|line| &line.children).copied().collect();
        if !subjects.is_empty() {
            let read = Read {
                at: self.log.clock().now(),
                caller: &caller,
                action: "RemitService.ListPassedOn",
                subjects: &subjects,
                purpose: purpose.as_str_name(),
                fields: LISTED_FIELDS,
            };
            log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        }
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let passed_on = lines.into_iter().map(answer::passed).collect();
        Ok(Response::new(ListPassedOnResponse { passed_on, next_page_token }))
    }

    async fn keep_contact(
        &self,
        request: Request<KeepContactRequest>,
    ) -> Result<Response<KeepContactResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, question, reason) = parse::keeping(request)?;
        let key = CommandKey::new(&caller, "KeepContact", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = keep(&mut tx, question, &reason).await?;
        let reply = KeepContactResponse { revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_remit_questions(
        &self,
        request: Request<ListRemitQuestionsRequest>,
    ) -> Result<Response<ListRemitQuestionsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (purpose, page) = parse::list_questions(request.get_ref())?;
        let behind = page.behind.map(Turn::from);
        let failed = |error: sqlx::Error| store_failure(&error);
        let mut tx = self.log.begin_read().await.map_err(failed)?;
        let lines = remit_questions::page(&mut tx, behind, page.look_for()).await;
        let mut lines = lines.map_err(failed)?;
        let next_page_token = page.cut(&mut lines, |line| line.turn.into());
        let reasons = lines.iter().flat_map(|line| &line.question.reasons);
        let mut subjects: Vec<Uuid> = reasons.map(|(child, _)| *child).collect();
        subjects.dedup();
        if !subjects.is_empty() {
            let read = Read {
                at: self.log.clock().now(),
                caller: &caller,
                action: "RemitService.ListRemitQuestions",
                subjects: &subjects,
                purpose: purpose.as_str_name(),
                fields: QUESTION_FIELDS,
            };
            log_read(&mut tx, &read).await.map_err(failed)?;
        }
        tx.commit().await.map_err(failed)?;
        let questions = lines.into_iter().map(answer::open_question).collect();
        Ok(Response::new(ListRemitQuestionsResponse { questions, next_page_token }))
    }
}

impl From<PassOnError> for Status {
    fn from(error: PassOnError) -> Self {
        let against_the_remit = |reason| {
            let facts = [("rule", "R3".to_owned())];
            refusal(Code::FailedPrecondition, reason, &error.to_string(), &facts)
        };
        match &error {
            PassOnError::NoSuchContact => not_found("contact"),
            PassOnError::NoSuchChild => not_found("child on this contact"),
            PassOnError::NoSuchQuestion => not_found("question of the remit without an answer"),
            PassOnError::NoSuchPassing => not_found("hand-over to an authority"),
            PassOnError::StaleRevision(current) => stale_revision(*current),
            PassOnError::ActFirst => against_the_remit("ACT_FIRST"),
            PassOnError::ReceiptBeforePassing => against_the_remit("RECEIPT_BEFORE_PASSING"),
            PassOnError::Append(AppendError::StaleRevision) => internal(&error),
            PassOnError::Append(AppendError::Store(cause)) | PassOnError::Store(cause) => {
                store_failure(cause)
            }
        }
    }
}
