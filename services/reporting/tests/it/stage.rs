//! Reporting, running in this process among the logs that it follows.
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use std::{sync::LazyLock, time::Duration};

use harness::{Bearer, Place, Private, Servers, Stage, private_nats};
use jiff::Timestamp;
use messaging::EventLog;
use proto::{
    event::Event,
    reporting::v1::{GetFiguresResponse, reporting_service_client::ReportingServiceClient},
};
use provision::Nats;
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use service::Service;
use sqlx::PgPool;
use tokio::sync::Mutex;
use tonic::{
    service::{Routes, interceptor::InterceptedService},
    transport::Channel,
};
use uuid::Uuid;

pub type Client = ReportingServiceClient<InterceptedService<Channel, Bearer>>;

/// A working day in term time, ten in the morning.
pub static MORNING: LazyLock<Timestamp> = LazyLock::new(|| at("2026-11-24T10:00:00Z"));

pub fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

/// The log of a service that reporting follows.
pub struct Source {
    log: EventLog,
    name: &'static str,
    peer: (String, String),
    told: Mutex<Vec<Uuid>>,
}

impl Source {
    /// Appends an event to a record of its own.
    pub async fn tell(&self, event: &impl Event) {
        let mut tx = self.log.begin().await.unwrap();
        let id = tx.append(Uuid::new_v4(), 1, event).await.unwrap();
        tx.commit().await.unwrap();
        self.told.lock().await.push(id);
    }

    /// The event told last.
    pub async fn last_event(&self) -> Option<Uuid> {
        self.told.lock().await.last().copied()
    }
}

/// Four logs and a broker of their own: streams bear the names of services, so that
/// two hubs on one broker would hear each other.
pub struct Hub {
    pub intake: Source,
    pub screening: Source,
    pub partner_checks: Source,
    pub deadlines: Source,
    pub clock: Clock,
    broker: Private<Nats>,
    tasks: Tasks,
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

impl Hub {
    pub async fn start() -> Self {
        runtime::tls::install_provider();
        let (clock, tasks) = (Clock::standing_at(*MORNING), Tasks::new());
        let broker = private_nats(&[]).await;
        let start = |name| source(name, broker.url(), clock.clone(), tasks.clone());
        Self {
            intake: start("intake").await,
            screening: start("screening").await,
            partner_checks: start("partner-checks").await,
            deadlines: start("deadlines").await,
            clock: clock.clone(),
            broker,
            tasks: tasks.clone(),
        }
    }

    fn sources(&self) -> [&Source; 4] {
        [&self.intake, &self.screening, &self.partner_checks, &self.deadlines]
    }

    /// Reporting with an empty database.
    pub async fn reporting(&self) -> Reporting {
        let url = Servers::shared().database("reporting");
        service::migrate(&url, &reporting::MIGRATOR).await.unwrap();
        let mut place = Stage::shared().place(reporting::NAME, &url);
        on_broker(&mut place, self.broker.url());
        place.vars.extend(self.sources().map(|source| source.peer.clone()));
        let config = reporting::config::read(Settings::given(place.vars.clone())).unwrap();
        let tasks = Tasks::new();
        let running = reporting::run(config, self.clock.clone(), tasks.clone());
        tasks.spawn_detached(async move { running.await.expect("reporting runs") });
        let database = PgPool::connect(&url).await.unwrap();
        Reporting { place, database, clock: self.clock.clone(), tasks }
    }
}

async fn source(name: &'static str, broker: String, clock: Clock, tasks: Tasks) -> Source {
    let url = Servers::shared().database(name);
    let nothing = sqlx::migrate::Migrator::with_migrations(Vec::new());
    service::migrate(&url, &nothing).await.unwrap();
    let mut place = Stage::shared().place(name, &url);
    on_broker(&mut place, broker);
    let mut settings = Settings::given(place.vars);
    let config = service::Config::read(&mut settings);
    let config = settings.finish(config).unwrap();
    let service = Service::start(name, config, clock, tasks.clone()).await.unwrap();
    let log = service.log.clone();
    tasks.spawn_detached(async move {
        service.serve(Routes::default()).await.expect("a log is served")
    });
    let peer = format!("MASH_PEER_{}", name.to_uppercase().replace('-', "_"));
    Source { log, name, peer: (peer, place.address), told: Mutex::default() }
}

fn on_broker(place: &mut Place, broker: String) {
    place.vars.retain(|(key, _)| key != "MASH_BROKER_URL");
    place.vars.push(("MASH_BROKER_URL".to_owned(), broker));
}

pub struct Reporting {
    pub database: PgPool,
    place: Place,
    clock: Clock,
    tasks: Tasks,
}

impl Drop for Reporting {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

impl Reporting {
    pub async fn as_person(&self, role: &str) -> Client {
        let bearer = Stage::shared().person(role, self.clock.now());
        ReportingServiceClient::with_interceptor(
            Stage::shared().channel(&self.place.address).await,
            bearer,
        )
    }

    /// Waits until all that was told is known here.
    pub async fn has_heard(&self, hub: &Hub) {
        for source in hub.sources() {
            let told = source.told.lock().await.len() as i64;
            let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
            while self.position(source.name).await < told {
                assert!(tokio::time::Instant::now() < deadline, "{}: {told} told", source.name);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let parked: i64 = sqlx::query_scalar("SELECT count(*) FROM messaging.parked")
            .fetch_one(&self.database)
            .await
            .unwrap();
        assert_eq!(parked, 0, "everything told can be applied");
    }

    async fn position(&self, source: &str) -> i64 {
        sqlx::query_scalar(
            "SELECT coalesce(max(position), 0) FROM messaging.cursor WHERE source = $1",
        )
        .bind(source)
        .fetch_one(&self.database)
        .await
        .unwrap()
    }

    /// The figures between two instants, as the Board reads them.
    pub async fn figures(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> GetFiguresResponse {
        let request = crate::asking::period(from, until);
        self.as_person("board").await.get_figures(request).await.unwrap().into_inner()
    }
}
