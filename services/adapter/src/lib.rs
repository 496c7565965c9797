//! An adapter: the one door through which the system of one agency gets its requests
//! and gives its answers (R45, R46). It is a process of its own for each agency, so
//! that a fault, a flood or a stolen key at one touches no other, and it keeps no
//! records: what it shows is read from partner-checks, and answers are written there.

mod api;
mod bell;
pub mod config;
mod hub;
mod watch;

use std::{net::SocketAddr, sync::Arc};

use access::{Guard, GuardConfig, Policies, RefusalLog};
use anyhow::Context;
use proto::partner::v1::partner_service_server::PartnerServiceServer;
use runtime::{
    admin::Admin,
    channel::channel,
    clock::Clock,
    server::{self, LARGEST_REQUEST},
    tasks::Tasks,
    tls,
};
use tokio::net::TcpListener;
use tonic::service::{LayerExt, Routes};

use crate::{api::Api, config::Config, hub::Hub};

/// What every adapter is: its API's name to policies, before the agency's code.
pub const NAME: &str = "adapter";

/// Runs the adapter of one agency until the process stops. partner-checks and the
/// broker may be away.
///
/// # Errors
/// What made it stop, or not start.
pub async fn run(config: Config, clock: Clock, tasks: Tasks) -> anyhow::Result<()> {
    tls::install_provider();
    // Two identities: that of the door, which its agency's system trusts, and that with
    // which partner-checks is called. Neither authority vouches for the other's.
    let (door_tls, _) = tls::watch_files(config.door.clone(), &tasks)?;
    let (_, client_tls) = tls::watch_files(config.tls.clone(), &tasks)?;
    let guard = guard(&config, clock)?;
    let hub = Hub::new(channel(&config.partner_checks, client_tls)?);
    let bell = bell::listen(&config.agency, &config.broker, &tasks).await?;
    let api = Api::new(hub, bell, tasks.clone());
    let api = PartnerServiceServer::new(api).max_decoding_message_size(LARGEST_REQUEST);
    let routes = Routes::new(guard.layer_for_agency(NAME, config.agency.as_str()).named_layer(api));
    let listener = bind(config.server.listen).await?;
    let admin_listener = bind(config.server.admin_listen).await?;
    let reflection = config.server.reflection.then_some(proto::DESCRIPTOR);
    let admin = Admin::new();
    tls::tell_expiry(config.door, door_tls.clone(), admin.metrics(), &tasks)?;
    server::serve(listener, door_tls, routes, reflection, &tasks)?;
    admin.serve(admin_listener, &tasks);
    tracing::info!(agency = config.agency.as_str(), address = %config.server.listen, "the adapter has started");
    tasks.finished().await
}

/// Lets in the agency's own certificate and nobody else (R45). No person calls here.
fn guard(config: &Config, clock: Clock) -> anyhow::Result<Guard> {
    let identities = GuardConfig {
        trust_domain: config.trust_domain.clone(),
        jwks_file: None,
        issuer: String::new(),
        audience: String::new(),
    };
    let policies = match &config.policies {
        Some(directory) => Policies::from_dir(directory)?,
        None => Policies::embedded()?,
    };
    Ok(Guard::new(identities, policies, RefusalLog::Traced, Arc::new(move || clock.now()))?)
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}
