//! The gRPC edge of deadlines: reads a request, opens the transaction, does one
//! command, commits, answers.

mod answer;
mod parse;
mod read;

use messaging::{EventLog, store_failure};
use proto::{
    convert::to_timestamp,
    deadlines::v1::{
        AcknowledgePageRequest, AcknowledgePageResponse, ListClocksRequest, ListClocksResponse,
        ListPagesRequest, ListPagesResponse, deadlines_service_server::DeadlinesService,
    },
};
use runtime::refusal::not_found;
use service::edge;
use tonic::{Request, Response, Status};

use crate::{
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
        edge::read(&self.log, request, parse::clocks, async |db, (contact, purpose)| {
            read::clocks(db, contact, purpose.as_str_name()).await
        })
        .await
    }

    async fn list_pages(
        &self,
        request: Request<ListPagesRequest>,
    ) -> Result<Response<ListPagesResponse>, Status> {
        edge::read(&self.log, request, parse::pages, async |db, stretch| {
            read::pages(db, &stretch).await
        })
        .await
    }

    async fn acknowledge_page(
        &self,
        request: Request<AcknowledgePageRequest>,
    ) -> Result<Response<AcknowledgePageResponse>, Status> {
        let parse = parse::acknowledgement;
        let acknowledged = edge::command(&self.log, request, parse, async |tx, page| {
            let at = acknowledge_page(tx, &self.rules, page).await?;
            Ok(AcknowledgePageResponse { acknowledged_at: Some(to_timestamp(at)) })
        });
        let reply = acknowledged.await?;
        self.bell.ring();
        Ok(reply)
    }
}

impl From<CommandError> for Status {
    fn from(error: CommandError) -> Self {
        match &error {
            CommandError::NoSuchPage => not_found("page"),
            CommandError::Append(cause) => cause.into(),
            CommandError::Store(cause) => store_failure(cause),
        }
    }
}
