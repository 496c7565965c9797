//! Reporting, running in this process among the logs that it follows.

use std::sync::LazyLock;

use harness::{Bearer, Place, Private, Servers, Source, Stage, private_nats};
use jiff::Timestamp;
use proto::reporting::v1::{GetFiguresResponse, reporting_service_client::ReportingServiceClient};
use provision::Nats;
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use sqlx::PgPool;
use tonic::{service::interceptor::InterceptedService, transport::Channel};

pub type Client = ReportingServiceClient<InterceptedService<Channel, Bearer>>;

/// A working day in term time, ten in the morning.
pub static MORNING: LazyLock<Timestamp> = LazyLock::new(|| at("2026-11-24T10:00:00Z"));

pub fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
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
        let url = broker.url();
        let log = async |name| Source::start(name, &url, &clock, &tasks).await;
        let (intake, screening) = (log("intake").await, log("screening").await);
        let (partner_checks, deadlines) = (log("partner-checks").await, log("deadlines").await);
        Self { intake, screening, partner_checks, deadlines, clock, broker, tasks }
    }

    fn sources(&self) -> [&Source; 4] {
        [&self.intake, &self.screening, &self.partner_checks, &self.deadlines]
    }

    /// Reporting with an empty database.
    pub async fn reporting(&self) -> Reporting {
        let url = Servers::shared().database("reporting");
        service::migrate(&url, &reporting::MIGRATOR).await.unwrap();
        let mut place = Stage::shared().place(reporting::NAME, &url).on_broker(&self.broker.url());
        place.vars.extend(self.sources().map(|source| source.peer()));
        let config = reporting::config::read(Settings::given(place.vars.clone())).unwrap();
        let tasks = Tasks::new();
        let running = reporting::run(config, self.clock.clone(), tasks.clone());
        tasks.spawn_detached(async move { running.await.expect("reporting runs") });
        let database = PgPool::connect(&url).await.unwrap();
        Reporting { place, database, clock: self.clock.clone(), tasks }
    }
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
            source.is_heard(&self.database).await;
        }
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
