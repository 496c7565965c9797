//! The gRPC edge of the code lists: labels, so that a form can be drawn from them.

use proto::intake::v1::{
    CodeLabel, CodeList, ListCodesRequest, ListCodesResponse,
    code_list_service_server::CodeListService,
};
use tonic::{Request, Response, Status};

use crate::{
    commands::submit_contact::Rules,
    domain::codes::{Codes, Entry, List},
};

/// The API of the code lists.
pub struct Api {
    answer: ListCodesResponse,
}

impl Api {
    /// The API over the lists, under a version of the protocol. The answer is always the
    /// same.
    pub fn new(codes: &Codes, rules: &Rules) -> Self {
        let list = |list: List| CodeList {
            name: list.name().to_owned(),
            codes: codes.entries(list).iter().cloned().map(label).collect(),
        };
        let lists = List::ALL.map(list).to_vec();
        let protocol_version = rules.protocol.version().to_owned();
        Self { answer: ListCodesResponse { protocol_version, lists } }
    }
}

fn label(entry: Entry) -> CodeLabel {
    CodeLabel {
        code: entry.code,
        label: entry.label,
        national_code: entry.national.unwrap_or_default(),
        retired: entry.retired,
    }
}

#[tonic::async_trait]
impl CodeListService for Api {
    async fn list_codes(
        &self,
        _request: Request<ListCodesRequest>,
    ) -> Result<Response<ListCodesResponse>, Status> {
        Ok(Response::new(self.answer.clone()))
    }
}
