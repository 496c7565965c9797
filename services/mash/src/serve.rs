//! `mash serve`: one service, or the adapter of one agency, as one process. Settings come
//! from the environment, rules from the protocol file; SIGTERM and SIGINT end it in order.

use std::path::Path;

use access::Policies;
use clap::{Args, ValueEnum};
use runtime::clock::Clock;
use runtime::settings::{Settings, SettingsError};
use runtime::tasks::Tasks;
use runtime::telemetry::{Telemetry, TelemetryConfig};
use runtime::tls::{self, TlsFiles};

use crate::cli::WrongInput;
use crate::signals::StopSignals;
use crate::up::members;

/// What `mash serve` is asked.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Which one
    #[arg(value_enum)]
    process: Process,
    /// Only read the settings and every file that they name, and say what is wrong
    #[arg(long)]
    check_config: bool,
}

/// Everything that can be served, in the order a contact travels.
#[derive(Clone, Copy, ValueEnum)]
enum Process {
    Intake,
    Screening,
    PartnerChecks,
    Deadlines,
    Reporting,
    /// The door of the agency MASH_AGENCY
    Adapter,
}

/// Runs the process until it is told to stop, or only checks what it would run with.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let check = arguments.check_config;
    match arguments.process {
        Process::Intake => {
            let (name, read) = (intake::NAME, intake::config::read);
            service(check, name, read, |config| config, intake::run).await
        }
        Process::Screening => {
            let (name, read) = (screening::NAME, screening::config::read);
            service(check, name, read, |config| &config.service, screening::run).await
        }
        Process::PartnerChecks => {
            let (name, read) = (partner_checks::NAME, partner_checks::config::read);
            service(check, name, read, |config| &config.service, partner_checks::run).await
        }
        Process::Deadlines => {
            let (name, read) = (deadlines::NAME, deadlines::config::read);
            service(check, name, read, |config| &config.service, deadlines::run).await
        }
        Process::Reporting => {
            let (name, read) = (reporting::NAME, reporting::config::read);
            service(check, name, read, |config| &config.service, reporting::run).await
        }
        Process::Adapter => adapter(check).await,
    }
}

/// A service. `common` finds the settings that all services share among its own.
async fn service<Config>(
    check: bool,
    name: &str,
    read: fn(Settings) -> Result<Config, SettingsError>,
    common: fn(&Config) -> &service::Config,
    run: impl AsyncFnOnce(Config, Clock, Tasks) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let config = read(Settings::from_environment()).map_err(wrong)?;
    if check {
        let shared = common(&config);
        let member = members::member(name);
        let protocol = shared.protocol().and_then(|protocol| match member {
            Some(member) => (member.check_protocol)(&protocol),
            None => Ok(()),
        });
        return report(&[
            protocol,
            policies(shared.policies.as_deref()),
            certificates(&shared.tls),
        ]);
    }
    let telemetry = common(&config).telemetry.clone();
    let run = async |tasks| run(config, Clock::system(), tasks).await;
    process(name, &telemetry, run).await
}

/// The adapter of one agency, which has no database and reads no protocol.
async fn adapter(check: bool) -> anyhow::Result<()> {
    let config = adapter::config::read(Settings::from_environment()).map_err(wrong)?;
    if check {
        return report(&[
            policies(config.policies.as_deref()),
            certificates(&config.door),
            certificates(&config.tls),
        ]);
    }
    let name = format!("{}-{}", adapter::NAME, config.agency.as_str());
    let telemetry = config.telemetry.clone();
    let run = async |tasks| adapter::run(config, Clock::system(), tasks).await;
    process(&name, &telemetry, run).await
}

/// Runs one process with telemetry around it, until it ends or a signal ends it.
async fn process(
    name: &str,
    telemetry: &TelemetryConfig,
    run: impl AsyncFnOnce(Tasks) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let telemetry = Telemetry::start(name, telemetry)?;
    let tasks = Tasks::new();
    let mut signals = StopSignals::listen()?;
    let (stopping, told) = (tasks.stopping(), tasks.clone());
    tasks.spawn_detached(async move {
        let signalled = stopping.run_until_cancelled(signals.received()).await;
        if signalled.is_some() {
            told.stop();
        }
    });
    let ended = run(tasks).await;
    telemetry.flush();
    ended
}

fn wrong(problems: SettingsError) -> WrongInput {
    WrongInput(problems.to_string())
}

/// Says that all is good, or everything that is not.
fn report(findings: &[anyhow::Result<()>]) -> anyhow::Result<()> {
    let problems: Vec<String> = findings
        .iter()
        .filter_map(|finding| finding.as_ref().err())
        .map(|problem| format!("{problem:#}"))
        .collect();
    if problems.is_empty() {
        println!("the settings are good");
        return Ok(());
    }
    Err(WrongInput(problems.join("\n")).into())
}

fn policies(folder: Option<&Path>) -> anyhow::Result<()> {
    match folder {
        Some(folder) => Policies::from_dir(folder)?,
        None => Policies::embedded()?,
    };
    Ok(())
}

fn certificates(files: &TlsFiles) -> anyhow::Result<()> {
    tls::install_provider();
    // Watching is the one way to read them; it ends with this process.
    tls::watch_files(files.clone(), &Tasks::new())?;
    Ok(())
}
