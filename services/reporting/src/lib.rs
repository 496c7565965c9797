//! Reporting: figures for the partnership, made from the events of the other services
//! alone (R67, R70). It asks nobody, keeps no child's record, and tells nothing.

mod api;
mod commands;
pub mod config;
mod domain;
mod follower;
mod store;
mod wire;

use std::sync::Arc;

use proto::reporting::v1::reporting_service_server::ReportingServiceServer;
use runtime::{clock::Clock, server::LARGEST_REQUEST, tasks::Tasks};
use service::Service;
use tonic::service::{LayerExt, Routes};

use crate::{api::Api, config::Config, follower::Reader};

/// The service's name: its log, its stream, its identity.
pub const NAME: &str = "reporting";

/// The service's own tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Runs reporting until the process stops. It follows every service that tells
/// anything.
///
/// # Errors
/// What made it stop, or not start.
pub async fn run(config: Config, clock: Clock, tasks: Tasks) -> anyhow::Result<()> {
    let service = Service::start(NAME, config.service, clock, tasks).await?;
    service.wait_for_tables(&MIGRATOR).await?;
    let reader = Arc::new(Reader);
    service.follow("intake", &config.intake, &reader)?;
    service.follow("screening", &config.screening, &reader)?;
    service.follow("partner-checks", &config.partner_checks, &reader)?;
    service.follow("deadlines", &config.deadlines, &reader)?;
    let api = ReportingServiceServer::new(Api::new(service.log.clone()));
    let api = api.max_decoding_message_size(LARGEST_REQUEST);
    let routes = Routes::new(service.guard().named_layer(api));
    service.serve(routes).await
}
