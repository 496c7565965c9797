//! A `mash up` that runs while a test looks at it, and all processes that belong to it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{MASH, tools};

/// Held by a test that runs a hub: two at once on a small machine start too slowly for
/// what is said of one.
pub fn alone() -> MutexGuard<'static, ()> {
    static HUB: Mutex<()> = Mutex::new(());
    HUB.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A hub that has said that it is ready.
pub struct Up {
    pub folder: PathBuf,
    /// What `--json` told.
    pub told: Value,
    process: Child,
}

impl Up {
    /// The command that runs a hub in `folder`.
    pub fn command(folder: &Path) -> Command {
        let tools = tools();
        let mut command = Command::new(MASH);
        command.arg("up").arg("--folder").arg(folder);
        command.arg("--nats-server").arg(tools.nats_server.unwrap());
        command.arg("--postgres-bin").arg(tools.postgres_bin.unwrap());
        command
    }

    /// Starts one and waits until it is ready.
    pub fn start(folder: &Path) -> Self {
        let mut process =
            Self::command(folder).arg("--json").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next().expect("it becomes ready").unwrap();
        Self {
            folder: folder.canonicalize().unwrap(),
            told: serde_json::from_str(&line).unwrap(),
            process,
        }
    }

    /// `hub.json` as it is now.
    pub fn state(&self) -> Value {
        serde_json::from_slice(&fs::read(self.folder.join("hub.json")).unwrap()).unwrap()
    }

    /// The process id of now, while there is one.
    pub fn pid(&self, name: &str) -> Option<i32> {
        let state = self.state();
        let processes = state["processes"].as_array().unwrap();
        let process = processes.iter().find(|it| it["name"] == name).unwrap();
        process["pid"].as_i64().map(|pid| pid.try_into().unwrap())
    }

    /// Sends a signal to one of the hub's processes.
    pub fn signal(&self, name: &str, signal: Signal) {
        let pid = self.pid(name).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Sends a signal to `mash up` itself and waits for its end.
    pub fn end(&mut self, signal: Signal) -> ExitStatus {
        let pid = Pid::from_raw(self.process.id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        self.process.wait().unwrap()
    }
}

impl Drop for Up {
    /// A failed test leaves nothing running either.
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.end(Signal::TERM);
        }
    }
}

/// All living processes that name the folder in their arguments or environment, this test's
/// own aside.
pub fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.canonicalize().unwrap();
    let named = folder.to_str().unwrap();
    let own = std::process::id().to_string();
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter(|entry| {
        entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit())
    });
    let belongs = |entry: &fs::DirEntry| {
        ["cmdline", "environ"].iter().any(|file| {
            let text = fs::read(entry.path().join(file)).unwrap_or_default();
            String::from_utf8_lossy(&text).contains(named)
        })
    };
    let others = pids.filter(|entry| *entry.file_name() != *own);
    others
        .filter(belongs)
        .map(|entry| {
            let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            format!("{} {command}", entry.file_name().to_string_lossy())
        })
        .collect()
}

/// Looks until `found` finds something, for twenty seconds.
#[track_caller]
pub fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "never happened: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
