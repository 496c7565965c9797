//! Where the databases are: those of the hub that runs on this machine, or those named.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use sqlx::PgPool;

use crate::cli::WrongInput;
use crate::up::HubState;

/// Where the databases are found.
#[derive(Args)]
pub(crate) struct Place {
    /// The folder of the hub that runs on this machine
    #[arg(long, default_value = ".mash")]
    pub(super) folder: PathBuf,
    /// The database of the service that follows, where no hub runs on this machine
    #[arg(long)]
    database_url: Option<String>,
}

/// One service as a follower.
#[derive(Args)]
pub(crate) struct Follower {
    #[command(flatten)]
    pub(super) place: Place,
    /// The service that follows
    #[arg(long)]
    pub(super) service: String,
}

/// A database by the name of its service.
pub(super) struct Named {
    pub(super) service: String,
    pub(super) url: String,
    pub(super) follows: Vec<String>,
}

impl Place {
    /// The one named, or all of the hub on this machine.
    pub(super) fn databases(&self) -> anyhow::Result<Vec<Named>> {
        if let Some(url) = &self.database_url {
            return Ok(vec![Named {
                service: "the database given".to_owned(),
                url: url.clone(),
                follows: Vec::new(),
            }]);
        }
        let databases = HubState::read(&self.folder)?.databases.into_iter();
        let named = databases.map(|(service, database)| Named {
            service,
            url: database.url,
            follows: database.follows,
        });
        Ok(named.collect())
    }
}

impl Follower {
    /// The follower's database.
    pub(super) async fn open(&self) -> anyhow::Result<PgPool> {
        match &self.place.database_url {
            Some(url) => open(url).await,
            None => open(&database(&self.place.folder, &self.service)?).await,
        }
    }
}

/// The database of a service of the hub that runs in `folder`.
pub(super) fn database(folder: &Path, service: &str) -> anyhow::Result<String> {
    let databases = HubState::read(folder)?.databases;
    let database = databases.get(service).map(|database| database.url.clone());
    let unknown = || WrongInput(format!("no service is called {service:?}"));
    Ok(database.ok_or_else(unknown)?)
}

/// Connects to a database.
pub(super) async fn open(url: &str) -> anyhow::Result<PgPool> {
    PgPool::connect(url).await.context("the database cannot be reached")
}
