//! Breaks the event log's machinery at random and checks that every event accepted
//! is applied exactly once and in order.

use clap::Parser;
use e2e::faults::{Plan, role, run};

/// Faults on messaging, with a checker that knows every event accepted.
#[derive(Parser)]
enum Cli {
    /// Runs a plan.
    Run {
        /// Events to be appended.
        #[arg(long, default_value_t = 500)]
        events: usize,
        /// Faults to be made while they are.
        #[arg(long, default_value_t = 10)]
        faults: usize,
        /// Decides which faults, when and where; a run can be repeated with it.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// A process of the toy source: numbers, publishes, answers followers.
    #[command(hide = true)]
    Source(role::SourceArgs),
    /// A process of the toy follower: keeps the ledger.
    #[command(hide = true)]
    Follower(role::FollowerArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse() {
        Cli::Run { events, faults, seed } => run(Plan { events, faults, seed }).await,
        Cli::Source(args) => role::source(args).await,
        Cli::Follower(args) => role::follower(args).await,
    }
}
