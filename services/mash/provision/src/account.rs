//! Under whose account PostgreSQL runs: it refuses to be root.
//!
//! An ordinary user runs it directly. Root runs it in a user namespace of its own, where it
//! is `nobody` inside while its files stay root's outside: nothing changes hands, it works
//! below /root (0700), and the child is the server itself, so that signals reach it. Where
//! namespaces are forbidden (many containers), it becomes user 65534 for real, which needs
//! a folder that this user may enter.

use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::error::{ProvisionError, Result};

const NOBODY: u32 = 65534;

/// How a program is started so that it is not root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// As the user who asks, who is not root.
    Own,
    /// As nobody inside a user namespace.
    Namespace,
    /// As user 65534, who must own the data.
    Nobody,
}

impl Account {
    /// The way that this machine allows, tried once per process.
    pub(crate) fn choose() -> Self {
        static CHOSEN: OnceLock<Account> = OnceLock::new();
        *CHOSEN.get_or_init(|| {
            if !rustix::process::geteuid().is_root() {
                return Self::Own;
            }
            let allowed = namespaced(OsStr::new("true"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success());
            if allowed { Self::Namespace } else { Self::Nobody }
        })
    }

    /// Who may enter a folder that this crate makes: the owner, and, where PostgreSQL runs as
    /// somebody else, others on their way through, who see nothing of what is in it.
    pub(crate) fn folder_mode(self) -> u32 {
        match self {
            Self::Own | Self::Namespace => 0o700,
            Self::Nobody => 0o711,
        }
    }

    /// A command that runs `program` under this account.
    pub(crate) fn command(self, program: &Path) -> Command {
        match self {
            Self::Own => Command::new(program),
            Self::Namespace => namespaced(program.as_os_str()),
            Self::Nobody => {
                let mut command = Command::new(program);
                command.uid(NOBODY).gid(NOBODY);
                command
            }
        }
    }

    /// Refuses a path that this account cannot come to.
    pub(crate) fn reach(self, path: &Path) -> Result<()> {
        let closed = path.ancestors().skip(1).find(|folder| !enterable(folder));
        match closed {
            Some(folder) if self == Self::Nobody => {
                Err(ProvisionError::NoAccount { folder: folder.to_owned() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Hands a file or an empty folder over to this account, where that is needed at all.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        self.reach(path)?;
        if self != Self::Nobody {
            return Ok(());
        }
        chown(path, Some(NOBODY), Some(NOBODY))
            .map_err(|e| ProvisionError::io("changing the owner", path, e))
    }
}

fn namespaced(program: &OsStr) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-user=65534", "--map-group=65534"]).arg(program);
    command
}

fn enterable(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|found| found.mode() & 0o001 != 0)
}
