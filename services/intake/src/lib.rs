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
mod request_watch;
mod routes;
mod store;
mod wire;

use std::sync::Arc;

use calendar::protocol::Protocol;
use runtime::{clock::Clock, tasks::Tasks};
use service::Service;

use crate::{api::Api, commands::consultation::keep_codes, metrics::Metrics, protocol::Rules};

/// What an import would refuse of its rows (R8, R9); public for who prepares one.
pub use crate::api::register_import::RowCheck;
/// Who is already known, and who may be (R8); public so that both can be measured without a
/// hub.
pub use crate::{domain::matching, store::register::keys::candidates};

/// The service's name: its log, its stream, its identity.
pub const NAME: &str = "intake";

/// The service's own tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Reads what intake takes from a protocol file, before one comes into force (R59).
///
/// # Errors
/// What is wrong with it, by line and key.
pub fn check_protocol(protocol: &Protocol) -> anyhow::Result<()> {
    Rules::read(protocol.clone()).map(drop)
}

/// Runs intake until the process stops. It follows nobody.
///
/// # Errors
/// What made it stop, or not start.
pub async fn run(config: service::Config, clock: Clock, tasks: Tasks) -> anyhow::Result<()> {
    let service = Service::start(NAME, config, clock, tasks).await?;
    service.wait_for_tables(&MIGRATOR).await?;
    let rules = Arc::new(Rules::read(service.protocol.clone())?);
    keep_codes(&mut *service.log.pool().acquire().await?, &rules.intake.consultation).await?;
    let metrics = Metrics::register(service.admin().metrics())?;
    let api = Api::new(service.log.clone(), rules.clone(), metrics.refused_notices.clone());
    metrics.spawn(service.log.clone(), &service.tasks);
    matcher::spawn(service.log.clone(), rules.clone(), &service.tasks);
    request_watch::spawn(service.log.clone(), rules, &service.tasks);
    let routes = routes::guarded(&service, &api);
    service.serve(routes).await
}
