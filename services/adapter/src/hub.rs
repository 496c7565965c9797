//! partner-checks, as an adapter calls it: with the adapter's own certificate, which
//! says for which agency.

use proto::{
    partner::v1::CheckRequest,
    partner_checks::v1::{
        ListRequestsRequest, agency_door_service_client::AgencyDoorServiceClient,
    },
};
use runtime::{refusal::unavailable, telemetry};
use tonic::{Request, Response, Status, metadata::MetadataValue, transport::Channel};

/// How many requests are asked for at once.
const PAGE: i32 = 10;
/// A page of requests with 200 children each, every field at its longest, in any
/// script: it must fit, or the agency would get nothing at all.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

/// The way to partner-checks. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    client: AgencyDoorServiceClient<Channel>,
}

/// A stretch of what the agency has not acknowledged.
pub struct Stretch {
    /// The requests, oldest first.
    pub requests: Vec<CheckRequest>,
    /// Where the next stretch begins; `None` at the end.
    pub next: Option<String>,
}

impl Hub {
    /// partner-checks on this channel.
    pub fn new(channel: Channel) -> Self {
        Self {
            client: AgencyDoorServiceClient::new(channel).max_decoding_message_size(LARGEST_ANSWER),
        }
    }

    /// A client for one call.
    pub fn client(&self) -> AgencyDoorServiceClient<Channel> {
        self.client.clone()
    }

    /// The stretch of undelivered requests that begins at `token`.
    ///
    /// # Errors
    /// What partner-checks refuses, or `UNAVAILABLE`.
    pub async fn undelivered(&self, token: String) -> Result<Stretch, Status> {
        let question = onward(ListRequestsRequest { page_size: PAGE, page_token: token });
        let answer = passed_on(self.client().list_requests(question).await)?;
        let next = Some(answer.next_page_token).filter(|token| !token.is_empty());
        Ok(Stretch { requests: answer.requests, next })
    }
}

/// A call that goes on in the trace of the agency's.
pub fn onward<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(parent) =
        telemetry::trace_parent().and_then(|parent| MetadataValue::try_from(parent).ok())
    {
        request.metadata_mut().insert(telemetry::TRACE_PARENT, parent);
    }
    request
}

/// What partner-checks answered; its refusals unchanged. Those all carry details; what
/// has none comes from the transport, and says that partner-checks is away.
pub fn passed_on<T>(answer: Result<Response<T>, Status>) -> Result<T, Status> {
    match answer {
        Ok(answer) => Ok(answer.into_inner()),
        Err(status) if status.details().is_empty() => {
            tracing::debug!(code = ?status.code(), "partner-checks is away");
            Err(unavailable("the hub"))
        }
        Err(status) => Err(Status::with_details(
            status.code(),
            status.message(),
            status.details().to_vec().into(),
        )),
    }
}
