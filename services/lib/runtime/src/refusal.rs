//! Refusals that a caller can act on: a gRPC status with `google.rpc.ErrorInfo`
//! (a stable reason and its facts), or with `google.rpc.BadRequest` naming every
//! bad field at once. An internal fault says nothing of the inside.

use std::{collections::HashMap, error::Error};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// The domain of every reason, as `ErrorInfo` wants one.
pub const DOMAIN: &str = "mash";

/// A refusal with a stable reason, such as `BASIS_REQUIRED`, and the facts that
/// the caller needs. The message is for people; neither may hold personal data.
pub fn refusal(code: Code, reason: &str, message: &str, facts: &[(&str, String)]) -> Status {
    let facts: HashMap<String, String> =
        facts.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    Status::with_error_details(code, message, ErrorDetails::with_error_info(reason, DOMAIN, facts))
}

/// The bad fields that a refusal names, with what is wrong; none where it names none.
pub fn violations(refused: &Status) -> Vec<FieldViolation> {
    refused.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default()
}

/// What is not there, and what is not the caller's: the same answer for both.
pub fn not_found(what: &str) -> Status {
    refusal(Code::NotFound, "NOT_FOUND", &format!("there is no such {what}"), &[])
}

/// The record has moved on since it was read.
pub fn stale_revision(current: i64) -> Status {
    refusal(
        Code::Aborted,
        "STALE_REVISION",
        "the record has changed since it was read; read it again",
        &[("revision", current.to_string())],
    )
}

/// An internal fault: fixed words for the caller, the causes for the log.
pub fn internal(error: &(dyn Error + 'static)) -> Status {
    let mut causes = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        next = cause.source();
    }
    tracing::error!(error = causes, "a call failed inside");
    refusal(Code::Internal, "INTERNAL", "the service could not do this; nothing was changed", &[])
}

/// The answer to a commit was lost: it may have been done, and the same request sent
/// again tells (R12).
pub fn outcome_unknown() -> Status {
    refusal(
        Code::Unavailable,
        "OUTCOME_UNKNOWN",
        "this may have been done; send the same request_id again to learn it",
        &[],
    )
}

/// A dependency is away: nothing was done, and the same call may be sent again.
pub fn unavailable(what: &str) -> Status {
    refusal(
        Code::Unavailable,
        "UNAVAILABLE",
        &format!("{what} cannot be reached; nothing was changed, try again"),
        &[],
    )
}
