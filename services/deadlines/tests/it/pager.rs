//! Pagers: one HTTP server that checks the signature of whatever it is sent, keeps it,
//! and answers as a test wants it to.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::disallowed_methods, reason = "the pagers outlive no test process")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;
use standardwebhooks::Webhook;

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What came to a pager.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Which pager: the last part of its address.
    pub to: String,
    /// The message's id.
    pub id: String,
    /// The instant of the attempt, in seconds.
    pub timestamp: i64,
    /// The message.
    pub message: Value,
}

/// How a pager answers.
#[derive(Clone, Copy)]
pub struct Manner {
    pub status: u16,
    pub after: Duration,
    pub retry_after: Option<u64>,
}

impl Manner {
    pub const WELL: Self = Self { status: 200, after: Duration::ZERO, retry_after: None };

    pub fn status(status: u16) -> Self {
        Self { status, ..Self::WELL }
    }
}

#[derive(Clone, Default)]
pub struct Pagers {
    calls: Arc<Mutex<Vec<Call>>>,
    manners: Arc<Mutex<HashMap<String, Manner>>>,
    address: String,
}

impl Pagers {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pagers =
            Self { address: listener.local_addr().unwrap().to_string(), ..Self::default() };
        let app = Router::new().route("/{to}", post(take)).with_state(pagers.clone());
        tokio::task::spawn(async move { axum::serve(listener, app).await.unwrap() });
        pagers
    }

    /// Where a pager listens.
    pub fn url(&self, to: &str) -> String {
        format!("http://{}/{to}", self.address)
    }

    /// How a pager answers from now on.
    pub fn behave(&self, to: &str, manner: Manner) {
        self.manners.lock().unwrap().insert(to.to_owned(), manner);
    }

    /// What has come so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// What has come to one pager so far, as the types of the messages.
    pub fn types(&self, to: &str) -> Vec<String> {
        let calls = self.calls();
        let to = calls.iter().filter(|call| call.to == to);
        to.map(|call| call.message["type"].as_str().unwrap().to_owned()).collect()
    }
}

async fn take(
    State(pagers): State<Pagers>,
    Path(to): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap());
    // Its `verify` reads the system's clock, which a test does not move; the signature
    // over id, instant and body is the same.
    let expected = Webhook::new(SECRET).unwrap().sign(&id, timestamp, &body).unwrap();
    assert_eq!(header("webhook-signature"), expected);
    assert!(!id.contains('.'), "a dot separates the parts of what is signed");
    let message = serde_json::from_slice(&body).unwrap();
    pagers.calls.lock().unwrap().push(Call { to: to.clone(), id, timestamp, message });
    let manner = pagers.manners.lock().unwrap().get(&to).copied().unwrap_or(Manner::WELL);
    tokio::time::sleep(manner.after).await;
    let mut response = StatusCode::from_u16(manner.status).unwrap().into_response();
    if let Some(seconds) = manner.retry_after {
        response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    }
    response
}
