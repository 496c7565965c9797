//! Bearer tokens: what is accepted, and everything that is not.

use std::convert::Infallible;

use access::{Caller, Guard, GuardError, Policies, RefusalLog};
use http::{Request, Response};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tonic::Code;
use tonic::body::Body;
use tonic_types::StatusExt;
use tower::{Layer, ServiceExt, service_fn};

use crate::identity::{IdentityProvider, claims, es256, header, jwk};

/// Calls `GetFigures`; the actor that the handler sees, or the refusal.
async fn call_with(guard: &Guard, authorization: &[&str]) -> Result<String, Code> {
    let handler = service_fn(|request: Request<()>| async move {
        let actor = request.extensions().get::<Caller>().unwrap().actor();
        Ok::<_, Infallible>(Response::builder().header("actor", actor).body(Body::empty()).unwrap())
    });
    let mut request = Request::builder().uri("/mash.reporting.v1.ReportingService/GetFigures");
    for value in authorization {
        request = request.header("authorization", *value);
    }
    let request = request.body(()).unwrap();
    let answer = guard.layer("reporting").layer(handler).oneshot(request).await.unwrap();
    let Some(status) = tonic::Status::from_header_map(answer.headers()) else {
        return Ok(answer.headers()["actor"].to_str().unwrap().to_owned());
    };
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.domain, "mash");
    let (reason, text) = if status.code() == Code::Unauthenticated {
        ("UNAUTHENTICATED", "the caller is not known")
    } else {
        ("NOT_ALLOWED", "the caller may not do this")
    };
    assert_eq!((info.reason.as_str(), status.message()), (reason, text));
    assert!(!answer.headers().contains_key("actor"));
    Err(status.code())
}

async fn call(guard: &Guard, token: &str) -> Result<String, Code> {
    call_with(guard, &[&format!("Bearer {token}")]).await
}

const UNKNOWN: Result<String, Code> = Err(Code::Unauthenticated);

fn with(key: &str, value: Value) -> Value {
    let mut claims = claims("board");
    claims[key] = value;
    claims
}

fn without(key: &str) -> Value {
    let mut claims = claims("board");
    claims.as_object_mut().unwrap().remove(key);
    claims
}

#[tokio::test]
async fn a_token_that_holds_lets_the_person_in_and_the_role_decides() {
    let provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    assert_eq!(call(&guard, &provider.token("board")).await, Ok("user-1".to_owned()));
    let lower = format!("bearer {}", provider.token("board"));
    assert_eq!(call_with(&guard, &[&lower]).await, Ok("user-1".to_owned()));
    assert_eq!(call(&guard, &provider.token("referrer")).await, Err(Code::PermissionDenied));
    assert_eq!(call(&guard, &provider.token("Board")).await, Err(Code::PermissionDenied));
    let several = provider.sign(header(), with("roles", json!(["of-another-system", "auditor"])));
    assert_eq!(call(&guard, &several).await, Ok("user-1".to_owned()));
    let audiences = provider.sign(header(), with("aud", json!(["mash", "mail"])));
    assert_eq!(call(&guard, &audiences).await, Ok("user-1".to_owned()));
}

#[tokio::test]
async fn a_header_that_is_not_one_bearer_token_is_refused() {
    let provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    let good = format!("Bearer {}", provider.token("board"));
    for values in [
        &[][..],
        &[""],
        &["Bearer"],
        &["Bearer "],
        &["Basic dXNlcjpwYXNz"],
        &["Bearer a.b"],
        &["Bearer a.b.c"],
        &[&good.replace("Bearer ", "")],
        &[&good.replace("Bearer ", "Bearer  ")],
        &[&good, &good],
    ] {
        assert_eq!(call_with(&guard, values).await, UNKNOWN, "{values:?}");
    }
}

#[tokio::test]
async fn claims_that_do_not_hold_are_refused() {
    let provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    for bad in [
        with("iss", json!("https://login.hub.test/")),
        with("iss", json!("https://evil.test")),
        without("iss"),
        with("aud", json!("MASH")),
        with("aud", json!(["mail"])),
        with("aud", json!([])),
        without("aud"),
        without("exp"),
        with("exp", json!("tomorrow")),
        with("exp", json!(-1)),
        without("sub"),
        with("sub", json!("")),
        with("sub", json!(7)),
        with("sub", json!("/service/intake")),
        with("sub", json!("line\nbreak")),
        with("sub", json!("x".repeat(256))),
        with("roles", json!("board")),
        with("roles", json!([7])),
    ] {
        let token = provider.sign(header(), bad.clone());
        assert_eq!(call(&guard, &token).await, UNKNOWN, "{bad}");
    }
}

#[tokio::test]
async fn a_token_holds_from_nbf_to_exp_give_or_take_thirty_seconds() {
    let provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    let token = provider.token("board");
    provider.move_clock(-31);
    assert_eq!(call(&guard, &token).await, UNKNOWN, "31 s early");
    provider.move_clock(1);
    assert!(call(&guard, &token).await.is_ok(), "30 s early");
    provider.move_clock(30 + 600 + 29);
    assert!(call(&guard, &token).await.is_ok(), "29 s after its end");
    provider.move_clock(1);
    assert_eq!(call(&guard, &token).await, UNKNOWN, "30 s after its end");
}

#[tokio::test]
async fn a_signature_by_any_other_way_is_refused() {
    let provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    let good = provider.token("board");
    let parts: Vec<_> = good.split('.').collect();
    // {"alg":"none","typ":"at+jwt","kid":"key-1"}
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoia2V5LTEifQ";
    assert_eq!(call(&guard, &format!("{none}.{}.", parts[1])).await, UNKNOWN);
    assert_eq!(call(&guard, &format!("{}.{}.", parts[0], parts[1])).await, UNKNOWN);
    assert_eq!(call(&guard, &format!("{none}.{}.{}", parts[1], parts[2])).await, UNKNOWN);
    let auditor = provider.token("auditor");
    let swapped = auditor.split('.').nth(1).unwrap();
    assert_eq!(call(&guard, &format!("{}.{swapped}.{}", parts[0], parts[2])).await, UNKNOWN);

    // HS256 with the public key as its secret: the classic confusion.
    let public = std::fs::read(provider.jwks_file()).unwrap();
    let hmac = Header { alg: Algorithm::HS256, ..header() };
    let forged = encode(&hmac, &claims("board"), &EncodingKey::from_secret(&public)).unwrap();
    assert_eq!(call(&guard, &forged).await, UNKNOWN);

    let stranger = encode(&header(), &claims("board"), &es256()).unwrap();
    assert_eq!(call(&guard, &stranger).await, UNKNOWN);
}

#[tokio::test]
async fn headers_that_bring_a_key_or_ask_for_more_are_refused() {
    let provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    let evil = es256();
    let mut brought = header();
    brought.jwk = Some(jwk(&evil, Algorithm::ES256, "key-1"));
    brought.jku = Some("https://evil.test/jwks".to_owned());
    brought.x5u = Some("https://evil.test/x509".to_owned());
    let forged = encode(&brought, &claims("board"), &evil).unwrap();
    assert_eq!(call(&guard, &forged).await, UNKNOWN, "the key it brings");
    let honest = provider.sign(brought, claims("board"));
    assert!(call(&guard, &honest).await.is_ok(), "what it brings is ignored");

    for bad in [
        Header { typ: Some("JWT".to_owned()), ..header() },
        Header { typ: None, ..header() },
        Header { kid: None, ..header() },
        Header { kid: Some("key-2".to_owned()), ..header() },
        Header { crit: Some(vec!["exp".to_owned()]), ..header() },
    ] {
        assert_eq!(call(&guard, &provider.sign(bad, claims("board"))).await, UNKNOWN);
    }
}

#[tokio::test]
async fn a_token_above_eight_kib_is_refused() {
    let provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    let padded = |size: usize| provider.sign(header(), with("note", json!("x".repeat(size))));
    assert!(padded(5_500).len() < 8 * 1024);
    assert!(call(&guard, &padded(5_500)).await.is_ok());
    assert!(padded(6_000).len() > 8 * 1024);
    assert_eq!(call(&guard, &padded(6_000)).await, UNKNOWN);
}

#[tokio::test]
async fn ed25519_keys_are_accepted_and_keys_of_other_kinds_are_not() {
    let provider = IdentityProvider::new();
    // PKCS #8 of an Ed25519 key: a fixed head, then the 32 bytes of the seed.
    let head = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    let edwards = EncodingKey::from_ed_der(&[&head[..], &[7; 32]].concat());
    let secret = EncodingKey::from_secret(b"a secret that a key file must not give out");
    provider.publish(&[
        jwk(&edwards, Algorithm::EdDSA, "key-ed"),
        jwk(&secret, Algorithm::HS256, "key-hmac"),
    ]);
    let guard = provider.guard(RefusalLog::Traced);
    let signed = |algorithm, id: &str, key| {
        let header = Header { alg: algorithm, kid: Some(id.to_owned()), ..header() };
        encode(&header, &claims("board"), key).unwrap()
    };
    assert!(call(&guard, &signed(Algorithm::EdDSA, "key-ed", &edwards)).await.is_ok());
    let hmac = signed(Algorithm::HS256, "key-hmac", &secret);
    assert_eq!(call(&guard, &hmac).await, UNKNOWN);
}

#[tokio::test]
async fn keys_are_rotated_while_running_and_the_last_good_set_stays() {
    let mut provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    let old = provider.token("board");
    let old_jwk = provider.jwk("key-1");
    provider.key = es256();
    let new = provider.sign(Header { kid: Some("key-2".to_owned()), ..header() }, claims("board"));
    assert_eq!(call(&guard, &new).await, UNKNOWN, "not published yet");
    provider.publish(&[old_jwk, provider.jwk("key-2")]);
    provider.move_clock(1);
    assert!(call(&guard, &new).await.is_ok(), "an unknown key is looked up after a second");

    std::fs::write(provider.jwks_file(), "{ half a file").unwrap();
    provider.move_clock(1);
    assert!(call(&guard, &new).await.is_ok(), "a broken file changes nothing");
    std::fs::remove_file(provider.jwks_file()).unwrap();
    provider.move_clock(1);
    assert!(call(&guard, &old).await.is_ok(), "nor does a missing one");

    provider.publish(&[provider.jwk("key-2")]);
    assert_eq!(call(&guard, &old).await, UNKNOWN, "a withdrawn key is out at once");
    assert!(call(&guard, &new).await.is_ok());
}

#[tokio::test]
async fn a_token_that_was_good_is_looked_at_again_when_its_key_changes_or_it_does() {
    let mut provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    let token = provider.token("board");
    assert!(call(&guard, &token).await.is_ok());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged: String = signature.chars().rev().collect();
    assert_eq!(call(&guard, &format!("{signed}.{forged}")).await, UNKNOWN);
    // Another key under the same id.
    provider.key = es256();
    provider.publish(&[provider.jwk("key-1")]);
    provider.move_clock(1);
    assert_eq!(call(&guard, &token).await, UNKNOWN);
}

#[tokio::test]
async fn unknown_keys_are_looked_up_once_a_second() {
    let mut provider = IdentityProvider::new();
    let guard = provider.guard(RefusalLog::Traced);
    provider.key = es256();
    let token =
        provider.sign(Header { kid: Some("key-2".to_owned()), ..header() }, claims("board"));
    let before = std::fs::metadata(provider.jwks_file()).unwrap().modified().unwrap();
    provider.publish(&[provider.jwk("key-2")]);
    // The same time of change: only the unknown key can make it look.
    std::fs::File::options()
        .write(true)
        .open(provider.jwks_file())
        .unwrap()
        .set_modified(before)
        .unwrap();
    assert_eq!(call(&guard, &token).await, UNKNOWN, "within the second of the first reading");
    provider.move_clock(1);
    assert!(call(&guard, &token).await.is_ok());
}

#[tokio::test]
async fn what_is_not_configured_does_not_start() {
    let provider = IdentityProvider::new();
    let start = |config| {
        Guard::new(config, Policies::embedded().unwrap(), RefusalLog::Traced, provider.now()).err()
    };
    let config = || provider.config();
    for trust_domain in ["", "Hub.test", "hub.test/x"] {
        let config = access::GuardConfig { trust_domain: trust_domain.to_owned(), ..config() };
        assert!(matches!(start(config), Some(GuardError::TrustDomain)));
    }
    let nobody = access::GuardConfig { issuer: String::new(), ..config() };
    assert!(matches!(start(nobody), Some(GuardError::IdentityProvider)));
    let nowhere = access::GuardConfig { audience: String::new(), ..config() };
    assert!(matches!(start(nowhere), Some(GuardError::IdentityProvider)));
    std::fs::write(provider.jwks_file(), r#"{"keys":[]}"#).unwrap();
    assert!(matches!(start(config()), Some(GuardError::Keys(_))));

    let none = access::GuardConfig { jwks_file: None, ..config() };
    let guard = Guard::new(none, Policies::embedded().unwrap(), RefusalLog::Traced, provider.now())
        .unwrap();
    assert_eq!(call(&guard, &provider.token("board")).await, UNKNOWN, "no person calls here");
}
