//! A hub of this test's own, and those who call it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use harness::Bearer;
use mash::up::{Hub, HubOptions};
use proto::{
    intake::v1::{self as intake, intake_service_client::IntakeServiceClient},
    terms::v1 as terms,
};
use provision::{OwnTools, Tools};
use sqlx::PgPool;
use tempfile::TempDir;
use tonic::{
    service::interceptor::InterceptedService,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};
use uuid::Uuid;

/// A channel that carries a person's token.
pub type Persons = InterceptedService<Channel, Bearer>;

/// A running hub and the folder that goes with it.
pub struct Stage {
    pub hub: Hub,
    pub folder: TempDir,
}

/// The program itself, built beside this test by `cargo test --workspace`.
pub fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let program = here.ancestors().nth(2).unwrap().join("mash");
    assert!(program.exists(), "{} is not built: run `cargo test --workspace`", program.display());
    program
}

/// The servers' programs, kept in the workspace so that they are fetched once.
pub async fn tools() -> OwnTools {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.mash");
    let tools = Tools::find(&workspace, &OwnTools::default()).await.unwrap();
    OwnTools {
        nats_server: Some(tools.nats_server().to_owned()),
        postgres_bin: Some(tools.postgres_bin().to_owned()),
    }
}

impl Stage {
    /// A hub under the authority's own protocol.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// A hub with further options.
    pub async fn start_with(choose: impl FnOnce(&mut HubOptions)) -> Self {
        runtime::tls::install_provider();
        let folder = TempDir::new().unwrap();
        let mut options = HubOptions::new(folder.path().join("hub"), program());
        options.tools = tools().await;
        choose(&mut options);
        Self { hub: Hub::start(options).await.unwrap(), folder }
    }

    /// Intake, called by a person with this role.
    pub async fn intake(&self, role: &str) -> IntakeServiceClient<Persons> {
        IntakeServiceClient::with_interceptor(self.channel("intake").await, self.bearer(role))
    }

    /// The token of the person with this role.
    pub fn bearer(&self, role: &str) -> Bearer {
        Bearer::of(self.hub.token(role).unwrap())
    }

    /// A channel to a service, with no certificate; made when it is first used.
    pub async fn channel(&self, service: &str) -> Channel {
        self.endpoint(service, None).connect_lazy()
    }

    /// How to reach a process: an adapter's door with its agency's certificate.
    pub fn endpoint(&self, process: &str, agency: Option<&str>) -> Endpoint {
        let read = |path: &Path| std::fs::read(path).unwrap();
        let mut tls = ClientTlsConfig::new().domain_name("localhost");
        tls = match agency {
            None => tls.ca_certificate(Certificate::from_pem(read(&self.hub.services_ca()))),
            Some(agency) => {
                let files = self.hub.agency_files(agency).unwrap();
                let identity = Identity::from_pem(read(&files.certificate), read(&files.key));
                tls.ca_certificate(Certificate::from_pem(read(&files.authority))).identity(identity)
            }
        };
        let address = self.hub.address(process).unwrap();
        let endpoint = Endpoint::from_shared(format!("https://{address}")).unwrap();
        endpoint.tls_config(tls).unwrap().timeout(Duration::from_secs(5))
    }

    /// The database of a service, looked at from outside.
    pub async fn database(&self, service: &str) -> PgPool {
        let url = self.hub.state().databases.get(service).unwrap().url.clone();
        PgPool::connect(&url).await.unwrap()
    }
}

/// A contact by telephone about two siblings; `words` stand in names and concern, to
/// be looked for where they must not be.
pub fn contact(section_47: bool, words: &str) -> intake::SubmitContactRequest {
    let child = |name: &str| intake::Child {
        name: format!("{name} {words}"),
        birth_date: Some(terms::Date { year: 2019, month: 4, day: 1 }),
        sex: "M".to_owned(),
        ethnicity: "NOBT".to_owned(),
        address: format!("1 {words} Street"),
        ..Default::default()
    };
    intake::SubmitContactRequest {
        request_id: Uuid::new_v4().to_string(),
        channel: terms::Channel::Phone.into(),
        referrer: Some(intake::Referrer {
            source: "1B".to_owned(),
            name: format!("Neighbour {words}"),
            contact_details: "020 7946 0777".to_owned(),
            ..Default::default()
        }),
        children: vec![child("Ade"), child("Bo")],
        concern: format!("Something about {words}."),
        significant_harm: section_47,
        ..Default::default()
    }
}

/// Waits until a condition holds, at most half a minute.
pub async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "not within 30 s: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
