//! Intake, running in this process on a clock that the test moves.

use std::sync::LazyLock;

use harness::{Bearer, Place, Servers, Stage, fact_of, reason_of};
use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    event::Event,
    intake::v1::{self as pb, intake_service_client::IntakeServiceClient},
    terms::v1 as terms,
};
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use sqlx::PgPool;
use tonic::{Code, Status, service::interceptor::InterceptedService, transport::Channel};
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
        let url = Servers::shared().database("intake").to_string();
        Self::on(url, Clock::standing_at(now)).await
    }

    /// Another replica on the same database.
    pub async fn replica(&self) -> Self {
        Self::on(self.url.clone(), self.clock.clone()).await
    }

    /// Stops this one, and starts another in its stead.
    pub async fn started_again(self) -> Self {
        self.tasks.stop();
        self.replica().await
    }

    async fn on(url: String, clock: Clock) -> Self {
        runtime::tls::install_provider();
        let place = Stage::shared().place(intake::NAME, &url);
        let tasks = Tasks::new();
        let config = intake::config::read(Settings::given(place.vars.clone())).unwrap();
        let running = intake::run(config, clock.clone(), tasks.clone());
        tasks.spawn_detached(async move { running.await.expect("intake runs") });
        let database = PgPool::connect(&url).await.unwrap();
        Self { clock, place, database, url, tasks }
    }

    pub async fn as_person(&self, role: &str) -> Client {
        self.connect(role, IntakeServiceClient::with_interceptor).await
    }

    /// `partner-checks`, on behalf of a person of a role.
    pub async fn as_checks_for(&self, role: &str) -> Client {
        self.through("partner-checks", role).await
    }

    /// A service of the hub, on behalf of a person of a role.
    pub async fn through(&self, service: &str, role: &str) -> Client {
        let files = Stage::shared().identities().service(service);
        let channel = Stage::shared().channel_as(&self.place.address, &files).await;
        let bearer = Stage::shared().person(role, self.clock.now());
        IntakeServiceClient::with_interceptor(channel, bearer)
    }

    /// A client of any of intake's services, for a person of a role.
    pub async fn connect<C>(&self, role: &str, client: fn(Channel, Bearer) -> C) -> C {
        let bearer = Stage::shared().person(role, self.clock.now());
        client(Stage::shared().channel(&self.place.address).await, bearer)
    }

    /// Submits a contact for a referrer.
    pub async fn submit(&self, given: pb::SubmitContactRequest) -> pb::SubmitContactResponse {
        let mut referrer = self.as_person("referrer").await;
        referrer.submit_contact(given).await.unwrap().into_inner()
    }

    /// A contact as a manager reads it.
    pub async fn read(&self, contact: &str) -> pb::Contact {
        let request = pb::GetContactRequest {
            contact_id: contact.to_owned(),
            purpose: terms::Purpose::Screening.into(),
            reference: String::new(),
        };
        let read = self.as_person("mash_manager").await.get_contact(request).await;
        read.unwrap().into_inner().contact.unwrap()
    }

    /// What was told of a record by events of this kind, in order.
    pub async fn told<E: Event + Default>(&self, record: &str) -> Vec<E> {
        let record: Uuid = record.parse().unwrap();
        let statement = "SELECT payload FROM messaging.event WHERE aggregate = $1 AND type = $2 \
             ORDER BY number";
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(statement)
            .bind(record)
            .bind(E::full_name())
            .fetch_all(&self.database)
            .await
            .unwrap();
        payloads.iter().map(|payload| E::decode(payload.as_slice()).unwrap()).collect()
    }

    /// Actions in the read log that show this record.
    pub async fn reads_of(&self, record: &str) -> Vec<String> {
        let record: Uuid = record.parse().unwrap();
        sqlx::query_scalar(
            "SELECT action FROM access.read_log WHERE $1 = ANY (subjects) ORDER BY at",
        )
        .bind(record)
        .fetch_all(&self.database)
        .await
        .unwrap()
    }
}

/// Puts somebody of a case system into the register, under the keys by which they are found.
pub async fn in_register(hub: &Intake, name: &str, born: Option<&str>, nhs_number: &str) -> Uuid {
    use intake::matching::{KEYS_VERSION, Matcher, Written};
    let born: Option<jiff::civil::Date> = born.map(|day| day.parse().unwrap());
    let written = Written { name, birth_date: born, nhs_number, ..Written::default() };
    let held = Matcher::embedded().unwrap().person(&written).keys().held;
    let person = Uuid::new_v4();
    sqlx::query(
        "INSERT INTO intake.person (id, name, birth_date, nhs_number, keyed_as)
         VALUES ($1, NULLIF($2, ''), $3::text::date, NULLIF($4, ''), $5)",
    )
    .bind(person)
    .bind(name)
    .bind(born.map(|day| day.to_string()))
    .bind(nhs_number)
    .bind(KEYS_VERSION)
    .execute(&hub.database)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO intake.person_key (key, person_id) SELECT key, $1 FROM unnest($2) AS key",
    )
    .bind(person)
    .bind(held.iter().map(|key| key.number).collect::<Vec<_>>())
    .execute(&hub.database)
    .await
    .unwrap();
    person
}

/// The bad fields that a refusal names, with what is said of each.
pub fn violations(refused: &Status) -> Vec<(String, String)> {
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    let named = runtime::refusal::violations(refused).into_iter();
    named.map(|bad| (bad.field, bad.description)).collect()
}

/// That a refusal says which field names nobody on the contact, by which rule.
pub fn nobody_there(refused: &Status, field: &str, rule: &str) {
    assert_eq!((refused.code(), &*reason_of(refused)), (Code::NotFound, "NOT_FOUND"));
    assert_eq!((&*fact_of(refused, "field"), &*fact_of(refused, "rule")), (field, rule));
}

/// A school's referral of two siblings, with consent to share with everybody.
pub fn referral() -> pb::SubmitContactRequest {
    pb::SubmitContactRequest {
        request_id: Uuid::new_v4().to_string(),
        channel: terms::Channel::Form.into(),
        referrer: Some(pb::Referrer {
            source: "2A".to_owned(),
            name: "Ayşe Yılmaz".to_owned(),
            organisation: "Clapton Park Primary".to_owned(),
            contact_details: "020 7946 0501".to_owned(),
            ..pb::Referrer::default()
        }),
        children: vec![child("Chidera Okafor", 2016), child("Ọlá Okafor", 2019)],
        adults: vec![pb::Adult {
            name: "Ngozi Okafor".to_owned(),
            relationship: "mother".to_owned(),
            parental_responsibility: Some(true),
            ..pb::Adult::default()
        }],
        concern: "Often hungry, and afraid to go home on Fridays.".to_owned(),
        factors: vec!["1B".to_owned()],
        consents: vec![agreed(pb::ConsentPurpose::ShareInformation)],
        ..pb::SubmitContactRequest::default()
    }
}

/// What the mother, the first adult, agreed to when the school asked her.
pub fn agreed(purpose: pb::ConsentPurpose) -> pb::Consent {
    let friday: Timestamp = "2026-11-20T15:30:00Z".parse().unwrap();
    pb::Consent {
        purpose: purpose.into(),
        answer: pb::ConsentAnswer::Agreed.into(),
        asked_at: Some(to_timestamp(friday)),
        asked_by: "the head of year".to_owned(),
        how: "in person".to_owned(),
        given_by: pb::ConsentGiver::Parent.into(),
        giver_adult_index: Some(0),
        family_told: true,
        ..pb::Consent::default()
    }
}

/// An NHS number with a right check digit, another one for every child.
fn nhs_number(name: &str, born: i32) -> String {
    let seed = name.bytes().fold(u64::from(born.unsigned_abs()), |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(u64::from(byte)) % 100_000_000
    });
    let numbers = (0..).map(|step| format!("9{:08}", (seed + step) % 100_000_000));
    let mut checked = numbers.filter_map(|nine| {
        let weighted = nine.bytes().zip((2..=10).rev());
        let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        let check = (11 - sum % 11) % 11;
        (check < 10).then(|| format!("{nine}{check}"))
    });
    checked.next().unwrap()
}

pub fn child(name: &str, born: i32) -> pb::Child {
    pb::Child {
        name: name.to_owned(),
        birth_date: Some(terms::Date { year: born, month: 5, day: 17 }),
        sex: "F".to_owned(),
        ethnicity: "BAFR".to_owned(),
        address: "12 Example Road, London E8".to_owned(),
        school: "Clapton Park Primary".to_owned(),
        nhs_number: nhs_number(name, born),
        ..pb::Child::default()
    }
}
