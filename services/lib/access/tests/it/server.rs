//! A real server behind the guard, over mutual TLS.

use std::net::SocketAddr;

use access::{Caller, RefusalLog};
use proto::event_log::v1::event_log_service_client::EventLogServiceClient;
use proto::event_log::v1::event_log_service_server::{EventLogService, EventLogServiceServer};
use proto::event_log::v1::{ReadEventsRequest, ReadEventsResponse};
use proto::reporting::v1::reporting_service_client::ReportingServiceClient;
use proto::reporting::v1::reporting_service_server::{ReportingService, ReportingServiceServer};
use proto::reporting::v1::{GetFiguresRequest, GetFiguresResponse};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{
    Certificate, Channel, ClientTlsConfig, Endpoint, Identity, Server, ServerTlsConfig,
};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::identity::IdentityProvider;

/// Answers every call with who made it.
struct Mirror;

fn mirror<T>(request: &Request<T>) -> Status {
    let caller = Caller::of(request).unwrap();
    if let Some(token) = caller.token() {
        let mut onward = Request::new(());
        token.pass_on(&mut onward);
        assert_eq!(
            onward.metadata().get("authorization"),
            request.metadata().get("authorization"),
            "the token that came is the token that goes on"
        );
    }
    Status::already_exists(caller.actor())
}

#[tonic::async_trait]
impl ReportingService for Mirror {
    async fn get_figures(
        &self,
        request: Request<GetFiguresRequest>,
    ) -> Result<Response<GetFiguresResponse>, Status> {
        Err(mirror(&request))
    }
}

#[tonic::async_trait]
impl EventLogService for Mirror {
    async fn read_events(
        &self,
        request: Request<ReadEventsRequest>,
    ) -> Result<Response<ReadEventsResponse>, Status> {
        Err(mirror(&request))
    }
}

struct Hub {
    address: SocketAddr,
    authority: CertifiedIssuer<'static, KeyPair>,
    provider: IdentityProvider,
    server: JoinSet<Result<(), tonic::transport::Error>>,
}

impl Hub {
    async fn start() -> Self {
        // Another test may have been first; one provider for the process is enough.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut hub = Self {
            address: listener.local_addr().unwrap(),
            authority,
            provider: IdentityProvider::new(),
            server: JoinSet::new(),
        };
        let tls = ServerTlsConfig::new()
            .identity(hub.certificate(SanType::DnsName("localhost".try_into().unwrap())))
            .client_ca_root(Certificate::from_pem(hub.authority.pem()))
            .client_auth_optional(true);
        let (_, health) = tonic_health::server::health_reporter();
        let server = Server::builder()
            .tls_config(tls)
            .unwrap()
            .layer(hub.provider.guard(RefusalLog::Traced).layer("reporting"))
            .add_service(health)
            .add_service(ReportingServiceServer::new(Mirror))
            .add_service(EventLogServiceServer::new(Mirror))
            .serve_with_incoming(TcpListenerStream::new(listener));
        hub.server.spawn(server);
        hub
    }

    fn certificate(&self, name: SanType) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![name];
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        Identity::from_pem(certificate.pem(), key.serialize_pem())
    }

    /// A connection, with a certificate for this URI where there is one.
    async fn connect(&self, uri: Option<&str>) -> Channel {
        let mut tls = ClientTlsConfig::new()
            .domain_name("localhost")
            .ca_certificate(Certificate::from_pem(self.authority.pem()));
        if let Some(uri) = uri {
            tls = tls.identity(self.certificate(SanType::URI(uri.try_into().unwrap())));
        }
        let endpoint = Endpoint::from_shared(format!("https://{}", self.address)).unwrap();
        endpoint.tls_config(tls).unwrap().connect().await.unwrap()
    }

    fn request<T>(&self, message: T, role: Option<&str>) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(role) = role {
            let bearer = format!("Bearer {}", self.provider.token(role));
            request.metadata_mut().insert("authorization", bearer.parse().unwrap());
        }
        request
    }

    async fn figures(&self, uri: Option<&str>, role: Option<&str>) -> (Code, String) {
        let mut client = ReportingServiceClient::new(self.connect(uri).await);
        let request = self.request(GetFiguresRequest::default(), role);
        let status = client.get_figures(request).await.err().unwrap();
        (status.code(), status.message().to_owned())
    }

    async fn events(&self, uri: Option<&str>, role: Option<&str>) -> (Code, String) {
        let mut client = EventLogServiceClient::new(self.connect(uri).await);
        let request = self.request(ReadEventsRequest::default(), role);
        let status = client.read_events(request).await.err().unwrap();
        (status.code(), status.message().to_owned())
    }
}

fn let_in_as(actor: &str) -> (Code, String) {
    (Code::AlreadyExists, actor.to_owned())
}

fn unknown() -> (Code, String) {
    (Code::Unauthenticated, "the caller is not known".to_owned())
}

fn not_allowed() -> (Code, String) {
    (Code::PermissionDenied, "the caller may not do this".to_owned())
}

#[tokio::test]
async fn without_an_identity_only_health_answers() {
    let hub = Hub::start().await;
    let mut health = HealthClient::new(hub.connect(None).await);
    health.check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(hub.figures(None, None).await, unknown());
    assert_eq!(hub.events(None, None).await, unknown());
}

#[tokio::test]
async fn a_person_is_let_in_by_the_token_alone() {
    let hub = Hub::start().await;
    assert_eq!(hub.figures(None, Some("board")).await, let_in_as("user-1"));
    assert_eq!(hub.figures(None, Some("referrer")).await, not_allowed());
    assert_eq!(hub.events(None, Some("operator")).await, not_allowed());
}

#[tokio::test]
async fn r45_events_are_for_services_in_their_own_right() {
    let hub = Hub::start().await;
    let service = Some("spiffe://hub.test/service/deadlines");
    assert_eq!(hub.events(service, None).await, let_in_as("/service/deadlines"));
    assert_eq!(hub.events(service, Some("mash_manager")).await, not_allowed());
    assert_eq!(hub.events(Some("spiffe://hub.test/adapter/police"), None).await, not_allowed());
    assert_eq!(hub.events(Some("spiffe://hub.test/agency/police"), None).await, not_allowed());
}

#[tokio::test]
async fn a_certificate_of_ours_that_names_no_system_is_refused_even_with_a_good_token() {
    let hub = Hub::start().await;
    let other = Some("spiffe://other.test/service/deadlines");
    assert_eq!(hub.events(other, None).await, unknown());
    assert_eq!(hub.figures(other, Some("board")).await, unknown());
}

#[tokio::test]
async fn a_system_on_behalf_of_a_person_needs_a_right_of_its_own() {
    let hub = Hub::start().await;
    let service = Some("spiffe://hub.test/service/partner-checks");
    assert_eq!(hub.figures(service, Some("board")).await, not_allowed());
}

#[tokio::test]
async fn a_server_without_a_guard_lets_no_handler_find_a_caller() {
    let request = Request::new(());
    let status = Caller::of(&request).err().unwrap();
    assert_eq!((status.code(), status.message()), (Code::Internal, "internal fault"));
}
