//! What every service of the hub is made of, put together in one order: settings,
//! event log, broker, certificates, guard, protocol file, gRPC server. A service adds
//! its API, and which logs it follows.

pub mod ask;
mod config;
mod database;
pub mod edge;
mod sealing;

use std::sync::Arc;

use access::{Guard, GuardLayer, Policies, RefusalLog};
use anyhow::Context;
use calendar::protocol::Protocol;
use messaging::{
    EventLog, broker,
    follower::{FollowerMetrics, Handler},
};
use runtime::{
    admin::{Admin, Part},
    channel::{Address, channel},
    clock::Clock,
    server,
    tasks::Tasks,
    tls::{self, ClientTls, ServerTls},
};
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;
use tonic::{service::Routes, transport::Channel};

pub use config::{Config, protocol_file};
pub use database::migrate;

/// A service that has started and does not serve yet.
pub struct Service {
    /// Its database and event log.
    pub log: EventLog,
    /// The operational protocol that it works under.
    pub protocol: Protocol,
    /// Its background work.
    pub tasks: Tasks,
    name: &'static str,
    config: Config,
    admin: Admin,
    serving: Part,
    broker: async_nats::Client,
    guard: Guard,
    server_tls: ServerTls,
    client_tls: ClientTls,
    followers: FollowerMetrics,
}

impl Service {
    /// Starts what stands under every service. Database and broker may be away.
    ///
    /// # Errors
    /// Settings, certificates, policies or a protocol file that cannot be used; a
    /// protocol that is not in force.
    pub async fn start(
        name: &'static str,
        config: Config,
        clock: Clock,
        tasks: Tasks,
    ) -> anyhow::Result<Self> {
        tls::install_provider();
        let protocol = config.protocol()?;
        let today = protocol.calendar().local_date(clock.now());
        anyhow::ensure!(
            protocol.in_force_on(today),
            "the protocol is not approved, or not in force yet (R59)"
        );
        let admin = Admin::new();
        let serving = admin.part("service");
        admin.clone().serve(bind(config.server.admin_listen).await?, &tasks);
        let log = EventLog::open(name, &config.database, clock.clone(), &admin)?;
        let (server_tls, client_tls) = tls::watch_files(config.tls.clone(), &tasks)?;
        tls::tell_expiry(config.tls.clone(), server_tls.clone(), admin.metrics(), &tasks)?;
        let refusals = RefusalLog::Database(log.pool().clone());
        let now = Arc::new(move || clock.now());
        let guard = Guard::new(config.guard.clone(), config.policies()?, refusals, now)?;
        let broker =
            broker::connect(name, &config.broker).await.context("the broker's address is wrong")?;
        log.spawn_numbering(&tasks);
        log.spawn_publisher(broker.clone(), &config.broker, &tasks);
        sealing::spawn_sealing(log.pool().clone(), &tasks);
        let followers = FollowerMetrics::register(admin.metrics())?;
        Ok(Self {
            log,
            protocol,
            tasks,
            name,
            config,
            admin,
            serving,
            broker,
            guard,
            server_tls,
            client_tls,
            followers,
        })
    }

    /// Its admin port, where it registers metrics of its own.
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Waits until the database holds the tables of this version, `own` among them.
    /// Health and metrics answer meanwhile.
    ///
    /// # Errors
    /// Where the process is stopped before.
    pub async fn wait_for_tables(&self, own: &Migrator) -> anyhow::Result<()> {
        let waiting = database::wait_for_tables(self.log.pool(), own);
        let there = self.tasks.stopping().run_until_cancelled_owned(waiting).await;
        there.context("stopped while waiting for the database")
    }

    /// A channel to another service.
    ///
    /// # Errors
    /// Where the address cannot be one.
    pub fn peer(&self, address: &Address) -> anyhow::Result<Channel> {
        Ok(channel(address, self.client_tls.clone())?)
    }

    /// Follows the log of another service, which answers on `owner`.
    ///
    /// # Errors
    /// Where the address cannot be one.
    pub fn follow<H: Handler>(
        &self,
        source: &'static str,
        owner: &Address,
        handler: &Arc<H>,
    ) -> anyhow::Result<()> {
        let channel = self.peer(owner)?;
        self.log.spawn_follower(
            source,
            handler.clone(),
            self.broker.clone(),
            channel,
            &self.followers,
            &self.tasks,
        );
        Ok(())
    }

    /// The guard, to lay around the service's API: every RPC is decided by it.
    pub fn guard(&self) -> GuardLayer {
        self.guard.layer(self.name)
    }

    /// Serves the guarded `routes` and the event log until the process stops.
    ///
    /// # Errors
    /// An address that is taken, or what made a part of the service end.
    pub async fn serve(self, routes: Routes) -> anyhow::Result<()> {
        use tonic::service::LayerExt;

        let listener = bind(self.config.server.listen).await?;
        let routes = routes.add_service(self.guard().named_layer(self.log.source()));
        let reflection = self.config.server.reflection.then_some(proto::DESCRIPTOR);
        server::serve(listener, self.server_tls, routes, reflection, &self.tasks)?;
        self.serving.set(true);
        tracing::info!(service = self.name, address = %self.config.server.listen, "the service has started");
        self.tasks.finished().await
    }
}

async fn bind(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

impl Config {
    fn policies(&self) -> anyhow::Result<Policies> {
        Ok(match &self.policies {
            Some(directory) => Policies::from_dir(directory)?,
            None => Policies::embedded()?,
        })
    }
}
