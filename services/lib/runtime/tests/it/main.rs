//! The runtime with real certificates and connections.

#![expect(clippy::unwrap_used, reason = "a test ends where something is amiss")]

use std::{fs, path::Path, time::Duration};

use harness::Stage;
use jiff::SignedDuration;
use prometheus::Registry;
use provision::{Identities, Participants};
use runtime::{
    clock::Clock,
    server,
    tasks::Tasks,
    tls::{TlsFiles, install_provider, tell_expiry, watch_files},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tonic::service::Routes;

/// The identities of a hub that was set up so many days ago.
fn identities(folder: &Path, days: i64) -> Identities {
    let hub = Participants { authority: "hackney", services: &["intake"], agencies: &[] };
    let then = Clock::system().now() - SignedDuration::from_hours(24 * days);
    Identities::prepare(folder, hub, then).unwrap()
}

/// Copies an identity over the files that a process reads.
fn renew(from: &Identities, files: &TlsFiles) {
    let own = from.service("intake");
    fs::copy(own.certificate, &files.certificate).unwrap();
    fs::copy(own.key, &files.key).unwrap();
    fs::copy(from.services_ca(), &files.authority).unwrap();
}

/// The certificate that a server shows to a client with these files.
async fn shown(address: std::net::SocketAddr, client: &TlsFiles) -> Option<Vec<u8>> {
    let tasks = Tasks::new();
    let (_, tls) = watch_files(client.clone(), &tasks).unwrap();
    let connector = TlsConnector::from(tls.borrow().clone());
    let tcp = TcpStream::connect(address).await.unwrap();
    let stream = connector.connect("localhost".try_into().unwrap(), tcp).await.ok()?;
    tasks.stop();
    Some(stream.get_ref().1.peer_certificates().unwrap()[0].to_vec())
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_without_a_restart() {
    install_provider();
    let folder = tempfile::tempdir().unwrap();
    let (old, new) =
        (identities(&folder.path().join("old"), 2), identities(&folder.path().join("new"), 0));
    let at = |name: &str| folder.path().join(name);
    let files =
        TlsFiles { certificate: at("certificate"), key: at("key"), authority: at("authority") };
    renew(&old, &files);

    let tasks = Tasks::new();
    let (server_tls, _) = watch_files(files.clone(), &tasks).unwrap();
    let metrics = Registry::new();
    tell_expiry(files.clone(), server_tls.clone(), &metrics, &tasks).unwrap();
    let expires_at = || metrics.gather()[0].get_metric()[0].get_gauge().get_value();
    let at_first = expires_at();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    server::serve(listener, server_tls, Routes::default(), None, &tasks).unwrap();
    let first = shown(address, &files).await.unwrap();

    // Half of a renewal: the files do not fit each other, and the old ones stay.
    fs::write(&files.key, "no key").unwrap();
    let before = TlsFiles { key: old.service("intake").key, ..files.clone() };
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(shown(address, &before).await.unwrap(), first);

    renew(&new, &files);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let old = |certificate| certificate == first;
    while shown(address, &files).await.is_none_or(old) || expires_at() == at_first {
        assert!(tokio::time::Instant::now() < deadline, "the new certificate is not shown");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(expires_at() - at_first, 2.0 * 86400.0, "the new one is two days younger");
    tasks.stop();
    tasks.finished().await.unwrap();
}

#[tokio::test]
async fn contracts_are_shown_only_where_reflection_is_switched_on() {
    install_provider();
    for reflection in [None, Some(proto::DESCRIPTOR)] {
        let tasks = Tasks::new();
        let files = Stage::shared().identities().service("intake");
        let authority = Stage::shared().identities().services_ca();
        let files = TlsFiles { certificate: files.certificate, key: files.key, authority };
        let (server_tls, _) = watch_files(files, &tasks).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        server::serve(listener, server_tls, Routes::default(), reflection, &tasks).unwrap();
        let channel = Stage::shared().channel(&address).await;
        let request = tonic_reflection::pb::v1::ServerReflectionRequest::default();
        let mut client =
            tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::new(
                channel.clone(),
            );
        let asked = client.server_reflection_info(tokio_stream::once(request)).await;
        assert_eq!(asked.is_ok(), reflection.is_some());
        let mut health = tonic_health::pb::health_client::HealthClient::new(channel);
        health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();
        tasks.stop();
        tasks.finished().await.unwrap();
    }
}
