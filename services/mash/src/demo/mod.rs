//! A day at the hub, played through real processes by real clients: referrers, the
//! manager and her seniors, five agencies' systems, and the board.

mod agency;
mod danger;
mod family;
mod figures;
mod open_case;
pub(crate) mod people;
mod story;
mod support;
mod timeline;
mod unknown_caller;
mod watch;

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use provision::{OwnTools, Tools};
use runtime::tasks::Tasks;
use serde_json::json;
use uuid::Uuid;

use self::{
    people::People,
    story::Day,
    timeline::{Form, Kind, Timeline},
};
use crate::{
    signals::StopSignals,
    up::{Hub, HubOptions},
};

/// The protocol of the demo: seconds in the place of hours.
const PROTOCOL: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/protocol/demo.toml"));
const HOLIDAYS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/calendars/bank-holidays.json"));

/// Play a day through a whole hub, and stop it
#[derive(Args)]
pub struct Arguments {
    /// Print one JSON object a step
    #[arg(long)]
    json: bool,
    /// Leave the hub running at the end, until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// Where the hub's data, keys and logs lie
    #[arg(long, default_value = ".mash")]
    folder: PathBuf,
}

/// Plays the day. Whatever happens in it, the hub is stopped at the end.
///
/// # Errors
/// What could not be started, or went otherwise than told.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut stop = StopSignals::listen()?;
    let form = if arguments.json { Form::Json } else { Form::Lines };
    let timeline = Timeline::begin(form);
    timeline.scene("A hub is set up on this machine");
    let hub = Hub::start(options(&arguments).await?).await?;
    for process in hub.state().processes {
        let facts = json!({ "address": process.address });
        timeline.tell(
            Kind::Act,
            &process.name,
            &format!("listens on {}", process.address),
            None,
            facts,
        );
    }
    let played = tokio::select! {
        played = play(&hub, &timeline) => played,
        () = stop.received() => Err(anyhow::anyhow!("the day was broken off")),
    };
    if arguments.keep && played.is_ok() {
        keep(&hub);
        stop.received().await;
    }
    hub.stop().await;
    if played.is_ok() {
        timeline.scene("Everything is stopped");
    }
    played
}

async fn play(hub: &Hub, timeline: &Timeline) -> anyhow::Result<()> {
    let state = hub.state();
    let tasks = Tasks::new();
    watch::watch_events(&state, timeline, &tasks).await?;
    let people = People::of(&state)?;
    let mut day = Day { people, state, timeline: timeline.clone(), pages: hub.pages() };
    let began = day.began();
    day.confirm_agreements().await?;
    support::play(&mut day).await?;
    danger::play(&mut day).await?;
    unknown_caller::play(&mut day).await?;
    open_case::play(&mut day).await?;
    figures::tell(&day, began).await?;
    tasks.stop();
    tasks.finished().await
}

/// The demo's hub has a folder of its own, and the protocol with seconds; the servers'
/// programs are those of the folder above.
async fn options(arguments: &Arguments) -> anyhow::Result<HubOptions> {
    let folder = arguments.folder.join("demo");
    let calendars = folder.join("calendars");
    std::fs::create_dir_all(&calendars)
        .with_context(|| format!("cannot write to {}", folder.display()))?;
    std::fs::create_dir_all(folder.join("protocol"))?;
    std::fs::write(calendars.join("bank-holidays.json"), HOLIDAYS)?;
    let protocol = folder.join("protocol").join("demo.toml");
    std::fs::write(&protocol, PROTOCOL)?;
    let tools = Tools::find(&arguments.folder, &OwnTools::default()).await?;
    let mut options = HubOptions::new(folder, std::env::current_exe()?);
    options.protocol = Some(protocol);
    // The day is the same every time, whatever an earlier version left here.
    options.fresh = true;
    options.tools = OwnTools {
        nats_server: Some(tools.nats_server().to_owned()),
        postgres_bin: Some(tools.postgres_bin().to_owned()),
    };
    Ok(options)
}

fn keep(hub: &Hub) {
    let state = hub.state();
    eprintln!("\nThe hub goes on running until Ctrl-C.\n");
    for process in &state.processes {
        eprintln!("  {:<20} {}", process.name, process.address);
    }
    eprintln!("\n  certificate authority  {}", state.services_ca.display());
    for (role, file) in &state.tokens {
        eprintln!("  token of {role:<24} {}", file.display());
    }
}

/// A fresh id for a command.
fn request_id() -> String {
    Uuid::new_v4().to_string()
}
