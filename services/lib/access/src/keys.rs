//! The identity provider's public keys, from a JWKS file that something else keeps
//! fresh. Keys come from this file only: no token can bring or name its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

/// Least time between two readings for keys that the file does not have.
const RETRY: SignedDuration = SignedDuration::from_secs(1);

/// Fewest characters of an RSA modulus in base64: 2048 bits.
const RSA_MODULUS_MIN: usize = 342;

/// Why a JWKS file is not usable.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It cannot be read.
    #[error("the key file cannot be read")]
    Unreadable(#[from] std::io::Error),
    /// It is no JWKS.
    #[error("the key file is no JSON Web Key Set")]
    Malformed(#[from] serde_json::Error),
    /// No key in it has an id and is of a kind that is accepted.
    #[error("the key file has no usable key")]
    Empty,
}

/// A key, and the algorithms it may be used with.
pub(crate) struct Key {
    pub(crate) key: DecodingKey,
    pub(crate) algorithms: Vec<Algorithm>,
}

/// The keys in force.
pub(crate) struct Keys {
    file: PathBuf,
    held: Mutex<Held>,
}

struct Held {
    keys: HashMap<String, Arc<Key>>,
    modified: Option<SystemTime>,
    read_at: Timestamp,
}

impl Keys {
    /// Reads the file for the first time.
    pub(crate) fn open(file: PathBuf, now: Timestamp) -> Result<Self, KeysError> {
        let held = Held { modified: modified(&file), keys: read(&file)?, read_at: now };
        Ok(Self { file, held: Mutex::new(held) })
    }

    /// The key with this id. The file is read again where it has changed, and for
    /// an unknown id at most once a second, so that a flood of invented ids costs
    /// nothing. The last good set stays where the new one cannot be used.
    pub(crate) fn find(&self, id: &str, now: Timestamp) -> Option<Arc<Key>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = modified(&self.file) != held.modified;
        // A clock that was set back must not stop the reading either.
        let rested = now.duration_since(held.read_at).abs() >= RETRY;
        if changed || (rested && !held.keys.contains_key(id)) {
            // Before the reading: a change during it is then seen next time.
            held.modified = modified(&self.file);
            held.read_at = now;
            match read(&self.file) {
                Ok(keys) => held.keys = keys,
                Err(error) => {
                    tracing::warn!(%error, "key file not usable: keeping the last good one")
                }
            }
        }
        held.keys.get(id).cloned()
    }
}

fn modified(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|data| data.modified()).ok()
}

fn read(file: &Path) -> Result<HashMap<String, Arc<Key>>, KeysError> {
    let set: JwkSet = serde_json::from_slice(&std::fs::read(file)?)?;
    let keys: HashMap<_, _> = set.keys.iter().filter_map(usable).collect();
    if keys.is_empty() { Err(KeysError::Empty) } else { Ok(keys) }
}

/// A key of a kind that is accepted. Each kind fixes its algorithms, so that a
/// token cannot choose how its signature is looked at.
fn usable(jwk: &Jwk) -> Option<(String, Arc<Key>)> {
    let mut algorithms = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            vec![Algorithm::ES256]
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            vec![Algorithm::EdDSA]
        }
        AlgorithmParameters::RSA(key) if key.n.len() >= RSA_MODULUS_MIN => {
            vec![Algorithm::PS256, Algorithm::RS256]
        }
        AlgorithmParameters::EllipticCurve(_)
        | AlgorithmParameters::OctetKeyPair(_)
        | AlgorithmParameters::RSA(_)
        | AlgorithmParameters::OctetKey(_)
        | AlgorithmParameters::Other(_) => return None,
        _ => return None,
    };
    if jwk.common.public_key_use.as_ref().is_some_and(|used| *used != PublicKeyUse::Signature) {
        return None;
    }
    if let Some(named) = jwk.common.key_algorithm {
        algorithms.retain(|algorithm| format!("{algorithm:?}") == named.to_string());
    }
    let id = jwk.common.key_id.clone()?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    (!algorithms.is_empty()).then(|| (id, Arc::new(Key { key, algorithms })))
}
