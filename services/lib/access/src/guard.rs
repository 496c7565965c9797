//! The guard in front of every RPC of a server: who calls, and may they?
//!
//! It is a layer around all routes of a server, so that a new RPC is refused until
//! the schema and a policy name it. Two services are open to callers without an
//! identity: gRPC health, because probes have none and it says nothing but a
//! status, and reflection, because the contracts are public.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use tonic::body::Body;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tower_layer::Layer;
use tower_service::Service;

use crate::action::Action;
use crate::caller::{Caller, Person};
use crate::keys::{Keys, KeysError};
use crate::policy::{Api, Policies};
use crate::refusal::{Refusal, RefusalLog};
use crate::system::System;
use crate::token::{Token, Verifier};

/// gRPC services that anybody may call.
const OPEN: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// What an action is called in logs where no policy can know it: paths are the
/// caller's own text.
const UNKNOWN_ACTION: &str = "unknown";

/// Tells what time it is; tests move it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where identities come from.
#[derive(Debug, Clone)]
pub struct GuardConfig {
    /// Trust domain of the certificates, for example `mash.hackney.gov.uk`.
    pub trust_domain: String,
    /// Public keys of the identity provider; `None` where no person calls, and then
    /// every token is refused.
    pub jwks_file: Option<PathBuf>,
    /// The identity provider, exactly as its tokens name it.
    pub issuer: String,
    /// This hub, exactly as tokens name it.
    pub audience: String,
}

/// Why a guard cannot stand: the service must not start without one.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The trust domain is empty, or not written in `a-z0-9.-`.
    #[error("the trust domain is not configured")]
    TrustDomain,
    /// Keys are configured, issuer or audience are not.
    #[error("the identity provider's issuer or audience is not configured")]
    IdentityProvider,
    /// The key file cannot be used.
    #[error("the identity provider's keys cannot be used")]
    Keys(#[from] KeysError),
}

/// Decides who is let in. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    inner: Arc<Inner>,
}

struct Inner {
    trust_domain: String,
    verifier: Option<Verifier>,
    policies: Policies,
    refusals: RefusalLog,
    now: Now,
}

impl Guard {
    /// A guard for these identities and policies.
    ///
    /// # Errors
    /// See [`GuardError`]: what is not configured does not start.
    pub fn new(
        config: GuardConfig,
        policies: Policies,
        refusals: RefusalLog,
        now: Now,
    ) -> Result<Self, GuardError> {
        let GuardConfig { trust_domain, jwks_file, issuer, audience } = config;
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
        if trust_domain.is_empty() || !trust_domain.bytes().all(allowed) {
            return Err(GuardError::TrustDomain);
        }
        let verifier = match jwks_file {
            None => None,
            Some(_) if issuer.is_empty() || audience.is_empty() => {
                return Err(GuardError::IdentityProvider);
            }
            Some(file) => Some(Verifier::new(Keys::open(file, now())?, issuer, audience)),
        };
        let inner = Inner { trust_domain, verifier, policies, refusals, now };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The layer for a service's server, by the service's name as policies write it
    /// (`intake`, `partner-checks`, …).
    #[must_use]
    pub fn layer(&self, service: &'static str) -> GuardLayer {
        GuardLayer { guard: self.clone(), api: Arc::new(Api::of(service)) }
    }

    /// The layer for a server that belongs to one agency: only that agency's own
    /// certificate is let in (R45).
    #[must_use]
    pub fn layer_for_agency(&self, service: &'static str, agency: &str) -> GuardLayer {
        GuardLayer { guard: self.clone(), api: Arc::new(Api::of_agency(service, agency)) }
    }

    fn admit(
        &self,
        action: Option<&str>,
        api: &Api,
        call: &http::request::Parts,
    ) -> Result<(Caller, Action), Refusal> {
        let caller = self.identify(call)?;
        match action {
            Some(action) if self.inner.policies.permit(&caller, action, api) => {
                Ok((caller, Action::new(action)))
            }
            _ => Err(Refusal::NotAllowed(Box::new(caller))),
        }
    }

    /// Who calls. Both identities must hold where both are given: a bad token is
    /// not made good by a certificate.
    fn identify(&self, call: &http::request::Parts) -> Result<Caller, Refusal> {
        let person = self.person(&call.headers)?;
        let system = self.system(call)?;
        match (system, person) {
            (Some(system), Some(person)) => Ok(Caller::on_behalf(system, person)),
            (Some(system), None) => Ok(Caller::system(system)),
            (None, Some(person)) => Ok(Caller::person(person)),
            (None, None) => {
                Err(Refusal::Unauthenticated("neither token nor certificate".to_owned()))
            }
        }
    }

    fn person(&self, headers: &HeaderMap) -> Result<Option<Person>, Refusal> {
        let refused = |cause: &str| Refusal::Unauthenticated(format!("token: {cause}"));
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value,
            (Some(_), Some(_)) => return Err(refused("more than one")),
        };
        let verifier =
            self.inner.verifier.as_ref().ok_or_else(|| refused("no person calls here"))?;
        let text = value
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token)
            .ok_or_else(|| refused("not a bearer token"))?;
        let person = verifier
            .verify(text, (self.inner.now)())
            .map_err(|error| refused(&error.to_string()))?;
        let token = Token::new(value).ok_or_else(|| refused("not printable"))?;
        Ok(Some(person.with_token(token)))
    }

    fn system(&self, call: &http::request::Parts) -> Result<Option<System>, Refusal> {
        let certificates = call
            .extensions
            .get::<TlsConnectInfo<TcpConnectInfo>>()
            .and_then(TlsConnectInfo::peer_certs);
        let Some(own) = certificates.as_ref().and_then(|chain| chain.first()) else {
            return Ok(None);
        };
        System::from_certificate(own, &self.inner.trust_domain)
            .map(Some)
            .map_err(|error| Refusal::Unauthenticated(error.to_string()))
    }
}

/// Puts a guard around a server's routes; see [`Guard::layer`].
#[derive(Clone)]
pub struct GuardLayer {
    guard: Guard,
    api: Arc<Api>,
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, layer: self.clone() }
    }
}

/// Routes behind a guard.
#[derive(Clone)]
pub struct Guarded<S> {
    inner: S,
    layer: GuardLayer,
}

impl<S, B> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if OPEN.iter().any(|open| request.uri().path().starts_with(open)) {
            return Box::pin(self.inner.call(request));
        }
        let GuardLayer { guard, api } = self.layer.clone();
        let (mut parts, body) = request.into_parts();
        let name = action_name(parts.uri.path());
        let action = name.as_deref().and_then(|name| guard.inner.policies.known_action(name));
        match guard.admit(action, &api, &parts) {
            Ok((caller, action)) => {
                parts.extensions.insert(caller);
                parts.extensions.insert(action);
                Box::pin(self.inner.call(Request::from_parts(parts, body)))
            }
            Err(refusal) => {
                let action = action.unwrap_or(UNKNOWN_ACTION).to_owned();
                Box::pin(async move {
                    let now = (guard.inner.now)();
                    guard.inner.refusals.keep(&refusal, &action, &api, now).await;
                    Ok(refusal.status().into_http())
                })
            }
        }
    }
}

/// What policies call the RPC at a path: `IntakeService.GetContact` for
/// `/mash.intake.v1.IntakeService/GetContact`.
fn action_name(path: &str) -> Option<String> {
    let (service, method) = path.strip_prefix("/mash.")?.split_once('/')?;
    let (_, service) = service.rsplit_once('.')?;
    Some(format!("{service}.{method}"))
}
