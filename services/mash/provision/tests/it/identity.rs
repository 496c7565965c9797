//! Certificates chain to the right authority with one identity each; tokens verify.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use provision::{AUDIENCE, CertificateFiles, DEMO_ROLES, ISSUER, Identities, Participants};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use serde_json::Value;
use uuid::Uuid;
use x509_parser::extensions::GeneralName;

const HUB: Participants<'_> = Participants {
    authority: "hackney",
    services: &["intake", "partner-checks"],
    agencies: &["police", "health"],
};

fn now() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().unwrap()
}

fn roots(ca: &Path) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    Arc::new(roots)
}

fn unix(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(at.as_second().unsigned_abs()))
}

fn as_client(files: &CertificateFiles, ca: &Path, at: Timestamp) -> Result<(), rustls::Error> {
    let certificate = CertificateDer::from_pem_file(&files.certificate).unwrap();
    let provider = Arc::new(default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(roots(ca), provider).build().unwrap();
    verifier.verify_client_cert(&certificate, &[], unix(at)).map(|_| ())
}

fn as_server(files: &CertificateFiles, ca: &Path, host: &str) -> Result<(), rustls::Error> {
    let certificate = CertificateDer::from_pem_file(&files.certificate).unwrap();
    let provider = Arc::new(default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(roots(ca), provider).build().unwrap();
    let host = ServerName::try_from(host).unwrap();
    verifier.verify_server_cert(&certificate, &[], &host, &[], unix(now())).map(|_| ())
}

fn uris(files: &CertificateFiles) -> Vec<String> {
    let der = CertificateDer::from_pem_file(&files.certificate).unwrap();
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let uri = |name: &GeneralName<'_>| {
        if let GeneralName::URI(uri) = name { Some((*uri).to_owned()) } else { None }
    };
    names.value.general_names.iter().filter_map(uri).collect()
}

#[test]
fn every_identity_is_one_uri_and_verifies_against_its_authority_only() {
    let folder = super::temporary();
    let hub = Identities::prepare(folder.path(), HUB, now()).unwrap();
    let (services, agencies) = (hub.services_ca(), hub.agencies_ca());
    let expected = [
        (hub.service("partner-checks"), "service/partner-checks", &services, &agencies),
        (hub.adapter("police"), "adapter/police", &services, &agencies),
        (hub.agency("police"), "agency/police", &agencies, &services),
    ];
    for (files, identity, own, other) in expected {
        assert_eq!(uris(&files), [format!("spiffe://hackney/{identity}")]);
        as_client(&files, own, now()).unwrap();
        assert!(as_client(&files, other, now()).is_err(), "{identity}");
    }
    for host in ["localhost", "127.0.0.1"] {
        as_server(&hub.service("intake"), &services, host).unwrap();
        as_server(&hub.door("police"), &agencies, host).unwrap();
        assert!(as_server(&hub.door("police"), &services, host).is_err());
    }
    assert_eq!(uris(&hub.door("police")), ["spiffe://hackney/adapter/police"]);
    assert!(as_client(&hub.door("police"), &agencies, now()).is_err(), "a door calls nobody");
    assert!(as_server(&hub.agency("police"), &agencies, "localhost").is_err());
}

#[test]
fn keys_and_tokens_are_the_owners_only() {
    let folder = super::temporary();
    let hub = Identities::prepare(folder.path(), HUB, now()).unwrap();
    let person = hub.signer().person("auditor").unwrap();
    for path in [&hub.service("intake").key, &hub.agency("police").key, &person.token_file] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn certificates_stay_until_thirty_days_are_left_and_keys_stay_always() {
    let folder = super::temporary();
    let at = |days: i64| now() + SignedDuration::from_hours(24 * days);
    let prepare = |days| Identities::prepare(folder.path(), HUB, at(days)).unwrap();
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let made = prepare(0);
    let files = made.service("intake");
    let (certificate, key) = (read(&files.certificate), read(&files.key));
    let authority = read(&made.services_ca());

    prepare(330);
    assert_eq!(read(&files.certificate), certificate);
    let renewed = prepare(340);
    assert_ne!(read(&files.certificate), certificate);
    assert_eq!(read(&files.key), key);
    assert_eq!(read(&renewed.services_ca()), authority);
    as_client(&files, &renewed.services_ca(), at(600)).unwrap();
}

#[test]
fn a_certificate_of_a_lost_authority_is_made_anew() {
    let folder = super::temporary();
    let hub = Identities::prepare(folder.path(), HUB, now()).unwrap();
    fs::remove_file(hub.services_ca()).unwrap();
    fs::remove_file(folder.path().join("pki/services-ca.key")).unwrap();
    let hub = Identities::prepare(folder.path(), HUB, now()).unwrap();
    as_client(&hub.service("intake"), &hub.services_ca(), now()).unwrap();
}

#[test]
fn tokens_verify_against_the_key_set_and_people_stay_the_same() {
    let folder = super::temporary();
    let hub = Identities::prepare(folder.path(), HUB, now()).unwrap();
    let set: JwkSet = serde_json::from_slice(&fs::read(hub.signer().jwks()).unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[AUDIENCE]);
    rules.set_issuer(&[ISSUER]);
    // The fixed time of this test is not the time of the day on which it runs.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    for role in DEMO_ROLES {
        let person = hub.signer().person(role).unwrap();
        let header = decode_header(&person.token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        let jwk = set.find(&header.kid.unwrap()).unwrap();
        let key = DecodingKey::from_jwk(jwk).unwrap();
        let claims = decode::<Value>(&person.token, &key, &rules).unwrap().claims;
        assert_eq!(claims["roles"], serde_json::json!([role]));
        assert_eq!(claims["sub"], person.sub.to_string());
        assert_eq!(claims["exp"], now().as_second() + 12 * 60 * 60);
    }
    let later = now() + SignedDuration::from_hours(1);
    let again = Identities::prepare(folder.path(), HUB, later).unwrap();
    for (before, after) in hub.signer().people().iter().zip(again.signer().people()) {
        assert_eq!(before.sub, after.sub);
        assert_ne!(before.token, after.token);
    }

    let other = super::temporary();
    let stranger = Identities::prepare(other.path(), HUB, now()).unwrap();
    let forged = stranger.signer();
    let forged =
        forged.mint(&["operator"], Uuid::new_v4(), Duration::from_secs(60), now()).unwrap();
    let key = DecodingKey::from_jwk(&set.keys[0]).unwrap();
    assert!(decode::<Value>(&forged, &key, &rules).is_err());
}
