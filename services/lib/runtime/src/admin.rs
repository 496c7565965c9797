//! The admin port: `/livez`, `/readyz`, `/startupz` and `/metrics`, for the
//! platform that runs the process. Liveness depends on nothing but the process:
//! a broker or database that is away must not have it killed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use prometheus::{Encoder, Registry, TextEncoder};
use tokio::net::TcpListener;

use crate::tasks::Tasks;

/// What a process says of itself.
#[derive(Clone, Debug, Default)]
pub struct Admin {
    metrics: Registry,
    parts: Arc<Mutex<BTreeMap<&'static str, bool>>>,
}

impl Admin {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where metrics are registered.
    pub fn metrics(&self) -> &Registry {
        &self.metrics
    }

    /// Names a part on which readiness depends; it is not ready until it says so.
    pub fn part(&self, name: &'static str) -> Part {
        let part = Part { name, parts: self.parts.clone() };
        part.set(false);
        part
    }

    /// Serves the port until the process stops.
    pub fn serve(self, listener: TcpListener, tasks: &Tasks) {
        let app = Router::new()
            .route("/livez", get(async || "alive\n"))
            .route("/readyz", get(ready))
            .route("/startupz", get(async || "started\n"))
            .route("/metrics", get(metrics))
            .with_state(self);
        let stopping = tasks.stopping();
        tasks.spawn("admin port", async move {
            let stopped = async move { stopping.cancelled().await };
            Ok(axum::serve(listener, app).with_graceful_shutdown(stopped).await?)
        });
    }

    fn missing(&self) -> Vec<&'static str> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.iter().filter(|(_, ready)| !**ready).map(|(name, _)| *name).collect()
    }
}

/// One part of a process, such as its database.
#[derive(Clone, Debug)]
pub struct Part {
    name: &'static str,
    parts: Arc<Mutex<BTreeMap<&'static str, bool>>>,
}

impl Part {
    /// Says whether the part works now.
    pub fn set(&self, ready: bool) {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).insert(self.name, ready);
    }
}

async fn ready(State(admin): State<Admin>) -> impl IntoResponse {
    let missing = admin.missing();
    if missing.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", missing.join(", ")))
}

async fn metrics(State(admin): State<Admin>) -> impl IntoResponse {
    let mut text = Vec::new();
    match TextEncoder::new().encode(&admin.metrics.gather(), &mut text) {
        Ok(()) => (StatusCode::OK, text),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    }
}
