//! The gRPC edge of partner-checks, for adapters. The agency is that of the adapter's
//! certificate (R45): whatever is done here is done for it and to its own checks.

use access::Caller;
use messaging::EventLog;
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
use service::edge::{self, Shown};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::{answer, form, parse};
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
}

#[tonic::async_trait]
impl AgencyDoorService for Door {
    async fn list_requests(
        &self,
        request: Request<ListRequestsRequest>,
    ) -> Result<Response<ListRequestsResponse>, Status> {
        let agency = agency(&request)?;
        edge::read(&self.log, request, parse::list_requests, async |db, page| {
            // One more than asked for tells whether there is a next stretch.
            let mut listed = door::undelivered(db, &agency, page.after, page.size + 1).await?;
            let next = page.next_after(&mut listed, |(check, _)| check.id);
            let ids: Vec<Uuid> = listed.iter().map(|(check, _)| check.id).collect();
            let mut children = door::children(db, &agency, &ids).await?;
            let requests = listed.into_iter().map(|(check, mut message)| {
                message.children = children.remove(&check.id).unwrap_or_default();
                answer::request(&check, message)
            });
            let requests = requests.collect();
            let next_page_token = next.map(|id| id.to_string()).unwrap_or_default();
            // What an agency gets is kept as a disclosure, when the check is requested (R44).
            Ok((ListRequestsResponse { requests, next_page_token }, Shown::nobody()))
        })
        .await
    }

    async fn mark_delivered(
        &self,
        request: Request<MarkDeliveredRequest>,
    ) -> Result<Response<MarkDeliveredResponse>, Status> {
        let agency = agency(&request)?;
        let parse = |asked: MarkDeliveredRequest| parse::check(&asked.check_id);
        edge::command(&self.log, request, parse, async |tx, check| {
            mark_delivered(tx, &agency, check).await?;
            Ok(MarkDeliveredResponse {})
        })
        .await
    }

    async fn mark_seen(
        &self,
        request: Request<MarkSeenRequest>,
    ) -> Result<Response<MarkSeenResponse>, Status> {
        let agency = agency(&request)?;
        let parse = |asked: MarkSeenRequest| parse::check(&asked.check_id);
        edge::command(&self.log, request, parse, async |tx, check| {
            mark_seen(tx, &agency, check).await?;
            Ok(MarkSeenResponse {})
        })
        .await
    }

    async fn record_answer(
        &self,
        request: Request<RecordAnswerRequest>,
    ) -> Result<Response<RecordAnswerResponse>, Status> {
        let agency = agency(&request)?;
        let own_form = self.rules.agency(&agency).ok_or_else(|| not_found("check"))?.form;
        let parse = |asked| form::answer(asked, own_form);
        edge::command(&self.log, request, parse, async |tx, (check, answer)| {
            let receipt = record_answer(tx, &agency, check, &answer).await?;
            Ok(RecordAnswerResponse {
                answer_id: receipt.id.to_string(),
                received_at: Some(to_timestamp(receipt.received_at)),
                late: receipt.late,
            })
        })
        .await
    }

    async fn record_risk_flag(
        &self,
        request: Request<RecordRiskFlagRequest>,
    ) -> Result<Response<RecordRiskFlagResponse>, Status> {
        let agency = agency(&request)?;
        edge::command(&self.log, request, parse::flag, async |tx, (check, reason)| {
            let receipt = record_risk_flag(tx, &agency, check, &reason, &self.rules).await?;
            Ok(RecordRiskFlagResponse {
                flag_id: receipt.id.to_string(),
                received_at: Some(to_timestamp(receipt.received_at)),
            })
        })
        .await
    }
}

/// The agency of the certificate; policies let in nobody without one (R45).
fn agency<T>(request: &Request<T>) -> Result<String, Status> {
    let agency = Caller::of(request)?.agency().map(str::to_owned);
    agency.ok_or_else(|| {
        refusal(Code::PermissionDenied, "NOT_ALLOWED", "the caller may not do this", &[])
    })
}
