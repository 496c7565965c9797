//! Screening's deployment settings: those that every service has, and where the
//! services that it follows are.

use runtime::{
    channel::Address,
    settings::{Settings, SettingsError},
};

/// What a deployment says to screening.
#[derive(Clone)]
pub struct Config {
    /// What every service has.
    pub service: service::Config,
    /// `MASH_PEER_INTAKE`: `host:port` of intake.
    pub intake: Address,
    /// `MASH_PEER_PARTNER_CHECKS`: `host:port` of partner-checks.
    pub partner_checks: Address,
}

/// Reads them.
///
/// # Errors
/// Everything that is missing, malformed or unknown.
pub fn read(mut settings: Settings) -> Result<Config, SettingsError> {
    let service = service::Config::read(&mut settings);
    let intake = settings.required("MASH_PEER_INTAKE");
    let partner_checks = settings.required("MASH_PEER_PARTNER_CHECKS");
    let whole =
        || Some(Config { service: service?, intake: intake?, partner_checks: partner_checks? });
    settings.finish(whole())
}
