//! What a deployment says to an adapter.

use std::{path::PathBuf, str::FromStr};

use access::System;
use messaging::broker::BrokerConfig;
use runtime::{
    channel::Address,
    server::ServerConfig,
    settings::{Settings, SettingsError},
    telemetry::TelemetryConfig,
    tls::TlsFiles,
};

/// The settings of one adapter.
#[derive(Clone)]
pub struct Config {
    /// The agency whose door this is.
    pub agency: AgencyCode,
    /// Where it listens.
    pub server: ServerConfig,
    /// What it logs, and where its traces go.
    pub telemetry: TelemetryConfig,
    /// Who it is to the agency's system, and whose certificates it takes there.
    pub door: TlsFiles,
    /// Who it is to partner-checks.
    pub tls: TlsFiles,
    /// Where partner-checks answers.
    pub partner_checks: Address,
    /// Where the bell is rung.
    pub broker: BrokerConfig,
    /// Trust domain of the certificates.
    pub trust_domain: String,
    /// Policies other than those built in.
    pub policies: Option<PathBuf>,
}

/// The code of an agency, for example `domestic_abuse`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgencyCode(String);

/// A text that is no agency's code.
#[derive(Debug, PartialEq, Eq)]
pub struct NotACode;

impl std::fmt::Display for NotACode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an agency's code is 1 to 63 of a-z, 0-9 and _")
    }
}

impl AgencyCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AgencyCode {
    type Err = NotACode;

    /// What a certificate can name; also what may be a token of a subject.
    fn from_str(code: &str) -> Result<Self, NotACode> {
        match System::parse(&format!("spiffe://hub/agency/{code}"), "hub") {
            Ok(System::Agency(code)) => Ok(Self(code)),
            Ok(System::Service(_) | System::Adapter(_)) | Err(_) => Err(NotACode),
        }
    }
}

/// Reads `MASH_AGENCY`, `MASH_DOOR_CERTIFICATE`, `_KEY` and `_AUTHORITY`,
/// `MASH_TLS_CERTIFICATE`, `_KEY` and `_AUTHORITY`, `MASH_PEER_PARTNER_CHECKS`,
/// `MASH_TRUST_DOMAIN`, `MASH_POLICIES`, and those of server, telemetry and broker.
///
/// # Errors
/// Everything that is missing, malformed or unknown.
pub fn read(mut settings: Settings) -> Result<Config, SettingsError> {
    let agency = settings.required("MASH_AGENCY");
    let server = ServerConfig::read(&mut settings);
    let telemetry = TelemetryConfig::read(&mut settings);
    let door = TlsFiles::read(&mut settings, "MASH_DOOR");
    let tls = TlsFiles::read(&mut settings, "MASH_TLS");
    let partner_checks = settings.required("MASH_PEER_PARTNER_CHECKS");
    let broker = BrokerConfig::read(&mut settings);
    let trust_domain = settings.required("MASH_TRUST_DOMAIN");
    let policies = settings.optional("MASH_POLICIES");
    let whole = || {
        Some(Config {
            agency: agency?,
            server: server?,
            telemetry,
            door: door?,
            tls: tls?,
            partner_checks: partner_checks?,
            broker: broker?,
            trust_domain: trust_domain?,
            policies,
        })
    };
    let config = whole();
    settings.finish(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_cannot_widen_the_subject_that_is_listened_to() {
        assert_eq!("domestic_abuse".parse::<AgencyCode>().unwrap().as_str(), "domestic_abuse");
        for bad in ["", "*", ">", "police.x", "Police", "police ", "a-b"] {
            assert!(bad.parse::<AgencyCode>().is_err(), "{bad}");
        }
    }
}
