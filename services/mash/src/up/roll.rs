//! The roll of a running hub: which process runs under which id at this moment. Every
//! change goes to disk twice: into the folder's notes, for the next start to clean up after
//! this one, and into `hub.json`, for other commands.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use provision::{Folder, write_private};

use super::notice::{Notice, Notices};
use super::state::{self, HubState};

/// Shared by all supervisors of a hub.
#[derive(Clone)]
pub(crate) struct Roll {
    inner: Arc<Mutex<Inner>>,
    notices: Notices,
}

struct Inner {
    /// Holds the claim on the folder as long as any supervisor runs.
    folder: Folder,
    state: HubState,
    deaths: BTreeMap<String, u32>,
}

impl Roll {
    pub(crate) fn new(folder: Folder, state: HubState, notices: Notices) -> Self {
        let deaths = BTreeMap::new();
        let inner = Inner { folder, state, deaths };
        Self { inner: Arc::new(Mutex::new(inner)), notices }
    }

    /// The state as it is now.
    pub(crate) fn state(&self) -> HubState {
        self.lock().state.clone()
    }

    /// How often a process ended by itself.
    pub(crate) fn deaths(&self, name: &str) -> u32 {
        self.lock().deaths.get(name).copied().unwrap_or(0)
    }

    /// A process has started.
    pub(crate) fn started(&self, name: &str, pid: u32) {
        let mut inner = self.lock();
        let noted = inner.folder.note(name, pid);
        self.told(noted);
        self.set_pid(&mut inner, name, Some(pid));
    }

    /// A process has ended by itself.
    pub(crate) fn died(&self, name: &str) {
        let mut inner = self.lock();
        *inner.deaths.entry(name.to_owned()).or_default() += 1;
        self.set_pid(&mut inner, name, None);
    }

    /// The hub has stopped: there is no state any more.
    pub(crate) fn close(&self) {
        // Gone already, or the next start overwrites it: nothing to do about either.
        fs::remove_file(state::file(self.lock().folder.path())).ok();
    }

    fn set_pid(&self, inner: &mut Inner, name: &str, pid: Option<u32>) {
        let processes = inner.state.processes.iter_mut();
        for process in processes.filter(|process| process.name == name) {
            process.pid = pid;
        }
        let file = state::file(inner.folder.path());
        let written = serde_json::to_vec_pretty(&inner.state).map_err(|e| e.to_string());
        let written =
            written.and_then(|text| write_private(&file, &text).map_err(|e| e.to_string()));
        self.told(written);
    }

    /// A full disk must not end a hub that runs; it is said, and the hub goes on.
    fn told<E: ToString>(&self, result: Result<(), E>) {
        if let Err(problem) = result {
            self.notices.tell(Notice::StateNotWritten(problem.to_string()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
