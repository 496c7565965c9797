//! partner-checks, running in this process on a clock that the test moves.
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use std::sync::LazyLock;

use harness::{Bearer, Place, Servers, Stage};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    event::Event,
    partner::v1::{Answer, AnswerKind, PoliceForm, answer::Form},
    partner_checks::v1::{
        self as pb, agency_door_service_client::AgencyDoorServiceClient,
        partner_checks_service_client::PartnerChecksServiceClient,
    },
    terms::v1::{Purpose, Rag},
};
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use sqlx::PgPool;
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::peers::Peers;

pub type Client = PartnerChecksServiceClient<InterceptedService<Channel, Bearer>>;
pub type Door = AgencyDoorServiceClient<Channel>;

pub const AGENCIES: [&str; 5] = ["police", "health", "education", "housing", "probation"];

/// A working day in term time, ten in the morning.
pub static MORNING: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-24T10:00:00Z".parse().unwrap());

pub struct PartnerChecks {
    pub clock: Clock,
    pub place: Place,
    pub database: PgPool,
    pub peers: Peers,
    tasks: Tasks,
    running: Tasks,
}

impl Drop for PartnerChecks {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

impl PartnerChecks {
    /// Every agency has confirmed the agreement for a year.
    pub async fn start(now: Timestamp) -> Self {
        let started = Self::start_without_agreements(now).await;
        for agency in AGENCIES {
            started.confirm(agency, SignedDuration::from_hours(24 * 365)).await;
        }
        started
    }

    pub async fn start_without_agreements(now: Timestamp) -> Self {
        runtime::tls::install_provider();
        let url = Servers::shared().database("partner-checks");
        service::migrate(&url, &partner_checks::MIGRATOR).await.unwrap();
        let mut place = Stage::shared().place(partner_checks::NAME, &url);
        let peers = Peers::start().await;
        place.vars.push(("MASH_PEER_SCREENING".to_owned(), peers.screening.clone()));
        place.vars.push(("MASH_PEER_INTAKE".to_owned(), peers.intake.clone()));
        let database = PgPool::connect(&url).await.unwrap();
        let clock = Clock::standing_at(now);
        let mut started =
            Self { clock, place, database, peers, tasks: Tasks::new(), running: Tasks::new() };
        started.run();
        started
    }

    /// Runs it, also after it was stopped.
    pub fn run(&mut self) {
        (self.tasks, self.running) = (Tasks::new(), Tasks::new());
        let config =
            partner_checks::config::read(Settings::given(self.place.vars.clone())).unwrap();
        let running = partner_checks::run(config, self.clock.clone(), self.tasks.clone());
        self.running.spawn_detached(async move { running.await.expect("partner-checks runs") });
    }

    /// Stops it, and waits until it has.
    pub async fn stop(&mut self) {
        self.tasks.stop();
        self.running.stop();
        std::mem::take(&mut self.running).finished().await.unwrap();
    }

    pub async fn as_person(&self, role: &str) -> Client {
        let bearer = Stage::shared().person(role, self.clock.now());
        PartnerChecksServiceClient::with_interceptor(
            Stage::shared().channel(&self.place.address).await,
            bearer,
        )
    }

    pub async fn as_adapter(&self, agency: &str) -> Door {
        let files = Stage::shared().identities().adapter(agency);
        AgencyDoorServiceClient::new(Stage::shared().channel_as(&self.place.address, &files).await)
    }

    pub async fn confirm(&self, agency: &str, lapses_in: SignedDuration) {
        let request = pb::ConfirmAgreementRequest {
            request_id: Uuid::new_v4().to_string(),
            agency: agency.to_owned(),
            lapses_at: Some(to_timestamp(self.clock.now() + lapses_in)),
        };
        self.as_person("service_manager").await.confirm_agreement(request).await.unwrap();
    }

    /// Requests one check.
    pub async fn check(&self, agency: &str, rag: Rag) -> (String, Uuid) {
        let contact = Uuid::new_v4();
        let mut manager = self.as_person("mash_manager").await;
        let reply =
            manager.request_checks(order(contact, &[agency], rag)).await.unwrap().into_inner();
        (reply.checks[0].check_id.clone(), contact)
    }

    /// The one check of a contact, as the hub sees it.
    pub async fn shown(&self, contact: Uuid) -> pb::Check {
        let request = pb::ListChecksRequest {
            contact_id: contact.to_string(),
            purpose: Purpose::Screening.into(),
            ..pb::ListChecksRequest::default()
        };
        let mut listed =
            self.as_person("mash_manager").await.list_checks(request).await.unwrap().into_inner();
        assert_eq!(listed.checks.len(), 1);
        listed.checks.remove(0)
    }

    /// The events of one kind about a check, in their order.
    pub async fn events<E: Event + Default>(&self, check: &str) -> Vec<E> {
        harness::told_of(&self.database, check.parse().unwrap()).await
    }

    /// How many rows of every kind a request writes.
    pub async fn written(&self) -> i64 {
        let statement = "SELECT (SELECT count(*) FROM partner_checks.requested_check)
             + (SELECT count(*) FROM partner_checks.disclosure) + (SELECT count(*) FROM messaging.event)
             + (SELECT count(*) FROM messaging.command)";
        sqlx::query_scalar(statement).fetch_one(&self.database).await.unwrap()
    }
}

/// An order on a basis on record, about two children.
pub fn order(contact: Uuid, agencies: &[&str], rag: Rag) -> pb::RequestChecksRequest {
    pb::RequestChecksRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_string(),
        child_ids: vec![Uuid::new_v4().to_string(), Uuid::new_v4().to_string()],
        agencies: agencies.iter().map(|agency| (*agency).to_owned()).collect(),
        rag: rag.into(),
        purpose: "To decide whether the children are safe at home tonight.".to_owned(),
        context: "Unexplained bruises seen at school this morning.".to_owned(),
        basis_id: Uuid::new_v4().to_string(),
        effects_weighed: "The mother may be put at risk if the father hears of it.".to_owned(),
        lapsed_agreement_reason: String::new(),
    }
}

/// What the police hold.
pub fn police_answer(kind: AnswerKind) -> Answer {
    Answer {
        kind: kind.into(),
        nothing_held: false,
        systems_searched: vec!["PNC".to_owned(), "CRIS".to_owned()],
        meaning_for_child: "The father is on bail for assault of a partner.".to_owned(),
        form: Some(Form::Police(PoliceForm {
            notifications: 2,
            domestic_abuse_reports: 1,
            current_investigation: true,
            missing_episodes: false,
            summary: "Arrested last month.".to_owned(),
        })),
    }
}

pub fn recording(check: &str, answer: Answer) -> pb::RecordAnswerRequest {
    pb::RecordAnswerRequest {
        request_id: Uuid::new_v4().to_string(),
        check_id: check.to_owned(),
        answer: Some(answer),
    }
}
