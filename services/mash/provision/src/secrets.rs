//! Passwords that are made once and kept: one file, readable by its owner only.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::account::Account;
use crate::error::{ProvisionError, Result};

/// A file of passwords by login; a login that is asked for the first time gets a new one.
pub struct Secrets {
    path: PathBuf,
    passwords: BTreeMap<String, String>,
}

impl Secrets {
    /// Reads the file, or begins an empty one (written with the first password).
    pub fn open(path: &Path) -> Result<Self> {
        let passwords = match fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|e| ProvisionError::Corrupt {
                path: path.to_owned(),
                detail: e.to_string(),
            })?,
            Err(e) if e.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(ProvisionError::io("reading", path, e)),
        };
        Ok(Self { path: path.to_owned(), passwords })
    }

    /// The password of a login: the kept one, or a new one that is on disk when this returns.
    pub fn password(&mut self, login: &str) -> Result<String> {
        if let Some(known) = self.passwords.get(login) {
            return Ok(known.clone());
        }
        let password = random_password();
        self.passwords.insert(login.to_owned(), password.clone());
        let text = serde_json::to_vec_pretty(&self.passwords).map_err(|e| {
            ProvisionError::Corrupt { path: self.path.clone(), detail: e.to_string() }
        })?;
        write_private(&self.path, &text)?;
        Ok(password)
    }
}

/// 244 random bits, safe in a URL and in a SQL literal.
fn random_password() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let draft = path.with_added_extension("new");
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&draft, path));
    written.map_err(|e| ProvisionError::io("writing", path, e))
}

/// Makes a folder that only its owner may look into, with its parents.
pub fn private_folder(path: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(Account::choose().folder_mode())
        .create(path)
        .map_err(|e| ProvisionError::io("making the folder", path, e))
}
