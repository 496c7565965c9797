//! Settings of a deployment: read once, from environment variables that begin
//! with `MASH_`. A key that nothing reads is an error, so that a misspelt one
//! cannot pass; everything that is wrong is said at once.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use thiserror::Error;

/// Every setting that is missing, malformed or unknown.
#[derive(Debug, Error)]
#[error("the settings cannot be used:\n  {}", .problems.join("\n  "))]
pub struct SettingsError {
    problems: Vec<String>,
}

/// The settings given, and what has been found wrong with them so far.
#[derive(Debug)]
pub struct Settings {
    given: BTreeMap<String, String>,
    problems: Vec<String>,
}

impl Settings {
    /// Reads the process's environment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_environment() -> Self {
        Self::given(std::env::vars())
    }

    /// Takes settings from elsewhere; only keys that begin with `MASH_` count.
    pub fn given(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        let given = vars.into_iter().filter(|(key, _)| key.starts_with("MASH_")).collect();
        Self { given, problems: Vec::new() }
    }

    /// A setting that must be there. `None` where it is missing or malformed, which
    /// `finish` reports.
    pub fn required<T>(&mut self, key: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        if !self.given.contains_key(key) {
            self.problems.push(format!("{key} is missing"));
        }
        self.optional(key)
    }

    /// A setting that may be there.
    pub fn optional<T>(&mut self, key: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let value = self.given.remove(key)?;
        match value.parse() {
            Ok(parsed) => Some(parsed),
            // The value is not repeated: it may be a secret.
            Err(error) => {
                self.problems.push(format!("{key}: {error}"));
                None
            }
        }
    }

    /// Gives `config` where every setting was good and none is left over.
    ///
    /// # Errors
    /// Every problem found, and every key that nothing read.
    pub fn finish<T>(mut self, config: Option<T>) -> Result<T, SettingsError> {
        self.problems
            .extend(self.given.keys().map(|key| format!("{key} is not a setting of this service")));
        match config {
            Some(config) if self.problems.is_empty() => Ok(config),
            Some(_) | None => Err(SettingsError { problems: self.problems }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(given: &[(&str, &str)]) -> Settings {
        Settings::given(given.iter().map(|(key, value)| (key.to_string(), value.to_string())))
    }

    #[test]
    fn everything_wrong_is_said_at_once_and_no_value_is_repeated() {
        let mut settings =
            settings(&[("MASH_PORT", "secret"), ("MASH_PROT", "1"), ("PATH", "/bin")]);
        let port: Option<u16> = settings.required("MASH_PORT");
        let name: Option<String> = settings.required("MASH_NAME");
        let error = settings.finish(port.zip(name)).unwrap_err().to_string();
        assert!(error.contains("MASH_PORT: invalid digit"), "{error}");
        assert!(error.contains("MASH_NAME is missing"), "{error}");
        assert!(error.contains("MASH_PROT is not a setting"), "{error}");
        assert!(!error.contains("secret") && !error.contains("PATH"), "{error}");
    }

    #[test]
    fn good_settings_pass() {
        let mut settings = settings(&[("MASH_PORT", "7400")]);
        let port: Option<u16> = settings.required("MASH_PORT");
        let none: Option<String> = settings.optional("MASH_NAME");
        assert_eq!(settings.finish(port.map(|port| (port, none))).unwrap(), (7400, None));
    }
}
