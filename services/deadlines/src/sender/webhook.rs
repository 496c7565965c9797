//! One message to a pager, as Standard Webhooks has it: signed, with an id that stays
//! the same over retries, and nothing in it but ids, codes and times (R63).

use jiff::Timestamp;
use reqwest::{Client, Response, header};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    domain::{clock::Rag, page::Notice},
    pagers::Pager,
    store::{causes::Matter, deliveries::Owed},
};

/// The most matters that a message names; all of them are in the list of pages.
const MOST_NAMED: usize = 100;

/// What came of an attempt.
pub struct Outcome {
    /// The pager has it.
    pub delivered: bool,
    /// The answer's status, or why there was none.
    pub code: String,
    /// Seconds that the pager asks to wait.
    pub retry_after: Option<i64>,
}

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    page_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<Uuid>,
    cause: &'static str,
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agency: Option<&'a str>,
    /// From 1.
    step: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    rag: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<String>,
    /// How many matters the page of a catch-up has (R60).
    #[serde(skip_serializing_if = "Option::is_none")]
    matter_count: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matters: Vec<Named<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    contact_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    late_seconds: i64,
}

impl<'a> Named<'a> {
    fn of(matter: &'a Matter) -> Self {
        Self {
            contact_id: matter.contact_id,
            clock_id: matter.clock_id,
            agency: matter.agency.as_deref(),
            due_at: matter.due_at.map(|at| at.to_jiff().to_string()),
            late_seconds: matter.late_seconds(),
        }
    }
}

/// Sends a delivery. 2xx means that the pager has it; anything else, a redirect too,
/// that it has not.
pub async fn post(
    client: &Client,
    pager: &Pager,
    (owed, matters): (&Owed, &[Matter]),
    now: Timestamp,
) -> Outcome {
    let id = format!("{}-{}", owed.page_id, owed.number);
    let signed = body(owed, matters).and_then(|body| {
        let signature = pager.secret.sign(&id, now.as_second(), &body)?;
        Some((body, signature))
    });
    let Some((body, signature)) = signed else {
        return failed("UNSIGNED");
    };
    let sending = client
        .post(pager.url.clone())
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", now.as_second().to_string())
        .header("webhook-signature", signature)
        .body(body);
    match sending.send().await {
        Ok(answer) => outcome(&answer),
        Err(error) if error.is_timeout() => failed("TIMEOUT"),
        Err(error) if error.is_connect() => failed("UNREACHABLE"),
        Err(_) => failed("BROKEN_OFF"),
    }
}

fn body(owed: &Owed, matters: &[Matter]) -> Option<String> {
    let message = Message {
        r#type: match owed.notice {
            Notice::Raised => "page.raised",
            Notice::Climbed => "page.climbed",
            Notice::Repeated => "page.repeated",
            Notice::Reminder => "reminder",
        },
        timestamp: owed.owed_at.to_jiff().to_string(),
        data: Data {
            page_id: owed.page_id,
            contact_id: owed.contact_id,
            cause: owed.cause.code(),
            role: &owed.role,
            agency: owed.agency.as_deref(),
            step: owed.step + 1,
            rag: owed.rag.map(Rag::code),
            deadline: owed.deadline.map(|at| at.to_jiff().to_string()),
            matter_count: (!matters.is_empty()).then_some(matters.len()),
            matters: matters.iter().take(MOST_NAMED).map(Named::of).collect(),
        },
    };
    serde_json::to_string(&message).ok()
}

fn outcome(answer: &Response) -> Outcome {
    let asked = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    Outcome {
        delivered: answer.status().is_success(),
        code: answer.status().as_u16().to_string(),
        retry_after: asked.and_then(|seconds| seconds.trim().parse().ok()),
    }
}

fn failed(code: &str) -> Outcome {
    Outcome { delivered: false, code: code.to_owned(), retry_after: None }
}
