//! The gRPC edge of deadlines: reads a request, opens the transaction, does one
//! command, commits, answers.

mod answer;
mod parse;
mod read;

use access::Caller;
use messaging::{
    EventLog,
    command::{Begun, CommandKey},
    store_failure,
    tx::AppendError,
};
use proto::{
    convert::to_timestamp,
    deadlines::v1::{
        AcknowledgePageRequest, AcknowledgePageResponse, ListClocksRequest, ListClocksResponse,
        ListPagesRequest, ListPagesResponse, deadlines_service_server::DeadlinesService,
    },
};
use runtime::refusal::{internal, not_found};
use tonic::{Request, Response, Status};

use crate::{
    api::read::Found,
    bell::Bell,
    commands::{CommandError, Rules, acknowledge_page::acknowledge_page},
};

/// The API of deadlines.
pub struct Api {
    log: EventLog,
    rules: Rules,
    bell: Bell,
}

impl Api {
    /// The API over a log, under a protocol.
    pub fn new(log: EventLog, rules: Rules, bell: Bell) -> Self {
        Self { log, rules, bell }
    }
}

#[tonic::async_trait]
impl DeadlinesService for Api {
    async fn list_clocks(
        &self,
        request: Request<ListClocksRequest>,
    ) -> Result<Response<ListClocksResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (contact, purpose) = parse::clocks(request.get_ref())?;
        let found = self.read_clocks(&caller, contact, purpose.as_str_name()).await;
        let found = found.map_err(|error| store_failure(&error))?;
        let clocks = found.iter().map(answer::clock).collect();
        Ok(Response::new(ListClocksResponse { clocks }))
    }

    async fn list_pages(
        &self,
        request: Request<ListPagesRequest>,
    ) -> Result<Response<ListPagesResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let stretch = parse::pages(request.get_ref())?;
        let found = self.read_pages(&caller, &stretch).await;
        let Found { pages, matters, more } = found.map_err(|error| store_failure(&error))?;
        let last = pages.last().filter(|_| more);
        let next_page_token =
            last.map(|page| parse::token(page.raised_at.to_jiff(), page.id)).unwrap_or_default();
        Ok(Response::new(ListPagesResponse {
            pages: pages.iter().map(|page| answer::page(page, &matters)).collect(),
            next_page_token,
        }))
    }

    async fn acknowledge_page(
        &self,
        request: Request<AcknowledgePageRequest>,
    ) -> Result<Response<AcknowledgePageResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let (request_id, page) = parse::acknowledgement(&request)?;
        let key = CommandKey::new(&caller, "AcknowledgePage", request_id, &request);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let at = acknowledge_page(&mut tx, &self.rules, page).await?;
        let reply = AcknowledgePageResponse { acknowledged_at: Some(to_timestamp(at)) };
        tx.commit_reply(&reply).await?;
        self.bell.ring();
        Ok(Response::new(reply))
    }
}

impl From<CommandError> for Status {
    fn from(error: CommandError) -> Self {
        match &error {
            CommandError::NoSuchPage => not_found("page"),
            CommandError::Append(AppendError::StaleRevision) => internal(&error),
            CommandError::Append(AppendError::Store(cause)) | CommandError::Store(cause) => {
                store_failure(cause)
            }
        }
    }
}
