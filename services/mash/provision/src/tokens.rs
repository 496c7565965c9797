//! Tokens for people, as an identity provider would sign them: one demo person per role,
//! with an opaque id that stays the same and a token that is new at every start.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde::Serialize;
use uuid::Uuid;

use crate::error::{ProvisionError, Result};
use crate::identity::identity_error;
use crate::secrets::{private_folder, write_private};

/// The issuer that services of a development hub trust.
pub const ISSUER: &str = "https://identity.mash.localhost";
/// Whom the tokens are for.
pub const AUDIENCE: &str = "mash";
/// The roles that have a demo person.
pub const DEMO_ROLES: [&str; 15] = [
    "referrer",
    "screening_practitioner",
    "early_help_practitioner",
    "mash_manager",
    "early_help_manager",
    "service_manager",
    "head_of_service",
    "edt",
    "consultation_adviser",
    "notice_sender",
    "case_system",
    "auditor",
    "operator",
    "board",
    "edt_manager",
];

/// How long the token of a demo person is good; a hub that runs on renews them before.
pub const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// A person of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The one role of this person.
    pub role: &'static str,
    /// The opaque id, stable across starts.
    pub sub: Uuid,
    /// The file with the token of this start, for `$(cat …)`.
    pub token_file: PathBuf,
    /// The token itself.
    pub token: String,
}

/// The claims of an access token (RFC 9068), with the roles.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: Uuid,
    client_id: &'a str,
    roles: &'a [&'a str],
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

/// The key that signs people's tokens (ES256), its key set, and the demo people.
#[derive(Clone)]
pub struct TokenSigner {
    folder: PathBuf,
    key: EncodingKey,
    kid: String,
    people: Vec<Person>,
}

impl TokenSigner {
    /// Makes or finds the key under `folder`, writes its `jwks.json`, and mints a token for
    /// every demo person that is good for [`LIFETIME`] from `now`.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self> {
        let unusable = |e: jsonwebtoken::errors::Error| identity_error(folder, &e);
        private_folder(folder)?;
        let key = EncodingKey::from_ec_pem(signing_key(folder)?.as_bytes()).map_err(unusable)?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(unusable)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(unusable)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let mut signer = Self { folder: folder.to_owned(), key, kid, people: Vec::new() };
        let set = JwkSet { keys: vec![jwk] };
        let set = serde_json::to_vec_pretty(&set).map_err(|e| identity_error(folder, &e))?;
        write_private(&signer.jwks(), &set)?;
        signer.people = signer.demo_people(now)?;
        Ok(signer)
    }

    /// The public keys that verify the tokens.
    pub fn jwks(&self) -> PathBuf {
        self.folder.join("jwks.json")
    }

    /// The demo people, one for each of [`DEMO_ROLES`], in that order.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The demo person of a role.
    pub fn person(&self, role: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.role == role)
    }

    /// Signs a token for `sub` that is good from `now` for `lifetime`.
    pub fn mint(
        &self,
        roles: &[&str],
        sub: Uuid,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<String> {
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let claims = Claims {
            iss: ISSUER,
            aud: AUDIENCE,
            sub,
            client_id: "mash-development",
            roles,
            iat: now.as_second(),
            nbf: now.as_second(),
            exp: now.as_second().saturating_add(lifetime),
            jti: Uuid::new_v4(),
        };
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.kid.clone());
        encode(&header, &claims, &self.key).map_err(|e| identity_error(&self.folder, &e))
    }

    /// Writes every demo person's token anew, good for [`LIFETIME`] from `now`.
    pub fn renew(&self, now: Timestamp) -> Result<()> {
        self.demo_people(now).map(drop)
    }

    fn demo_people(&self, now: Timestamp) -> Result<Vec<Person>> {
        let folder = self.folder.join("tokens");
        private_folder(&folder)?;
        let subs = subs(&self.folder.join("people.json"))?;
        let person = |(role, sub): (&'static str, Uuid)| {
            let token = self.mint(&[role], sub, LIFETIME, now)?;
            let token_file = folder.join(format!("{role}.jwt"));
            write_private(&token_file, token.as_bytes())?;
            Ok(Person { role, sub, token_file, token })
        };
        subs.into_iter().map(person).collect()
    }
}

fn signing_key(folder: &Path) -> Result<String> {
    let path = folder.join("tokens.key");
    if path.exists() {
        return fs::read_to_string(&path).map_err(|e| ProvisionError::io("reading", &path, e));
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256);
    let pem = key.map_err(|e| identity_error(folder, &e))?.serialize_pem();
    write_private(&path, pem.as_bytes())?;
    Ok(pem)
}

/// The ids of the demo people: the kept ones, and new ones for roles that have none yet.
fn subs(path: &Path) -> Result<Vec<(&'static str, Uuid)>> {
    let corrupt = |e: serde_json::Error| ProvisionError::Corrupt {
        path: path.to_owned(),
        detail: e.to_string(),
    };
    let mut kept: BTreeMap<String, Uuid> = BTreeMap::new();
    if path.exists() {
        let text = fs::read(path).map_err(|e| ProvisionError::io("reading", path, e))?;
        kept = serde_json::from_slice(&text).map_err(corrupt)?;
    }
    let subs = DEMO_ROLES
        .map(|role| (role, *kept.entry(role.to_owned()).or_insert_with(Uuid::new_v4)))
        .to_vec();
    let text = serde_json::to_vec_pretty(&kept).map_err(corrupt)?;
    write_private(path, &text)?;
    Ok(subs)
}
