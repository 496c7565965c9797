//! What other commands know of a running hub: `.mash/hub.json`, for its owner's eyes only,
//! since it holds the databases' passwords. It is written whole whenever a process starts
//! and removed when the hub has stopped.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A running hub.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubState {
    /// The process that runs it.
    pub pid: u32,
    /// The council, and the trust domain of all identities.
    pub authority: String,
    /// Version of the protocol that it works under (R59).
    pub protocol: String,
    /// Everything that runs, in the order of its start.
    pub processes: Vec<ProcessState>,
    /// The services' databases, by service.
    pub databases: BTreeMap<String, DatabaseState>,
    /// The file with a demo person's token, by role.
    pub tokens: BTreeMap<String, PathBuf>,
    /// The authority of services and of people's connections to them.
    pub services_ca: PathBuf,
    /// Certificate, key and authority of each agency's own system, by agency.
    pub agencies: BTreeMap<String, AgencyFiles>,
    /// Every page that was sent, a line of JSON each; none where pagers are somebody else's.
    pub pages: Option<PathBuf>,
}

/// A process of the hub.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProcessState {
    /// The name people know it by: `postgres`, `intake`, `adapter-police`.
    pub name: String,
    /// Where its clients connect, `host:port`.
    pub address: String,
    /// Where its health is asked, `host:port`; the servers have none.
    pub admin: Option<String>,
    /// Its process now; none while it is being started again.
    pub pid: Option<u32>,
    /// Its log.
    pub log: PathBuf,
}

/// A service's database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatabaseState {
    /// With the service's own login, which may change rows and no tables.
    pub url: String,
    /// Whose logs the service follows.
    pub follows: Vec<String>,
}

/// With what an agency's own system comes to its adapter's door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyFiles {
    /// Its certificate, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// The authority that the door's certificate comes from, PEM.
    pub authority: PathBuf,
}

/// Why no state could be read.
#[derive(Debug, thiserror::Error)]
pub enum NoState {
    /// There is none.
    #[error("no hub runs in {}: start one with `mash up`, or name the databases", .0.display())]
    NotRunning(PathBuf),
    /// It cannot be read.
    #[error("{} cannot be read: {detail}", file.display())]
    Unreadable {
        /// The state file.
        file: PathBuf,
        /// Why.
        detail: String,
    },
}

/// The state file of a hub's folder.
pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("hub.json")
}

impl HubState {
    /// The state of the hub that runs in `folder`.
    ///
    /// # Errors
    /// Where none runs there.
    pub fn read(folder: &Path) -> Result<Self, NoState> {
        let file = file(folder);
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(NoState::NotRunning(folder.to_owned()));
            }
            Err(e) => {
                let detail = e.to_string();
                return Err(NoState::Unreadable { file, detail });
            }
        };
        serde_json::from_slice(&text)
            .map_err(|e| NoState::Unreadable { file, detail: e.to_string() })
    }

    /// One process by name.
    pub fn process(&self, name: &str) -> Option<&ProcessState> {
        self.processes.iter().find(|process| process.name == name)
    }
}
