//! `mash events`: what the services' event logs could not settle themselves. It works on
//! the databases, those of the hub that runs on this machine or those named, so that it
//! also serves while a service is down.

mod databases;
mod parked;
mod resync;
mod verify;

use clap::Subcommand;

/// What `mash events` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Events that could not be applied and wait for a person
    #[command(subcommand)]
    Parked(parked::Command),
    /// Whether every log is whole, and how far every follower has come
    Verify(verify::Arguments),
    /// Let a follower go on at the end of a log that went back
    Resync(resync::Arguments),
}

/// Does what was asked.
pub(crate) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Parked(command) => parked::run(&command).await,
        Command::Verify(arguments) => verify::run(&arguments).await,
        Command::Resync(arguments) => resync::run(&arguments).await,
    }
}
