//! Screening, running in this process on a clock that the test moves, with two sources:
//! real event logs of intake and partner-checks, to which the test appends.

use std::{sync::LazyLock, time::Duration};

use harness::{Bearer, Servers, Stage};
use jiff::{SignedDuration, Timestamp};
use messaging::EventLog;
use proto::{
    convert::to_timestamp,
    event::Event,
    intake::v1::ContactReceived,
    partner_checks::v1::{AnswerExtent, CheckAnswered, CheckRequested, RiskFlagged},
    screening::v1::{self as pb, screening_service_client::ScreeningServiceClient},
    terms::v1::{self as terms, ClockKind, ClockStart, Purpose, Rag},
};
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use service::Service;
use sqlx::PgPool;
use tonic::{
    service::{Routes, interceptor::InterceptedService},
    transport::Channel,
};
use uuid::Uuid;

pub type Client = ScreeningServiceClient<InterceptedService<Channel, Bearer>>;

/// A working day in term time, ten in the morning.
pub static MORNING: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-24T10:00:00Z".parse().unwrap());

/// A log of another service.
pub struct Source {
    pub log: EventLog,
    address: String,
}

impl Source {
    async fn start(name: &'static str, clock: &Clock, tasks: &Tasks) -> Self {
        static NONE: sqlx::migrate::Migrator = sqlx::migrate::Migrator::DEFAULT;
        let url = Servers::shared().database(name);
        service::migrate(&url, &NONE).await.unwrap();
        let place = Stage::shared().place(name, &url);
        let mut settings = Settings::given(place.vars.clone());
        let config = service::Config::read(&mut settings);
        let config = settings.finish(config).unwrap();
        let service = Service::start(name, config, clock.clone(), tasks.clone()).await.unwrap();
        let log = service.log.clone();
        tasks.spawn_detached(async move {
            service.serve(Routes::default()).await.expect("the source serves")
        });
        Self { log, address: place.address }
    }

    /// Tells an event as the service would.
    pub async fn tell<E: Event>(&self, aggregate: &str, revision: i64, event: &E) {
        let mut tx = self.log.begin().await.unwrap();
        tx.append(aggregate.parse().unwrap(), revision, event).await.unwrap();
        tx.commit().await.unwrap();
    }
}

pub struct Screening {
    pub clock: Clock,
    pub database: PgPool,
    pub intake: Source,
    pub partner_checks: Source,
    address: String,
    tasks: Tasks,
}

impl Drop for Screening {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

impl Screening {
    pub async fn start(now: Timestamp) -> Self {
        runtime::tls::install_provider();
        let (clock, tasks) = (Clock::standing_at(now), Tasks::new());
        let intake = Source::start("intake", &clock, &tasks).await;
        let partner_checks = Source::start("partner-checks", &clock, &tasks).await;
        let url = Servers::shared().database("screening");
        service::migrate(&url, &screening::MIGRATOR).await.unwrap();
        let place = Stage::shared().place(screening::NAME, &url);
        let mut vars = place.vars;
        vars.push(("MASH_PEER_INTAKE".to_owned(), local(&intake.address)));
        vars.push(("MASH_PEER_PARTNER_CHECKS".to_owned(), local(&partner_checks.address)));
        let config = screening::config::read(Settings::given(vars)).unwrap();
        let running = screening::run(config, clock.clone(), tasks.clone());
        tasks.spawn_detached(async move { running.await.expect("screening runs") });
        let database = PgPool::connect(&url).await.unwrap();
        Self { clock, database, intake, partner_checks, address: place.address, tasks }
    }

    pub async fn as_person(&self, role: &str) -> Client {
        let bearer = Stage::shared().person(role, self.clock.now());
        ScreeningServiceClient::with_interceptor(
            Stage::shared().channel(&self.address).await,
            bearer,
        )
    }

    /// As partner-checks, on behalf of a person.
    pub async fn as_partner_checks(&self, role: &str) -> Client {
        let bearer = Stage::shared().person(role, self.clock.now());
        let files = Stage::shared().identities().service("partner-checks");
        ScreeningServiceClient::with_interceptor(
            Stage::shared().channel_as(&self.address, &files).await,
            bearer,
        )
    }

    /// Tells of a contact, and waits until its case is open.
    pub async fn opened(&self, contact: ContactReceived) -> Opened {
        self.intake.tell(&contact.contact_id, 1, &contact).await;
        let id = contact.contact_id.clone();
        eventually(|| async { self.case(&id).await.is_some() }).await;
        Opened { id, children: contact.child_ids }
    }

    /// Tells of a check on a contact, and waits until the case knows it.
    pub async fn asked(&self, contact: &str, rag: Rag) -> String {
        let check = Uuid::now_v7().to_string();
        self.partner_checks
            .tell(&check, 1, &requested(contact, &check, rag, self.clock.now()))
            .await;
        self.knows(contact, |case| case.checks.iter().any(|known| known.check_id == check)).await;
        check
    }

    /// Tells of a final answer, and waits until the case knows it.
    pub async fn answered(&self, contact: &str, check: &str) {
        self.partner_checks.tell(check, 2, &answer(contact, check, self.clock.now())).await;
        let answered =
            |known: &pb::CaseCheck| known.check_id == check && known.answered_at.is_some();
        self.knows(contact, |case| case.checks.iter().any(answered)).await;
    }

    /// Waits until a case is as it should be.
    pub async fn knows(&self, contact: &str, as_expected: impl Fn(&pb::Case) -> bool) {
        eventually(|| async { self.case(contact).await.is_some_and(|case| as_expected(&case)) })
            .await;
    }

    /// The case as the MASH Manager sees it.
    pub async fn case(&self, contact: &str) -> Option<pb::Case> {
        let reading = pb::GetCaseRequest {
            contact_id: contact.to_owned(),
            purpose: Purpose::Screening.into(),
        };
        let answer = self.as_person("mash_manager").await.get_case(reading).await;
        answer.ok().and_then(|answer| answer.into_inner().case)
    }

    /// The line of a contact on the worklist, where it stands there.
    pub async fn line(&self, contact: &str) -> Option<pb::WorklistItem> {
        let whole = pb::ListCasesRequest { page_size: 200, page_token: String::new() };
        let answer = self.as_person("screening_practitioner").await.list_cases(whole).await;
        answer.unwrap().into_inner().cases.into_iter().find(|item| item.contact_id == contact)
    }

    /// The events of one kind that screening has told of a contact.
    #[expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]
    pub async fn told<E: Event + Default>(&self, contact: &str) -> Vec<E> {
        let statement = "SELECT payload FROM messaging.event WHERE aggregate = $1 AND type = $2 ORDER BY revision";
        let contact: Uuid = contact.parse().unwrap();
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(statement)
            .bind(contact)
            .bind(E::full_name())
            .fetch_all(&self.database)
            .await
            .unwrap();
        payloads.iter().map(|payload| E::decode(payload.as_slice()).unwrap()).collect()
    }
}

/// Certificates name `localhost`.
fn local(address: &str) -> String {
    address.replace("127.0.0.1", "localhost")
}

/// An open case.
pub struct Opened {
    pub id: String,
    pub children: Vec<String>,
}

/// A school's form about two siblings, received at `at`.
pub fn contact(at: Timestamp) -> ContactReceived {
    let id = || Uuid::now_v7().to_string();
    ContactReceived {
        contact_id: id(),
        received_at: Some(to_timestamp(at)),
        recorded_at: Some(to_timestamp(at)),
        channel: terms::Channel::Form.into(),
        referral_source: "2A".to_owned(),
        child_ids: vec![id(), id()],
        immediate_danger: false,
        significant_harm: false,
        in_hub_hours: true,
        referrer_unreachable: false,
        remit_in_question: false,
        clocks_started: vec![ClockStart {
            clock_id: id(),
            kind: ClockKind::InitialDecision.into(),
            started_at: Some(to_timestamp(at)),
            deadline: Some(to_timestamp(at + SignedDuration::from_hours(31))),
            warnings: Vec::new(),
            protocol_version: "2025.1".to_owned(),
            ..ClockStart::default()
        }],
    }
}

pub fn requested(contact: &str, check: &str, rag: Rag, at: Timestamp) -> CheckRequested {
    CheckRequested {
        check_id: check.to_owned(),
        contact_id: contact.to_owned(),
        agency: "police".to_owned(),
        rag: rag.into(),
        requested_at: Some(to_timestamp(at)),
        deadline: Some(to_timestamp(at + SignedDuration::from_hours(72))),
        basis: terms::BasisKind::Consent.into(),
        clocks_started: Vec::new(),
    }
}

pub fn answer(contact: &str, check: &str, at: Timestamp) -> CheckAnswered {
    CheckAnswered {
        check_id: check.to_owned(),
        contact_id: contact.to_owned(),
        agency: "police".to_owned(),
        rag: Rag::Amber.into(),
        extent: AnswerExtent::Final.into(),
        received_at: Some(to_timestamp(at)),
        requested_at: Some(to_timestamp(at)),
        late: false,
        nothing_held: true,
        clocks_ended: Vec::new(),
    }
}

pub fn flag(contact: &str, check: &str, at: Timestamp) -> RiskFlagged {
    RiskFlagged {
        flag_id: Uuid::now_v7().to_string(),
        check_id: check.to_owned(),
        contact_id: contact.to_owned(),
        agency: "police".to_owned(),
        received_at: Some(to_timestamp(at)),
        clocks_started: Vec::new(),
        clocks_ended: Vec::new(),
    }
}

/// An initial decision on a case as it was opened, for all its children.
pub fn initially(case: &Opened, pathway: terms::Pathway) -> pb::DecideInitiallyRequest {
    let closes = pathway == terms::Pathway::NoFurtherActionInHub;
    pb::DecideInitiallyRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: case.id.clone(),
        revision: 1,
        pathway: pathway.into(),
        child_ids: Vec::new(),
        framework_level: terms::FrameworkLevel::Targeted.into(),
        rationale: "What the school saw, twice in one week.".to_owned(),
        outcome: if closes { terms::Outcome::NoFurtherAction.into() } else { 0 },
        consent_is_not_the_reason: closes,
        gate: None,
        seen_flag_ids: Vec::new(),
    }
}

/// An outcome for every child without one.
pub fn finally(case: &Opened, revision: i64, outcome: terms::Outcome) -> pb::DecideOutcomeRequest {
    pb::DecideOutcomeRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: case.id.clone(),
        revision,
        outcome: outcome.into(),
        child_ids: Vec::new(),
        framework_level: terms::FrameworkLevel::Targeted.into(),
        rationale: "The family asks for help.".to_owned(),
        gate: None,
        seen_flag_ids: Vec::new(),
    }
}

/// Waits until something holds, ten seconds at most.
pub async fn eventually<F: Future<Output = bool>>(holds: impl Fn() -> F) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "it did not come about");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The stable reason of a refusal, and its facts.
pub fn reason(refused: &tonic::Status) -> String {
    use tonic_types::StatusExt;
    refused.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// One fact of a refusal.
pub fn fact(refused: &tonic::Status, name: &str) -> String {
    use tonic_types::StatusExt;
    refused
        .get_details_error_info()
        .and_then(|info| info.metadata.get(name).cloned())
        .unwrap_or_default()
}
