//! The gRPC edge of partner-checks, for adapters. The agency is that of the adapter's
//! certificate (R45): whatever is done here is done for it and to its own checks.

use access::Caller;
use messaging::{
    EventLog,
    command::{Begun, CommandKey},
    store_failure,
};
use proto::{
    convert::to_timestamp,
    partner_checks::v1::{
        ListRequestsRequest, ListRequestsResponse, MarkDeliveredRequest, MarkDeliveredResponse,
        MarkSeenRequest, MarkSeenResponse, RecordAnswerRequest, RecordAnswerResponse,
        RecordRiskFlagRequest, RecordRiskFlagResponse,
        agency_door_service_server::AgencyDoorService,
    },
};
use runtime::refusal::{not_found, refusal};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::{
    answer, form,
    parse::{self, Page},
};
use crate::{
    commands::{
        mark::{mark_delivered, mark_seen},
        record_answer::record_answer,
        record_risk_flag::record_risk_flag,
    },
    protocol::Rules,
    store::door,
};

/// The API for adapters.
pub struct Door {
    log: EventLog,
    rules: Rules,
}

impl Door {
    /// The API over a log, under a protocol.
    pub fn new(log: EventLog, rules: Rules) -> Self {
        Self { log, rules }
    }

    /// A stretch of the agency's undelivered requests, and the token of the next.
    async fn requests(
        &self,
        agency: &str,
        page: &Page,
    ) -> Result<ListRequestsResponse, sqlx::Error> {
        let mut tx = self.log.begin_read().await?;
        // One more than asked for tells whether there is a next stretch.
        let mut listed = door::undelivered(&mut tx, agency, page.after, page.size + 1).await?;
        let next = page.next_after(&mut listed, |(check, _)| check.id);
        let ids: Vec<Uuid> = listed.iter().map(|(check, _)| check.id).collect();
        let mut children = door::children(&mut tx, agency, &ids).await?;
        tx.commit().await?;
        let requests = listed.into_iter().map(|(check, mut message)| {
            message.children = children.remove(&check.id).unwrap_or_default();
            answer::request(&check, message)
        });
        let next_page_token = next.map(|id| id.to_string()).unwrap_or_default();
        Ok(ListRequestsResponse { requests: requests.collect(), next_page_token })
    }
}

#[tonic::async_trait]
impl AgencyDoorService for Door {
    async fn list_requests(
        &self,
        request: Request<ListRequestsRequest>,
    ) -> Result<Response<ListRequestsResponse>, Status> {
        let agency = agency(&request)?;
        let page = parse::list_requests(request.get_ref())?;
        let answer = self.requests(&agency, &page).await;
        Ok(Response::new(answer.map_err(|error| store_failure(&error))?))
    }

    async fn mark_delivered(
        &self,
        request: Request<MarkDeliveredRequest>,
    ) -> Result<Response<MarkDeliveredResponse>, Status> {
        let (agency, caller) = (agency(&request)?, Caller::of(&request)?.actor());
        let check = parse::check(&request.get_ref().check_id)?;
        // One such act a check: the check's id serves as the request's.
        let key = CommandKey::new(&caller, "MarkDelivered", check, request.get_ref());
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        mark_delivered(&mut tx, &agency, check).await?;
        let reply = MarkDeliveredResponse {};
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn mark_seen(
        &self,
        request: Request<MarkSeenRequest>,
    ) -> Result<Response<MarkSeenResponse>, Status> {
        let (agency, caller) = (agency(&request)?, Caller::of(&request)?.actor());
        let check = parse::check(&request.get_ref().check_id)?;
        let key = CommandKey::new(&caller, "MarkSeen", check, request.get_ref());
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        mark_seen(&mut tx, &agency, check).await?;
        let reply = MarkSeenResponse {};
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn record_answer(
        &self,
        request: Request<RecordAnswerRequest>,
    ) -> Result<Response<RecordAnswerResponse>, Status> {
        let (agency, caller) = (agency(&request)?, Caller::of(&request)?.actor());
        let own_form = self.rules.agency(&agency).ok_or_else(|| not_found("check"))?.form;
        let request = request.into_inner();
        let (request_id, check, answer) = form::answer(&request, own_form)?;
        let key = CommandKey::new(&caller, "RecordAnswer", request_id, &request);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let receipt = record_answer(&mut tx, &agency, check, &answer).await?;
        let reply = RecordAnswerResponse {
            answer_id: receipt.id.to_string(),
            received_at: Some(to_timestamp(receipt.received_at)),
            late: receipt.late,
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn record_risk_flag(
        &self,
        request: Request<RecordRiskFlagRequest>,
    ) -> Result<Response<RecordRiskFlagResponse>, Status> {
        let (agency, caller) = (agency(&request)?, Caller::of(&request)?.actor());
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, check, reason) = parse::flag(request)?;
        let key = CommandKey::new(&caller, "RecordRiskFlag", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let receipt = record_risk_flag(&mut tx, &agency, check, &reason, &self.rules).await?;
        let reply = RecordRiskFlagResponse {
            flag_id: receipt.id.to_string(),
            received_at: Some(to_timestamp(receipt.received_at)),
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }
}

/// The agency of the certificate; policies let in nobody without one (R45).
fn agency<T>(request: &Request<T>) -> Result<String, Status> {
    let agency = Caller::of(request)?.agency().map(str::to_owned);
    agency.ok_or_else(|| {
        refusal(Code::PermissionDenied, "NOT_ALLOWED", "the caller may not do this", &[])
    })
}
