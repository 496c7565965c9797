//! The gRPC edge of the code lists: labels, so that a form can be drawn from them.

use proto::{
    intake::v1::{
        CodeLabel, CodeList, ConsultationAdvice, ListCodesRequest, ListCodesResponse,
        code_list_service_server::CodeListService,
    },
    terms::v1::Purpose,
};
use tonic::{Request, Response, Status};

use super::Api;
use crate::{
    domain::codes::{Entry, List},
    protocol::{Code, Consultation, Rules},
};

#[tonic::async_trait]
impl CodeListService for Api {
    async fn list_codes(
        &self,
        _request: Request<ListCodesRequest>,
    ) -> Result<Response<ListCodesResponse>, Status> {
        Ok(Response::new(ListCodesResponse::clone(&self.code_lists)))
    }
}

/// Every list under a protocol: they change with its file, and so only with a start.
pub fn all(rules: &Rules) -> ListCodesResponse {
    let Rules { codes, intake, protocol, .. } = rules;
    let of_contacts = List::ALL.map(|list| named(list.name(), codes.entries(list).to_vec()));
    let lists = of_contacts.into_iter().chain(of_calls(&intake.consultation));
    let lists = lists.chain([purposes()]).collect();
    ListCodesResponse { protocol_version: protocol.version().to_owned(), lists }
}

fn named(name: &str, entries: Vec<Entry>) -> CodeList {
    CodeList { name: name.to_owned(), codes: entries.into_iter().map(label).collect() }
}

/// What a call to the consultation line is logged by (R53).
fn of_calls(lists: &Consultation) -> [CodeList; 4] {
    let of = |list: &[Code]| list.iter().map(|it| Entry::of(&it.code, &it.name)).collect();
    let advice = [
        (ConsultationAdvice::TalkToFamily, "Talk to the child and the family"),
        (ConsultationAdvice::MakeReferral, "Make a referral to the hub"),
        (ConsultationAdvice::OtherService, "Go to another service"),
    ];
    let advice = advice.map(|(value, label)| Entry::of(value.as_str_name(), label)).to_vec();
    [
        named("consultation_theme", of(&lists.themes)),
        named("consultation_agency", of(&lists.caller_agencies)),
        named("consultation_role", of(&lists.caller_roles)),
        named("consultation_advice", advice),
    ]
}

/// Why a record is read (R61).
fn purposes() -> CodeList {
    let purposes = [
        (Purpose::Screening, "To screen and decide a contact"),
        (Purpose::AnsweringCheck, "To answer a check"),
        (Purpose::Supervision, "To supervise or assure the quality of work done"),
        (Purpose::Audit, "To audit or inspect"),
        (Purpose::InformationRequest, "To answer a request for information"),
    ];
    let purposes = purposes.map(|(value, label)| Entry::of(value.as_str_name(), label));
    named("purpose", purposes.to_vec())
}

fn label(entry: Entry) -> CodeLabel {
    CodeLabel {
        code: entry.code,
        label: entry.label,
        national_code: entry.national.unwrap_or_default(),
        retired: entry.retired,
    }
}
