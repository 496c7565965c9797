//! The gRPC edge of imports into the register.

mod check;
mod parse;
mod reading;
mod stream;

use std::sync::Arc;

use access::Caller;
use messaging::{EventLog, store_failure};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        GetImportRequest, GetImportResponse, ImportEpisodesRequest, ImportEpisodesResponse,
        ImportProgress, register_import_service_server::RegisterImportService,
    },
};
use runtime::refusal::{not_found, refusal};
use tonic::{Code, Request, Response, Status, Streaming, codegen::BoxStream};

pub use self::check::RowCheck;
use self::{reading::Reading, stream::Import};
use crate::{
    commands::register::import::ImportError,
    domain::{codes::Codes, matching::Matcher, register_import::Tally},
    store::register::imports::{self, ImportKey},
};

/// The API of imports.
pub struct Api {
    log: EventLog,
    codes: Codes,
    matcher: Arc<Matcher>,
}

impl Api {
    /// The API over a log.
    pub fn new(log: EventLog, codes: Codes, matcher: Arc<Matcher>) -> Self {
        Self { log, codes, matcher }
    }
}

#[tonic::async_trait]
impl RegisterImportService for Api {
    type ImportEpisodesStream = BoxStream<ImportEpisodesResponse>;

    async fn import_episodes(
        &self,
        request: Request<Streaming<ImportEpisodesRequest>>,
    ) -> Result<Response<Self::ImportEpisodesStream>, Status> {
        let sender = Caller::of(&request)?.actor();
        let (codes, clock) = (self.codes.clone(), self.log.clock().clone());
        let reading = Reading::open(request.into_inner(), codes, clock).await?;
        let work = (self.log.clone(), self.matcher.clone());
        let import = Import::begin(work, sender, reading).await?;
        Ok(Response::new(Box::pin(import.answers())))
    }

    async fn get_import(
        &self,
        request: Request<GetImportRequest>,
    ) -> Result<Response<GetImportResponse>, Status> {
        let sender = Caller::of(&request)?.actor();
        let key = ImportKey { sender, id: parse::get_import(request.get_ref())? };
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let found = imports::find(&mut tx, &key).await.map_err(|error| store_failure(&error))?;
        let import = found.ok_or_else(|| not_found("import"))?;
        Ok(Response::new(GetImportResponse {
            system: import.system,
            progress: Some(progress(import.position, import.tally)),
            begun_at: Some(to_timestamp(import.begun_at)),
            advanced_at: Some(to_timestamp(import.advanced_at)),
            ended_at: import.ended_at.map(to_timestamp),
        }))
    }
}

fn progress(position: i32, tally: Tally) -> ImportProgress {
    let Tally { created, changed, unchanged, refused } = tally;
    ImportProgress { position, created, changed, unchanged, refused }
}

impl From<ImportError> for Status {
    fn from(error: ImportError) -> Self {
        let refused = |code, reason| {
            let facts = [("rule", "R12".to_owned())];
            refusal(code, reason, &error.to_string(), &facts)
        };
        match &error {
            ImportError::OtherContent => refused(Code::AlreadyExists, "IMPORT_ID_REUSED"),
            ImportError::WentBack => refused(Code::Aborted, "IMPORT_WENT_BACK"),
            ImportError::Store(cause) => store_failure(cause),
        }
    }
}
