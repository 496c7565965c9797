//! What one process may do at the broker: publish its own events and read the feeds it
//! follows. Everything that is not listed is refused by the broker itself, so that a stolen
//! password opens one service's subjects and no other's (R46).

use serde_json::{Value, json};

/// A user of the broker with its permissions.
#[derive(Clone)]
pub struct BrokerLogin {
    /// The login.
    pub user: String,
    /// Its password.
    pub password: String,
    publish: Vec<String>,
    subscribe: Vec<String>,
}

impl BrokerLogin {
    /// A service: it owns the stream of its own name, publishes its own package's events
    /// (`partner-checks` → `mash.partner_checks.v1.>`) and reads the streams of the services
    /// it follows by ordered consumers. Its inbox prefix is `_INBOX_<service>`.
    pub fn service(service: &str, password: &str, follows: &[&str]) -> Self {
        let package = service.replace('-', "_");
        let mut publish = vec![format!("mash.{package}.v1.>"), "$JS.API.INFO".to_owned()];
        for act in ["CREATE", "UPDATE", "INFO"] {
            publish.push(format!("$JS.API.STREAM.{act}.{service}"));
        }
        for stream in follows {
            publish.extend([
                format!("$JS.API.STREAM.INFO.{stream}"),
                format!("$JS.API.CONSUMER.CREATE.{stream}"),
                format!("$JS.API.CONSUMER.CREATE.{stream}.>"),
                format!("$JS.API.CONSUMER.INFO.{stream}.>"),
                format!("$JS.API.CONSUMER.DELETE.{stream}.>"),
                format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.>"),
                format!("$JS.FC.{stream}.>"),
            ]);
        }
        Self {
            user: service.to_owned(),
            password: password.to_owned(),
            publish,
            subscribe: vec![format!("_INBOX_{service}.>")],
        }
    }

    /// An adapter (`adapter-police`): it hears that a check was requested of its agency, and
    /// nothing else (R45).
    pub fn adapter(agency: &str, password: &str) -> Self {
        Self {
            user: format!("adapter-{agency}"),
            password: password.to_owned(),
            publish: Vec::new(),
            subscribe: vec![format!("mash.partner_checks.v1.CheckRequested.{agency}")],
        }
    }

    /// The user as an entry of the server's configuration.
    pub(crate) fn entry(&self) -> Value {
        // An empty list of what is allowed would allow everything.
        let publish = match self.publish.as_slice() {
            [] => json!({ "deny": [">"] }),
            allowed => json!({ "allow": allowed }),
        };
        json!({
            "user": self.user,
            "password": self.password,
            "permissions": { "publish": publish, "subscribe": { "allow": self.subscribe } },
        })
    }
}
