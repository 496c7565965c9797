//! What a service under test lives among: the logs of the services that it follows, which
//! are real ones of their names, and what it tells itself, read from its database.
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use std::time::Duration;

use messaging::EventLog;
use proto::event::Event;
use runtime::{clock::Clock, settings::Settings, tasks::Tasks};
use service::Service;
use sqlx::{PgPool, migrate::Migrator};
use tonic::service::Routes;
use uuid::Uuid;

use crate::{Servers, Stage};

/// How long a test waits for what should come about.
const PATIENCE: Duration = Duration::from_secs(20);

/// The log of a service that another one follows, told by the test.
pub struct Source {
    name: &'static str,
    log: EventLog,
    address: String,
}

impl Source {
    /// The log of the service `name` on a database of its own, published to `broker` and
    /// offered as every service offers its log, until `tasks` stop. Streams bear the names of
    /// services: two hubs on one broker would hear each other.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn start(name: &'static str, broker: &str, clock: &Clock, tasks: &Tasks) -> Self {
        let url = Servers::shared().database(name);
        let nothing = Migrator::with_migrations(Vec::new());
        service::migrate(&url, &nothing).await.expect("the tables of a log");
        let place = Stage::shared().place(name, &url).on_broker(broker);
        let mut settings = Settings::given(place.vars);
        let config = service::Config::read(&mut settings);
        let config = settings.finish(config).expect("settings of a service");
        let service = Service::start(name, config, clock.clone(), tasks.clone()).await;
        let service = service.expect("a service starts");
        let log = service.log.clone();
        tasks.spawn_detached(async move {
            service.serve(Routes::default()).await.expect("a log is served");
        });
        Self { name, log, address: place.address }
    }

    /// The setting by which its follower finds it.
    pub fn peer(&self) -> (String, String) {
        let key = format!("MASH_PEER_{}", self.name.to_uppercase().replace('-', "_"));
        // Certificates name `localhost`.
        (key, self.address.replace("127.0.0.1", "localhost"))
    }

    /// Tells an event of a record that has no other; answers the event's id.
    ///
    /// # Panics
    /// Where the log is away.
    pub async fn tell<E: Event>(&self, event: &E) -> Uuid {
        self.tell_of(Uuid::new_v4(), 1, event).await
    }

    /// Tells an event as the revision `revision` of a record; answers the event's id.
    ///
    /// # Panics
    /// Where the record has that revision already.
    pub async fn tell_of<E: Event>(&self, record: Uuid, revision: i64, event: &E) -> Uuid {
        let mut tx = self.log.begin().await.expect("the log is there");
        let id = tx.append(record, revision, event).await.expect("a revision of its own");
        tx.commit().await.expect("the log is there");
        id
    }

    /// Waits until whoever follows it into `database` has applied all that was told, or
    /// parked what cannot be applied.
    ///
    /// # Panics
    /// Where it has not after a while.
    pub async fn is_heard(&self, database: &PgPool) {
        let count = sqlx::query_scalar("SELECT count(*) FROM messaging.event");
        let told: i64 = count.fetch_one(self.log.pool()).await.expect("the log is there");
        eventually(&format!("all of {} is heard", self.name), async || {
            let heard: i64 = sqlx::query_scalar(
                "SELECT coalesce(max(position), 0) FROM messaging.cursor WHERE source = $1",
            )
            .bind(self.name)
            .fetch_one(database)
            .await
            .expect("the follower's database is there");
            (heard == told).then_some(())
        })
        .await;
    }
}

/// The events of a type that the service with this database has told, oldest first.
///
/// # Panics
/// Where the database is away.
pub async fn told<E: Event + Default>(database: &PgPool) -> Vec<E> {
    let statement = "SELECT payload FROM messaging.event WHERE type = $1 ORDER BY number";
    decoded(sqlx::query_scalar(statement).bind(E::full_name()).fetch_all(database).await)
}

/// Those of them that are about one record.
///
/// # Panics
/// Where the database is away.
pub async fn told_of<E: Event + Default>(database: &PgPool, record: Uuid) -> Vec<E> {
    let statement = "SELECT payload FROM messaging.event
                     WHERE type = $1 AND aggregate = $2 ORDER BY number";
    let told = sqlx::query_scalar(statement).bind(E::full_name()).bind(record);
    decoded(told.fetch_all(database).await)
}

fn decoded<E: Event + Default>(payloads: Result<Vec<Vec<u8>>, sqlx::Error>) -> Vec<E> {
    let payloads = payloads.expect("the service's database is there");
    payloads.iter().map(|payload| E::decode(payload.as_slice()).expect("its event")).collect()
}

/// Waits until a look finds something, and answers what.
///
/// # Panics
/// After twenty seconds; the message says what was waited for.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, looking).await;
    waited.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}
