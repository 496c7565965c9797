//! partner-checks: asks the partner agencies, each through its own door, and keeps what
//! left the hub and what came back (R33–R45).

mod api;
mod asks;
mod commands;
pub mod config;
mod domain;
mod events;
mod follower;
mod metrics;
mod protocol;
mod store;
mod ticker;

use std::sync::Arc;

use calendar::protocol::Protocol;
use proto::partner_checks::v1::{
    agency_door_service_server::AgencyDoorServiceServer,
    partner_checks_service_server::PartnerChecksServiceServer,
};
use runtime::{clock::Clock, server::LARGEST_REQUEST, tasks::Tasks};
use service::Service;
use tonic::service::{LayerExt, Routes};

use crate::{
    api::{Api, door::Door},
    asks::Peers,
    config::Config,
    follower::Follower,
    metrics::Metrics,
    protocol::{PartnerChecksProtocol, Rules},
};

/// The service's name: its log, its stream, its identity.
pub const NAME: &str = "partner-checks";

/// The service's own tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Reads what partner-checks takes from a protocol file, before one comes into force (R59).
///
/// # Errors
/// What is wrong with it, by line and key.
pub fn check_protocol(protocol: &Protocol) -> anyhow::Result<()> {
    let _: PartnerChecksProtocol = protocol.table("partner_checks")?;
    Ok(())
}

/// Runs partner-checks until the process stops. It follows intake to hear of consent
/// that was taken back, screening to hear which
/// children their units have, and deadlines to hear for which RED checks somebody was paged;
/// its watch needs no other service.
///
/// # Errors
/// What made it stop, or not start.
pub async fn run(config: Config, clock: Clock, tasks: Tasks) -> anyhow::Result<()> {
    let service = Service::start(NAME, config.service, clock, tasks).await?;
    service.wait_for_tables(&MIGRATOR).await?;
    let rules = Rules {
        checks: service.protocol.table("partner_checks")?,
        protocol: Arc::new(service.protocol.clone()),
    };
    let metrics = Metrics::register(service.admin().metrics())?;
    ticker::spawn(service.log.clone(), rules.clone(), metrics, &service.tasks);
    service.follow("intake", &config.intake, &Arc::new(Follower))?;
    service.follow("screening", &config.screening, &Arc::new(Follower))?;
    match &config.deadlines {
        Some(deadlines) => service.follow("deadlines", deadlines, &Arc::new(Follower))?,
        None => tracing::warn!(
            "MASH_PEER_DEADLINES is not set: every RED check that is overdue will count as unpaged (R43)"
        ),
    }
    let peers = Peers::new(service.peer(&config.screening)?, service.peer(&config.intake)?);
    let api = Api::new(service.log.clone(), rules.clone(), peers);
    let api = PartnerChecksServiceServer::new(api).max_decoding_message_size(LARGEST_REQUEST);
    let door = Door::new(service.log.clone(), rules);
    let door = AgencyDoorServiceServer::new(door).max_decoding_message_size(LARGEST_REQUEST);
    let guard = service.guard();
    let routes = Routes::new(guard.named_layer(api)).add_service(guard.named_layer(door));
    service.serve(routes).await
}
