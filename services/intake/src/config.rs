//! Intake's deployment settings: those that every service has.

use runtime::settings::{Settings, SettingsError};

/// Reads them.
///
/// # Errors
/// Everything that is missing, malformed or unknown.
pub fn read(mut settings: Settings) -> Result<service::Config, SettingsError> {
    let config = service::Config::read(&mut settings);
    settings.finish(config)
}
