//! A machine made ready, with the real servers: what `mash up` relies on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod broker;
mod claim;
mod disk;
mod identity;
mod servers;
mod tools;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use provision::{OwnTools, Tools};
use tempfile::TempDir;

/// The servers' programs, installed once for the whole workspace.
async fn tools() -> Tools {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.mash");
    Tools::find(&cache, &OwnTools::default()).await.unwrap()
}

/// A temporary folder that PostgreSQL may pass through where it runs as another user.
fn temporary() -> TempDir {
    let mode = Permissions::from_mode(0o711);
    tempfile::Builder::new().permissions(mode).tempdir().unwrap()
}
