//! An identity provider in a folder: a signing key, a JWKS file, tokens; and a clock
//! that tests move.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use access::{Guard, GuardConfig, Now, Policies, RefusalLog};
use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const ISSUER: &str = "https://login.hub.test";
pub const AUDIENCE: &str = "mash";

/// 2026-11-23 09:00 UTC, where every test's clock starts.
pub const START: i64 = 1_795_424_400;

pub struct IdentityProvider {
    folder: TempDir,
    clock: Arc<AtomicI64>,
    pub key: EncodingKey,
}

impl IdentityProvider {
    pub fn new() -> Self {
        let provider = Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(AtomicI64::new(START)),
            key: es256(),
        };
        provider.publish(&[provider.jwk("key-1")]);
        provider
    }

    pub fn jwks_file(&self) -> PathBuf {
        self.folder.path().join("jwks.json")
    }

    pub fn jwk(&self, id: &str) -> Jwk {
        jwk(&self.key, Algorithm::ES256, id)
    }

    pub fn publish(&self, keys: &[Jwk]) {
        let set = JwkSet { keys: keys.to_vec() };
        std::fs::write(self.jwks_file(), serde_json::to_vec(&set).unwrap()).unwrap();
    }

    pub fn move_clock(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn now(&self) -> Now {
        let clock = self.clock.clone();
        Arc::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap())
    }

    pub fn config(&self) -> GuardConfig {
        GuardConfig {
            trust_domain: "hub.test".to_owned(),
            jwks_file: Some(self.jwks_file()),
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
        }
    }

    pub fn guard(&self, refusals: RefusalLog) -> Guard {
        let policies = Policies::embedded().unwrap();
        Guard::new(self.config(), policies, refusals, self.now()).unwrap()
    }

    /// A token that holds, for a person with one role.
    pub fn token(&self, role: &str) -> String {
        self.sign(header(), claims(role))
    }

    pub fn sign(&self, header: Header, claims: Value) -> String {
        encode(&header, &claims, &self.key).unwrap()
    }
}

pub fn es256() -> EncodingKey {
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    EncodingKey::from_ec_pem(pem.as_bytes()).unwrap()
}

pub fn jwk(key: &EncodingKey, algorithm: Algorithm, id: &str) -> Jwk {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    jwk
}

pub fn header() -> Header {
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some("key-1".to_owned());
    header
}

pub fn claims(role: &str) -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "roles": [role],
        "nbf": START, "exp": START + 600,
    })
}
