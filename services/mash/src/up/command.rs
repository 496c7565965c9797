//! `mash up` on the terminal: the table of what runs goes to standard output, what happens
//! afterwards to standard error.

use std::path::{Path, PathBuf};

use clap::Args;
use provision::OwnTools;

use super::{Hub, HubOptions, HubState};
use crate::signals::StopSignals;
use crate::table::table;

/// What `mash up` is asked.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where the hub's data, keys and logs lie
    #[arg(long, default_value = ".mash")]
    folder: PathBuf,
    /// Another protocol file than the one built in
    #[arg(long)]
    protocol: Option<PathBuf>,
    /// Pagers of your own, in the place of a receiver on this machine
    #[arg(long)]
    pagers: Option<PathBuf>,
    /// A nats-server of your own, 2.12 or later
    #[arg(long)]
    nats_server: Option<PathBuf>,
    /// A folder with PostgreSQL's programs of your own, 15 or later
    #[arg(long)]
    postgres_bin: Option<PathBuf>,
    /// What the services log
    #[arg(long, default_value = "info")]
    log: String,
    /// An OTLP collector (gRPC) to send traces to
    #[arg(long)]
    otlp_endpoint: Option<String>,
    /// Print what runs as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs a hub until SIGINT or SIGTERM.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut signals = StopSignals::listen()?;
    let json = arguments.json;
    let mut options = HubOptions {
        protocol: arguments.protocol,
        pagers: arguments.pagers,
        tools: OwnTools {
            nats_server: arguments.nats_server,
            postgres_bin: arguments.postgres_bin,
        },
        log: arguments.log,
        otlp_endpoint: arguments.otlp_endpoint,
        ..HubOptions::new(arguments.folder, std::env::current_exe()?)
    };
    let mut notices = options.notices();
    let terminal = runtime::tasks::Tasks::new();
    terminal.spawn_detached(async move {
        while let Some(notice) = notices.recv().await {
            eprintln!("mash: {notice}");
        }
    });
    let hub = tokio::select! {
        hub = Hub::launch(options) => hub?,
        () = signals.received() => return Ok(()),
    };
    let ready = tokio::select! {
        ready = hub.wait_ready() => Some(ready),
        () = signals.received() => None,
    };
    if let Some(Ok(())) = &ready {
        let state = hub.state();
        if json {
            println!("{}", summary(&state));
        } else {
            print!("{}", picture(&state));
        }
        signals.received().await;
    }
    eprintln!("mash: stopping");
    hub.stop().await;
    ready.unwrap_or(Ok(()))
}

/// What runs where, for a person.
fn picture(state: &HubState) -> String {
    let rows: Vec<[String; 4]> = state
        .processes
        .iter()
        .map(|process| {
            let health = process.admin.as_ref();
            [
                process.name.clone(),
                process.address.clone(),
                health.map_or_else(String::new, |admin| format!("http://{admin}/readyz")),
                process.log.display().to_string(),
            ]
        })
        .collect();
    let processes = table(["PROCESS", "ADDRESS", "HEALTH", "LOG"], &rows);
    let tokens = folder_of(state.tokens.values().next());
    let pki = folder_of(Some(&state.services_ca));
    let pages = state.pages.as_ref();
    let pages = pages.map_or("your own pagers".to_owned(), |file| file.display().to_string());
    format!(
        "\n{processes}\n\
         tokens        {tokens}/<role>.jwt, good for 12 hours\n\
         certificates  {pki}/services-ca.pem, agency-<agency>.pem and .key\n\
         pages         {pages}\n\
         protocol      {} of {}\n\n\
         Everything is ready. Ctrl-C (or kill {}) stops all of it.\n",
        state.protocol, state.authority, state.pid
    )
}

fn folder_of(file: Option<&PathBuf>) -> String {
    let folder = file.and_then(|file| file.parent()).unwrap_or(Path::new(""));
    folder.display().to_string()
}

/// The state without what opens the databases.
fn summary(state: &HubState) -> serde_json::Value {
    serde_json::json!({
        "pid": state.pid,
        "authority": state.authority,
        "protocol": state.protocol,
        "processes": state.processes,
        "tokens": state.tokens,
        "services_ca": state.services_ca,
        "agencies": state.agencies,
        "pages": state.pages,
    })
}
