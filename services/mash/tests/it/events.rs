//! `mash events` on databases that are named, as an operator works where no hub runs on the
//! machine: two services' databases, with tables and logins as in production.

use provision::{Durability, Postgres, ServiceDatabase, Tools, free_ports};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{Ended, mash, temporary, tools};

/// `intake`, and `deadlines`, which follows it.
struct Databases {
    runtime: Runtime,
    postgres: Postgres,
    intake: ServiceDatabase,
    deadlines: ServiceDatabase,
    _folder: TempDir,
}

impl Databases {
    fn start() -> Self {
        let (own, folder, runtime) = (tools(), temporary(), Runtime::new().unwrap());
        let (postgres, intake, deadlines) = runtime.block_on(async {
            let tools = Tools::find(folder.path(), &own).await.unwrap();
            let (data, port) = (folder.path().join("postgres"), free_ports(1).unwrap()[0]);
            let started = Postgres::start(&tools, &data, port, Durability::Throwaway);
            let mut postgres = started.await.unwrap();
            let intake = postgres.create_service_database("intake").await.unwrap();
            let deadlines = postgres.create_service_database("deadlines").await.unwrap();
            (postgres, intake, deadlines)
        });
        for database in [&intake, &deadlines] {
            let url = [("MASH_MIGRATE_DATABASE_URL", database.migrate_url.as_str())];
            let migrated = mash(&["migrate", &database.name], &url);
            assert_eq!(migrated.code, Some(0), "{migrated:?}");
        }
        Self { runtime, postgres, intake, deadlines, _folder: folder }
    }

    /// What no service does to its database.
    fn change(&self, database: &ServiceDatabase, sql: &'static str) {
        let url = self.postgres.superuser_url(&database.name);
        self.runtime.block_on(async {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        });
    }

    /// A command about the follower `deadlines` and the log of `intake`.
    fn follower(&self, command: &[&str], more: &[&str]) -> Ended {
        let named = ["--database-url", &self.deadlines.url, "--service", "deadlines"];
        mash(&[&["events"], command, &named, &["--source", "intake"], more].concat(), &[])
    }

    fn verify(&self) -> Ended {
        let databases = ["--database-url", &self.deadlines.url, "--owner-url", &self.intake.url];
        mash(&[&["events", "verify", "--source", "intake"], &databases[..]].concat(), &[])
    }
}

/// A command that failed, and said so.
#[track_caller]
fn failed(ended: &Ended, says: &str) {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(format!("{}{}", ended.out, ended.err).contains(says), "{ended:?}");
}

#[test]
fn an_operator_drops_what_is_parked_and_lets_a_follower_go_on() {
    let databases = Databases::start();
    databases.change(
        &databases.deadlines,
        "INSERT INTO messaging.parked (source, position, state, event_id, aggregate, revision,
             type, payload, occurred_at, cause, parked_at)
         VALUES ('intake', 2, 'parked', gen_random_uuid(), gen_random_uuid(), 1,
             'mash.intake.v1.ContactReceived', '', now(), 'refused', now())",
    );
    let drop = |reason| {
        let command = ["parked", "drop"];
        databases.follower(&command, &["--position", "2", "--reason", reason])
    };
    failed(&drop("no"), "at least 10 characters");
    let dropped = drop("entered twice by hand");
    assert_eq!(dropped.out, "position 2 of intake in deadlines is dropped\n", "{dropped:?}");
    failed(&drop("entered twice by hand"), "no parked event of intake at position 2");
    let list = ["events", "parked", "list", "--database-url", &databases.deadlines.url];
    assert_eq!(mash(&list, &[]).out, "no event is parked\n");

    failed(&databases.follower(&["resync"], &["--owner-url", &databases.intake.url]), "gone back");
    the_log_goes_back(&databases);
    failed(&databases.verify(), "the log went back");
    let resync = databases.follower(&["resync"], &["--owner-url", &databases.intake.url]);
    assert_eq!(resync.out, "deadlines goes on behind position 2 of intake\n", "{resync:?}");
    let verified = databases.verify();
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.out.contains("has 1 events to apply"), "{verified:?}");
}

/// The owner has three events; the follower has applied five, of which it shares two.
fn the_log_goes_back(databases: &Databases) {
    databases.change(
        &databases.intake,
        "INSERT INTO messaging.event (id, aggregate, revision, type, payload, actor, occurred_at)
         SELECT lpad(n::text, 32, '0')::uuid, gen_random_uuid(), 1, 'x', '', 'x', now()
         FROM generate_series(1, 3) AS n ORDER BY n;
         INSERT INTO messaging.position SELECT number, number FROM messaging.event;
         UPDATE messaging.head SET position = 3",
    );
    databases.change(
        &databases.deadlines,
        "INSERT INTO messaging.followed (source, position, event_id)
         SELECT 'intake', n, lpad((CASE WHEN n > 2 THEN n + 100 ELSE n END)::text, 32, '0')::uuid
         FROM generate_series(1, 5) AS n;
         INSERT INTO messaging.cursor (source, position, event_id, rewound_at)
         SELECT source, position, event_id, now() FROM messaging.followed WHERE position = 5",
    );
}

#[test]
fn r62_a_read_that_was_slipped_in_shows() {
    let databases = Databases::start();
    let whole = databases.verify();
    assert!(whole.code == Some(0) && whole.out.contains("no read sealed"), "{whole:?}");
    databases.change(
        &databases.intake,
        "INSERT INTO access.read_log (at, actor, action, subjects, purpose, fields)
         VALUES (now(), 'user-7', 'IntakeService.GetContact', ARRAY[gen_random_uuid()], 'x', '{}')",
    );
    failed(&databases.verify(), "1 reads have no seal and wait for none");
}

#[test]
fn a_service_may_vacuum_what_waits_and_no_other_table() {
    let databases = Databases::start();
    let maintains = databases.runtime.block_on(async {
        let mut service = PgConnection::connect(&databases.intake.url).await.unwrap();
        let asked = "DO $$ BEGIN
             ASSERT has_table_privilege('messaging.waiting', 'MAINTAIN');
             ASSERT NOT has_table_privilege('messaging.event', 'MAINTAIN');
         END $$";
        sqlx::raw_sql(asked).execute(&mut service).await
    });
    maintains.unwrap();
}
