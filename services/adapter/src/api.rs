//! The gRPC edge of an adapter: each call of the agency's system is one call to
//! partner-checks, and its refusals pass through unchanged.

use proto::{
    partner::v1::{
        AcknowledgeRequestRequest, AcknowledgeRequestResponse, FlagRiskRequest, FlagRiskResponse,
        MarkSeenRequest, MarkSeenResponse, PublishAnswerRequest, PublishAnswerResponse,
        WatchRequestsRequest, WatchRequestsResponse, partner_service_server::PartnerService,
    },
    partner_checks::v1 as checks,
};
use runtime::tasks::Tasks;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::{
    bell::Bell,
    hub::{Hub, onward, passed_on},
    watch::Watch,
};

/// Requests that wait for the agency's system to take them.
const WAITING: usize = 16;

/// The API of one agency.
pub struct Api {
    hub: Hub,
    bell: Bell,
    tasks: Tasks,
}

impl Api {
    /// The API on the way to partner-checks.
    pub fn new(hub: Hub, bell: Bell, tasks: Tasks) -> Self {
        Self { hub, bell, tasks }
    }
}

#[tonic::async_trait]
impl PartnerService for Api {
    type WatchRequestsStream = ReceiverStream<Result<WatchRequestsResponse, Status>>;

    async fn watch_requests(
        &self,
        _: Request<WatchRequestsRequest>,
    ) -> Result<Response<Self::WatchRequestsStream>, Status> {
        let (sender, requests) = mpsc::channel(WAITING);
        let watch = Watch::new(self.hub.clone(), self.bell.clone(), sender);
        let stopping = self.tasks.stopping();
        self.tasks.spawn_detached(async move {
            stopping.run_until_cancelled(watch.run()).await;
        });
        Ok(Response::new(ReceiverStream::new(requests)))
    }

    async fn acknowledge_request(
        &self,
        request: Request<AcknowledgeRequestRequest>,
    ) -> Result<Response<AcknowledgeRequestResponse>, Status> {
        let mark = checks::MarkDeliveredRequest { check_id: request.into_inner().check_id };
        passed_on(self.hub.client().mark_delivered(onward(mark)).await)?;
        Ok(Response::new(AcknowledgeRequestResponse {}))
    }

    async fn mark_seen(
        &self,
        request: Request<MarkSeenRequest>,
    ) -> Result<Response<MarkSeenResponse>, Status> {
        let mark = checks::MarkSeenRequest { check_id: request.into_inner().check_id };
        passed_on(self.hub.client().mark_seen(onward(mark)).await)?;
        Ok(Response::new(MarkSeenResponse {}))
    }

    async fn publish_answer(
        &self,
        request: Request<PublishAnswerRequest>,
    ) -> Result<Response<PublishAnswerResponse>, Status> {
        let PublishAnswerRequest { request_id, check_id, answer } = request.into_inner();
        let record = checks::RecordAnswerRequest { request_id, check_id, answer };
        let receipt = passed_on(self.hub.client().record_answer(onward(record)).await)?;
        let checks::RecordAnswerResponse { answer_id, received_at, late } = receipt;
        Ok(Response::new(PublishAnswerResponse { answer_id, received_at, late }))
    }

    async fn flag_risk(
        &self,
        request: Request<FlagRiskRequest>,
    ) -> Result<Response<FlagRiskResponse>, Status> {
        let FlagRiskRequest { request_id, check_id, reason } = request.into_inner();
        let record = checks::RecordRiskFlagRequest { request_id, check_id, reason };
        let receipt = passed_on(self.hub.client().record_risk_flag(onward(record)).await)?;
        let checks::RecordRiskFlagResponse { flag_id, received_at } = receipt;
        Ok(Response::new(FlagRiskResponse { flag_id, received_at }))
    }
}
