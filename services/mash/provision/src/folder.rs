//! The folder of a hub that runs on one machine: one `mash up` at a time, and nothing that
//! an earlier one left running.
//!
//! The claim is a lock of the operating system, which takes it back from a process however
//! that ends. Servers do survive a launcher that was killed; each is therefore noted as it
//! starts, together with its start time, so that a process id that has since gone to
//! somebody else is never mistaken for it.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use uuid::Uuid;

use crate::error::{ProvisionError, Result};
use crate::process::send;
use crate::secrets::{private_folder, write_private};

/// Below the ports that Linux hands out by itself (32768 to 60999), which may be taken by
/// any outgoing connection between the probe and the start of a server.
const PORTS: Range<u16> = 10_000..32_768;

/// Where the two servers write their process ids, in their own folders.
const PID_FILES: [&str; 2] = ["postmaster.pid", "nats.pid"];

/// A claimed folder; the claim ends when this is dropped or the process ends.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
    servers: Vec<Noted>,
}

/// A process as it was when it started.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Noted {
    name: String,
    pid: u32,
    /// Boot and start time; None where the system does not tell, and then it is left alone.
    born: Option<String>,
}

impl Folder {
    /// Claims the folder for this process, making it first where there is none, and stops
    /// the servers that an earlier, killed run has left behind.
    pub async fn claim(path: &Path) -> Result<Self> {
        private_folder(path)?;
        let path = path.canonicalize().map_err(|e| ProvisionError::io("entering", path, e))?;
        let lock = lock(&path)?;
        let folder = Self { path, _lock: lock, servers: Vec::new() };
        folder.stop_leftovers().await?;
        Ok(folder)
    }

    /// The folder, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes a process that must not outlive this run. To be called as soon as it has
    /// started, and again after a restart.
    pub fn note(&mut self, name: &str, pid: u32) -> Result<()> {
        self.servers.retain(|noted| noted.name != name);
        self.servers.push(Noted { name: name.to_owned(), pid, born: born(pid) });
        let path = self.notes();
        let text = serde_json::to_vec_pretty(&self.servers)
            .map_err(|e| ProvisionError::Corrupt { path: path.clone(), detail: e.to_string() })?;
        write_private(&path, &text)
    }

    fn notes(&self) -> PathBuf {
        self.path.join("servers.json")
    }

    /// Politely first, all together; what is left after five seconds is killed.
    async fn stop_leftovers(&self) -> Result<()> {
        // Absent after a first start, unreadable after a full disk: nothing to go by.
        let text = fs::read(self.notes()).unwrap_or_default();
        let noted: Vec<Noted> = serde_json::from_slice(&text).unwrap_or_default();
        let all = noted.into_iter().chain(unnoted(&self.path));
        let mut left: Vec<Noted> = all.filter(Noted::lives).collect();
        for server in &left {
            send(server.pid, Signal::INT);
            send(server.pid, Signal::CONT);
        }
        for turn in 0..200 {
            left.retain(Noted::lives);
            if left.is_empty() {
                break;
            }
            if turn == 100 {
                left.iter().for_each(|server| send(server.pid, Signal::KILL));
            }
            sleep(Duration::from_millis(50)).await;
        }
        match fs::remove_file(self.notes()) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(ProvisionError::io("removing", &self.notes(), e))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

impl Noted {
    fn lives(&self) -> bool {
        self.born.is_some() && self.born == born(self.pid)
    }
}

/// Servers that a run started and was killed before it could note them: they wrote their
/// process ids below the folder themselves, and name it in their arguments.
fn unnoted(folder: &Path) -> Vec<Noted> {
    let within = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = within.flat_map(|entry| PID_FILES.map(|name| entry.path().join(name)));
    let server = |file: PathBuf| {
        let text = fs::read_to_string(&file).ok()?;
        let pid: u32 = text.lines().next()?.trim().parse().ok()?;
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let named = String::from_utf8_lossy(&arguments).contains(&*folder.to_string_lossy());
        named.then(|| Noted { name: file.display().to_string(), pid, born: born(pid) })
    };
    files.filter_map(server).collect()
}

/// Takes the lock and leaves the process id in it, for the message to whoever comes second.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let failed = |e| ProvisionError::io("locking", &path, e);
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(failed)?;
            let pid = holder.trim().parse().ok();
            return Err(ProvisionError::AlreadyRunning { folder: folder.to_owned(), pid });
        }
        Err(TryLockError::Error(e)) => return Err(failed(e)),
    }
    file.set_len(0).map_err(failed)?;
    file.write_all(std::process::id().to_string().as_bytes()).map_err(failed)?;
    Ok(file)
}

/// What tells one process from all others that ever had its id: the boot, and the time at
/// which it started. None for one that is gone or only waits to be reaped.
fn born(pid: u32) -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything, so the fields are counted from its end.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let started = fields.nth(18)?;
    (state != "Z" && state != "X").then(|| format!("{} {started}", boot.trim()))
}

/// Distinct ports on 127.0.0.1 that nobody listens on at this moment, and that nobody else
/// in this process was given a moment ago and is about to listen on.
pub fn free_ports(count: usize) -> Result<Vec<u16>> {
    let span = PORTS.end - PORTS.start;
    let free: Vec<TcpListener> = (0..span)
        .map(|_| next_port(span))
        .filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok())
        .take(count)
        .collect();
    let ports: Vec<u16> =
        free.iter().filter_map(|listener| Some(listener.local_addr().ok()?.port())).collect();
    if ports.len() == count { Ok(ports) } else { Err(ProvisionError::NoFreePort) }
}

/// The next port to be looked at: one after the other, so that two who ask at once never get
/// the same, from a random place on, so that two processes rarely look at the same ports.
fn next_port(span: u16) -> u16 {
    static FROM: LazyLock<u16> = LazyLock::new(|| {
        let random = Uuid::new_v4().into_bytes();
        u16::from_le_bytes([random[0], random[1]])
    });
    static STEP: AtomicU16 = AtomicU16::new(0);
    let step = STEP.fetch_add(1, Ordering::Relaxed);
    PORTS.start + FROM.wrapping_add(step) % span
}

#[cfg(test)]
mod tests {
    use super::{PORTS, born, free_ports};

    #[test]
    fn free_ports_are_distinct_and_outside_the_systems_own_range() {
        let mut ports = free_ports(50).unwrap();
        assert!(ports.iter().all(|port| PORTS.contains(port)));
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 50);
        let again = free_ports(50).unwrap();
        assert!(again.iter().all(|port| !ports.contains(port)), "nobody gets what another has");
    }

    #[test]
    fn a_process_is_known_by_its_birth() {
        let own = std::process::id();
        assert!(born(own).is_some());
        assert_eq!(born(own), born(own));
        assert_ne!(born(own), born(1));
        assert_eq!(born(u32::MAX), None);
    }
}
