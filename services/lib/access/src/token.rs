//! A person's bearer token: a signed JWT access token (RFC 9068) of the configured
//! issuer, for this audience.

use jiff::Timestamp;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;
use tonic::metadata::{Ascii, MetadataValue};

use crate::caller::Person;
use crate::keys::Keys;
use crate::role::Role;

/// Largest token, in bytes.
const SIZE_MAX: usize = 8 * 1024;

/// How far clocks may be apart, in seconds.
const LEEWAY: i64 = 30;

/// A person's token, to be passed on in calls on their behalf. Has no `Debug`.
#[derive(Clone)]
pub struct Token(MetadataValue<Ascii>);

impl Token {
    pub(crate) fn new(header: &http::HeaderValue) -> Option<Self> {
        let mut value = MetadataValue::try_from(header.as_bytes()).ok()?;
        value.set_sensitive(true);
        Some(Self(value))
    }

    /// Puts the token into a request to another service, so that the person must
    /// be allowed there too.
    pub fn pass_on<T>(&self, request: &mut tonic::Request<T>) {
        request.metadata_mut().insert("authorization", self.0.clone());
    }
}

/// Why a token is not accepted; for the trace, never for the caller.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("too large")]
    TooLarge,
    #[error("not a token")]
    Malformed,
    #[error("not an access token")]
    WrongType,
    #[error("asks for an extension that is not known")]
    Critical,
    #[error("key not known")]
    UnknownKey,
    #[error("algorithm not accepted for its key")]
    WrongAlgorithm,
    #[error("signature, issuer, audience or claims do not hold")]
    NotOurs,
    #[error("expired")]
    Expired,
    #[error("not valid yet")]
    NotYet,
    #[error("subject cannot be an id")]
    BadSubject,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    nbf: Option<i64>,
    #[serde(default)]
    roles: Vec<String>,
}

/// Verifies tokens.
pub(crate) struct Verifier {
    pub(crate) keys: Keys,
    pub(crate) issuer: String,
    pub(crate) audience: String,
}

impl Verifier {
    /// The person whom the token stands for at this instant. Of the header only
    /// type, algorithm and key id are used; `jku`, `jwk` and `x5u` are ignored.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Person, TokenError> {
        if token.len() > SIZE_MAX {
            return Err(TokenError::TooLarge);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        if !header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt")) {
            return Err(TokenError::WrongType);
        }
        if header.crit.is_some() {
            return Err(TokenError::Critical);
        }
        let id = header.kid.ok_or(TokenError::UnknownKey)?;
        let key = self.keys.find(&id, now).ok_or(TokenError::UnknownKey)?;
        if !key.algorithms.contains(&header.alg) {
            return Err(TokenError::WrongAlgorithm);
        }
        let mut rules = Validation::new(header.alg);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["iss", "aud", "sub"]);
        // The library asks the system's clock; the instant is checked below.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        let claims =
            decode::<Claims>(token, &key.key, &rules).map_err(|_| TokenError::NotOurs)?.claims;
        claims.hold_at(now)?;
        let roles = claims.roles.iter().filter_map(|name| Role::parse(name)).collect();
        Person::new(&claims.sub, roles).ok_or(TokenError::BadSubject)
    }
}

impl Claims {
    fn hold_at(&self, now: Timestamp) -> Result<(), TokenError> {
        let now = now.as_second();
        if self.exp.saturating_add(LEEWAY) <= now {
            return Err(TokenError::Expired);
        }
        if self.nbf.is_some_and(|from| now.saturating_add(LEEWAY) < from) {
            return Err(TokenError::NotYet);
        }
        Ok(())
    }
}
