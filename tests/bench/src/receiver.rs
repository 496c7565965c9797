//! A pager on this machine: takes every page and notes when it came.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use runtime::tasks::Tasks;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use uuid::Uuid;

use crate::{clock_face::millis, load::Submitted};

/// How long the last pages may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// When the first page about each contact came.
#[derive(Clone, Default)]
pub struct Receiver {
    came: Arc<Mutex<HashMap<Uuid, Instant>>>,
}

impl Receiver {
    /// Listens until `tasks` stop; gives its URL.
    ///
    /// # Errors
    /// Where it cannot listen.
    pub async fn listen(&self, tasks: &Tasks) -> anyhow::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let app = Router::new().fallback(post(receive)).with_state(self.clone());
        let stopping = tasks.stopping();
        tasks.spawn("receiver", async move {
            let stopped = stopping.cancelled_owned();
            Ok(axum::serve(listener, app).with_graceful_shutdown(stopped).await?)
        });
        Ok(url)
    }

    /// From submitting to the page, in milliseconds, for each contact that pages; waits
    /// for the last ones.
    ///
    /// # Errors
    /// Where a page is missing.
    pub async fn latencies(&self, submitted: &[Submitted]) -> anyhow::Result<Vec<f64>> {
        let paged: Vec<&Submitted> = submitted.iter().filter(|one| one.section_47).collect();
        let began = Instant::now();
        loop {
            let latencies: Vec<f64> = paged
                .iter()
                .filter_map(|one| Some(millis(self.arrival(one.contact)? - one.at)))
                .collect();
            if latencies.len() == paged.len() {
                return Ok(latencies);
            }
            let missing = paged.len() - latencies.len();
            anyhow::ensure!(began.elapsed() < PATIENCE, "{missing} pages did not come");
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn arrival(&self, contact: Uuid) -> Option<Instant> {
        let came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        came.get(&contact).copied()
    }
}

async fn receive(State(receiver): State<Receiver>, body: Bytes) -> StatusCode {
    let now = Instant::now();
    let page: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let contact = page["data"]["contact_id"].as_str();
    let Some(contact) = contact.and_then(|id| id.parse().ok()) else {
        return StatusCode::BAD_REQUEST;
    };
    let mut came = receiver.came.lock().unwrap_or_else(PoisonError::into_inner);
    came.entry(contact).or_insert(now);
    StatusCode::NO_CONTENT
}
