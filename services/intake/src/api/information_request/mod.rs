//! The gRPC edge of requests for information (R54–R56).

mod answer;
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
    intake::v1::{
        AnswerInformationRequestRequest, AnswerInformationRequestResponse,
        DateInformationRequestRequest, DateInformationRequestResponse,
        GetInformationRequestRequest, GetInformationRequestResponse,
        ListInformationRequestsRequest, ListInformationRequestsResponse,
        PassInformationRequestRequest, PassInformationRequestResponse,
        ReceiveInformationRequestRequest, ReceiveInformationRequestResponse,
        RecordInformationRequestReceiptRequest, RecordInformationRequestReceiptResponse,
        RefuseInformationRequestRequest, RefuseInformationRequestResponse, VerifyRequesterRequest,
        VerifyRequesterResponse, information_request_service_server::InformationRequestService,
    },
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    commands::{
        information_request::{
            decide::decide,
            handle::{date, pass, record_receipt, verify},
            read::read,
            receive::receive,
        },
        submit_contact::Rules,
    },
    domain::{codes::Codes, information_request::decision::Decider},
    store::information_requests::list,
};

/// What a request shows of those it is about, for the read log (R61).
const REQUEST_FIELDS: &[&str] =
    &["requester", "purpose", "asked_for", "subjects", "open_case", "disclosure"];
/// What the receipt of a request tells of those it is about.
const FOUND_FIELDS: &[&str] = &["open_case"];
/// What the list shows of a request.
const LINE_FIELDS: &[&str] = &["state", "deadline", "open_case"];

/// The API of requests for information.
pub struct Api {
    log: EventLog,
    rules: Rules,
    codes: Codes,
}

impl Api {
    /// The API over a log, under a protocol.
    pub fn new(log: EventLog, rules: Rules, codes: Codes) -> Self {
        Self { log, rules, codes }
    }
}

#[tonic::async_trait]
impl InformationRequestService for Api {
    async fn receive_information_request(
        &self,
        request: Request<ReceiveInformationRequestRequest>,
    ) -> Result<Response<ReceiveInformationRequestResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, new) = parse::received(request, self.log.clock().now())?;
        let key = CommandKey::new(&caller.actor(), "ReceiveInformationRequest", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let (arrived, found) = receive(&mut tx, &new, &self.rules).await?;
        if !new.subjects.is_empty() {
            let read = Read {
                at: arrived.recorded_at,
                caller: &caller,
                action: "InformationRequestService.ReceiveInformationRequest",
                subjects: &found.shown(),
                purpose: "INFORMATION_REQUEST",
                fields: FOUND_FIELDS,
            };
            log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        }
        let reply = ReceiveInformationRequestResponse {
            information_request_id: arrived.id.to_string(),
            reference: arrived.reference.to_string(),
            revision: 1,
            deadline: Some(to_timestamp(arrived.clock.deadline)),
            open_case: arrived.open_case,
            foreign: arrived.is_foreign,
            to_be_dated: new.kind.is_dated_by_a_manager(),
            perhaps_open_case: found.perhaps,
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn verify_requester(
        &self,
        request: Request<VerifyRequesterRequest>,
    ) -> Result<Response<VerifyRequesterResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let (request_id, target, how) = parse::verified(&request)?;
        let key = CommandKey::new(&caller, "VerifyRequester", request_id, &request);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let reply = VerifyRequesterResponse { revision: verify(&mut tx, target, how).await? };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn date_information_request(
        &self,
        request: Request<DateInformationRequestRequest>,
    ) -> Result<Response<DateInformationRequestResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, target, deadline, reason) = parse::dated(request, self.log.clock().now())?;
        let key = CommandKey::new(&caller, "DateInformationRequest", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let (revision, due) = date(&mut tx, target, deadline, &reason, &self.rules).await?;
        let reply = DateInformationRequestResponse { revision, due: Some(to_timestamp(due)) };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn pass_information_request(
        &self,
        request: Request<PassInformationRequestRequest>,
    ) -> Result<Response<PassInformationRequestResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, target, unit) = parse::passed(request)?;
        let key = CommandKey::new(&caller, "PassInformationRequest", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let (revision, due) = pass(&mut tx, target, unit.as_ref(), &self.rules).await?;
        let receipt_due = Some(to_timestamp(due));
        let reply = PassInformationRequestResponse { revision, receipt_due };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn record_information_request_receipt(
        &self,
        request: Request<RecordInformationRequestReceiptRequest>,
    ) -> Result<Response<RecordInformationRequestReceiptResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, target, by, at) = parse::receipt(request, self.log.clock().now())?;
        let key = CommandKey::new(&caller, "RecordInformationRequestReceipt", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = record_receipt(&mut tx, target, &by, at).await?;
        let reply = RecordInformationRequestReceiptResponse { revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn answer_information_request(
        &self,
        request: Request<AnswerInformationRequestRequest>,
    ) -> Result<Response<AnswerInformationRequestResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, target, sharing) = parse::answered(request, &self.codes)?;
        let key = CommandKey::new(&caller.actor(), "AnswerInformationRequest", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let decided = decide(&mut tx, target, sharing, decider(&caller), &self.rules).await?;
        let reply = AnswerInformationRequestResponse {
            disclosure_id: decided.disclosure.to_string(),
            revision: decided.revision,
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn refuse_information_request(
        &self,
        request: Request<RefuseInformationRequestRequest>,
    ) -> Result<Response<RefuseInformationRequestResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, target, refusal) = parse::refused(request)?;
        let key = CommandKey::new(&caller.actor(), "RefuseInformationRequest", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let decided = decide(&mut tx, target, refusal, decider(&caller), &self.rules).await?;
        let reply = RefuseInformationRequestResponse {
            disclosure_id: decided.disclosure.to_string(),
            revision: decided.revision,
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn get_information_request(
        &self,
        request: Request<GetInformationRequestRequest>,
    ) -> Result<Response<GetInformationRequestResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (id, purpose) = parse::get(request.get_ref())?;
        let now = self.log.clock().now();
        let today = self.rules.protocol.calendar().local_date(now);
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let record = read(&mut tx, id, (today, &*self.rules.matcher)).await?;
        let read = Read {
            at: now,
            caller: &caller,
            action: "InformationRequestService.GetInformationRequest",
            subjects: &record.shown(),
            purpose: purpose.as_str_name(),
            fields: REQUEST_FIELDS,
        };
        log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let request = Some(answer::request(record));
        Ok(Response::new(GetInformationRequestResponse { request }))
    }

    async fn list_information_requests(
        &self,
        request: Request<ListInformationRequestsRequest>,
    ) -> Result<Response<ListInformationRequestsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let stretch = parse::list(request.get_ref())?;
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let mut lines =
            list::page(&mut tx, &stretch.states, stretch.behind, stretch.page.look_for())
                .await
                .map_err(|error| store_failure(&error))?;
        let next_page_token = stretch.page.cut(&mut lines, answer::place);
        let shown: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
        if !shown.is_empty() {
            let read = Read {
                at: self.log.clock().now(),
                caller: &caller,
                action: "InformationRequestService.ListInformationRequests",
                subjects: &shown,
                purpose: "WORKLIST",
                fields: LINE_FIELDS,
            };
            log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        }
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let requests = lines.into_iter().map(answer::line).collect();
        Ok(Response::new(ListInformationRequestsResponse { requests, next_page_token }))
    }
}

/// As whom the caller decides (R56). The policies let nobody else in.
fn decider(caller: &Caller) -> Decider {
    let managers = [Role::MashManager, Role::ServiceManager, Role::HeadOfService];
    match managers.iter().any(|role| caller.has_role(role)) {
        true => Decider::Manager,
        false => Decider::Practitioner,
    }
}
