//! The gRPC edge of an adapter: each call of the agency's system is one call to
//! partner-checks, and its refusals pass through unchanged.

use std::sync::Arc;

use proto::{
    partner::v1::{
        AcknowledgeRequestRequest, AcknowledgeRequestResponse, FlagRiskRequest, FlagRiskResponse,
        MarkSeenRequest, MarkSeenResponse, PublishAnswerRequest, PublishAnswerResponse,
        WatchRequestsRequest, WatchRequestsResponse, partner_service_server::PartnerService,
    },
    partner_checks::v1 as checks,
};
use runtime::{refusal::refusal, tasks::Tasks};
use service::ask::{onward, passed_on};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};

use crate::{
    bell::Bell,
    hub::{Hub, PEER},
    watch::Watch,
};

/// Requests that wait for the agency's system to take them.
const WAITING: usize = 16;
/// Streams that an agency may have at once: enough for every desk's system and for
/// connections that are lost and not yet found out, and few enough that a fault there
/// does not become a flood here (R46).
const MOST_STREAMS: usize = 8;

/// The API of one agency.
pub struct Api {
    hub: Hub,
    bell: Bell,
    tasks: Tasks,
    streams: Arc<Semaphore>,
}

impl Api {
    /// The API on the way to partner-checks.
    pub fn new(hub: Hub, bell: Bell, tasks: Tasks) -> Self {
        Self { hub, bell, tasks, streams: Arc::new(Semaphore::new(MOST_STREAMS)) }
    }
}

#[tonic::async_trait]
impl PartnerService for Api {
    type WatchRequestsStream = ReceiverStream<Result<WatchRequestsResponse, Status>>;

    async fn watch_requests(
        &self,
        _: Request<WatchRequestsRequest>,
    ) -> Result<Response<Self::WatchRequestsStream>, Status> {
        let place = self.streams.clone().try_acquire_owned().map_err(|_| too_many_streams())?;
        let (sender, requests) = mpsc::channel(WAITING);
        let watch = Watch::new(self.hub.clone(), self.bell.clone(), sender);
        let stopping = self.tasks.stopping();
        self.tasks.spawn_detached(async move {
            stopping.run_until_cancelled(watch.run()).await;
            drop(place);
        });
        Ok(Response::new(ReceiverStream::new(requests)))
    }

    async fn acknowledge_request(
        &self,
        request: Request<AcknowledgeRequestRequest>,
    ) -> Result<Response<AcknowledgeRequestResponse>, Status> {
        let mark = checks::MarkDeliveredRequest { check_id: request.into_inner().check_id };
        passed_on(PEER, self.hub.client().mark_delivered(onward(mark)).await)?;
        Ok(Response::new(AcknowledgeRequestResponse {}))
    }

    async fn mark_seen(
        &self,
        request: Request<MarkSeenRequest>,
    ) -> Result<Response<MarkSeenResponse>, Status> {
        let mark = checks::MarkSeenRequest { check_id: request.into_inner().check_id };
        passed_on(PEER, self.hub.client().mark_seen(onward(mark)).await)?;
        Ok(Response::new(MarkSeenResponse {}))
    }

    async fn publish_answer(
        &self,
        request: Request<PublishAnswerRequest>,
    ) -> Result<Response<PublishAnswerResponse>, Status> {
        let PublishAnswerRequest { request_id, check_id, answer } = request.into_inner();
        let record = checks::RecordAnswerRequest { request_id, check_id, answer };
        let receipt = passed_on(PEER, self.hub.client().record_answer(onward(record)).await)?;
        let checks::RecordAnswerResponse { answer_id, received_at, late } = receipt;
        Ok(Response::new(PublishAnswerResponse { answer_id, received_at, late }))
    }

    async fn flag_risk(
        &self,
        request: Request<FlagRiskRequest>,
    ) -> Result<Response<FlagRiskResponse>, Status> {
        let FlagRiskRequest { request_id, check_id, reason } = request.into_inner();
        let record = checks::RecordRiskFlagRequest { request_id, check_id, reason };
        let receipt = passed_on(PEER, self.hub.client().record_risk_flag(onward(record)).await)?;
        let checks::RecordRiskFlagResponse { flag_id, received_at } = receipt;
        Ok(Response::new(FlagRiskResponse { flag_id, received_at }))
    }
}

fn too_many_streams() -> Status {
    refusal(
        Code::ResourceExhausted,
        "TOO_MANY_STREAMS",
        "this agency has as many streams as it may; close one, or try again later",
        &[("most", MOST_STREAMS.to_string())],
    )
}
