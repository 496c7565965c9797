//! The commands, and how their end is told to the shell: 0 done, 1 failed, 2 asked for
//! something that cannot be.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{calendar_due, demo, events, migrate, protocol_check, register, serve, up};

/// A Multi-Agency Safeguarding Hub in one program.
#[derive(Parser)]
#[command(name = "mash", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a whole hub on this machine, until Ctrl-C
    Up(up::command::Arguments),
    /// Play a day through a whole hub, and stop it
    Demo(demo::Arguments),
    /// Run one service or one agency's adapter, with its settings from the environment
    Serve(serve::Arguments),
    /// Make or update a service's tables, in the database MASH_MIGRATE_DATABASE_URL
    Migrate(migrate::Arguments),
    /// See and settle what the services' event logs could not settle themselves
    #[command(subcommand)]
    Events(events::Command),
    /// Fill the register of whom the authority knows
    #[command(subcommand)]
    Register(register::Command),
    /// Reckon with the hub's business time
    #[command(subcommand)]
    Calendar(calendar_due::Command),
    /// Look at a protocol file
    #[command(subcommand)]
    Protocol(protocol_check::Command),
}

/// What was asked for cannot be; nothing was begun. The text says every problem.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongInput(pub(crate) String);

impl Cli {
    /// Does what was asked, and tells on standard error why it could not.
    pub async fn run(self) -> ExitCode {
        let done = match self.command {
            Command::Up(arguments) => up::command::run(arguments).await,
            Command::Demo(arguments) => demo::run(arguments).await,
            Command::Serve(arguments) => serve::run(&arguments).await,
            Command::Migrate(arguments) => migrate::run(&arguments).await,
            Command::Events(command) => events::run(command).await,
            Command::Register(command) => register::run(command).await,
            Command::Calendar(command) => calendar_due::run(&command),
            Command::Protocol(command) => protocol_check::run(&command),
        };
        let Err(error) = done else {
            return ExitCode::SUCCESS;
        };
        eprintln!("mash: {error:#}");
        ExitCode::from(if error.is::<WrongInput>() { 2 } else { 1 })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn every_command_and_option_fits_with_the_others() {
        Cli::command().debug_assert();
    }
}
