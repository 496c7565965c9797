//! The gRPC edge of imports into the register.

mod check;
mod parse;
mod reading;
mod stream;

use access::Caller;
use messaging::store_failure;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        GetImportRequest, GetImportResponse, ImportEpisodesRequest, ImportEpisodesResponse,
        ImportProgress, register_import_service_server::RegisterImportService,
    },
};
use runtime::refusal::{not_found, refusal};
use service::edge::{self, Shown};
use tonic::{Code, Request, Response, Status, Streaming, codegen::BoxStream};

pub use self::check::RowCheck;
use self::{reading::Reading, stream::Import};
use crate::{
    api::Api,
    commands::register::import::ImportError,
    domain::register_import::Tally,
    store::register::imports::{self, ImportKey},
};

#[tonic::async_trait]
impl RegisterImportService for Api {
    type ImportEpisodesStream = BoxStream<ImportEpisodesResponse>;

    async fn import_episodes(
        &self,
        request: Request<Streaming<ImportEpisodesRequest>>,
    ) -> Result<Response<Self::ImportEpisodesStream>, Status> {
        let sender = Caller::of(&request)?.actor();
        let reading = Reading::open(request.into_inner(), self.clone()).await?;
        let import = Import::begin(self.clone(), sender, reading).await?;
        Ok(Response::new(Box::pin(import.answers())))
    }

    async fn get_import(
        &self,
        request: Request<GetImportRequest>,
    ) -> Result<Response<GetImportResponse>, Status> {
        let sender = Caller::of(&request)?.actor();
        edge::read(&self.log, request, parse::get_import, async |db, id| {
            let found = imports::find(db, &ImportKey { sender, id }).await?;
            let import = found.ok_or_else(|| not_found("import"))?;
            let found = GetImportResponse {
                system: import.system,
                progress: Some(progress(import.position, import.tally)),
                begun_at: Some(to_timestamp(import.begun_at)),
                advanced_at: Some(to_timestamp(import.advanced_at)),
                ended_at: import.ended_at.map(to_timestamp),
            };
            Ok((found, Shown::nobody()))
        })
        .await
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
