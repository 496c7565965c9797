//! Intake: the hub's front door. It owns contacts, the people on them, and what
//! allows information about them to be shared (R1–R14, R38); the
//! consultation line, and requests for information (R51–R56).

mod api;
mod commands;
pub mod config;
mod domain;
mod events;
mod matcher;
mod metrics;
mod protocol;
mod store;
mod wire;

use std::sync::Arc;

use calendar::protocol::Protocol;
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
use runtime::{clock::Clock, server::LARGEST_REQUEST, tasks::Tasks};
use service::Service;
use tonic::service::{LayerExt, Routes};

use crate::{
    api::{
        Api, code_lists, consents, consultation, hand_overs, information_request, notices,
        register, register_import, remit, seals, subjects,
    },
    commands::{consultation::keep_codes, submit_contact::Rules},
    domain::{codes::Codes, matching::Matcher},
    metrics::Metrics,
    protocol::{Agencies, IntakeProtocol},
};

/// What an import would refuse of its rows (R8, R9); public for who prepares one.
pub use crate::api::register_import::RowCheck;
/// Who is already known (R8); public so that it can be measured without a hub.
pub use crate::domain::matching;

/// The service's name: its log, its stream, its identity.
pub const NAME: &str = "intake";

/// The service's own tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Reads what intake takes from a protocol file, before one comes into force (R59).
///
/// # Errors
/// What is wrong with it, by line and key.
pub fn check_protocol(protocol: &Protocol) -> anyhow::Result<()> {
    let _: IntakeProtocol = protocol.table("intake")?;
    let _: Agencies = protocol.table("partner_checks")?;
    Ok(())
}

/// Runs intake until the process stops. It follows nobody.
///
/// # Errors
/// What made it stop, or not start.
pub async fn run(config: service::Config, clock: Clock, tasks: Tasks) -> anyhow::Result<()> {
    let service = Service::start(NAME, config, clock, tasks).await?;
    service.wait_for_tables(&MIGRATOR).await?;
    let rules = Rules {
        intake: service.protocol.table("intake")?,
        protocol: Arc::new(service.protocol.clone()),
        matcher: Arc::new(Matcher::embedded()?),
    };
    let agencies: Agencies = service.protocol.table("partner_checks")?;
    let codes = Codes::embedded(agencies.codes())?;
    keep_codes(&mut *service.log.pool().acquire().await?, &rules.intake.consultation).await?;
    let line = consultation::Api::new(service.log.clone(), rules.clone(), codes.clone());
    let line = ConsultationServiceServer::new(line).max_decoding_message_size(LARGEST_REQUEST);
    let asked = information_request::Api::new(service.log.clone(), rules.clone(), codes.clone());
    let asked =
        InformationRequestServiceServer::new(asked).max_decoding_message_size(LARGEST_REQUEST);
    Metrics::register(service.admin().metrics())?.spawn(service.log.clone(), &service.tasks);
    let lists = CodeListServiceServer::new(code_lists::Api::new(&codes, &rules));
    let bulk = notices::Api::new(service.log.clone(), rules.clone(), codes.clone());
    let bulk = NoticeServiceServer::new(bulk).max_decoding_message_size(LARGEST_REQUEST);
    let consents = consents::Api::new(service.log.clone(), rules.clone(), codes.clone());
    let consents = ConsentServiceServer::new(consents).max_decoding_message_size(LARGEST_REQUEST);
    let seals = SealServiceServer::new(seals::Api::new(service.log.clone()));
    let subjects = SubjectServiceServer::new(subjects::Api::new(service.log.clone()));
    matcher::spawn(service.log.clone(), rules.clone(), &service.tasks);
    let people = register::Api::new(service.log.clone(), rules.clone());
    let matcher = rules.matcher.clone();
    let imports = register_import::Api::new(service.log.clone(), codes.clone(), matcher);
    let imports = RegisterImportServiceServer::new(imports);
    let imports = imports.max_decoding_message_size(LARGEST_REQUEST);
    let hand_overs = hand_overs::Api::new(service.log.clone(), rules.clone());
    let remit = remit::Api::new(service.log.clone(), rules.clone());
    let api = Api::new(service.log.clone(), rules, codes);
    let api = IntakeServiceServer::new(api).max_decoding_message_size(LARGEST_REQUEST);
    let routes = Routes::new(service.guard().named_layer(api))
        .add_service(service.guard().named_layer(line))
        .add_service(service.guard().named_layer(asked))
        .add_service(service.guard().named_layer(lists))
        .add_service(service.guard().named_layer(bulk))
        .add_service(service.guard().named_layer(consents))
        .add_service(service.guard().named_layer(seals))
        .add_service(service.guard().named_layer(subjects))
        .add_service(service.guard().named_layer(imports))
        .add_service(service.guard().named_layer(RegisterServiceServer::new(people)))
        .add_service(service.guard().named_layer(HandOverServiceServer::new(hand_overs)))
        .add_service(service.guard().named_layer(RemitServiceServer::new(remit)));
    service.serve(routes).await
}
