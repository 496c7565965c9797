//! PostgreSQL and NATS start, start again, and keep services apart.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use provision::{Durability, Nats, Postgres, ProvisionError, free_ports};
use sqlx::{Connection, Executor, PgConnection};

const WARM_START: Duration = Duration::from_secs(3);

async fn connect(url: &str) -> sqlx::Result<PgConnection> {
    PgConnection::connect(url).await
}

/// The SQLSTATE with which a statement or a connection was refused.
fn code(error: sqlx::Error) -> String {
    let refused = error.as_database_error().expect("refused by the server");
    refused.code().expect("with a code").into_owned()
}

#[tokio::test]
async fn a_second_start_finds_the_data_again_and_is_quick() {
    let tools = super::tools().await;
    let folder = super::temporary();
    let (data, broker) = (folder.path().join("postgres"), folder.path().join("nats"));
    let ports = free_ports(2).unwrap();

    let first = Instant::now();
    let mut postgres = Postgres::start(&tools, &data, ports[0], Durability::Durable).await.unwrap();
    let made = postgres.create_service_database("intake").await.unwrap();
    let mut nats = Nats::start(&tools, &broker, ports[1], &[]).await.unwrap();
    println!("first start: {:?}", first.elapsed());
    connect(&made.migrate_url).await.unwrap().execute("CREATE TABLE kept ()").await.unwrap();
    postgres.stop().await;
    nats.stop().await;
    assert!(!postgres.is_running() && !nats.is_running());
    drop((postgres, nats));

    let second = Instant::now();
    let mut postgres = Postgres::start(&tools, &data, ports[0], Durability::Durable).await.unwrap();
    let _nats = Nats::start(&tools, &broker, ports[1], &[]).await.unwrap();
    let warm = second.elapsed();
    println!("warm start: {warm:?}");
    assert!(warm < WARM_START, "{warm:?}");
    let found = postgres.create_service_database("intake").await.unwrap();
    assert!(found == made, "logins and passwords stay");
    connect(&found.url).await.unwrap().execute("SELECT FROM kept").await.unwrap();

    let passwords = fs::metadata(folder.path().join("postgres.passwords.json")).unwrap();
    assert_eq!(passwords.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_service_login_works_with_rows_and_changes_no_table() {
    let tools = super::tools().await;
    let folder = super::temporary();
    let port = free_ports(1).unwrap()[0];
    let data = folder.path().join("postgres");
    let mut postgres = Postgres::start(&tools, &data, port, Durability::Throwaway).await.unwrap();
    let intake = postgres.create_service_database("intake").await.unwrap();
    let checks = postgres.create_service_database("partner-checks").await.unwrap();

    let mut migration = connect(&intake.migrate_url).await.unwrap();
    for sql in [
        "CREATE SCHEMA intake",
        "CREATE TABLE intake.contact (id int GENERATED ALWAYS AS IDENTITY, word text)",
        "CREATE SEQUENCE intake.reference",
    ] {
        migration.execute(sql).await.unwrap();
    }
    let mut service = connect(&intake.url).await.unwrap();
    for sql in [
        "INSERT INTO intake.contact (word) VALUES ('a')",
        "UPDATE intake.contact SET word = 'b'",
        "SELECT nextval('intake.reference')",
        "DELETE FROM intake.contact",
    ] {
        service.execute(sql).await.unwrap();
    }
    for sql in [
        "CREATE TABLE intake.other ()",
        "CREATE TABLE public.other ()",
        "CREATE TEMPORARY TABLE other ()",
        "CREATE SCHEMA other",
        "ALTER TABLE intake.contact ADD COLUMN more text",
        "DROP TABLE intake.contact",
        "TRUNCATE intake.contact",
        "CREATE ROLE somebody",
    ] {
        assert_eq!(code(service.execute(sql).await.unwrap_err()), "42501", "{sql}");
    }

    let reach = |url: &str, database: &str| {
        let server = url.strip_suffix("intake").expect("ends in the database");
        format!("{server}{database}")
    };
    for database in [checks.name.as_str(), "postgres", "template1"] {
        for login in [&intake.url, &intake.migrate_url] {
            let refused = connect(&reach(login, database)).await.unwrap_err();
            assert_eq!(code(refused), "42501", "{database}");
        }
    }
}

#[tokio::test]
async fn a_killed_server_starts_again_on_its_data_and_a_living_one_is_left_alone() {
    let tools = super::tools().await;
    let folder = super::temporary();
    let ports = free_ports(2).unwrap();
    let data = folder.path().join("postgres");
    let mut postgres =
        Postgres::start(&tools, &data, ports[0], Durability::Throwaway).await.unwrap();
    let again = Postgres::start(&tools, &data, ports[1], Durability::Throwaway).await;
    let refusal = again.err().expect("refused");
    assert!(
        matches!(refusal, ProvisionError::DataInUse { pid, .. } if pid == postgres.pid()),
        "{refusal}"
    );

    let url = postgres.superuser_url("postgres");
    connect(&url).await.unwrap().execute("CREATE TABLE kept ()").await.unwrap();
    let before = postgres.pid();
    postgres.kill().await;
    assert!(data.join("postmaster.pid").exists(), "a killed server leaves its note");
    assert!(connect(&url).await.is_err());
    postgres.restart().await.unwrap();
    assert_ne!(postgres.pid(), before);
    connect(&url).await.unwrap().execute("SELECT FROM kept").await.unwrap();

    // The process id in the note belongs to another living program by now.
    postgres.kill().await;
    let note = data.join("postmaster.pid");
    let text = fs::read_to_string(&note).unwrap();
    let stale = text.replacen(&postgres.pid().to_string(), &std::process::id().to_string(), 1);
    fs::write(&note, stale).unwrap();
    postgres.restart().await.unwrap();
    connect(&url).await.unwrap().execute("SELECT FROM kept").await.unwrap();
}

#[tokio::test]
async fn a_frozen_server_answers_again_when_it_is_thawed() {
    let tools = super::tools().await;
    let folder = super::temporary();
    let port = free_ports(1).unwrap()[0];
    let data = folder.path().join("postgres");
    let postgres = Postgres::start(&tools, &data, port, Durability::Throwaway).await.unwrap();
    let mut open = connect(&postgres.superuser_url("postgres")).await.unwrap();
    postgres.freeze();
    {
        let mut asking = Box::pin(open.execute("SELECT 1"));
        let waited = tokio::time::timeout(Duration::from_millis(200), &mut asking).await;
        assert!(waited.is_err(), "open connections are frozen too");
        postgres.thaw();
        asking.await.unwrap();
    }
    postgres.freeze();
    let began = Instant::now();
    drop(postgres);
    assert!(began.elapsed() < Duration::from_secs(2), "a frozen server can be dropped");
}

/// `mash up` starts its servers from tasks, so what starts them must be able to move.
#[tokio::test]
async fn servers_can_be_started_from_a_task() {
    fn movable<T: Send>(work: T) -> T {
        work
    }
    let tools = super::tools().await;
    let folder = super::temporary();
    let ports = free_ports(2).unwrap();
    let data = folder.path().join("postgres");
    let start = Postgres::start(&tools, &data, ports[0], Durability::Throwaway);
    let mut postgres = movable(start).await.unwrap();
    movable(postgres.create_service_database("intake")).await.unwrap();
    movable(postgres.restart()).await.unwrap();
    let broker = folder.path().join("nats");
    let mut nats = movable(Nats::start(&tools, &broker, ports[1], &[])).await.unwrap();
    movable(nats.restart()).await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let tools = super::tools().await;
    let folder = super::temporary();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let data = folder.path().join("postgres");
    let postgres = Postgres::start(&tools, &data, port, Durability::Throwaway).await;
    let nats = Nats::start(&tools, &folder.path().join("nats"), port, &[]).await;
    for (refusal, server) in
        [(postgres.err().expect("refused"), "PostgreSQL"), (nats.err().expect("refused"), "NATS")]
    {
        assert!(matches!(refusal, ProvisionError::PortTaken { .. }), "{refusal}");
        let said = refusal.to_string();
        assert!(said.contains(&port.to_string()) && said.contains(server), "{said}");
    }
}

#[tokio::test]
async fn lost_passwords_are_told_and_not_replaced() {
    let tools = super::tools().await;
    let folder = super::temporary();
    let port = free_ports(1).unwrap()[0];
    let data = folder.path().join("postgres");
    drop(Postgres::start(&tools, &data, port, Durability::Throwaway).await.unwrap());
    fs::remove_file(folder.path().join("postgres.passwords.json")).unwrap();
    let refusal = Postgres::start(&tools, &data, port, Durability::Throwaway).await;
    let refusal = refusal.err().expect("refused");
    assert!(matches!(refusal, ProvisionError::PasswordsLost { .. }), "{refusal}");
}
