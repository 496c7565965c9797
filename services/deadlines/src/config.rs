//! Deployment settings of deadlines: those that every service has, where the logs are
//! that it follows, and the file of pagers.

use std::path::PathBuf;

use runtime::{
    channel::Address,
    settings::{Settings, SettingsError},
};

/// What a deployment says to deadlines.
#[derive(Clone)]
pub struct Config {
    /// What it says to every service.
    pub service: service::Config,
    /// Where intake answers.
    pub intake: Address,
    /// Where screening answers.
    pub screening: Address,
    /// Where partner-checks answers.
    pub partner_checks: Address,
    /// The file of pagers, TOML.
    pub pagers: PathBuf,
}

/// Reads the settings of every service, `MASH_PEER_INTAKE`, `MASH_PEER_SCREENING`,
/// `MASH_PEER_PARTNER_CHECKS` and `MASH_PAGERS`.
///
/// # Errors
/// Everything that is missing, malformed or unknown.
pub fn read(mut settings: Settings) -> Result<Config, SettingsError> {
    let service = service::Config::read(&mut settings);
    let intake = settings.required("MASH_PEER_INTAKE");
    let screening = settings.required("MASH_PEER_SCREENING");
    let partner_checks = settings.required("MASH_PEER_PARTNER_CHECKS");
    let pagers = settings.required("MASH_PAGERS");
    let whole = || {
        Some(Config {
            service: service?,
            intake: intake?,
            screening: screening?,
            partner_checks: partner_checks?,
            pagers: pagers?,
        })
    };
    let config = whole();
    settings.finish(config)
}
