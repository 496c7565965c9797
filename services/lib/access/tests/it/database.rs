//! A throw-away PostgreSQL of a test's own, on a free port.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor, PgPool};
use tempfile::TempDir;

pub struct Database {
    server: Child,
    _folder: TempDir,
    pub pool: PgPool,
}

impl Database {
    /// Starts it and runs the crate's migrations.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let made = as_ordinary_user("initdb", &data)
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
            .status()
            .unwrap();
        assert!(made.success());
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let server = as_ordinary_user("postgres", &data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
            .spawn()
            .unwrap();
        let options = PgConnectOptions::new().host("127.0.0.1").port(port).username("postgres");
        let pool = pool(options);
        let ready = async {
            while pool.acquire().await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ready).await.unwrap();
        access::MIGRATOR.run(&pool).await.unwrap();
        Self { server, _folder: folder, pool }
    }

    /// Another, empty database of the same server, with the crate's tables.
    pub async fn fresh(&self, name: &str) -> PgPool {
        let create = format!("CREATE DATABASE {name}");
        self.pool.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
        let pool = pool(self.pool.connect_options().as_ref().clone().database(name));
        access::MIGRATOR.run(&pool).await.unwrap();
        pool
    }

    /// Other connections, as another process has them.
    pub fn another_pool(&self) -> PgPool {
        pool(self.pool.connect_options().as_ref().clone())
    }
}

fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(4).connect_lazy_with(options)
}

impl Drop for Database {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

/// PostgreSQL refuses to run as root: there it gets a user namespace in which it is
/// nobody.
fn as_ordinary_user(program: &str, data: &Path) -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-user=65534", "--map-group=65534", program]);
        command
    } else {
        Command::new(program)
    };
    command.arg("-D").arg(data).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
