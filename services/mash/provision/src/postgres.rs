//! A private PostgreSQL on 127.0.0.1: made on its first start, found again at later ones.
//!
//! The cluster is made beside its final place and renamed, so that a start that was killed
//! half-way leaves nothing to repair. Whatever a killed server left behind is told apart
//! from a living one, and only the latter is a reason to refuse.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use rustix::process::Signal;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use crate::account::Account;
use crate::error::{ProvisionError, Result};
use crate::process::{PATIENCE_TO_ANSWER, Recipe, ServerProcess};
use crate::secrets::{Secrets, private_folder, write_private};
use crate::tools::Tools;

/// The login that administers the cluster.
pub(crate) const SUPERUSER: &str = "postgres";

/// Whether a commit survives a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As in production.
    Durable,
    /// As in production on a machine of its own: with so many megabytes for PostgreSQL's own
    /// memory (`shared_buffers`), of which its manual recommends a quarter of the machine's.
    OfItsOwn(u32),
    /// For tests: nothing is forced to the disk. Survives a killed server, not a power cut.
    Throwaway,
}

/// A running PostgreSQL. Dropping it ends it.
pub struct Postgres {
    process: ServerProcess,
    data: PathBuf,
    pub(crate) secrets: Secrets,
    superuser_password: String,
}

impl Postgres {
    /// Starts a server on `data`, making the cluster first where there is none, and waits
    /// until it accepts connections. Its log and its passwords lie beside `data`.
    pub async fn start(
        tools: &Tools,
        data: &Path,
        port: u16,
        durability: Durability,
    ) -> Result<Self> {
        let absolute = |e| ProvisionError::io("finding", data, e);
        let named = std::path::absolute(data).map_err(absolute)?;
        let parent = named.parent().unwrap_or(&named);
        private_folder(parent)?;
        // The form in which the system tells where a living server works.
        let data =
            parent.canonicalize().map_err(absolute)?.join(named.file_name().unwrap_or_default());
        let passwords = data.with_added_extension("passwords.json");
        let fresh = !data.join("PG_VERSION").exists();
        if !fresh && !passwords.exists() {
            return Err(ProvisionError::PasswordsLost { data, passwords });
        }
        let mut secrets = Secrets::open(&passwords)?;
        let superuser_password = secrets.password(SUPERUSER)?;
        let account = Account::choose();
        account.reach(&tools.program("postgres"))?;
        if fresh {
            make_cluster(tools, account, &data, &superuser_password, durability).await?;
        }
        refuse_living_server(&data)?;
        let recipe = recipe(tools, account, &data, port, durability);
        let process = begin(recipe, &superuser_password).await?;
        Ok(Self { process, data, secrets, superuser_password })
    }

    /// Where one login finds one database.
    pub fn url(&self, database: &str, login: &str, password: &str) -> String {
        url(self.port(), database, login, password)
    }

    /// The same for the login that may do everything (tests, administration).
    pub fn superuser_url(&self, database: &str) -> String {
        self.url(database, SUPERUSER, &self.superuser_password)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.process.recipe().port
    }

    /// The server's own log.
    pub fn log(&self) -> &Path {
        &self.process.recipe().log
    }

    /// The first process of the server; another one after a restart.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// True while the server has not ended, also when it is frozen.
    pub fn is_running(&mut self) -> bool {
        !self.process.ended()
    }

    /// Ends the server in good order, its clients' transactions rolled back; kills it after
    /// ten seconds.
    pub async fn stop(&mut self) {
        self.process.stop(Signal::INT).await;
    }

    /// Kills the server with all its connections; committed work is recovered by [`Self::restart`].
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Halts the server with all its connections, which stay open and do not answer.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// Starts the server again on the same port and data, stopping it first if it runs.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await;
        refuse_living_server(&self.data)?;
        let recipe = self.process.recipe().clone();
        self.process = begin(recipe, &self.superuser_password).await?;
        Ok(())
    }

    /// A connection of the superuser.
    pub(crate) async fn administer(&self, database: &str) -> Result<PgConnection> {
        connect(&self.superuser_url(database))
            .await
            .map_err(|source| ProvisionError::Database { database: database.to_owned(), source })
    }
}

async fn connect(url: &str) -> sqlx::Result<PgConnection> {
    PgConnection::connect_with(&PgConnectOptions::from_str(url)?).await
}

/// Spawns and waits. The last processes of a killed server may hold its memory for a moment.
async fn begin(recipe: Recipe, superuser_password: &str) -> Result<ServerProcess> {
    let url = url(recipe.port, "postgres", SUPERUSER, superuser_password);
    let mut tries = 0;
    loop {
        tries += 1;
        let mut process = ServerProcess::spawn(recipe.clone())?;
        match accepts(&mut process, &url).await {
            Ok(()) => return Ok(process),
            Err(ProvisionError::DidNotStart { detail, .. })
                if detail.contains("pre-existing shared memory block") && tries < 20 =>
            {
                sleep(Duration::from_millis(250)).await;
            }
            Err(e) => return Err(e),
        }
    }
}

/// Waits until the server accepts connections.
async fn accepts(process: &mut ServerProcess, url: &str) -> Result<()> {
    let began = Instant::now();
    loop {
        if let Ok(Ok(connection)) = timeout(PATIENCE_TO_ANSWER, connect(url)).await {
            // It answers, which is all that was asked; how the farewell goes does not matter.
            let _farewell = connection.close().await;
            return Ok(());
        }
        process.keep_waiting(began).await?;
    }
}

fn url(port: u16, database: &str, login: &str, password: &str) -> String {
    format!("postgres://{login}:{password}@127.0.0.1:{port}/{database}")
}

fn recipe(
    tools: &Tools,
    account: Account,
    data: &Path,
    port: u16,
    durability: Durability,
) -> Recipe {
    let mut settings = vec![
        "listen_addresses=127.0.0.1",
        // A path below a deep folder would be longer than a socket's name may be.
        "unix_socket_directories=",
        "max_connections=300",
        // The values of rows and statements are people's: they stay out of the log.
        "log_error_verbosity=terse",
        "log_min_error_statement=panic",
    ];
    let buffers = match durability {
        Durability::Durable => None,
        Durability::OfItsOwn(megabytes) => Some(format!("shared_buffers={megabytes}MB")),
        // Commits stay synchronous: otherwise a killed server loses the last ones.
        Durability::Throwaway => {
            settings.extend(["fsync=off", "full_page_writes=off", "shared_buffers=64MB"]);
            None
        }
    };
    settings.extend(buffers.as_deref());
    let mut args = vec!["-D".into(), data.into(), "-p".into(), port.to_string().into()];
    for setting in settings {
        args.extend(["-c".into(), setting.into()]);
    }
    Recipe {
        server: "PostgreSQL",
        account,
        program: tools.program("postgres"),
        args,
        port,
        log: data.with_added_extension("log"),
        ends_on: Signal::QUIT,
    }
}

async fn make_cluster(
    tools: &Tools,
    account: Account,
    data: &Path,
    password: &str,
    durability: Durability,
) -> Result<()> {
    let draft = data.with_added_extension("draft");
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(|e| ProvisionError::io("removing", &draft, e))?;
    }
    private_folder(&draft)?;
    account.own(&draft)?;
    let password_file = data.with_added_extension("initial-password");
    write_private(&password_file, password.as_bytes())?;
    account.own(&password_file)?;
    let initdb = tools.program("initdb");
    let mut command = account.command(&initdb);
    command.arg("-D").arg(&draft).args(["-U", SUPERUSER, "-A", "scram-sha-256", "-E", "UTF8"]);
    command.args(["--locale=C", "--no-instructions"]);
    command.arg(format!("--pwfile={}", password_file.display()));
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    command.stdin(Stdio::null());
    let made = Command::from(command).kill_on_drop(true).output().await;
    fs::remove_file(&password_file)
        .map_err(|e| ProvisionError::io("removing", &password_file, e))?;
    let made = made.map_err(|e| ProvisionError::io("starting", &initdb, e))?;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr).trim().to_owned();
        if said.contains("No space left on device") {
            return Err(ProvisionError::DiskFull { path: data.to_owned() });
        }
        return Err(ProvisionError::Unusable { program: initdb, detail: said });
    }
    fs::rename(&draft, data).map_err(|e| ProvisionError::io("renaming", &draft, e))
}

/// Tells a living server of these data from a note that a killed one left.
///
/// A living one works *in* its data folder. A note whose process id has gone to another
/// program is removed, since PostgreSQL would believe it; every other note it judges itself.
fn refuse_living_server(data: &Path) -> Result<()> {
    let note = data.join("postmaster.pid");
    let text = fs::read_to_string(&note).unwrap_or_default();
    let Some(pid) = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else {
        return Ok(());
    };
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(folder) if folder == data => {
            Err(ProvisionError::DataInUse { data: data.to_owned(), pid })
        }
        Ok(_) => fs::remove_file(&note).map_err(|e| ProvisionError::io("removing", &note, e)),
        Err(_) => Ok(()),
    }
}
