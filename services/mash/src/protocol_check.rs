//! `mash protocol check`: whether a protocol file can be used, before it is (R59).

use std::path::PathBuf;

use clap::Subcommand;
use runtime::clock::Clock;

use crate::calendar_due::read_protocol;
use crate::cli::WrongInput;
use crate::up::{agencies, members};

/// What `mash protocol` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Read a protocol file and say what is wrong with it, by line and key
    Check {
        /// The file
        file: PathBuf,
    },
}

/// Reads the file as the services would, and says what it is.
pub(crate) fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Check { file } = command;
    let protocol = read_protocol(Some(file))?;
    for member in members::SERVICES {
        (member.check_protocol)(&protocol).map_err(|e| WrongInput(format!("{e:#}")))?;
    }
    let agencies = agencies::of(&protocol).map_err(|e| WrongInput(e.to_string()))?;
    let calendar = protocol.calendar();
    let today = calendar.local_date(Clock::system().now());
    println!(
        "{}: protocol {} of {}, {} agencies; bank holidays are published to {}",
        file.display(),
        protocol.version(),
        protocol.authority(),
        agencies.len(),
        calendar.holidays_end(),
    );
    if !protocol.in_force_on(today) {
        println!("it is not in force today: it is not approved, or begins later (R59)");
    }
    Ok(())
}
