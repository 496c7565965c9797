//! Identity from a certificate: exactly one URI among its names, byte by byte.

use access::{NotASystem, System};
use rcgen::{CertificateParams, KeyPair, SanType};

fn certificate(names: Vec<SanType>) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.subject_alt_names = names;
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

fn dns(text: &str) -> SanType {
    SanType::DnsName(text.try_into().unwrap())
}

#[test]
fn one_uri_names_the_system() {
    for (text, expected) in [
        ("service/partner-checks", System::Service("partner-checks".to_owned())),
        ("adapter/police", System::Adapter("police".to_owned())),
        ("agency/domestic_abuse", System::Agency("domestic_abuse".to_owned())),
    ] {
        let der = certificate(vec![dns("localhost"), uri(&format!("spiffe://hub.test/{text}"))]);
        let found = System::from_certificate(&der, "hub.test").unwrap();
        assert_eq!(found.path(), format!("/{text}"));
        assert_eq!(found, expected);
    }
}

#[test]
fn no_uri_or_two_name_nobody() {
    let ours = || uri("spiffe://hub.test/service/intake");
    for names in [
        vec![],
        vec![dns("intake")],
        vec![ours(), uri("spiffe://hub.test/service/screening")],
        vec![ours(), ours()],
        vec![ours(), uri("https://elsewhere.test/")],
    ] {
        let der = certificate(names);
        assert_eq!(System::from_certificate(&der, "hub.test"), Err(NotASystem::NotOneUri));
    }
}

#[test]
fn what_is_no_certificate_names_nobody() {
    let mut der = certificate(vec![uri("spiffe://hub.test/service/intake")]);
    assert!(System::from_certificate(&der, "hub.test").is_ok());
    der.push(0);
    assert_eq!(System::from_certificate(&der, "hub.test"), Err(NotASystem::Unreadable));
    assert_eq!(System::from_certificate(&der[..40], "hub.test"), Err(NotASystem::Unreadable));
    assert_eq!(System::from_certificate(&[], "hub.test"), Err(NotASystem::Unreadable));
}

#[test]
fn a_uri_that_is_not_exactly_ours_names_nobody() {
    let long = format!("spiffe://hub.test/service/{}", "a".repeat(64));
    for text in [
        "spiffe://other.test/service/intake",
        "spiffe://hub.test.evil/service/intake",
        "spiffe://hub.tes/service/intake",
        "spiffe://evil@hub.test/service/intake",
        "spiffe://hub.test:443/service/intake",
        "spiffe://HUB.TEST/service/intake",
        "SPIFFE://hub.test/service/intake",
        "https://hub.test/service/intake",
        "spiffe://hub.test/svc/intake",
        "spiffe://hub.test/Service/intake",
        "spiffe://hub.test/service/Intake",
        "spiffe://hub.test/service/",
        "spiffe://hub.test/service",
        "spiffe://hub.test//service/intake",
        "spiffe://hub.test/service//intake",
        "spiffe://hub.test/service/intake/",
        "spiffe://hub.test/service/intake/x",
        "spiffe://hub.test/agency/../service/intake",
        "spiffe://hub.test/service/./intake",
        "spiffe://hub.test/service/..",
        "spiffe://hub.test/service/int%61ke",
        "spiffe://hub.test/service%2Fintake",
        "spiffe://hub.test/service/intake?x",
        "spiffe://hub.test/service/intake#x",
        "spiffe://hub.test/service/intake ",
        "spiffe://hub.test/service/intake\0",
        "spiffe://hub.test/service/int\u{430}ke",
        "spiffe://hub.test/service/partner_checks",
        "spiffe://hub.test/agency/youth-justice",
        "spiffe://hub.test/adapter/po.lice",
        "",
        &long,
    ] {
        assert_eq!(System::parse(text, "hub.test"), Err(NotASystem::NotOurs), "{text:?}");
    }
}
