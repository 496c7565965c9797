//! Reporting's deployment settings: those that every service has, and where the
//! services are whose logs it follows.

use runtime::{
    channel::Address,
    settings::{Settings, SettingsError},
};

/// What a deployment says to reporting.
#[derive(Clone)]
pub struct Config {
    /// What every service is told.
    pub service: service::Config,
    /// Where intake answers (`MASH_PEER_INTAKE`).
    pub intake: Address,
    /// Where screening answers (`MASH_PEER_SCREENING`).
    pub screening: Address,
    /// Where partner-checks answers (`MASH_PEER_PARTNER_CHECKS`).
    pub partner_checks: Address,
    /// Where deadlines answers (`MASH_PEER_DEADLINES`).
    pub deadlines: Address,
}

/// Reads them.
///
/// # Errors
/// Everything that is missing, malformed or unknown.
pub fn read(mut settings: Settings) -> Result<Config, SettingsError> {
    let service = service::Config::read(&mut settings);
    let intake = settings.required("MASH_PEER_INTAKE");
    let screening = settings.required("MASH_PEER_SCREENING");
    let partner_checks = settings.required("MASH_PEER_PARTNER_CHECKS");
    let deadlines = settings.required("MASH_PEER_DEADLINES");
    let config = || {
        Some(Config {
            service: service?,
            intake: intake?,
            screening: screening?,
            partner_checks: partner_checks?,
            deadlines: deadlines?,
        })
    };
    settings.finish(config())
}
