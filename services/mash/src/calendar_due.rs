//! `mash calendar due`: a deadline reckoned on the command line, to check one by hand.

use std::path::PathBuf;

use calendar::protocol::Protocol;
use clap::Subcommand;

use crate::cli::WrongInput;

/// What `mash calendar` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// When a timescale runs out
    Due {
        /// The start: 2026-12-24T15:00 (local) or 2026-12-24T15:00:00Z
        #[arg(long)]
        from: String,
        /// How long: 4h, 90m, 1h30m; a number alone means hours, or working days on that basis
        #[arg(long)]
        amount: String,
        /// What counts: elapsed, hub_hours or working_days
        #[arg(long)]
        basis: String,
        /// Another protocol file than the one built in
        #[arg(long)]
        protocol: Option<PathBuf>,
    },
}

/// Prints the deadline.
pub(crate) fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Due { from, amount, basis, protocol } = command;
    let protocol = read_protocol(protocol.as_ref())?;
    let due = calendar::due(protocol.calendar(), from, amount, basis);
    println!("{}", due.map_err(|e| WrongInput(e.to_string()))?);
    Ok(())
}

/// The protocol in `file`, or the one built in.
pub(crate) fn read_protocol(file: Option<&PathBuf>) -> Result<Protocol, WrongInput> {
    let read = match file {
        Some(file) => Protocol::read(file),
        None => Protocol::embedded(),
    };
    read.map_err(|e| WrongInput(format!("{:#}", anyhow::Error::new(e))))
}
