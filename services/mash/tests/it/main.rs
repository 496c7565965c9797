//! The program as its users meet it: commands, their output and exit codes, and whole hubs
//! with the real servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod commands;
mod events;
mod hub;
mod library;
mod register;
mod running;
mod settings;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use provision::{OwnTools, Tools};
use tempfile::TempDir;

/// The program that is tested.
const MASH: &str = env!("CARGO_BIN_EXE_mash");

/// Runs it to its end, with nothing in the environment but `settings`.
fn mash(args: &[&str], settings: &[(&str, &str)]) -> Ended {
    let run = Command::new(MASH).args(args).env_clear().envs(settings.iter().copied()).output();
    run.unwrap().into()
}

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// The command was refused: exit code 2, nothing on standard output, every text given
    /// on standard error.
    #[track_caller]
    fn is_refused(&self, texts: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (Some(2), ""), "{self:?}");
        for text in texts {
            assert!(self.err.contains(text), "{text:?} is not said: {self:?}");
        }
    }
}

/// The servers' programs, installed once for the whole workspace.
fn tools() -> OwnTools {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.mash");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let find = async { Tools::find(&cache, &OwnTools::default()).await };
    let tools = runtime.block_on(find).unwrap();
    OwnTools {
        nats_server: Some(tools.nats_server().to_owned()),
        postgres_bin: Some(tools.postgres_bin().to_owned()),
    }
}

/// A temporary folder that PostgreSQL may pass through where it runs as another user.
fn temporary() -> TempDir {
    let mode = Permissions::from_mode(0o711);
    let made = tempfile::Builder::new().permissions(mode).tempdir();
    made.unwrap()
}
