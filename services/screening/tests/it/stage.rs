//! Screening, running in this process on a clock that the test moves, with two sources:
//! real event logs of intake and partner-checks, to which the test appends.

use std::sync::LazyLock;

use harness::{Bearer, Private, Servers, Source, Stage, private_nats, told_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    event::Event,
    intake::v1::{BasisRecorded, ContactReceived},
    partner_checks::v1::{AnswerExtent, CheckAnswered, CheckRequested, RiskFlagged},
    screening::v1::{self as pb, screening_service_client::ScreeningServiceClient},
    terms::v1::{self as terms, BasisKind, ClockKind, ClockStart, Purpose, Rag},
};
use provision::Nats;
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use sqlx::PgPool;
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

pub type Client = ScreeningServiceClient<InterceptedService<Channel, Bearer>>;

/// A working day in term time, ten in the morning.
pub static MORNING: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-24T10:00:00Z".parse().unwrap());

pub struct Screening {
    pub clock: Clock,
    pub database: PgPool,
    intake: Source,
    partner_checks: Source,
    address: String,
    tasks: Tasks,
    _broker: Private<Nats>,
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
        let broker = private_nats(&[]).await;
        let intake = Source::start("intake", &broker.url(), &clock, &tasks).await;
        let partner_checks = Source::start("partner-checks", &broker.url(), &clock, &tasks).await;
        let url = Servers::shared().database("screening");
        service::migrate(&url, &screening::MIGRATOR).await.unwrap();
        let mut place = Stage::shared().place(screening::NAME, &url).on_broker(&broker.url());
        place.vars.extend([intake.peer(), partner_checks.peer()]);
        let config = screening::config::read(Settings::given(place.vars)).unwrap();
        let running = screening::run(config, clock.clone(), tasks.clone());
        tasks.spawn_detached(async move { running.await.expect("screening runs") });
        let database = PgPool::connect(&url).await.unwrap();
        let address = place.address;
        Self { clock, database, intake, partner_checks, address, tasks, _broker: broker }
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

    /// Tells an event of intake on a contact, and waits until screening has heard it.
    pub async fn hears_of_contact<E: Event>(&self, contact: &str, revision: i64, event: &E) {
        self.intake.tell_of(contact.parse().unwrap(), revision, event).await;
        self.intake.is_heard(&self.database).await;
    }

    /// Tells an event of partner-checks on a check, and waits until screening has heard it.
    pub async fn hears_of_check<E: Event>(&self, check: &str, revision: i64, event: &E) {
        self.partner_checks.tell_of(check.parse().unwrap(), revision, event).await;
        self.partner_checks.is_heard(&self.database).await;
    }

    /// A contact has arrived, and its case is open.
    pub async fn opened(&self, contact: ContactReceived) -> Opened {
        self.hears_of_contact(&contact.contact_id, 1, &contact).await;
        Opened { id: contact.contact_id, children: contact.child_ids }
    }

    /// A manager has recorded a basis for some children of a contact, its first.
    pub async fn basis(&self, contact: &str, kind: BasisKind, children: &[String]) -> String {
        let recorded = BasisRecorded {
            contact_id: contact.to_owned(),
            basis_id: Uuid::now_v7().to_string(),
            kind: kind.into(),
            child_ids: children.to_vec(),
            recorded_at: Some(to_timestamp(self.clock.now())),
            ..BasisRecorded::default()
        };
        self.hears_of_contact(contact, 2, &recorded).await;
        recorded.basis_id
    }

    /// A check on a contact was requested.
    pub async fn asked(&self, contact: &str, rag: Rag) -> String {
        let check = Uuid::now_v7().to_string();
        let asked = requested(contact, &check, rag, self.clock.now());
        self.hears_of_check(&check, 1, &asked).await;
        check
    }

    /// It has its final answer, which made revision 2 of it.
    pub async fn answered(&self, contact: &str, check: &str) {
        self.hears_of_check(check, 2, &answer(contact, check, self.clock.now())).await;
    }

    /// A risk was flagged without a request; answers the flag.
    pub async fn flagged(&self, contact: &str) -> String {
        let flag = flag(contact, "", self.clock.now());
        self.hears_of_check(&flag.flag_id, 1, &flag).await;
        flag.flag_id
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
    pub async fn told<E: Event + Default>(&self, contact: &str) -> Vec<E> {
        told_of(&self.database, contact.parse().unwrap()).await
    }
}

/// An open case.
pub struct Opened {
    pub id: String,
    pub children: Vec<String>,
}

/// A school's form about two siblings, received at `at`; the family agrees to a referral.
pub fn contact(at: Timestamp) -> ContactReceived {
    let id = || Uuid::now_v7().to_string();
    let children = vec![id(), id()];
    ContactReceived {
        contact_id: id(),
        received_at: Some(to_timestamp(at)),
        recorded_at: Some(to_timestamp(at)),
        channel: terms::Channel::Form.into(),
        referral_source: "2A".to_owned(),
        child_ids: children.clone(),
        service_consent_child_ids: children,
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
        ..ContactReceived::default()
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
