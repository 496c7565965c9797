//! The settings that every service has.

use std::path::PathBuf;

use access::GuardConfig;
use calendar::protocol::Protocol;
use messaging::{broker::BrokerConfig, event_log::DatabaseConfig};
use runtime::{
    server::ServerConfig, settings::Settings, telemetry::TelemetryConfig, tls::TlsFiles,
};

/// What a deployment says to a service. The rules are in the protocol file.
#[derive(Clone)]
pub struct Config {
    /// Where it listens.
    pub server: ServerConfig,
    /// What it logs, and where its traces go.
    pub telemetry: TelemetryConfig,
    /// Who it is to the other services.
    pub tls: TlsFiles,
    /// Where its records are.
    pub database: DatabaseConfig,
    /// Where events go and come from.
    pub broker: BrokerConfig,
    /// Where identities come from.
    pub guard: GuardConfig,
    /// Policies other than those built in.
    pub policies: Option<PathBuf>,
    /// A protocol file other than the one built in.
    pub protocol_file: Option<PathBuf>,
}

impl Config {
    /// Reads every setting that all services share; see `deploy/README.md`.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let server = ServerConfig::read(settings);
        let telemetry = TelemetryConfig::read(settings);
        let tls = TlsFiles::read(settings, "MASH_TLS");
        let database = DatabaseConfig::read(settings);
        let broker = BrokerConfig::read(settings);
        let guard = guard(settings);
        let policies = settings.optional("MASH_POLICIES");
        let protocol_file = protocol_file(settings);
        Some(Self {
            server: server?,
            telemetry,
            tls: tls?,
            database: database?,
            broker: broker?,
            guard: guard?,
            policies,
            protocol_file,
        })
    }

    /// The operational protocol.
    ///
    /// # Errors
    /// A file that cannot be read, or breaks the rules of one.
    pub fn protocol(&self) -> anyhow::Result<Protocol> {
        Ok(match &self.protocol_file {
            Some(file) => Protocol::read(file)?,
            None => Protocol::embedded()?,
        })
    }
}

/// Reads `MASH_PROTOCOL`, the path of the protocol file.
pub fn protocol_file(settings: &mut Settings) -> Option<PathBuf> {
    settings.optional("MASH_PROTOCOL")
}

fn guard(settings: &mut Settings) -> Option<GuardConfig> {
    let trust_domain = settings.required("MASH_TRUST_DOMAIN");
    let jwks_file = settings.required("MASH_JWKS");
    let issuer = settings.required("MASH_ISSUER");
    let audience = settings.required("MASH_AUDIENCE");
    Some(GuardConfig {
        trust_domain: trust_domain?,
        jwks_file: Some(jwks_file?),
        issuer: issuer?,
        audience: audience?,
    })
}
