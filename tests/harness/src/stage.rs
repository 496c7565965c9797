//! What a service under test is given: settings, certificates and people; and how a
//! test speaks with it. It knows no service.

use std::{path::Path, sync::OnceLock, time::Duration};

use jiff::Timestamp;
use provision::{
    AUDIENCE, CertificateFiles, ISSUER, Identities, Participants, TokenSigner, free_ports,
};
use tempfile::TempDir;
use tonic::{
    Request, Status,
    metadata::MetadataValue,
    service::Interceptor,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};
use uuid::Uuid;

use crate::Servers;

/// Services that have a certificate; the desk is a caller only.
const SERVICES: [&str; 6] =
    ["intake", "screening", "partner-checks", "deadlines", "reporting", "desk"];
const AGENCIES: [&str; 5] = ["police", "health", "education", "housing", "probation"];

/// Certificates, a token key and servers for the services of one test process.
pub struct Stage {
    folder: TempDir,
    identities: Identities,
}

/// Where a service under test is placed.
#[derive(Clone)]
pub struct Place {
    /// Its settings, as environment variables; a test adds what is its service's own.
    pub vars: Vec<(String, String)>,
    /// `host:port` of its gRPC port.
    pub address: String,
    /// `host:port` of its admin port.
    pub admin: String,
}

impl Place {
    /// The same place beside this broker instead of the shared one.
    pub fn on_broker(mut self, url: &str) -> Self {
        self.set("MASH_BROKER_URL", url);
        self
    }

    /// Gives a setting, in place of the one that was given before.
    pub fn set(&mut self, key: &str, value: &str) {
        self.vars.retain(|(given, _)| given != key);
        self.vars.push((key.to_owned(), value.to_owned()));
    }
}

impl Stage {
    /// The stage of this test process.
    ///
    /// # Panics
    /// Where it cannot be set up; the message says why.
    pub fn shared() -> &'static Stage {
        static STAGE: OnceLock<Stage> = OnceLock::new();
        STAGE.get_or_init(|| {
            let folder = TempDir::new().expect("a temporary folder");
            let hub =
                Participants { authority: "hackney", services: &SERVICES, agencies: &AGENCIES };
            let identities =
                Identities::prepare(folder.path(), hub, system_now()).expect("identities");
            Stage { folder, identities }
        })
    }

    /// The certificates, for a test that speaks as a system.
    pub fn identities(&self) -> &Identities {
        &self.identities
    }

    /// A folder for files of tests; removed at the end where nothing holds it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The settings of `service` on free ports, with this database and the shared
    /// broker.
    pub fn place(&self, service: &str, database_url: &str) -> Place {
        let ports = free_ports(2).expect("free ports");
        let [listen, admin] = [ports[0], ports[1]].map(|port| format!("127.0.0.1:{port}"));
        let files = self.identities.service(service);
        let path = |path: &Path| path.display().to_string();
        let vars = [
            ("MASH_LISTEN", listen.clone()),
            ("MASH_ADMIN_LISTEN", admin.clone()),
            ("MASH_REFLECTION", "true".to_owned()),
            ("MASH_TLS_CERTIFICATE", path(&files.certificate)),
            ("MASH_TLS_KEY", path(&files.key)),
            ("MASH_TLS_AUTHORITY", path(&self.identities.services_ca())),
            ("MASH_TRUST_DOMAIN", "hackney".to_owned()),
            ("MASH_JWKS", path(&self.identities.signer().jwks())),
            ("MASH_ISSUER", ISSUER.to_owned()),
            ("MASH_AUDIENCE", AUDIENCE.to_owned()),
            ("MASH_DATABASE_URL", database_url.to_owned()),
            // Many services share the test's one server.
            ("MASH_DATABASE_CONNECTIONS", "6".to_owned()),
            ("MASH_BROKER_URL", Servers::shared().nats_url()),
        ];
        let vars = vars.map(|(key, value)| (key.to_owned(), value)).to_vec();
        Place { vars, address: listen, admin }
    }

    /// A person with this role, whose token is good at `now` and for an hour.
    pub fn person(&self, role: &str, now: Timestamp) -> Bearer {
        let known = self.signer().person(role).map_or_else(Uuid::new_v4, |person| person.sub);
        let token =
            self.signer().mint(&[role], known, Duration::from_secs(3600), now).expect("a token");
        Bearer::of(&token)
    }

    /// Signs tokens, for tests of bad ones.
    pub fn signer(&self) -> &TokenSigner {
        self.identities.signer()
    }

    /// A channel to a service; a person comes without a certificate.
    pub async fn channel(&self, address: &str) -> Channel {
        self.connect(address, None).await
    }

    /// A channel to a service for a system with this certificate.
    pub async fn channel_as(&self, address: &str, files: &CertificateFiles) -> Channel {
        self.connect(address, Some(files)).await
    }

    async fn connect(&self, address: &str, files: Option<&CertificateFiles>) -> Channel {
        let read = |path: &Path| std::fs::read(path).expect("a certificate file");
        let mut tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(read(&self.identities.services_ca())))
            .domain_name("localhost");
        if let Some(files) = files {
            tls = tls.identity(Identity::from_pem(read(&files.certificate), read(&files.key)));
        }
        let endpoint = Endpoint::from_shared(format!("https://{address}")).expect("an address");
        let endpoint = endpoint.tls_config(tls).expect("TLS").timeout(Duration::from_secs(10));
        let deadline = tokio::time::Instant::now() + Duration::from_secs(15);
        loop {
            match endpoint.connect().await {
                Ok(channel) => return channel,
                Err(error) if tokio::time::Instant::now() > deadline => {
                    panic!("{address}: {error:?}")
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// Puts a person's token on every call.
#[derive(Clone)]
pub struct Bearer(MetadataValue<tonic::metadata::Ascii>);

impl Bearer {
    /// The bearer of `token`.
    pub fn of(token: &str) -> Self {
        Self(format!("Bearer {token}").parse().expect("a token is ASCII"))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

#[expect(clippy::disallowed_methods, reason = "certificates are judged by the system's clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}
