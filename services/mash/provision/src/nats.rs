//! A private NATS server with JetStream on 127.0.0.1, its users and their permissions.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::{Instant, timeout};

use crate::account::Account;
use crate::broker_login::BrokerLogin;
use crate::error::{ProvisionError, Result};
use crate::folder::free_ports;
use crate::process::{PATIENCE_TO_ANSWER, Recipe, ServerProcess};
use crate::secrets::{private_folder, write_private};
use crate::tools::Tools;

/// A running NATS server. Dropping it ends it.
pub struct Nats {
    process: ServerProcess,
    folder: PathBuf,
    monitoring_port: u16,
}

impl Nats {
    /// Writes the configuration into `folder`, starts the server and waits until JetStream
    /// answers. Without logins everybody on this machine may do everything (tests).
    pub async fn start(
        tools: &Tools,
        folder: &Path,
        port: u16,
        logins: &[BrokerLogin],
    ) -> Result<Self> {
        private_folder(folder)?;
        let folder =
            folder.canonicalize().map_err(|e| ProvisionError::io("entering", folder, e))?;
        let monitoring_port = free_ports(1)?.first().copied().ok_or(ProvisionError::NoFreePort)?;
        let file = folder.join("nats.conf");
        let settings = configuration(&folder, port, monitoring_port, logins);
        // The server's own notation is a superset of JSON.
        write_private(&file, settings.to_string().as_bytes())?;
        validate(tools, &file).await?;
        let recipe = Recipe {
            server: "NATS",
            account: Account::Own,
            program: tools.nats_server().to_owned(),
            args: vec!["-c".into(), file.into()],
            port,
            log: folder.join("nats.log"),
            ends_on: Signal::TERM,
        };
        let process = begin(recipe, monitoring_port).await?;
        Ok(Self { process, folder, monitoring_port })
    }

    /// Where clients connect; the login goes beside it, not into it.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port())
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.process.recipe().port
    }

    /// The port of `/healthz`, `/varz`, `/jsz` on 127.0.0.1.
    pub fn monitoring_port(&self) -> u16 {
        self.monitoring_port
    }

    /// Where JetStream keeps its streams; deleting it while the server is down loses them.
    pub fn storage(&self) -> PathBuf {
        storage(&self.folder)
    }

    /// The server's own log.
    pub fn log(&self) -> &Path {
        &self.process.recipe().log
    }

    /// The process of the server; another one after a restart.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// True while the server has not ended, also when it is frozen.
    pub fn is_running(&mut self) -> bool {
        !self.process.ended()
    }

    /// Ends the server in good order; kills it after ten seconds.
    pub async fn stop(&mut self) {
        self.process.stop(Signal::TERM).await;
    }

    /// Kills the server.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Halts the server: connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// Starts the server again on the same ports and storage, stopping it first if it runs.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await;
        self.process = begin(self.process.recipe().clone(), self.monitoring_port).await?;
        Ok(())
    }
}

fn configuration(folder: &Path, port: u16, monitoring_port: u16, logins: &[BrokerLogin]) -> Value {
    let mut settings = json!({
        "listen": format!("127.0.0.1:{port}"),
        "http": format!("127.0.0.1:{monitoring_port}"),
        "server_name": "mash",
        "pid_file": folder.join("nats.pid"),
        "jetstream": { "store_dir": storage(folder) },
    });
    if !logins.is_empty() {
        let users: Vec<Value> = logins.iter().map(BrokerLogin::entry).collect();
        settings["authorization"] = json!({ "users": users });
    }
    settings
}

fn storage(folder: &Path) -> PathBuf {
    folder.join("streams")
}

/// Lets the server judge its configuration, whose faults it tells more clearly than a start.
async fn validate(tools: &Tools, file: &Path) -> Result<()> {
    let program = tools.nats_server();
    let judged = Command::new(program)
        .args(["-t", "-c"])
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|e| ProvisionError::io("starting", program, e))?;
    if judged.status.success() {
        return Ok(());
    }
    let detail = String::from_utf8_lossy(&judged.stderr).trim().to_owned();
    Err(ProvisionError::Unusable { program: program.to_owned(), detail })
}

async fn begin(recipe: Recipe, monitoring_port: u16) -> Result<ServerProcess> {
    let began = Instant::now();
    let mut process = ServerProcess::spawn(recipe)?;
    while !matches!(timeout(PATIENCE_TO_ANSWER, healthy(monitoring_port)).await, Ok(Ok(true))) {
        process.keep_waiting(began).await?;
    }
    Ok(process)
}

/// One GET, which is no reason for an HTTP client.
async fn healthy(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let ask =
        "GET /healthz?js-server-only=true HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(ask.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}
