//! Deadlines, running in this process on a clock that the test moves, with logs to
//! follow that are real services of the names of the real ones.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use std::sync::LazyLock;

use harness::{
    Bearer, DatabaseUrl, Place, Private, Servers, Source, Stage, eventually, private_nats, told,
};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    deadlines::v1::{self as pb, deadlines_service_client::DeadlinesServiceClient},
    event::Event,
    intake::v1::ContactReceived,
    partner_checks::v1::{CheckAnswered, CheckRequested},
    terms::v1::{ClockEnd, ClockEnding, ClockKind, ClockStart, Purpose, Rag},
};
use provision::Nats;
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use sqlx::PgPool;
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::pager::{Pagers, SECRET};

pub type Client = DeadlinesServiceClient<InterceptedService<Channel, Bearer>>;

/// A working day in term time, ten in the morning.
pub static MORNING: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-24T10:00:00Z".parse().unwrap());
/// The same day, the hub closed.
pub static EVENING: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-24T21:00:00Z".parse().unwrap());

const SOURCES: [&str; 3] = ["intake", "screening", "partner-checks"];
/// Every pager's role, and its agency where it has one.
const ROLES: [&str; 7] = [
    "mash_manager",
    "service_manager",
    "head_of_service",
    "edt",
    "unit_manager",
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
    logs: Vec<Source>,
    _broker: Private<Nats>,
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
        let mut place = Stage::shared().place("deadlines", &url).on_broker(&broker.url());
        let mut logs = Vec::new();
        for name in SOURCES {
            let log = Source::start(name, &broker.url(), &clock, &sources).await;
            place.vars.push(log.peer());
            logs.push(log);
        }
        place.set("MASH_PAGERS", &pagers_file(&pagers, &ROLES));
        let database = PgPool::connect(&url).await.unwrap();
        Self {
            clock,
            pagers,
            database,
            place,
            url,
            logs,
            _broker: broker,
            sources,
            instances: Vec::new(),
        }
    }

    /// Starts an instance of deadlines on the hub's database.
    pub async fn start_deadlines(&mut self) {
        let fresh = Stage::shared().place("deadlines", &self.url);
        self.place.set("MASH_LISTEN", &fresh.address);
        self.place.set("MASH_ADMIN_LISTEN", &fresh.admin);
        (self.place.address, self.place.admin) = (fresh.address, fresh.admin);
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
        self.logs[name.unwrap()].tell_of(record, revision, event).await;
    }

    /// Waits until deadlines has applied every event told so far.
    pub async fn heard(&self) {
        for log in &self.logs {
            log.is_heard(&self.database).await;
        }
    }

    /// The events of a type that deadlines has told, in order.
    pub async fn told<E: Event + Default>(&self) -> Vec<E> {
        told(&self.database).await
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
        let request = pb::ListClocksRequest {
            contact_id: contact.to_string(),
            purpose: Purpose::Screening.into(),
        };
        self.as_person("mash_manager").await.list_clocks(request).await.unwrap().into_inner().clocks
    }

    pub async fn waiting_pages(&self) -> Vec<pb::Page> {
        let request = pb::ListPagesRequest::default();
        self.as_person("mash_manager").await.list_pages(request).await.unwrap().into_inner().pages
    }

    /// A contact on which significant harm is indicated, for which the MASH Manager was paged and
    /// answers.
    pub async fn answered_for(&self) -> Uuid {
        let id = Uuid::new_v4();
        self.tell(&contact(id, true, false)).await;
        self.paged("mash_manager", 1).await;
        let page = self.waiting_pages().await.remove(0);
        self.acknowledge(&page.page_id).await;
        id
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
