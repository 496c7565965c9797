//! Intake, running in this process on a clock that the test moves.

use std::sync::LazyLock;

use harness::{Bearer, Place, Servers, Stage};
use jiff::Timestamp;
use proto::{
    intake::v1::{self as pb, intake_service_client::IntakeServiceClient},
    terms::v1 as terms,
};
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use sqlx::PgPool;
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

pub type Client = IntakeServiceClient<InterceptedService<Channel, Bearer>>;

/// A working day in term time, ten in the morning.
pub static MORNING: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-24T10:00:00Z".parse().unwrap());

pub struct Intake {
    pub clock: Clock,
    pub place: Place,
    pub database: PgPool,
    url: String,
    tasks: Tasks,
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

impl Intake {
    pub async fn start(now: Timestamp) -> Self {
        let intake = Self::start_without_tables(now).await;
        intake.make_tables().await;
        intake
    }

    /// Makes the tables, as `mash migrate` does.
    pub async fn make_tables(&self) {
        service::migrate(&self.url, &intake::MIGRATOR).await.unwrap();
    }

    /// Intake on a database that holds nothing yet.
    pub async fn start_without_tables(now: Timestamp) -> Self {
        runtime::tls::install_provider();
        let url = Servers::shared().database("intake").to_string();
        let place = Stage::shared().place(intake::NAME, &url);
        let (clock, tasks) = (Clock::standing_at(now), Tasks::new());
        let config = intake::config::read(Settings::given(place.vars.clone())).unwrap();
        let running = intake::run(config, clock.clone(), tasks.clone());
        tasks.spawn_detached(async move { running.await.expect("intake runs") });
        let database = PgPool::connect(&url).await.unwrap();
        Self { clock, place, database, url, tasks }
    }

    pub async fn as_person(&self, role: &str) -> Client {
        let bearer = Stage::shared().person(role, self.clock.now());
        IntakeServiceClient::with_interceptor(
            Stage::shared().channel(&self.place.address).await,
            bearer,
        )
    }
}

/// A school's referral of two siblings, with consent to share with everybody.
pub fn referral() -> pb::SubmitContactRequest {
    pb::SubmitContactRequest {
        request_id: Uuid::new_v4().to_string(),
        channel: terms::Channel::Form.into(),
        received_at: None,
        referrer: Some(pb::Referrer {
            source: "2A".to_owned(),
            name: "Ayşe Yılmaz".to_owned(),
            organisation: "Clapton Park Primary".to_owned(),
            contact_details: "020 7946 0501".to_owned(),
            anonymous: false,
        }),
        children: vec![child("Chidera Okafor", 2016), child("Ọlá Okafor", 2019)],
        adults: vec![pb::Adult {
            name: "Ngozi Okafor".to_owned(),
            relationship: "mother".to_owned(),
            parental_responsibility: true,
        }],
        concern: "Often hungry, and afraid to go home on Fridays.".to_owned(),
        factors: vec!["1B".to_owned()],
        significant_harm: false,
        immediate_danger: false,
        consents: vec![pb::Consent {
            child_index: None,
            agency: String::new(),
            purpose: pb::ConsentPurpose::ShareInformation.into(),
            answer: pb::ConsentAnswer::Agreed.into(),
            asked_at: None,
            how: "in person".to_owned(),
            family_told: true,
        }],
        override_evidence: None,
    }
}

pub fn child(name: &str, born: i32) -> pb::Child {
    pb::Child {
        name: name.to_owned(),
        birth_date: Some(terms::Date { year: born, month: 5, day: 17 }),
        unborn: false,
        sex: "F".to_owned(),
        ethnicity: "BAFR".to_owned(),
        address: "12 Example Road, London E8".to_owned(),
        outside_area: false,
        school: "Clapton Park Primary".to_owned(),
        nhs_number: "9434765919".to_owned(),
    }
}
