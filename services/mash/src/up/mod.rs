//! A whole hub on one machine: PostgreSQL, NATS, every service and an adapter for every
//! agency, each a process of its own as in production, with identities, databases and
//! logins made for it. [`Hub::start`] answers when everything is ready; what dies is
//! started again; [`Hub::stop`] ends everything in order and leaves no process.

pub(crate) mod agencies;
pub(crate) mod command;
mod describe;
mod environment;
mod launch;
pub(crate) mod members;
mod notice;
mod options;
mod pages;
mod ports;
mod process;
mod ready;
mod renewal;
mod roll;
mod servers;
mod state;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use provision::Identities;
use runtime::tasks::Tasks;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

pub use notice::Notice;
pub use options::HubOptions;
pub use pages::PageReceipt;
pub use state::{AgencyFiles, DatabaseState, HubState, NoState, ProcessState};

use self::ready::is_ready;
use self::roll::Roll;

/// How long everything may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// A process that dies so often before it is ready will not become it.
const DEATHS: u32 = 3;

/// A running hub. Stop it with [`Hub::stop`]; one that is dropped is killed with its
/// runtime, and what is left is stopped by the next start in its folder.
pub struct Hub {
    roll: Roll,
    identities: Identities,
    pages: watch::Receiver<Vec<PageReceipt>>,
    groups: Groups,
}

/// What is supervised, in the order in which it stops.
#[derive(Default)]
struct Groups {
    adapters: Tasks,
    services: Tasks,
    broker: Tasks,
    database: Tasks,
}

/// No process, role or agency of the hub has this name.
#[derive(Debug, thiserror::Error)]
#[error("nothing in this hub is called {0:?}")]
pub struct UnknownName(String);

impl Hub {
    /// Starts everything and waits until it is ready.
    ///
    /// # Errors
    /// What does not work on this machine, or in the files given, in words for a person.
    /// Nothing is left running then.
    pub async fn start(options: HubOptions) -> anyhow::Result<Self> {
        let hub = Self::launch(options).await?;
        match hub.wait_ready().await {
            Ok(()) => Ok(hub),
            Err(problem) => {
                hub.stop().await;
                Err(problem)
            }
        }
    }

    /// Waits until every process that has a health says that it is ready.
    ///
    /// # Errors
    /// After a minute, or when one keeps dying; with the end of its log.
    pub async fn wait_ready(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        for process in self.state().processes {
            let Some(admin) = &process.admin else {
                continue;
            };
            let deaths = self.roll.deaths(&process.name);
            while !is_ready(admin).await {
                let hopeless = self.roll.deaths(&process.name) >= deaths + DEATHS;
                if hopeless || began.elapsed() > PATIENCE {
                    return Err(not_ready(&process));
                }
                sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// Ends everything in order: adapters, services, the broker, the database.
    pub async fn stop(self) {
        let Groups { adapters, services, broker, database } = self.groups;
        for group in [adapters, services, broker, database] {
            group.stop();
            // What a supervisor could not do, it has told already.
            group.finished().await.ok();
        }
        self.roll.close();
    }

    /// Everything there is to know of it, with the process ids of now.
    pub fn state(&self) -> HubState {
        self.roll.state()
    }

    /// Where clients connect to a process: `localhost:7400` for `intake`, or the door of
    /// `adapter-police`.
    ///
    /// # Errors
    /// Where there is no such process.
    pub fn address(&self, process: &str) -> Result<String, UnknownName> {
        let found = self.state().process(process).map(|it| it.address.clone());
        found.ok_or_else(|| UnknownName(process.to_owned()))
    }

    /// The process id of now (`intake`, `adapter-police`, `postgres`, `nats`); none while
    /// it is being started again.
    pub fn pid(&self, process: &str) -> Option<u32> {
        self.state().process(process)?.pid
    }

    /// The bearer token that the demo person with a role got at the start; good for twelve
    /// hours. The file in [`HubState::tokens`] is renewed.
    ///
    /// # Errors
    /// Where no demo person has that role.
    pub fn token(&self, role: &str) -> Result<&str, UnknownName> {
        let person = self.identities.signer().person(role);
        person.map(|person| person.token.as_str()).ok_or_else(|| UnknownName(role.to_owned()))
    }

    /// With what an agency's own system comes to its adapter.
    ///
    /// # Errors
    /// Where there is no such agency.
    pub fn agency_files(&self, agency: &str) -> Result<AgencyFiles, UnknownName> {
        let found = self.state().agencies.get(agency).cloned();
        found.ok_or_else(|| UnknownName(agency.to_owned()))
    }

    /// The authority that services' certificates come from, PEM.
    pub fn services_ca(&self) -> PathBuf {
        self.identities.services_ca()
    }

    /// The identities of this hub, to mint further tokens.
    pub fn identities(&self) -> &Identities {
        &self.identities
    }

    /// The pages that arrived since the start, at most the latest thousand. Wait with
    /// [`watch::Receiver::wait_for`].
    pub fn pages(&self) -> watch::Receiver<Vec<PageReceipt>> {
        self.pages.clone()
    }
}

/// Why a process is not ready, as far as its log tells.
fn not_ready(process: &ProcessState) -> anyhow::Error {
    let text = fs::read(&process.log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let said = lines[lines.len().saturating_sub(5)..].join("\n");
    let (name, log) = (&process.name, process.log.display());
    anyhow::anyhow!("{name} does not become ready; the end of {log} says:\n{said}")
}
