//! What is linked in: licences, crates that are not wanted, and crates in two versions.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

use crate::tree::{none, root};

/// The platform of the image.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

const LICENCES: [&str; 8] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// One cryptographic provider, ring, and no TLS but rustls.
const UNWANTED: [&str; 5] = ["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl", "openssl-sys"];

/// Two versions of these would not understand each other's values.
const ONCE: [&str; 10] =
    ["axum", "h2", "http", "hyper", "opentelemetry", "prost", "rustls", "tokio", "tonic", "tower"];

/// Small crates that come in several versions because who uses them is not at one yet.
const SEVERAL: [&str; 27] = [
    "base64",
    "bit-vec",
    "block-buffer",
    "cpufeatures",
    "crypto-common",
    "digest",
    "foldhash",
    "getrandom",
    "hashbrown",
    "hkdf",
    "hmac",
    "indexmap",
    "itertools",
    "pem",
    "petgraph",
    "rand",
    "rand_chacha",
    "rand_core",
    "schemars",
    "serde_spanned",
    "sha2",
    "syn",
    "synstructure",
    "toml",
    "toml_datetime",
    "unicode-width",
    "winnow",
];

struct Package {
    name: String,
    version: String,
    licence: String,
}

/// Everything that some member needs on the platform, also to be built or tested.
fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            PLATFORM,
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo answers in JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let needs: BTreeMap<String, Vec<String>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| (text(&node["id"]), list(&node["dependencies"]).iter().map(text).collect()))
        .collect();
    let (mut reached, mut waiting) = (BTreeSet::new(), Vec::new());
    waiting.extend(list(&metadata["workspace_members"]).iter().map(text));
    while let Some(id) = waiting.pop() {
        if reached.insert(id.clone()) {
            waiting.extend(needs.get(&id).into_iter().flatten().cloned());
        }
    }
    let packages = list(&metadata["packages"]);
    let packages = packages.iter().filter(|package| reached.contains(&text(&package["id"])));
    packages
        .map(|package| Package {
            name: text(&package["name"]),
            version: text(&package["version"]),
            licence: text(&package["license"]),
        })
        .collect()
}

/// An expression of SPDX, with the old `/` for `OR`: every part of `AND` needs one
/// licence that we may use.
fn may_be_used(expression: &str) -> bool {
    let parts = expression.replace('/', " OR ");
    let parts = parts.split(" AND ").map(|part| part.trim().trim_matches(['(', ')']));
    parts
        .into_iter()
        .all(|part| part.split(" OR ").any(|licence| LICENCES.contains(&licence.trim())))
}

#[test]
fn licences_can_be_given_on() {
    let packages = packages();
    let bad = packages.iter().filter(|package| !may_be_used(&package.licence));
    let bad =
        bad.map(|package| format!("{} {}: {:?}", package.name, package.version, package.licence));
    none("every dependency has a licence of the list", bad.collect());
    let idle = LICENCES
        .iter()
        .filter(|licence| !packages.iter().any(|package| package.licence.contains(**licence)));
    none(
        "every licence of the list is needed",
        idle.map(|licence| (*licence).to_owned()).collect(),
    );
}

#[test]
fn an_expression_needs_every_part() {
    assert!(may_be_used("MIT OR GPL-3.0") && may_be_used("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!may_be_used("MIT AND GPL-3.0") && !may_be_used("GPL-3.0") && !may_be_used(""));
}

#[test]
fn no_second_cryptography() {
    let packages = packages();
    let bad = packages.iter().filter(|package| UNWANTED.contains(&&*package.name));
    none(
        "TLS is rustls with ring",
        bad.map(|package| format!("{} {}", package.name, package.version)).collect(),
    );
}

#[test]
fn every_dependency_comes_once() {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages() {
        versions.entry(package.name).or_default().push(package.version);
    }
    let several: Vec<_> = versions.iter().filter(|(_, versions)| versions.len() > 1).collect();
    let bad = several.iter().filter(|(name, _)| !SEVERAL.contains(&name.as_str()));
    none(
        "a dependency comes in one version",
        bad.map(|(name, all)| format!("{name}: {}", all.join(", "))).collect(),
    );
    let idle = SEVERAL.iter().filter(|name| !several.iter().any(|(several, _)| several == name));
    none("every exception is needed", idle.map(|name| (*name).to_owned()).collect());
    assert!(!SEVERAL.iter().any(|name| ONCE.contains(name)), "these are never excused: {ONCE:?}");
}
