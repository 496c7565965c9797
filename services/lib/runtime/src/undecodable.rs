//! The one fixed refusal of what cannot be read: too large, broken protobuf,
//! invalid UTF-8. The transport's own words would tell of the inside and differ
//! from case to case.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderMap, Response};
use tonic::{Code, Status};
use tower_layer::Layer;
use tower_service::Service;

use crate::refusal::refusal;

/// Puts the fixed refusal in the place of the transport's.
#[derive(Clone, Copy, Debug)]
pub struct FixedRefusal;

impl<S> Layer<S> for FixedRefusal {
    type Service = Refusing<S>;

    fn layer(&self, inner: S) -> Refusing<S> {
        Refusing { inner }
    }
}

/// A service whose undecodable requests get the fixed refusal.
#[derive(Clone, Debug)]
pub struct Refusing<S> {
    inner: S,
}

impl<S, Req, Body> Service<Req> for Refusing<S>
where
    S: Service<Req, Response = Response<Body>>,
    S::Future: Send + 'static,
    Body: Default,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            if is_the_transports_own(response.headers()) {
                Ok(undecodable().into_http())
            } else {
                Ok(response)
            }
        })
    }
}

fn undecodable() -> Status {
    refusal(
        Code::InvalidArgument,
        "UNDECODABLE",
        "the request is too large or cannot be decoded",
        &[],
    )
}

/// Our refusals all carry details; the codec's do not, and are of two codes only.
fn is_the_transports_own(headers: &HeaderMap) -> bool {
    let codes = [Code::Internal, Code::OutOfRange].map(|code| (code as i32).to_string());
    headers
        .get("grpc-status")
        .is_some_and(|status| codes.iter().any(|code| status == code.as_str()))
        && !headers.contains_key("grpc-status-details-bin")
}
