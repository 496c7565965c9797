//! Everything that intake answers, each service behind the guard.

use proto::intake::v1::{
    code_list_service_server::CodeListServiceServer, consent_service_server::ConsentServiceServer,
    consultation_service_server::ConsultationServiceServer,
    hand_over_service_server::HandOverServiceServer,
    information_request_service_server::InformationRequestServiceServer,
    intake_service_server::IntakeServiceServer, notice_service_server::NoticeServiceServer,
    register_import_service_server::RegisterImportServiceServer,
    register_service_server::RegisterServiceServer, remit_service_server::RemitServiceServer,
    seal_service_server::SealServiceServer, subject_service_server::SubjectServiceServer,
};
use runtime::server::LARGEST_REQUEST as MOST;
use service::Service;
use tonic::service::{LayerExt, Routes};

use crate::api::Api;

/// The services of intake.
pub fn guarded(service: &Service, api: &Api) -> Routes {
    let guard = service.guard();
    let contacts = IntakeServiceServer::new(api.clone());
    let consents = ConsentServiceServer::new(api.clone());
    let consultation = ConsultationServiceServer::new(api.clone());
    let requests = InformationRequestServiceServer::new(api.clone());
    let notices = NoticeServiceServer::new(api.clone());
    let imports = RegisterImportServiceServer::new(api.clone());
    let lists = CodeListServiceServer::new(api.clone());
    let register = RegisterServiceServer::new(api.clone());
    let hand_overs = HandOverServiceServer::new(api.clone());
    let remit = RemitServiceServer::new(api.clone());
    let seals = SealServiceServer::new(api.clone());
    let subjects = SubjectServiceServer::new(api.clone());
    Routes::new(guard.named_layer(contacts.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(consents.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(consultation.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(requests.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(notices.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(imports.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(lists.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(register.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(hand_overs.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(remit.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(seals.max_decoding_message_size(MOST)))
        .add_service(guard.named_layer(subjects.max_decoding_message_size(MOST)))
}
