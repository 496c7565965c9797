//! partner-checks, as an adapter calls it: with the adapter's own certificate, which
//! says for which agency.

use proto::{
    partner::v1::CheckRequest,
    partner_checks::v1::{
        ListRequestsRequest, agency_door_service_client::AgencyDoorServiceClient,
    },
};
use service::ask::{onward, passed_on};
use tonic::{Status, transport::Channel};

/// What the agency's system hears of where partner-checks is away.
pub const PEER: &str = "the hub";
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
        let answer = passed_on(PEER, self.client().list_requests(question).await)?;
        let next = Some(answer.next_page_token).filter(|token| !token.is_empty());
        Ok(Stretch { requests: answer.requests, next })
    }
}
