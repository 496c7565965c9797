//! The start of a hub, step by step.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use calendar::protocol::Protocol;
use provision::{
    BrokerLogin, Durability, Folder, Identities, Nats, Participants, Postgres, Secrets,
    ServiceDatabase, Tools, private_folder,
};
use runtime::clock::Clock;
use tokio::sync::watch;

use super::environment::{Surroundings, admin};
use super::members::{self, SERVICES};
use super::notice::{Notice, Notices};
use super::pages::{PageReceipt, Pagers};
use super::ports::{self, Ports};
use super::process::{self, Recipe};
use super::renewal::renew_tokens;
use super::roll::Roll;
use super::servers::{self, Server};
use super::{Groups, Hub, HubOptions, agencies};

/// What is known before anything starts.
pub(super) struct Plan {
    options: HubOptions,
    pub(super) protocol: Protocol,
    pub(super) agencies: Vec<String>,
    folder: PathBuf,
    pub(super) ports: Ports,
}

/// The servers of a hub, running, and what lies ready in them.
pub(super) struct Ground {
    pub(super) postgres: Postgres,
    pub(super) nats: Nats,
    passwords: Secrets,
    pub(super) databases: BTreeMap<&'static str, ServiceDatabase>,
}

impl Hub {
    /// Starts everything and waits for the servers only. Dropping the start half-way ends
    /// what it has begun.
    pub(crate) async fn launch(mut options: HubOptions) -> anyhow::Result<Self> {
        for file in [&mut options.protocol, &mut options.pagers].into_iter().flatten() {
            // The services run elsewhere than where the file was named.
            *file =
                file.canonicalize().with_context(|| format!("cannot find {}", file.display()))?;
        }
        let protocol = protocol(options.protocol.as_deref())?;
        let agencies = agencies::of(&protocol)?;
        let notices = options.notices.clone();
        let mut claim = Folder::claim(&options.folder).await?;
        let folder = claim.path().to_owned();
        if options.fresh {
            forget(&folder)?;
        }
        let ports = ports::choose(&folder.join("ports.json"), &listeners(&agencies), &notices)?;
        let plan = Plan { options, protocol, agencies, folder, ports };
        private_folder(&plan.logs())?;
        notices.tell(Notice::Step("finding the servers, or installing them once"));
        let tools = Tools::find(&plan.folder, &plan.options.tools).await?;
        notices.tell(Notice::Step("starting PostgreSQL and NATS"));
        let mut ground = plan.ground(&tools, &mut claim).await?;
        let identities = plan.identities()?;
        let groups = Groups::default();
        let pages = plan.receive_pages(&groups).await?;
        let signer = identities.signer().clone();
        renew_tokens(signer, Clock::system(), notices.clone(), &groups.services);
        let recipes = plan.recipes(&mut ground, &identities)?;
        notices.tell(Notice::Step("starting the services"));
        let roll = Roll::new(claim, plan.state(&ground, &identities), notices.clone());
        supervise(&groups, &roll, &notices, ground, recipes);
        Ok(Self { roll, identities, pages, groups })
    }
}

/// Removes what an earlier run kept in its servers. Nothing of it runs any more: the folder
/// is claimed. Identities and chosen ports stay.
fn forget(folder: &Path) -> anyhow::Result<()> {
    for data in ["postgres", "nats"].map(|name| folder.join(name)) {
        match fs::remove_dir_all(&data) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                return Err(e).with_context(|| format!("cannot remove {}", data.display()));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// The protocol, which must be in force: services refuse to start under another (R59).
fn protocol(file: Option<&Path>) -> anyhow::Result<Protocol> {
    let protocol = match file {
        Some(file) => Protocol::read(file)?,
        None => Protocol::embedded()?,
    };
    let today = protocol.calendar().local_date(Clock::system().now());
    anyhow::ensure!(
        protocol.in_force_on(today),
        "the protocol {} is not approved, or not in force yet (R59)",
        protocol.version()
    );
    Ok(protocol)
}

/// Everything that listens.
fn listeners(agencies: &[String]) -> Vec<String> {
    let both = children(agencies).flat_map(|name| [admin(&name), name]);
    ["postgres", "nats", "pages"].into_iter().map(str::to_owned).chain(both).collect()
}

/// The processes that run `mash serve`, in the order of their start.
pub(super) fn children(agencies: &[String]) -> impl Iterator<Item = String> {
    let services = members::names().into_iter().map(str::to_owned);
    services.chain(agencies.iter().map(|agency| adapter_of(agency)))
}

/// The name of an agency's adapter as a process and at the broker.
fn adapter_of(agency: &str) -> String {
    format!("adapter-{agency}")
}

impl Plan {
    /// Starts the servers and makes databases, tables and logins.
    async fn ground(&self, tools: &Tools, claim: &mut Folder) -> anyhow::Result<Ground> {
        let mut passwords = Secrets::open(&self.folder.join("broker.passwords.json"))?;
        let mut logins = Vec::new();
        for member in SERVICES {
            let password = passwords.password(member.name)?;
            logins.push(BrokerLogin::service(member.name, &password, member.follows));
        }
        for agency in &self.agencies {
            let password = passwords.password(&adapter_of(agency))?;
            logins.push(BrokerLogin::adapter(agency, &password));
        }
        let data = self.folder.join("postgres");
        let streams = self.folder.join("nats");
        let (postgres, nats) = tokio::try_join!(
            Postgres::start(tools, &data, self.ports["postgres"], Durability::Durable),
            Nats::start(tools, &streams, self.ports["nats"], &logins),
        )?;
        claim.note("postgres", postgres.pid())?;
        claim.note("nats", nats.pid())?;
        let mut ground = Ground { postgres, nats, passwords, databases: BTreeMap::new() };
        for member in SERVICES {
            let database = ground.postgres.create_service_database(member.name).await?;
            let migrated = service::migrate(&database.migrate_url, member.migrator).await;
            migrated.with_context(|| format!("the tables of {} were not made", member.name))?;
            ground.databases.insert(member.name, database);
        }
        Ok(ground)
    }

    fn identities(&self) -> provision::Result<Identities> {
        let services = members::names();
        let agencies: Vec<&str> = self.agencies.iter().map(String::as_str).collect();
        let participants = Participants {
            authority: self.protocol.authority(),
            services: &services,
            agencies: &agencies,
        };
        Identities::prepare(&self.folder, participants, Clock::system().now())
    }

    /// Makes the development pagers and receives their pages, unless pagers are given.
    async fn receive_pages(
        &self,
        groups: &Groups,
    ) -> anyhow::Result<watch::Receiver<Vec<PageReceipt>>> {
        if self.options.pagers.is_some() {
            return Ok(watch::channel(Vec::new()).1);
        }
        let port = self.ports["pages"];
        let pagers = Pagers::of(&self.folder, &self.agencies)?;
        pagers.write(&self.pagers(), port)?;
        let notices = self.options.notices.clone();
        pagers.receive(port, self.pages_log(), notices, &groups.broker).await
    }

    fn pagers(&self) -> PathBuf {
        let given = self.options.pagers.clone();
        given.unwrap_or_else(|| self.folder.join("pagers.toml"))
    }

    fn pages_log(&self) -> PathBuf {
        self.logs().join("pages.jsonl")
    }

    /// Where pages are written, unless they go to pagers that were given.
    pub(super) fn own_pages_log(&self) -> Option<PathBuf> {
        self.options.pagers.is_none().then(|| self.pages_log())
    }

    fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    /// How every child is started: services first, adapters after them.
    fn recipes(&self, ground: &mut Ground, identities: &Identities) -> anyhow::Result<Vec<Recipe>> {
        let mut surroundings = Surroundings {
            authority: self.protocol.authority(),
            ports: &self.ports,
            identities,
            broker_url: ground.nats.url(),
            broker_passwords: &mut ground.passwords,
            protocol: self.options.protocol.as_deref(),
            pagers: &self.pagers(),
            log: &self.options.log,
            otlp_endpoint: self.options.otlp_endpoint.as_deref(),
        };
        let mut recipes = Vec::new();
        for member in SERVICES {
            let environment = surroundings.service(member, &ground.databases[member.name])?;
            recipes.push(self.recipe(member.name, member.name, environment));
        }
        for agency in &self.agencies {
            let name = adapter_of(agency);
            let environment = surroundings.adapter(&name, agency)?;
            recipes.push(self.recipe(&name, adapter::NAME, environment));
        }
        Ok(recipes)
    }

    fn recipe(&self, name: &str, process: &str, environment: BTreeMap<String, String>) -> Recipe {
        Recipe {
            name: name.to_owned(),
            program: self.options.program.clone(),
            args: vec!["serve".to_owned(), process.to_owned()],
            environment,
            log: self.log(name),
        }
    }
}

/// Gives every process its supervisor.
fn supervise(
    groups: &Groups,
    roll: &Roll,
    notices: &Notices,
    ground: Ground,
    recipes: Vec<Recipe>,
) {
    let postgres = Server::Postgres(Box::new(ground.postgres));
    let nats = Server::Nats(Box::new(ground.nats));
    for (server, group) in [(postgres, &groups.database), (nats, &groups.broker)] {
        let stopping = group.stopping();
        let watched = servers::supervise(server, roll.clone(), notices.clone(), stopping);
        group.spawn("supervisor", watched);
    }
    for recipe in recipes {
        let is_adapter = recipe.name.starts_with("adapter-");
        let group = if is_adapter { &groups.adapters } else { &groups.services };
        let stopping = group.stopping();
        let watched = process::supervise(recipe, roll.clone(), notices.clone(), stopping);
        group.spawn("supervisor", watched);
    }
}
