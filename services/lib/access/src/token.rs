//! A person's bearer token: a signed JWT access token (RFC 9068) of the configured
//! issuer, for this audience.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use tonic::metadata::{Ascii, MetadataValue};

use crate::caller::Person;
use crate::keys::{Key, Keys};
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
    keys: Keys,
    issuer: String,
    audience: String,
    known: Mutex<HashMap<String, Known>>,
}

/// A token whose signature was found good, and the very key that it was found good by:
/// when keys are read again, it is looked at again. A person sends the same token with
/// every call for minutes, and its signature is the dearest part of a call.
struct Known {
    key: Arc<Key>,
    claims: Arc<Claims>,
}

/// So many tokens are remembered; a hub has some hundred people.
const KNOWN_MAX: usize = 1000;

impl Verifier {
    /// Believes what `issuer` signs with these keys for `audience`.
    pub(crate) fn new(keys: Keys, issuer: String, audience: String) -> Self {
        Self { keys, issuer, audience, known: Mutex::default() }
    }

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
        let claims = self.claims(token, header.alg, key)?;
        claims.hold_at(now)?;
        let roles = claims.roles.iter().filter_map(|name| Role::parse(name)).collect();
        Person::new(&claims.sub, roles).ok_or(TokenError::BadSubject)
    }

    /// What a token says, where its signature, issuer and audience hold.
    fn claims(
        &self,
        token: &str,
        algorithm: Algorithm,
        key: Arc<Key>,
    ) -> Result<Arc<Claims>, TokenError> {
        let held = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = held().get(token).filter(|known| Arc::ptr_eq(&known.key, &key)) {
            return Ok(known.claims.clone());
        }
        let mut rules = Validation::new(algorithm);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["iss", "aud", "sub"]);
        // The library asks the system's clock; the instant is checked below.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        let claims =
            decode::<Claims>(token, &key.key, &rules).map_err(|_| TokenError::NotOurs)?.claims;
        let claims = Arc::new(claims);
        let mut known = held();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(token.to_owned(), Known { key, claims: claims.clone() });
        Ok(claims)
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
