//! One running server and what can be done to it, politely or not.
//!
//! A server gets a process group of its own, so that Ctrl-C reaches the launcher only and
//! the launcher decides in which order things stop. What is done to a server is done to its
//! children too: PostgreSQL answers from one process per connection.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::account::Account;
use crate::error::{ProvisionError, Result};

const PATIENCE_TO_STOP: Duration = Duration::from_secs(10);
const PATIENCE_TO_START: Duration = Duration::from_secs(60);
/// How long one question to a server may take: one that hangs must not hold it for ever.
pub(crate) const PATIENCE_TO_ANSWER: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// How a server is started, each time in the same way.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    /// The name people know it by.
    pub(crate) server: &'static str,
    pub(crate) account: Account,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// Where it listens on 127.0.0.1.
    pub(crate) port: u16,
    /// Its output is added to this file.
    pub(crate) log: PathBuf,
    /// The signal on which it ends without waiting for its clients.
    pub(crate) ends_on: Signal,
}

/// A started server. Dropping it ends it.
pub(crate) struct ServerProcess {
    recipe: Recipe,
    child: Child,
    pid: u32,
    log_begins: u64,
}

impl ServerProcess {
    /// Starts the server; it is not ready yet when this returns.
    pub(crate) fn spawn(recipe: Recipe) -> Result<Self> {
        if TcpListener::bind(("127.0.0.1", recipe.port)).is_err() {
            return Err(ProvisionError::PortTaken { server: recipe.server, port: recipe.port });
        }
        let logging = |e| ProvisionError::io("opening", &recipe.log, e);
        let log = File::options().create(true).append(true).open(&recipe.log).map_err(logging)?;
        let log_begins = log.metadata().map_err(logging)?.len();
        let mut command = recipe.account.command(&recipe.program);
        command
            .args(&recipe.args)
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(log.try_clone().map_err(logging)?)
            .stdout(log);
        let child = Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| ProvisionError::io("starting", &recipe.program, e))?;
        let Some(pid) = child.id() else {
            return Err(ProvisionError::Unusable {
                program: recipe.program,
                detail: "it ended at once".to_owned(),
            });
        };
        Ok(Self { recipe, child, pid, log_begins })
    }

    pub(crate) fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// True once the process is gone.
    pub(crate) fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits a moment for a server that was asked and is not ready yet; `began` is when its
    /// start began. An error once it has ended, or after a minute.
    pub(crate) async fn keep_waiting(&mut self, began: Instant) -> Result<()> {
        if self.ended() {
            return Err(self.failure());
        }
        if began.elapsed() > PATIENCE_TO_START {
            return Err(ProvisionError::NotReady {
                server: self.recipe.server,
                seconds: PATIENCE_TO_START.as_secs(),
                log: self.recipe.log.clone(),
            });
        }
        sleep(LOOK_EVERY).await;
        Ok(())
    }

    /// Ends the server by `signal` and waits; after ten seconds it is killed.
    pub(crate) async fn stop(&mut self, signal: Signal) {
        if self.ended() {
            return;
        }
        send(self.pid, signal);
        self.thaw();
        if timeout(PATIENCE_TO_STOP, self.child.wait()).await.is_err() {
            self.kill().await;
        }
    }

    /// Kills the server and its children at once, as a power cut of this process would.
    pub(crate) async fn kill(&mut self) {
        if !self.ended() {
            self.send_to_all(Signal::KILL);
            // Fails only where the process is gone already.
            let _gone = self.child.wait().await;
        }
    }

    /// Halts the server and its children: connections stay open and nothing answers.
    pub(crate) fn freeze(&self) {
        self.send_to_all(Signal::STOP);
    }

    /// Lets a frozen server go on.
    pub(crate) fn thaw(&self) {
        self.send_to_all(Signal::CONT);
    }

    /// The parent first, so that it makes no children meanwhile.
    fn send_to_all(&self, signal: Signal) {
        let children = children(self.pid);
        send(self.pid, signal);
        for child in children {
            send(child, signal);
        }
    }

    /// What the log of this start tells about its end.
    fn failure(&self) -> ProvisionError {
        let Recipe { server, port, log, .. } = self.recipe.clone();
        let said = self.log_since_start();
        if said.contains("No space left on device") {
            return ProvisionError::DiskFull { path: log };
        }
        if said.to_ascii_lowercase().contains("address already in use") {
            return ProvisionError::PortTaken { server, port };
        }
        let lines: Vec<&str> = said.lines().collect();
        let detail = lines[lines.len().saturating_sub(8)..].join("\n");
        ProvisionError::DidNotStart { server, log, detail }
    }

    fn log_since_start(&self) -> String {
        let mut said = Vec::new();
        let read = File::open(&self.recipe.log).and_then(|mut log| {
            log.seek(SeekFrom::Start(self.log_begins))?;
            log.read_to_end(&mut said)
        });
        match read {
            Ok(_) => String::from_utf8_lossy(&said).into_owned(),
            Err(e) => format!("(the log cannot be read: {e})"),
        }
    }
}

impl Drop for ServerProcess {
    /// A moment to end by itself (PostgreSQL then frees its shared memory); `kill_on_drop`
    /// takes what is left.
    fn drop(&mut self) {
        if self.ended() {
            return;
        }
        send(self.pid, self.recipe.ends_on);
        self.thaw();
        for _ in 0..40 {
            if self.ended() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.send_to_all(Signal::KILL);
    }
}

/// Sends a signal; a process that is gone already is what the sender wanted or will notice.
pub(crate) fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _gone = kill_process(pid, signal);
    }
}

/// The direct children of a process; none where the system does not tell.
fn children(pid: u32) -> Vec<u32> {
    fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|child| child.parse().ok())
        .collect()
}
