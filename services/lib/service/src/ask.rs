//! Calls from one service of the hub to another: what goes with a question, and what
//! becomes of a refusal.

use access::Caller;
use runtime::{refusal::unavailable, telemetry};
use tonic::{Request, Response, Status, metadata::MetadataValue};

/// A question that goes on in the trace of the work that asks it.
pub fn onward<T>(question: T) -> Request<T> {
    let mut request = Request::new(question);
    if let Some(parent) =
        telemetry::trace_parent().and_then(|parent| MetadataValue::try_from(parent).ok())
    {
        request.metadata_mut().insert(telemetry::TRACE_PARENT, parent);
    }
    request
}

/// The same on behalf of a caller: it carries the person's token, so that the person must
/// be allowed there too.
pub fn on_behalf<T>(caller: &Caller, question: T) -> Request<T> {
    let mut request = onward(question);
    if let Some(token) = caller.token() {
        token.pass_on(&mut request);
    }
    request
}

/// What `peer` answered.
///
/// # Errors
/// The peer's own refusal, unchanged. Those all carry details; what has none comes from
/// the transport and becomes `UNAVAILABLE`: the peer is away.
pub fn passed_on<T>(peer: &str, answer: Result<Response<T>, Status>) -> Result<T, Status> {
    match answer {
        Ok(answer) => Ok(answer.into_inner()),
        Err(status) if status.details().is_empty() => {
            tracing::debug!(peer, code = ?status.code(), "a service that is asked is away");
            Err(unavailable(peer))
        }
        Err(status) => {
            let details = status.details().to_vec().into();
            Err(Status::with_details(status.code(), status.message(), details))
        }
    }
}
