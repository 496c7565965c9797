//! The gRPC server: TLS, limits, health, reflection, and a shutdown that lets
//! what has begun end.

use std::{net::SocketAddr, time::Duration};

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tokio_util::sync::CancellationToken;
use tonic::{service::Routes, transport::Server};

use crate::{
    settings::Settings, tasks::Tasks, telemetry::TraceLayer, tls::ServerTls,
    undecodable::FixedRefusal,
};

/// The largest request that is decoded, in bytes.
pub const LARGEST_REQUEST: usize = 256 * 1024;
/// How long a call may take, unless the caller says less.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How old a connection becomes. Who calls is proved when it is made: one whose
/// certificate is no longer believed must not go on for ever.
const OLDEST_CONNECTION: Duration = Duration::from_secs(600);
/// How long a connection may take to show who it is.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
/// Connections whose handshake is done and that wait to be served.
const WAITING_CONNECTIONS: usize = 64;
/// Handshakes going on at once; more wait in the kernel's queue.
const HANDSHAKES: usize = 256;

/// Where a service listens.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// gRPC.
    pub listen: SocketAddr,
    /// Health and metrics.
    pub admin_listen: SocketAddr,
    /// Whether the contracts can be asked for over gRPC reflection.
    pub reflection: bool,
}

impl ServerConfig {
    /// Reads `MASH_LISTEN`, `MASH_ADMIN_LISTEN` and `MASH_REFLECTION` (default
    /// false).
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let listen = settings.required("MASH_LISTEN");
        let admin_listen = settings.required("MASH_ADMIN_LISTEN");
        let reflection = settings.optional("MASH_REFLECTION").unwrap_or(false);
        Some(Self { listen: listen?, admin_listen: admin_listen?, reflection })
    }
}

/// Serves `routes` until the process stops; calls that have begun are answered.
/// The routes come already guarded.
///
/// # Errors
/// Where the contracts' descriptors cannot be read for reflection.
pub fn serve(
    listener: TcpListener,
    tls: ServerTls,
    routes: Routes,
    reflection: Option<&'static [u8]>,
    tasks: &Tasks,
) -> anyhow::Result<()> {
    let (_health, health) = tonic_health::server::health_reporter();
    let mut routes = routes.add_service(health);
    if let Some(descriptors) = reflection {
        let contracts = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(descriptors)
        };
        routes =
            routes.add_service(contracts().build_v1()?).add_service(contracts().build_v1alpha()?);
    }
    let stopping = tasks.stopping();
    let connections = connections(listener, tls, tasks);
    tasks.spawn("gRPC server", async move {
        Server::builder()
            .timeout(ANSWER_WITHIN)
            .concurrency_limit_per_connection(256)
            .max_concurrent_streams(256)
            .max_connection_age(OLDEST_CONNECTION)
            .max_connection_age_grace(Duration::from_secs(30))
            .http2_keepalive_interval(Some(Duration::from_secs(10)))
            .http2_keepalive_timeout(Some(Duration::from_secs(10)))
            .layer(TraceLayer)
            .layer(FixedRefusal)
            .add_routes(routes)
            .serve_with_incoming_shutdown(connections, async move { stopping.cancelled().await })
            .await?;
        Ok(())
    });
    Ok(())
}

/// Accepts connections and shakes hands with each on its own, so that one that
/// dawdles holds up no other.
fn connections(
    listener: TcpListener,
    tls: ServerTls,
    tasks: &Tasks,
) -> impl Stream<Item = std::io::Result<TlsStream<TcpStream>>> + use<> {
    let (ready, connections) = tokio::sync::mpsc::channel(WAITING_CONNECTIONS);
    let stopping = tasks.stopping();
    let handshakes = std::sync::Arc::new(tokio::sync::Semaphore::new(HANDSHAKES));
    let own_tasks = tasks.clone();
    tasks.spawn("gRPC listener", async move {
        while let Some(accepted) = accept(&listener, &stopping).await {
            let (Ok((tcp, _)), Ok(permit)) = (accepted, handshakes.clone().acquire_owned().await)
            else {
                // Out of file handles, most likely: wait for some to come free.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let acceptor = TlsAcceptor::from(tls.borrow().clone());
            let ready = ready.clone();
            own_tasks.spawn_detached(async move {
                let _permit = permit;
                tcp.set_nodelay(true).ok();
                let handshake = tokio::time::timeout(HANDSHAKE_WITHIN, acceptor.accept(tcp)).await;
                match handshake {
                    Ok(Ok(stream)) => drop(ready.send(Ok(stream)).await),
                    Ok(Err(error)) => {
                        tracing::debug!(%error, "a connection failed to show who it is")
                    }
                    Err(_) => tracing::debug!("a connection took too long to show who it is"),
                }
            });
        }
        Ok(())
    });
    ReceiverStream::new(connections)
}

async fn accept(
    listener: &TcpListener,
    stopping: &CancellationToken,
) -> Option<std::io::Result<(TcpStream, SocketAddr)>> {
    stopping.run_until_cancelled(listener.accept()).await
}
