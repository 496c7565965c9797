//! The binary `mash`; what it does is in the library of the same name.

use std::process::ExitCode;

use clap::Parser;
use mash::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
