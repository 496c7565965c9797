//! Programs are installed whole or not at all, and old ones are refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use provision::{OwnTools, ProvisionError, Tools};

#[tokio::test]
async fn two_that_install_at_once_both_end_well() {
    let cache = super::temporary();
    let own = OwnTools::default();
    let (one, other) =
        tokio::join!(Tools::find(cache.path(), &own), Tools::find(cache.path(), &own));
    assert_eq!(one.unwrap().nats_server(), other.unwrap().nats_server());
    let drafts = fs::read_dir(cache.path()).unwrap().flatten();
    let installed: Vec<String> = drafts
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name.starts_with("tools-"))
        .collect();
    assert_eq!(installed.len(), 1, "{installed:?}");
}

#[tokio::test]
async fn a_broker_that_is_too_old_is_refused_by_name_and_version() {
    let folder = super::temporary();
    let old = folder.path().join("nats-server");
    fs::write(&old, "#!/bin/sh\necho 'nats-server: v2.9.10'\n").unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).unwrap();
    let postgres_bin = super::tools().await.postgres_bin().to_owned();
    let own = OwnTools { nats_server: Some(old), postgres_bin: Some(postgres_bin) };
    let refusal = Tools::find(folder.path(), &own).await.unwrap_err();
    assert!(matches!(refusal, ProvisionError::TooOld { .. }), "{refusal}");
    assert!(refusal.to_string().contains("2.9"), "{refusal}");
    assert!(refusal.to_string().contains("2.12"), "{refusal}");
}
