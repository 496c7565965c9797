//! A service of the hub as a process of its own: `mash serve …`, over TLS, as in
//! production.

use std::{
    fs::{self, File},
    path::Path,
    process::Stdio,
    time::Duration,
};

use anyhow::Context;
use harness::Bearer;
use proto::intake::v1::intake_service_client::IntakeServiceClient;
use provision::{AUDIENCE, ISSUER, free_ports};
use sqlx::migrate::Migrator;
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};
use tonic::{
    service::interceptor::InterceptedService,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use crate::ground::{AUTHORITY, Ground};

/// How long a service may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Intake, called by a person with a token.
pub type Client = IntakeServiceClient<InterceptedService<Channel, Bearer>>;

/// A running service. Dropping it kills it.
pub struct Member {
    /// `localhost:port` of its gRPC port.
    pub address: String,
    /// Its database; the login may change rows and no tables.
    pub database: String,
    _process: Child,
}

impl Member {
    /// Makes the tables of a service and starts it, with settings of its own besides
    /// those that all services have.
    ///
    /// # Errors
    /// Where the database or the process cannot be made.
    pub async fn start(
        ground: &mut Ground,
        name: &str,
        tables: &'static Migrator,
        own: &[(&str, String)],
    ) -> anyhow::Result<Self> {
        let database = ground.postgres.create_service_database(name).await?;
        service::migrate(&database.migrate_url, tables).await?;
        let ports = free_ports(2)?;
        let listen = |port: u16| format!("127.0.0.1:{port}");
        let path = |path: &Path| path.display().to_string();
        let files = ground.identities.service(name);
        let settings = [
            ("MASH_LISTEN", listen(ports[0])),
            ("MASH_ADMIN_LISTEN", listen(ports[1])),
            ("MASH_LOG", "warn".to_owned()),
            ("MASH_TLS_CERTIFICATE", path(&files.certificate)),
            ("MASH_TLS_KEY", path(&files.key)),
            ("MASH_TLS_AUTHORITY", path(&ground.identities.services_ca())),
            ("MASH_TRUST_DOMAIN", AUTHORITY.to_owned()),
            ("MASH_JWKS", path(&ground.identities.signer().jwks())),
            ("MASH_ISSUER", ISSUER.to_owned()),
            ("MASH_AUDIENCE", AUDIENCE.to_owned()),
            ("MASH_DATABASE_URL", database.url.clone()),
            ("MASH_BROKER_URL", ground.nats.url()),
        ];
        let log = File::create(ground.folder().join(format!("{name}.log")))?;
        let process = Command::new(ground.mash())
            .args(["serve", name])
            .envs(settings.iter().chain(own).map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stderr(log.try_clone()?)
            .stdout(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", ground.mash().display()))?;
        ground.note(name, process.id().unwrap_or_default())?;
        Ok(Self {
            address: format!("localhost:{}", ports[0]),
            database: database.url,
            _process: process,
        })
    }

    /// A connection of its own to intake for a referrer, over mutual TLS as the desk has it:
    /// intake knows the desk by its certificate and the referrer by the token that it carries.
    ///
    /// # Errors
    /// Where intake does not listen in time.
    pub async fn client(&self, ground: &Ground) -> anyhow::Result<Client> {
        let authority = Certificate::from_pem(fs::read(ground.identities.services_ca())?);
        let desk = ground.identities.service("desk");
        let desk = Identity::from_pem(fs::read(&desk.certificate)?, fs::read(&desk.key)?);
        let tls = ClientTlsConfig::new().ca_certificate(authority).identity(desk);
        let endpoint = Endpoint::from_shared(format!("https://{}", self.address))?
            .tls_config(tls.domain_name("localhost"))?
            .timeout(Duration::from_secs(10));
        let person = ground.identities.signer().person("referrer");
        let bearer = Bearer::of(&person.context("nobody is a referrer")?.token);
        let began = Instant::now();
        loop {
            match endpoint.connect().await {
                Ok(channel) => return Ok(IntakeServiceClient::with_interceptor(channel, bearer)),
                Err(error) if began.elapsed() > PATIENCE => {
                    return Err(error).context("intake does not listen; its log says why");
                }
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    }
}
