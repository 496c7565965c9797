//! Deployment settings: those that every service has, and where the services are
//! that are asked before a check is sent, or followed.

use runtime::{
    channel::Address,
    settings::{Settings, SettingsError},
};

/// What a deployment says to partner-checks.
#[derive(Clone)]
pub struct Config {
    /// What every service has.
    pub service: service::Config,
    /// Where intake answers.
    pub intake: Address,
    /// Where screening answers.
    pub screening: Address,
    /// Where deadlines answers. Without it partner-checks hears of no page, and raises
    /// its own alarm for every RED check that is overdue (R43).
    pub deadlines: Option<Address>,
}

/// Reads them: those of every service, `MASH_PEER_INTAKE`, `MASH_PEER_SCREENING`
/// and `MASH_PEER_DEADLINES`, which may be missing.
///
/// # Errors
/// Everything that is missing, malformed or unknown.
pub fn read(mut settings: Settings) -> Result<Config, SettingsError> {
    let service = service::Config::read(&mut settings);
    let intake = settings.required("MASH_PEER_INTAKE");
    let screening = settings.required("MASH_PEER_SCREENING");
    let deadlines = settings.optional("MASH_PEER_DEADLINES");
    let whole =
        || Some(Config { service: service?, intake: intake?, screening: screening?, deadlines });
    let config = whole();
    settings.finish(config)
}
