//! Real servers for tests: one throw-away PostgreSQL and one NATS per test process, a fresh
//! database per call, and servers of one's own for tests that break them; and what a service
//! under test is given and lives among.
//!
//! A `static` is never dropped and a killed test drops nothing, so the servers' folder is
//! watched by a small shell that reads a pipe of the test process: when the pipe closes,
//! however that came about, it ends the servers and removes the folder.

mod refused;
mod source;
mod stage;

use std::fmt;
use std::fs::Permissions;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use provision::{
    BrokerLogin, Durability, Nats, OwnTools, Postgres, ProvisionError, Tools, free_ports,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::runtime::Runtime;

pub use refused::{fact_of, fields_of, reason_of};
pub use source::{Source, eventually, told, told_of};
pub use stage::{Bearer, Place, Stage};

/// Ends every server below `$1` when standard input closes, then removes `$1`. Both servers
/// end on INT; a frozen one must be thawed to hear it; five seconds later it is killed.
const WATCH: &str = r#"
trap '' HUP INT TERM QUIT
cat > /dev/null
ours() { [ ! -d /proc/self ] || tr '\0' ' ' 2>/dev/null < "/proc/$1/cmdline" | grep -qF -- "$2"; }
for note in "$1"/*/postmaster.pid "$1"/*/nats.pid; do
    pid=$(head -n 1 "$note" 2>/dev/null) && ours "$pid" "$1" || continue
    kill -INT "$pid"
    kill -CONT "$pid" $(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
    turn=0
    while ours "$pid" "$1" && kill -0 "$pid"; do
        turn=$((turn + 1))
        if [ $turn -gt 100 ]; then kill -KILL "$pid"; break; fi
        sleep 0.05
    done
done
turn=0
until rm -rf -- "$1" || [ $turn -gt 20 ]; do turn=$((turn + 1)); sleep 0.1; done
"#;

/// Where a test finds a database of its own; the login may do everything there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl Deref for DatabaseUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The servers that all tests of one process share.
pub struct Servers {
    /// Never blocked by a test, and alive as long as the process.
    runtime: Runtime,
    postgres: Private<Postgres>,
    nats: Private<Nats>,
    databases: AtomicU32,
}

impl Servers {
    /// Starts the servers when the first test of the process asks. May be called from plain
    /// and from async tests.
    ///
    /// # Panics
    /// If the servers do not start, with what to do about it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Servers> = OnceLock::new();
        SHARED.get_or_init(|| {
            let runtime = Runtime::new().expect("a runtime for the shared servers");
            let (postgres, nats) =
                wait(&runtime, || async { tokio::join!(private_postgres(), private_nats(&[])) });
            Self { runtime, postgres, nats, databases: AtomicU32::new(0) }
        })
    }

    /// A fresh, empty database, another one at each call; `name` shows in its name.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn database(&self, name: &str) -> DatabaseUrl {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let database = format!("{name}-{number}");
        let server = self.postgres.superuser_url("postgres");
        let create = format!(r#"CREATE DATABASE "{}""#, database.replace('"', ""));
        let made = wait(&self.runtime, || async move {
            let mut server = PgConnection::connect(&server).await?;
            sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut server).await?;
            server.close().await
        });
        made.unwrap_or_else(|e| panic!("the database {database} was not made: {e}"));
        DatabaseUrl(self.postgres.superuser_url(&database))
    }

    /// A broker with JetStream in which everybody may do everything.
    pub fn nats_url(&self) -> String {
        self.nats.url()
    }
}

/// Runs async work to its end from plain or async code: in a thread that is no runtime's.
fn wait<T: Send, F: Future<Output = T>>(runtime: &Runtime, work: impl FnOnce() -> F + Send) -> T {
    let waited = thread::scope(|scope| scope.spawn(|| runtime.block_on(work())).join());
    waited.unwrap_or_else(|panicked| resume_unwind(panicked))
}

/// A server that belongs to one test, to be killed, frozen, restarted or robbed of its data
/// (`provision` has the methods). Dropping it ends the server and removes its folder.
pub struct Private<S> {
    server: S,
    room: Room,
}

impl<S> Private<S> {
    /// The folder that holds the server's data and log.
    pub fn folder(&self) -> &Path {
        &self.room.folder
    }
}

impl<S> Deref for Private<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.server
    }
}

impl<S> DerefMut for Private<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.server
    }
}

/// A PostgreSQL of one's own. It survives [`Postgres::kill`], not a power cut.
///
/// # Panics
/// If it does not start, with what to do about it.
pub async fn private_postgres() -> Private<Postgres> {
    let tools = tools().await;
    let room = Room::open();
    let data = room.folder.join("postgres");
    let start = async |port| Postgres::start(&tools, &data, port, Durability::Throwaway).await;
    let server = on_a_free_port(start).await;
    Private { server, room }
}

/// A NATS of one's own, with these logins only; with none, everybody may do everything.
///
/// # Panics
/// If it does not start, with what to do about it.
pub async fn private_nats(logins: &[BrokerLogin]) -> Private<Nats> {
    let tools = tools().await;
    let room = Room::open();
    let folder = room.folder.join("nats");
    let start = async |port| Nats::start(&tools, &folder, port, logins).await;
    let server = on_a_free_port(start).await;
    Private { server, room }
}

/// The servers' programs, installed once per workspace.
async fn tools() -> Tools {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.mash");
    let found = Tools::find(&cache, &OwnTools::default()).await;
    found.unwrap_or_else(|e| panic!("tests need the servers: {e}"))
}

/// Another test process may take a port between its probe and the server's start.
async fn on_a_free_port<S>(start: impl AsyncFn(u16) -> Result<S, ProvisionError>) -> S {
    let mut taken = 0;
    loop {
        let port = free_ports(1).map(|ports| ports[0]);
        let port = port.unwrap_or_else(|e| panic!("tests need a port: {e}"));
        match start(port).await {
            Ok(server) => return server,
            Err(ProvisionError::PortTaken { .. }) if taken < 5 => taken += 1,
            Err(e) => panic!("tests need the server: {e}"),
        }
    }
}

/// A temporary folder that is emptied of servers and removed, whatever becomes of this process.
struct Room {
    folder: PathBuf,
    watch: Child,
}

impl Room {
    fn open() -> Self {
        // Not for others to look into; PostgreSQL may have to pass through as another user.
        let folder = tempfile::Builder::new()
            .prefix("mash-test-")
            .permissions(Permissions::from_mode(0o711))
            .tempdir()
            .expect("a temporary folder")
            .keep();
        let folder = folder.canonicalize().expect("the folder was just made");
        let watch = Command::new("sh")
            .args(["-c", WATCH, "mash-test-watch"])
            .arg(&folder)
            // A signal to the test's group must not reach the one who cleans up after it,
            // nor must whoever reads the test's output wait for it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        Self { folder, watch }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Closes the pipe first, which is the sign to clean up.
        let _ended = self.watch.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_database_is_fresh_at_each_call_and_plain_tests_may_ask() {
        let servers = Servers::shared();
        let (one, other) = (servers.database("story"), servers.database("story"));
        assert_ne!(one, other);
        let found = wait(&servers.runtime, || async {
            let mut connection = PgConnection::connect(&one).await?;
            let make = sqlx::raw_sql("CREATE TABLE only_here ()");
            make.execute(&mut connection).await?;
            let mut connection = PgConnection::connect(&other).await?;
            let look = sqlx::raw_sql("SELECT 1 FROM pg_tables WHERE tablename = 'only_here'");
            look.fetch_optional(&mut connection).await
        });
        assert!(found.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_async_test_shares_the_broker() {
        let client = async_nats::connect(Servers::shared().nats_url()).await.unwrap();
        let jetstream = async_nats::jetstream::new(client);
        assert_eq!(jetstream.query_account().await.unwrap().streams, 0);
    }

    #[tokio::test]
    async fn a_private_server_is_gone_with_its_folder() {
        let mut postgres = private_postgres().await;
        let folder = postgres.folder().to_owned();
        postgres.kill().await;
        postgres.restart().await.unwrap();
        let pid = postgres.pid();
        assert!(folder.exists() && runs(pid));
        drop(postgres);
        assert!(!folder.exists() && !runs(pid));
    }

    /// Not a test of its own: the process that the test below kills.
    #[tokio::test]
    #[ignore = "started by a_killed_test_process_leaves_nothing"]
    async fn victim() {
        let servers = Servers::shared();
        let frozen = private_postgres().await;
        frozen.freeze();
        let pids = [servers.postgres.pid(), servers.nats.pid(), frozen.pid()];
        println!("\nservers {} {} {}", pids[0], pids[1], pids[2]);
        println!("room {}", servers.postgres.folder().display());
        std::future::pending::<()>().await;
    }

    #[test]
    fn a_killed_test_process_leaves_nothing() {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "tests::victim"])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut told =
            |word: &str| lines.find_map(|line| Some(line.strip_prefix(word)?.to_owned()));
        let pids = told("servers ").unwrap();
        let pids: Vec<u32> = pids.split(' ').map(|pid| pid.parse().unwrap()).collect();
        let room = PathBuf::from(told("room ").unwrap());
        assert!(room.exists() && pids.iter().all(|pid| runs(*pid)));
        victim.kill().unwrap();
        victim.wait().unwrap();
        // Other processes do the work, so there is nothing to wait on but the result.
        for _ in 0..150 {
            if !room.exists() && !pids.iter().any(|pid| runs(*pid)) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("left over: {} or one of {pids:?}", room.display());
    }

    fn runs(pid: u32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
    }
}
