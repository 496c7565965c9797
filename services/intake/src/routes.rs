//! Everything that intake answers, each service behind the guard.

use prometheus::IntCounterVec;
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
use runtime::server::LARGEST_REQUEST;
use service::Service;
use tonic::service::{LayerExt, Routes};

use crate::{
    api::{
        Api, code_lists, consents, consultation, hand_overs, information_request, notices,
        register, register_import, remit, seals, subjects,
    },
    commands::submit_contact::Rules,
    domain::codes::Codes,
};

/// The services of intake over its log, under a protocol.
pub fn guarded(
    service: &Service,
    rules: &Rules,
    codes: &Codes,
    refused_notices: IntCounterVec,
) -> Routes {
    let guard = service.guard();
    let parts = || (service.log.clone(), rules.clone(), codes.clone());

    let (log, rules, codes) = parts();
    let contacts = IntakeServiceServer::new(Api::new(log, rules, codes));
    let (log, rules, codes) = parts();
    let consents = ConsentServiceServer::new(consents::Api::new(log, rules, codes));
    let (log, rules, codes) = parts();
    let consultation = ConsultationServiceServer::new(consultation::Api::new(log, rules, codes));
    let (log, rules, codes) = parts();
    let requests = information_request::Api::new(log, rules, codes);
    let requests = InformationRequestServiceServer::new(requests);
    let (log, rules, codes) = parts();
    let lists = CodeListServiceServer::new(code_lists::Api::new(&codes, &rules));
    let notices = notices::Api::new(log, rules, codes, refused_notices);
    let notices = NoticeServiceServer::new(notices);
    let (log, rules, codes) = parts();
    let imports = register_import::Api::new(log.clone(), codes, rules.matcher.clone());
    let imports = RegisterImportServiceServer::new(imports);
    let register = RegisterServiceServer::new(register::Api::new(log.clone(), rules.clone()));
    let hand_overs = hand_overs::Api::new(log.clone(), rules.clone());
    let hand_overs = HandOverServiceServer::new(hand_overs);
    let remit = RemitServiceServer::new(remit::Api::new(log.clone(), rules));
    let seals = SealServiceServer::new(seals::Api::new(log.clone()));
    let subjects = SubjectServiceServer::new(subjects::Api::new(log));

    let most = LARGEST_REQUEST;
    Routes::new(guard.named_layer(contacts.max_decoding_message_size(most)))
        .add_service(guard.named_layer(consents.max_decoding_message_size(most)))
        .add_service(guard.named_layer(consultation.max_decoding_message_size(most)))
        .add_service(guard.named_layer(requests.max_decoding_message_size(most)))
        .add_service(guard.named_layer(notices.max_decoding_message_size(most)))
        .add_service(guard.named_layer(imports.max_decoding_message_size(most)))
        .add_service(guard.named_layer(lists.max_decoding_message_size(most)))
        .add_service(guard.named_layer(register.max_decoding_message_size(most)))
        .add_service(guard.named_layer(hand_overs.max_decoding_message_size(most)))
        .add_service(guard.named_layer(remit.max_decoding_message_size(most)))
        .add_service(guard.named_layer(seals.max_decoding_message_size(most)))
        .add_service(guard.named_layer(subjects.max_decoding_message_size(most)))
}
