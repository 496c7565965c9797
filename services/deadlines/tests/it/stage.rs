//! Deadlines, running in this process on a clock that the test moves, with logs to
//! follow that are real services of the names of the real ones.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use std::{future::Future, sync::LazyLock, time::Duration};

use harness::{Bearer, DatabaseUrl, Place, Private, Servers, Stage, private_nats};
use jiff::{SignedDuration, Timestamp};
use messaging::EventLog;
use proto::{
    convert::to_timestamp,
    deadlines::v1::{self as pb, deadlines_service_client::DeadlinesServiceClient},
    event::Event,
    intake::v1::ContactReceived,
    partner_checks::v1::{CheckAnswered, CheckRequested},
    terms::v1::{ClockEnd, ClockEnding, ClockKind, ClockStart, Rag},
};
use provision::Nats;
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use service::Service;
use sqlx::PgPool;
use tonic::{
    service::{Routes, interceptor::InterceptedService},
    transport::Channel,
};
use uuid::Uuid;

use crate::pager::{Pagers, SECRET};

pub type Client = DeadlinesServiceClient<InterceptedService<Channel, Bearer>>;

/// A working day in term time, ten in the morning.
pub static MORNING: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-24T10:00:00Z".parse().unwrap());
/// The same day, the hub closed.
pub static EVENING: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-24T21:00:00Z".parse().unwrap());

const SOURCES: [&str; 3] = ["intake", "screening", "partner-checks"];
/// Every pager's role, and its agency where it has one.
const ROLES: [&str; 6] = [
    "mash_manager",
    "service_manager",
    "head_of_service",
    "edt",
    "agency_duty:police",
    "agency_duty:health",
];

/// Deadlines with all that it needs.
pub struct Hub {
    pub clock: Clock,
    pub pagers: Pagers,
    pub database: PgPool,
    /// The settings of the next instance, and of those that run.
    pub place: Place,
    url: DatabaseUrl,
    logs: Vec<EventLog>,
    broker: Private<Nats>,
    sources: Tasks,
    instances: Vec<Tasks>,
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.sources.stop();
        for instance in &self.instances {
            instance.stop();
        }
    }
}

impl Hub {
    /// A hub with deadlines running.
    pub async fn start(now: Timestamp) -> Self {
        let mut hub = Self::without_deadlines(now).await;
        hub.start_deadlines().await;
        hub
    }

    /// A hub whose deadlines is still to be started.
    pub async fn without_deadlines(now: Timestamp) -> Self {
        runtime::tls::install_provider();
        let (clock, sources) = (Clock::standing_at(now), Tasks::new());
        // Each hub has its broker: the streams of two would be one stream.
        let (broker, pagers) = (private_nats(&[]).await, Pagers::start().await);
        let url = Servers::shared().database("deadlines");
        service::migrate(&url, &deadlines::MIGRATOR).await.unwrap();
        let mut place = placed("deadlines", &url, &broker.url());
        let mut logs = Vec::new();
        for name in SOURCES {
            let (log, address) = source(name, &broker.url(), &clock, &sources).await;
            let key = format!("MASH_PEER_{}", name.to_uppercase().replace('-', "_"));
            place.vars.push((key, address.replace("127.0.0.1", "localhost")));
            logs.push(log);
        }
        place.vars.push(("MASH_PAGERS".to_owned(), pagers_file(&pagers, &ROLES)));
        let database = PgPool::connect(&url).await.unwrap();
        Self { clock, pagers, database, place, url, logs, broker, sources, instances: Vec::new() }
    }

    /// Starts an instance of deadlines on the hub's database.
    pub async fn start_deadlines(&mut self) {
        let fresh = placed("deadlines", &self.url, &self.broker.url());
        for key in ["MASH_LISTEN", "MASH_ADMIN_LISTEN"] {
            let value = fresh.vars.iter().find(|(given, _)| given == key).unwrap().1.clone();
            self.place.vars.iter_mut().find(|(given, _)| given == key).unwrap().1 = value;
        }
        self.place.address = fresh.address;
        let config = deadlines::config::read(Settings::given(self.place.vars.clone())).unwrap();
        let tasks = Tasks::new();
        let running = deadlines::run(config, self.clock.clone(), tasks.clone());
        tasks.spawn_detached(async move { running.await.expect("deadlines runs") });
        self.instances.push(tasks);
    }

    /// Stops every instance and waits until they have stopped.
    pub async fn stop_deadlines(&mut self) {
        for instance in self.instances.drain(..) {
            instance.stop();
            instance.finished().await.unwrap();
        }
    }

    pub fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    pub async fn as_person(&self, role: &str) -> Client {
        let bearer = Stage::shared().person(role, self.clock.now());
        DeadlinesServiceClient::with_interceptor(
            Stage::shared().channel(&self.place.address).await,
            bearer,
        )
    }

    /// Appends an event to the log of the service whose event it is.
    pub async fn tell<E: Event>(&self, event: &E) {
        self.tell_of(Uuid::new_v4(), 1, event).await;
    }

    /// The same, for a record that has others.
    pub async fn tell_of<E: Event>(&self, record: Uuid, revision: i64, event: &E) {
        let name = SOURCES.iter().position(|name| E::full_name().contains(&name.replace('-', "_")));
        let mut tx = self.logs[name.unwrap()].begin().await.unwrap();
        tx.append(record, revision, event).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Waits until deadlines has applied every event told so far.
    pub async fn heard(&self) {
        for (name, log) in SOURCES.iter().zip(&self.logs) {
            let count = "SELECT count(*) FROM messaging.event";
            let told: i64 = sqlx::query_scalar(count).fetch_one(log.pool()).await.unwrap();
            let cursor =
                "SELECT coalesce(max(position), 0) FROM messaging.cursor WHERE source = $1";
            eventually(&format!("{name} is followed"), async || {
                let at: i64 =
                    sqlx::query_scalar(cursor).bind(name).fetch_one(&self.database).await.unwrap();
                (at == told).then_some(())
            })
            .await;
        }
    }

    /// The events of a type that deadlines has told, in order.
    pub async fn told<E: Event + Default>(&self) -> Vec<E> {
        let statement = "SELECT payload FROM messaging.event WHERE type = $1 ORDER BY number";
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(statement)
            .bind(E::full_name())
            .fetch_all(&self.database)
            .await
            .unwrap();
        payloads.iter().map(|payload| E::decode(payload.as_slice()).unwrap()).collect()
    }

    /// Waits until deadlines has told `number` events of a type, no more.
    pub async fn has_told<E: Event + Default>(&self, number: usize) -> Vec<E> {
        let what = format!("{number} of {}", E::NAME);
        let told = eventually(&what, async || {
            Some(self.told::<E>().await).filter(|told| told.len() >= number)
        })
        .await;
        assert_eq!(told.len(), number, "{what}");
        told
    }

    /// Waits until a pager has been sent `number` messages, no more; answers their types.
    pub async fn paged(&self, to: &str, number: usize) -> Vec<String> {
        let what = format!("{number} pages to {to}");
        let types = eventually(&what, async || {
            Some(self.pagers.types(to)).filter(|types| types.len() >= number)
        })
        .await;
        assert_eq!(types.len(), number, "{what}");
        // What is under way while the clock is moved would be tried again.
        let recorded =
            "SELECT count(*) FROM deadlines.attempt JOIN deadlines.delivery ON id = delivery_id
            WHERE endpoint LIKE '%' || $1 || '/%'";
        eventually("they are recorded", async || {
            let recorded = sqlx::query_scalar::<_, i64>(recorded).bind(to);
            let recorded = recorded.fetch_one(&self.database).await.unwrap();
            (usize::try_from(recorded).unwrap() >= number).then_some(())
        })
        .await;
        types
    }

    /// One number from the database.
    pub async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.database).await.unwrap()
    }

    pub async fn clocks_of(&self, contact: Uuid) -> Vec<pb::Clock> {
        let request = pb::ListClocksRequest { contact_id: contact.to_string() };
        self.as_person("mash_manager").await.list_clocks(request).await.unwrap().into_inner().clocks
    }

    pub async fn waiting_pages(&self) -> Vec<pb::Page> {
        let request = pb::ListPagesRequest::default();
        self.as_person("mash_manager").await.list_pages(request).await.unwrap().into_inner().pages
    }

    pub async fn acknowledge(&self, page: &str) -> prost_types::Timestamp {
        let request = pb::AcknowledgePageRequest {
            request_id: Uuid::new_v4().to_string(),
            page_id: page.to_owned(),
        };
        let receipt = self.as_person("mash_manager").await.acknowledge_page(request).await.unwrap();
        receipt.into_inner().acknowledged_at.unwrap()
    }
}

fn placed(service: &str, url: &str, broker: &str) -> Place {
    let mut place = Stage::shared().place(service, url);
    place.vars.retain(|(key, _)| key != "MASH_BROKER_URL");
    place.vars.push(("MASH_BROKER_URL".to_owned(), broker.to_owned()));
    place
}

/// The log of a service, offered as every service offers it; answers its address too.
async fn source(
    name: &'static str,
    broker: &str,
    clock: &Clock,
    tasks: &Tasks,
) -> (EventLog, String) {
    let url = Servers::shared().database(name);
    service::migrate(&url, &messaging::MIGRATOR).await.unwrap();
    let place = placed(name, &url, broker);
    let mut settings = Settings::given(place.vars.clone());
    let config = service::Config::read(&mut settings);
    let config = settings.finish(config).unwrap();
    let service = Service::start(name, config, clock.clone(), tasks.clone()).await.unwrap();
    let log = service.log.clone();
    tasks.spawn_detached(async move {
        service.serve(Routes::default()).await.expect("a source serves")
    });
    (log, place.address)
}

/// A file of pagers, one for each role.
pub fn pagers_file(pagers: &Pagers, roles: &[&str]) -> String {
    let tables = roles.iter().map(|whom| {
        let (role, agency) = whom.split_once(':').unwrap_or((whom, ""));
        let agency =
            if agency.is_empty() { String::new() } else { format!("agency = {agency:?}\n") };
        let url = pagers.url(whom.rsplit(':').next().unwrap());
        format!("[[pager]]\nrole = {role:?}\n{agency}url = {url:?}\nsecret = {SECRET:?}\n")
    });
    let file = Stage::shared().folder().join(format!("pagers-{}.toml", Uuid::new_v4()));
    std::fs::write(&file, tables.collect::<String>()).unwrap();
    file.display().to_string()
}

/// Waits until a condition holds, at most twenty seconds.
pub async fn eventually<T>(what: &str, condition: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = condition().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited: Result<T, _> = within(Duration::from_secs(20), looking).await;
    waited.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, tokio::time::error::Elapsed> {
    tokio::time::timeout(limit, work).await
}

pub fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A contact on which harm or danger is indicated, or neither.
pub fn contact(id: Uuid, harm: bool, danger: bool) -> ContactReceived {
    ContactReceived {
        contact_id: id.to_string(),
        significant_harm: harm,
        immediate_danger: danger,
        ..ContactReceived::default()
    }
}

/// A RED check as the protocol has it: warnings at 30 minutes and at 75 %.
pub fn red_check(contact: Uuid, clock: Uuid, requested: Timestamp) -> CheckRequested {
    let warnings =
        [minutes(30), minutes(180)].map(|after| to_timestamp(requested + after)).to_vec();
    let clock = ClockStart {
        clock_id: clock.to_string(),
        kind: ClockKind::Check.into(),
        started_at: Some(to_timestamp(requested)),
        deadline: Some(to_timestamp(requested + minutes(240))),
        warnings,
        protocol_version: "2025.1".to_owned(),
        rag: Rag::Red.into(),
        agency: "police".to_owned(),
    };
    CheckRequested {
        check_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_string(),
        agency: "police".to_owned(),
        rag: Rag::Red.into(),
        clocks_started: vec![clock],
        ..CheckRequested::default()
    }
}

/// The answer that ends a check's clock.
pub fn answer(contact: Uuid, clock: Uuid, at: Timestamp) -> CheckAnswered {
    CheckAnswered {
        contact_id: contact.to_string(),
        clocks_ended: vec![clock_end(clock, at)],
        ..CheckAnswered::default()
    }
}

pub fn clock_end(clock: Uuid, at: Timestamp) -> ClockEnd {
    ClockEnd {
        clock_id: clock.to_string(),
        ended_at: Some(to_timestamp(at)),
        ending: ClockEnding::Met.into(),
    }
}
