//! Deadlines: keeps every clock and every page. It hears from the other services which
//! clocks run, fires what is due, and pages who is on duty until somebody has it (R18,
//! R41, R43, R57–R60). A clock that fires and the page it raises are one transaction,
//! so that no broker stands between a RED deadline and a manager.

mod api;
mod bell;
mod commands;
pub mod config;
mod domain;
mod events;
mod follower;
mod metrics;
mod pagers;
mod protocol;
mod sender;
mod store;
mod ticker;

use std::sync::Arc;

use calendar::protocol::Protocol;
use proto::deadlines::v1::deadlines_service_server::DeadlinesServiceServer;
use runtime::{clock::Clock, server::LARGEST_REQUEST, tasks::Tasks};
use service::Service;
use tonic::service::{LayerExt, Routes};

use crate::{
    api::Api, bell::Bell, commands::Rules, config::Config, follower::Facing, metrics::Metrics,
    pagers::Pagers, protocol::DeadlinesProtocol,
};

/// The service's name: its log, its stream, its identity.
pub const NAME: &str = "deadlines";

/// The service's own tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Reads what deadlines takes from a protocol file, before one comes into force (R59).
///
/// # Errors
/// What is wrong with it, by line and key.
pub fn check_protocol(protocol: &Protocol) -> anyhow::Result<()> {
    let _: DeadlinesProtocol = protocol.table("deadlines")?;
    Ok(())
}

/// Runs deadlines until the process stops.
///
/// # Errors
/// What made it stop, or not start; a role on a ladder that no pager reaches.
pub async fn run(config: Config, clock: Clock, tasks: Tasks) -> anyhow::Result<()> {
    let service = Service::start(NAME, config.service, clock, tasks).await?;
    service.wait_for_tables(&MIGRATOR).await?;
    let table: DeadlinesProtocol = service.protocol.table("deadlines")?;
    let pagers = Pagers::read(&config.pagers, &table.ladders)?;
    let rules = Rules {
        protocol: Arc::new(service.protocol.clone()),
        deadlines: Arc::new(table),
        pagers: Arc::new(pagers),
    };
    let metrics = Metrics::register(service.admin().metrics())?;
    metrics.clone().spawn(service.log.clone(), &service.tasks);
    let bell = Bell::new();
    ticker::spawn(service.log.clone(), rules.clone(), bell.clone(), &service.tasks);
    sender::spawn(&service.log, (&rules.pagers, &metrics), &bell, &service.tasks)?;
    let facing = Arc::new(Facing { rules: rules.clone(), bell: bell.clone() });
    service.follow("intake", &config.intake, &facing)?;
    service.follow("screening", &config.screening, &facing)?;
    service.follow("partner-checks", &config.partner_checks, &facing)?;
    let api = DeadlinesServiceServer::new(Api::new(service.log.clone(), rules, bell))
        .max_decoding_message_size(LARGEST_REQUEST);
    let routes = Routes::new(service.guard().named_layer(api));
    service.serve(routes).await
}
