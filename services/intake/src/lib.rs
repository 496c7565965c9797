//! Intake: the hub's front door. It owns contacts, the people on them, and what
//! allows information about them to be shared (R1–R14, R38).

mod api;
mod commands;
pub mod config;
mod domain;
mod events;
mod protocol;
mod store;

use std::sync::Arc;

use proto::intake::v1::intake_service_server::IntakeServiceServer;
use runtime::{clock::Clock, server::LARGEST_REQUEST, tasks::Tasks};
use service::Service;
use tonic::service::{LayerExt, Routes};

use crate::{api::Api, commands::submit_contact::Rules, domain::codes::Codes, protocol::Agencies};

/// The service's name: its log, its stream, its identity.
pub const NAME: &str = "intake";

/// The service's own tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

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
    };
    let agencies: Agencies = service.protocol.table("partner_checks")?;
    let codes = Codes::embedded(agencies.codes())?;
    let api = Api::new(service.log.clone(), rules, codes);
    let api = IntakeServiceServer::new(api).max_decoding_message_size(LARGEST_REQUEST);
    let routes = Routes::new(service.guard().named_layer(api));
    service.serve(routes).await
}
