//! An adapter, running in this process, and the system of its agency.

use std::{path::Path, time::Duration};

use harness::{Servers, Stage};
use proto::partner::v1::{
    CheckRequest, WatchRequestsRequest, WatchRequestsResponse,
    partner_service_client::PartnerServiceClient,
};
use provision::{CertificateFiles, free_ports};
use runtime::{settings::Settings, tasks::Tasks};
use tonic::{
    Streaming,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use crate::partner_checks_stage::PartnerChecks;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(15);

pub struct Adapter {
    pub address: String,
    tasks: Tasks,
    running: Tasks,
}

impl Drop for Adapter {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

impl Adapter {
    pub async fn start(hub: &PartnerChecks, agency: &str) -> Self {
        let vars = vars(hub, agency);
        let address = vars.iter().find(|(key, _)| key == "MASH_LISTEN").unwrap().1.clone();
        let config = adapter::config::read(Settings::given(vars)).unwrap();
        let (tasks, running) = (Tasks::new(), Tasks::new());
        let run = adapter::run(config, hub.clock.clone(), tasks.clone());
        running.spawn_detached(async move { run.await.expect("the adapter runs") });
        let started = Self { address, tasks, running };
        started.channel(Some(&Stage::shared().identities().agency(agency))).await;
        started
    }

    /// Tells it to stop and waits until it has.
    pub async fn stop(&mut self) {
        self.tasks.stop();
        self.running.stop();
        std::mem::take(&mut self.running).finished().await.unwrap();
    }

    /// The system of an agency, at this door.
    pub async fn as_agency(&self, agency: &str) -> PartnerServiceClient<Channel> {
        let files = Stage::shared().identities().agency(agency);
        PartnerServiceClient::new(self.channel(Some(&files)).await)
    }

    /// A connection that trusts the agencies' authority, once the door listens.
    pub async fn channel(&self, files: Option<&CertificateFiles>) -> Channel {
        let endpoint = self.endpoint(files);
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match endpoint.connect().await {
                Ok(channel) => return channel,
                Err(error) if tokio::time::Instant::now() > deadline => panic!("{error:?}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    pub fn endpoint(&self, files: Option<&CertificateFiles>) -> Endpoint {
        let read = |path: &Path| std::fs::read(path).unwrap();
        let authority = read(&Stage::shared().identities().agencies_ca());
        let mut tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(authority))
            .domain_name("localhost");
        if let Some(files) = files {
            tls = tls.identity(Identity::from_pem(read(&files.certificate), read(&files.key)));
        }
        Endpoint::from_shared(format!("https://{}", self.address)).unwrap().tls_config(tls).unwrap()
    }
}

fn vars(hub: &PartnerChecks, agency: &str) -> Vec<(String, String)> {
    let identities = Stage::shared().identities();
    let (own, door) = (identities.adapter(agency), identities.door(agency));
    let ports = free_ports(2).unwrap();
    let path = |path: &Path| path.display().to_string();
    let vars = [
        ("MASH_AGENCY", agency.to_owned()),
        ("MASH_LISTEN", format!("127.0.0.1:{}", ports[0])),
        ("MASH_ADMIN_LISTEN", format!("127.0.0.1:{}", ports[1])),
        ("MASH_DOOR_CERTIFICATE", path(&door.certificate)),
        ("MASH_DOOR_KEY", path(&door.key)),
        ("MASH_DOOR_AUTHORITY", path(&identities.agencies_ca())),
        ("MASH_TLS_CERTIFICATE", path(&own.certificate)),
        ("MASH_TLS_KEY", path(&own.key)),
        ("MASH_TLS_AUTHORITY", path(&identities.services_ca())),
        ("MASH_PEER_PARTNER_CHECKS", hub.place.address.clone()),
        ("MASH_BROKER_URL", Servers::shared().nats_url()),
        ("MASH_TRUST_DOMAIN", "hackney".to_owned()),
    ];
    vars.map(|(key, value)| (key.to_owned(), value)).to_vec()
}

pub async fn watch(system: &mut PartnerServiceClient<Channel>) -> Streaming<WatchRequestsResponse> {
    system.watch_requests(WatchRequestsRequest {}).await.unwrap().into_inner()
}

/// The next request on a stream.
pub async fn next(stream: &mut Streaming<WatchRequestsResponse>) -> CheckRequest {
    let response =
        tokio::time::timeout(PATIENCE, stream.message()).await.expect("a request in time");
    response.unwrap().expect("the stream goes on").request.unwrap()
}

/// Asserts that nothing comes for longer than the stream takes to look again.
pub async fn nothing_comes(stream: &mut Streaming<WatchRequestsResponse>) {
    let waited = tokio::time::timeout(Duration::from_millis(2500), stream.message()).await;
    assert!(waited.is_err(), "a request came again");
}
