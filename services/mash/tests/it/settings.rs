//! `mash serve --check-config`, and what a service does with settings that are wrong.

use std::path::Path;

use provision::{Identities, Participants};
use runtime::clock::Clock;

use super::{Ended, mash, temporary};

/// Settings with which intake would start, apart from the servers, which may be away.
fn good(folder: &Path) -> Vec<(String, String)> {
    let hub = Participants { authority: "hackney", services: &["intake"], agencies: &[] };
    let identities = Identities::prepare(folder, hub, Clock::system().now()).unwrap();
    let own = identities.service("intake");
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    [
        ("LISTEN", "127.0.0.1:0".to_owned()),
        ("ADMIN_LISTEN", "127.0.0.1:0".to_owned()),
        ("TLS_CERTIFICATE", path(&own.certificate)),
        ("TLS_KEY", path(&own.key)),
        ("TLS_AUTHORITY", path(&identities.services_ca())),
        ("DATABASE_URL", "postgres://intake:secret@127.0.0.1:9/intake".to_owned()),
        ("BROKER_URL", "nats://127.0.0.1:9".to_owned()),
        ("TRUST_DOMAIN", "hackney".to_owned()),
        ("JWKS", path(&identities.signer().jwks())),
        ("ISSUER", provision::ISSUER.to_owned()),
        ("AUDIENCE", provision::AUDIENCE.to_owned()),
    ]
    .map(|(key, value)| (format!("MASH_{key}"), value))
    .to_vec()
}

fn serve(args: &[&str], settings: &[(String, String)]) -> Ended {
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    mash(&[&["serve", "intake"], args].concat(), &settings)
}

#[test]
fn good_settings_are_checked_without_starting_anything() {
    let folder = temporary();
    let checked = serve(&["--check-config"], &good(folder.path()));
    assert_eq!(
        (checked.code, checked.out.as_str()),
        (Some(0), "the settings are good\n"),
        "{checked:?}"
    );
}

#[test]
fn an_unknown_setting_is_refused_with_everything_else_that_is_wrong() {
    let folder = temporary();
    let mut settings = good(folder.path());
    settings.retain(|(key, _)| key != "MASH_JWKS");
    settings.push(("MASH_LISTN".to_owned(), "hidden".to_owned()));
    for args in [vec!["--check-config"], vec![]] {
        let refused = serve(&args, &settings);
        refused
            .is_refused(&["MASH_LISTN is not a setting of this service", "MASH_JWKS is missing"]);
        assert!(!refused.err.contains("hidden") && !refused.err.contains("secret"));
    }
}

#[test]
fn files_that_the_settings_name_are_read_and_every_problem_is_said() {
    let folder = temporary();
    let mut settings = good(folder.path());
    let protocol = folder.path().join("protocol.toml");
    std::fs::write(&protocol, "[protocol]\nauthority = 1\n").unwrap();
    settings.push(("MASH_PROTOCOL".to_owned(), protocol.to_str().unwrap().to_owned()));
    std::fs::remove_file(folder.path().join("pki/service-intake.key")).unwrap();
    let refused = serve(&["--check-config"], &settings);
    refused
        .is_refused(&["protocol.toml:2: protocol.authority", "service-intake.key cannot be read"]);
}
