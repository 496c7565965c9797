//! What the broker lets each login do, asked of the broker itself (R45, R46).

use std::time::Duration;

use async_nats::jetstream::consumer::{pull::OrderedConfig, push};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, Context, Message};
use async_nats::{Client, ConnectOptions, Event};
use futures_util::{Stream, StreamExt};
use provision::{BrokerLogin, Nats, free_ports};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

const BELL: &str = "mash.partner_checks.v1.CheckRequested.police";
const SOON: Duration = Duration::from_secs(5);

/// A broker with one service that follows another, and one adapter.
struct Broker {
    nats: Nats,
    _folder: TempDir,
}

/// One login's connection, and what the broker told it was forbidden.
struct Login {
    client: Client,
    jetstream: Context,
    refusals: UnboundedReceiver<String>,
}

impl Broker {
    async fn start() -> Self {
        let tools = super::tools().await;
        let folder = super::temporary();
        let logins = [
            BrokerLogin::service("intake", "intake-password", &[]),
            BrokerLogin::service("partner-checks", "checks-password", &["intake"]),
            BrokerLogin::adapter("police", "police-password"),
        ];
        let port = free_ports(1).unwrap()[0];
        let nats = Nats::start(&tools, folder.path(), port, &logins).await.unwrap();
        Self { nats, _folder: folder }
    }

    async fn login(&self, user: &str, password: &str) -> Login {
        let (tell, refusals) = unbounded_channel();
        let client = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
            .custom_inbox_prefix(format!("_INBOX_{user}"))
            .event_callback(move |event| {
                let tell = tell.clone();
                async move {
                    if let Event::ServerError(e) = event {
                        let _nobody_listens = tell.send(e.to_string());
                    }
                }
            })
            .connect(self.nats.url())
            .await
            .unwrap();
        let quick = Duration::from_secs(2);
        let jetstream = ContextBuilder::new().timeout(quick).build(client.clone());
        Login { client, jetstream, refusals }
    }

    async fn intake(&self) -> Login {
        self.login("intake", "intake-password").await
    }

    async fn checks(&self) -> Login {
        self.login("partner-checks", "checks-password").await
    }

    async fn police(&self) -> Login {
        self.login("adapter-police", "police-password").await
    }
}

impl Login {
    /// Publishes, and expects the broker to say that this subject is forbidden.
    async fn must_not_publish(&mut self, subject: &'static str) {
        self.client.publish(subject, "".into()).await.unwrap();
        self.expect_refusal(subject).await;
    }

    async fn must_not_subscribe(&mut self, subject: &'static str) {
        let _subscription = self.client.subscribe(subject).await.unwrap();
        self.expect_refusal(subject).await;
    }

    async fn expect_refusal(&mut self, subject: &str) {
        let said = timeout(SOON, self.refusals.recv()).await;
        let said = said.unwrap_or_else(|_| panic!("{subject} was not refused")).unwrap();
        let about = format!("\"{}\"", subject.to_ascii_lowercase());
        let said = said.to_ascii_lowercase();
        assert!(said.contains("permissions violation") && said.contains(&about), "{said}");
    }
}

fn stream(name: &str, subjects: &str) -> Config {
    Config { name: name.to_owned(), subjects: vec![subjects.to_owned()], ..Config::default() }
}

/// What the next message of a consumer carries.
async fn next_payload<E: std::fmt::Debug>(
    messages: &mut (impl Stream<Item = Result<Message, E>> + Unpin),
) -> String {
    let next = timeout(SOON, messages.next()).await.unwrap();
    String::from_utf8(next.unwrap().unwrap().payload.to_vec()).unwrap()
}

#[tokio::test]
async fn a_service_makes_its_stream_publishes_and_is_followed_by_an_ordered_consumer() {
    let broker = Broker::start().await;
    let mut intake = broker.intake().await;
    let config = stream("intake", "mash.intake.v1.>");
    intake.jetstream.create_or_update_stream(config.clone()).await.unwrap();
    intake.jetstream.create_or_update_stream(config).await.unwrap();
    let subject = "mash.intake.v1.ContactReceived";
    for payload in ["1", "2", "3"] {
        intake.jetstream.publish(subject, payload.into()).await.unwrap().await.unwrap();
    }

    let mut checks = broker.checks().await;
    let followed = checks.jetstream.get_stream("intake").await.unwrap();
    let consumer = followed.create_consumer(OrderedConfig::default()).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    for expected in ["1", "2", "3"] {
        assert_eq!(next_payload(&mut messages).await, expected);
    }
    let named = OrderedConfig {
        name: Some("checks-follows".to_owned()),
        filter_subject: subject.to_owned(),
        ..OrderedConfig::default()
    };
    let consumer = followed.create_consumer(named).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    assert_eq!(next_payload(&mut messages).await, "1");
    let pushed = push::OrderedConfig {
        deliver_subject: checks.client.new_inbox(),
        ..push::OrderedConfig::default()
    };
    let consumer = followed.create_consumer(pushed).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    assert_eq!(next_payload(&mut messages).await, "1");
    assert!(intake.refusals.try_recv().is_err(), "nothing allowed was refused");
    assert!(checks.refusals.try_recv().is_err(), "nothing allowed was refused");
}

#[tokio::test]
async fn a_service_speaks_for_no_other_and_reads_no_stream_it_does_not_follow() {
    let broker = Broker::start().await;
    let mut intake = broker.intake().await;
    let mut checks = broker.checks().await;
    checks.must_not_publish("mash.intake.v1.ContactReceived").await;
    checks.must_not_publish("$JS.API.STREAM.CREATE.intake").await;
    checks.must_not_publish("$JS.API.STREAM.UPDATE.intake").await;
    checks.must_not_publish("$JS.API.STREAM.DELETE.partner-checks").await;
    checks.must_not_publish("$JS.API.STREAM.PURGE.partner-checks").await;
    checks.must_not_publish("$SYS.REQ.SERVER.PING").await;
    checks.must_not_subscribe("mash.>").await;
    checks.must_not_subscribe("_INBOX_intake.>").await;
    intake.must_not_publish("$JS.API.CONSUMER.CREATE.partner-checks.any").await;
    intake.must_not_publish("$JS.API.STREAM.MSG.GET.partner-checks").await;
    intake.must_not_subscribe("mash.partner_checks.v1.>").await;
}

#[tokio::test]
async fn an_adapter_hears_its_own_bell_and_nothing_else() {
    let broker = Broker::start().await;
    let mut police = broker.police().await;
    let mut bell = police.client.subscribe(BELL).await.unwrap();
    police.client.flush().await.unwrap();
    let checks = broker.checks().await;
    checks.client.publish(BELL, "ring".into()).await.unwrap();
    let rung = timeout(SOON, bell.next()).await.unwrap().unwrap();
    assert_eq!(rung.payload, "ring");

    police.must_not_subscribe("mash.partner_checks.v1.CheckRequested.health").await;
    police.must_not_subscribe("mash.partner_checks.v1.>").await;
    police.must_not_subscribe("_INBOX_adapter-police.>").await;
    police.must_not_publish(BELL).await;
    police.must_not_publish("$JS.API.INFO").await;
}

#[tokio::test]
async fn nobody_comes_in_without_a_password() {
    let broker = Broker::start().await;
    assert!(async_nats::connect(broker.nats.url()).await.is_err());
    let wrong = ConnectOptions::with_user_and_password("intake".to_owned(), "wrong".to_owned());
    assert!(wrong.connect(broker.nats.url()).await.is_err());
}

#[tokio::test]
async fn streams_survive_a_killed_broker_and_not_a_deleted_storage() {
    let mut broker = Broker::start().await;
    let intake = broker.intake().await;
    let config = stream("intake", "mash.intake.v1.>");
    intake.jetstream.create_stream(config).await.unwrap();
    let subject = "mash.intake.v1.ContactReceived";
    intake.jetstream.publish(subject, "1".into()).await.unwrap().await.unwrap();
    broker.nats.kill().await;
    assert!(!broker.nats.is_running());
    broker.nats.restart().await.unwrap();
    let count = async || {
        let login = broker.intake().await;
        let context: jetstream::Context = login.jetstream;
        context.get_stream("intake").await.map(|stream| stream.cached_info().state.messages)
    };
    assert_eq!(count().await.unwrap(), 1);
    broker.nats.stop().await;
    std::fs::remove_dir_all(broker.nats.storage()).unwrap();
    broker.nats.restart().await.unwrap();
    let login = broker.intake().await;
    assert!(login.jetstream.get_stream("intake").await.is_err());
}
