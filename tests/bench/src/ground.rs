//! The servers of a run: a durable PostgreSQL and a NATS of the bench's own, set up as
//! `mash up` does, on fresh data each time.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::Context;
use provision::{
    Durability, Folder, Identities, Nats, OwnTools, Participants, Postgres, Tools, free_ports,
};
use runtime::clock::Clock;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The services that have a certificate; the desk is a caller only.
const SERVICES: [&str; 5] = ["intake", "screening", "partner-checks", "deadlines", "desk"];
/// The council of the protocol that is built in.
pub const AUTHORITY: &str = "hackney";

/// Where a run takes place, and how it tells.
#[derive(clap::Args, Clone, Debug)]
pub struct Place {
    /// Where the servers' data lie; what an earlier run left there is removed.
    #[arg(long, default_value = ".mash/bench")]
    folder: PathBuf,
    /// Where the servers' programs lie, or are installed once.
    #[arg(long, default_value = ".mash")]
    tools: PathBuf,
    /// The program `mash`; by default the one beside this program.
    #[arg(long)]
    mash: Option<PathBuf>,
    /// Megabytes of PostgreSQL's own memory (`shared_buffers`); unless given, its default, of
    /// `candidates` 4096.
    #[arg(long)]
    buffers: Option<u32>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

impl Place {
    /// The same, with so many megabytes of PostgreSQL's own memory unless others are given.
    #[must_use]
    pub fn or_buffers(self, megabytes: u32) -> Self {
        Self { buffers: self.buffers.or(Some(megabytes)), ..self }
    }
}

/// Running servers. Stop them with [`Ground::stop`]; what a killed run leaves is ended
/// by the next one in the same folder.
pub struct Ground {
    /// PostgreSQL, durable as in production.
    pub postgres: Postgres,
    /// NATS, without logins.
    pub nats: Nats,
    /// Certificates and tokens.
    pub identities: Identities,
    claim: Folder,
    tools: Tools,
    mash: PathBuf,
}

impl Ground {
    /// Starts the servers.
    ///
    /// # Errors
    /// What does not work on this machine.
    pub async fn prepare(place: &Place) -> anyhow::Result<Self> {
        runtime::tls::install_provider();
        let mut claim = Folder::claim(&place.folder).await?;
        let folder = claim.path().to_owned();
        for old in ["postgres", "nats"] {
            remove(&folder.join(old))?;
        }
        let tools = Tools::find(&place.tools, &OwnTools::default()).await?;
        let ports = free_ports(2)?;
        let durability = place.buffers.map_or(Durability::Durable, Durability::OfItsOwn);
        let (data, streams) = (folder.join("postgres"), folder.join("nats"));
        let (postgres, nats) = tokio::try_join!(
            Postgres::start(&tools, &data, ports[0], durability),
            Nats::start(&tools, &streams, ports[1], &[]),
        )?;
        claim.note("postgres", postgres.pid())?;
        claim.note("nats", nats.pid())?;
        let participants =
            Participants { authority: AUTHORITY, services: &SERVICES, agencies: &["police"] };
        let identities = Identities::prepare(&folder, participants, Clock::system().now())?;
        let beside = std::env::current_exe()?.with_file_name("mash");
        Ok(Self {
            postgres,
            nats,
            identities,
            claim,
            tools,
            mash: place.mash.clone().unwrap_or(beside),
        })
    }

    /// Where data and logs lie.
    pub fn folder(&self) -> &Path {
        self.claim.path()
    }

    /// One of PostgreSQL's programs, of the server's own version.
    pub fn program(&self, name: &str) -> PathBuf {
        self.tools.postgres_bin().join(name)
    }

    /// The program `mash`.
    pub fn mash(&self) -> &Path {
        &self.mash
    }

    /// Notes a process that must not outlive the run.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn note(&mut self, name: &str, pid: u32) -> anyhow::Result<()> {
        Ok(self.claim.note(name, pid)?)
    }

    /// A fresh database; the URL's login may do everything.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub async fn database(&self, name: &str) -> anyhow::Result<String> {
        let mut server = PgConnection::connect(&self.postgres.superuser_url("postgres")).await?;
        for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
            let statement = format!(r#"{statement} "{name}""#);
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut server).await?;
        }
        Ok(self.postgres.superuser_url(name))
    }

    /// Ends the servers and removes their data.
    pub async fn stop(mut self) {
        self.nats.stop().await;
        self.postgres.stop().await;
        for old in ["postgres", "nats"] {
            // Only room on the disk; the next run removes it too.
            fs::remove_dir_all(self.folder().join(old)).ok();
        }
    }
}

/// Measures on fresh servers, stops them whatever came of it, and tells the report: as one
/// JSON object, or as `print` does.
///
/// # Errors
/// What could not be started or measured.
pub async fn on_ground<R: Serialize>(
    place: &Place,
    measure: impl AsyncFnOnce(&mut Ground) -> anyhow::Result<R>,
    print: impl FnOnce(&R),
) -> anyhow::Result<()> {
    let mut ground = Ground::prepare(place).await?;
    let measured = measure(&mut ground).await;
    ground.stop().await;
    let report = measured?;
    if place.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print(&report);
    }
    Ok(())
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
