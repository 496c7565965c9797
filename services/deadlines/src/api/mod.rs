//! The gRPC edge of deadlines: reads a request, opens the transaction, does one
//! command, commits, answers.

mod answer;
mod parse;

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
use sqlx::{Postgres, pool::PoolConnection};
use tonic::{Request, Response, Status};

use crate::{
    bell::Bell,
    commands::{CommandError, Rules, acknowledge_page::acknowledge_page},
    store::{clocks, pages},
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

    async fn read(&self) -> Result<PoolConnection<Postgres>, Status> {
        self.log.pool().acquire().await.map_err(|error| store_failure(&error))
    }
}

#[tonic::async_trait]
impl DeadlinesService for Api {
    async fn list_clocks(
        &self,
        request: Request<ListClocksRequest>,
    ) -> Result<Response<ListClocksResponse>, Status> {
        let contact = parse::contact(request.get_ref())?;
        let mut connection = self.read().await?;
        let found = clocks::of_contact(&mut connection, contact)
            .await
            .map_err(|error| store_failure(&error))?;
        let clocks = found.iter().map(answer::clock).collect();
        Ok(Response::new(ListClocksResponse { clocks }))
    }

    async fn list_pages(
        &self,
        request: Request<ListPagesRequest>,
    ) -> Result<Response<ListPagesResponse>, Status> {
        let (after, size) = parse::stretch(request.get_ref())?;
        let mut connection = self.read().await?;
        // One more than asked for says whether there are more.
        let mut found = pages::waiting(&mut connection, after, size + 1)
            .await
            .map_err(|error| store_failure(&error))?;
        let more = found.len() as i64 > size;
        if more {
            found.pop();
        }
        let last = found.last().filter(|_| more);
        let next_page_token =
            last.map(|page| parse::token(page.raised_at.to_jiff(), page.id)).unwrap_or_default();
        Ok(Response::new(ListPagesResponse {
            pages: found.iter().map(answer::page).collect(),
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
