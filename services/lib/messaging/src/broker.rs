//! The connection to the broker. It may be away or hang at any time: whoever uses
//! it gives every send a time limit of its own.

use std::time::Duration;

use async_nats::{
    Client, ConnectOptions, Event,
    jetstream::{self, Context, context::ContextBuilder, stream},
};
use runtime::settings::Settings;

/// How long the feed keeps an event. Nothing depends on it: what is gone is read
/// from the log.
const KEPT: Duration = Duration::from_secs(3 * 24 * 3600);
/// How long the broker remembers an event's id to drop its twin.
const REMEMBERED: Duration = Duration::from_secs(120);

/// Where the broker is, and who this service is to it.
#[derive(Clone)]
pub struct BrokerConfig {
    /// `nats://host:port`, several with commas between.
    pub url: String,
    /// Login and password, where the broker has logins.
    pub login: Option<(String, String)>,
    /// Copies of each event in the feed: 1 on one machine, 3 in a cluster.
    pub replicas: usize,
}

impl BrokerConfig {
    /// Reads `MASH_BROKER_URL`, `MASH_BROKER_LOGIN`, `MASH_BROKER_PASSWORD` and
    /// `MASH_BROKER_REPLICAS` (default 1).
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let login = settings.optional("MASH_BROKER_LOGIN");
        let password = settings.optional("MASH_BROKER_PASSWORD");
        let replicas = settings.optional("MASH_BROKER_REPLICAS").unwrap_or(1);
        Some(Self {
            url: settings.required("MASH_BROKER_URL")?,
            login: login.zip(password),
            replicas,
        })
    }
}

/// Connects as `service`. Returns at once also where the broker is away, and goes
/// on trying.
///
/// # Errors
/// Where the URL is none.
pub async fn connect(
    service: &str,
    config: &BrokerConfig,
) -> Result<Client, async_nats::ConnectError> {
    let mut options = ConnectOptions::new()
        .name(service)
        .retry_on_initial_connect()
        .ping_interval(Duration::from_secs(5))
        .connection_timeout(Duration::from_secs(2))
        .request_timeout(Some(Duration::from_secs(3)))
        .reconnect_delay_callback(|attempt| Duration::from_millis((attempt as u64 * 50).min(250)))
        .custom_inbox_prefix(format!("_INBOX_{service}"))
        .event_callback(|event| async move { log_event(&event) });
    if let Some((login, password)) = &config.login {
        options = options.user_and_password(login.clone(), password.clone());
    }
    options.connect(config.url.as_str()).await
}

fn log_event(event: &Event) {
    match event {
        Event::Connected => tracing::info!("the broker is connected"),
        Event::Disconnected => tracing::warn!("the broker is away"),
        // A forbidden publish shows only here and as a timeout.
        Event::ServerError(error) => tracing::error!(%error, "the broker refused"),
        other => tracing::debug!(event = %other, "broker"),
    }
}

/// The feed of the broker, whose acknowledgements are waited for two seconds.
pub(crate) fn feed(client: Client) -> Context {
    ContextBuilder::new().timeout(Duration::from_secs(2)).max_ack_inflight(1024).build(client)
}

/// Makes the stream of `service`, or makes it as it should be.
pub(crate) async fn ensure_stream(
    feed: &Context,
    service: &str,
    replicas: usize,
) -> Result<(), jetstream::context::CreateStreamError> {
    let config = stream::Config {
        name: service.to_owned(),
        subjects: vec![format!("mash.{}.v1.>", service.replace('-', "_"))],
        max_age: KEPT,
        duplicate_window: REMEMBERED,
        num_replicas: replicas,
        ..stream::Config::default()
    };
    feed.create_or_update_stream(config).await.map(drop)
}
