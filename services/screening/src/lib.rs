//! Screening: the case in the hub. It owns the worklist, the initial decision, the
//! decision gate, the outcome of each child, and how the referrer was dealt with
//! (R9, R15–R28, R72). It follows intake for contacts and partner-checks for checks.

mod api;
mod commands;
pub mod config;
mod domain;
mod events;
mod follower;
mod protocol;
mod store;

use std::sync::Arc;

use calendar::protocol::Protocol;
use proto::screening::v1::screening_service_server::ScreeningServiceServer;
use runtime::{clock::Clock, server::LARGEST_REQUEST, tasks::Tasks};
use service::Service;
use tonic::service::{LayerExt, Routes};

use crate::{
    api::Api,
    config::Config,
    follower::Follower,
    protocol::{Intake, Rules, ScreeningProtocol},
};

/// The service's name: its log, its stream, its identity.
pub const NAME: &str = "screening";

/// The service's own tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Reads what screening takes from a protocol file, before one comes into force (R59).
///
/// # Errors
/// What is wrong with it, by line and key.
pub fn check_protocol(protocol: &Protocol) -> anyhow::Result<()> {
    let _: ScreeningProtocol = protocol.table("screening")?;
    let _: Intake = protocol.table("intake")?;
    Ok(())
}

/// Runs screening until the process stops.
///
/// # Errors
/// What made it stop, or not start.
pub async fn run(config: Config, clock: Clock, tasks: Tasks) -> anyhow::Result<()> {
    let service = Service::start(NAME, config.service, clock, tasks).await?;
    service.wait_for_tables(&MIGRATOR).await?;
    let intake: Intake = service.protocol.table("intake")?;
    let rules = Rules {
        intake: intake.timescales,
        screening: service.protocol.table("screening")?,
        protocol: Arc::new(service.protocol.clone()),
    };
    let follower = Arc::new(Follower { rules: rules.clone() });
    service.follow("intake", &config.intake, &follower)?;
    service.follow("partner-checks", &config.partner_checks, &follower)?;
    let api = Api::new(service.log.clone(), rules);
    let api = ScreeningServiceServer::new(api).max_decoding_message_size(LARGEST_REQUEST);
    let routes = Routes::new(service.guard().named_layer(api));
    service.serve(routes).await
}
