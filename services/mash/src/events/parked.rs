//! `mash events parked`: events that a service could not apply and that wait for a person.

use clap::{Args, Subcommand};
use messaging::operator::{self, Parked};
use serde_json::json;

use super::databases::{Follower, Place, open};
use crate::table::table;

/// What can be done with parked events.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show them
    List {
        #[command(flatten)]
        place: Place,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Have one tried again
    Retry(Chosen),
    /// Give one up for good; those behind it are then tried
    Drop {
        #[command(flatten)]
        chosen: Chosen,
        /// Why, in at least 10 characters
        #[arg(long)]
        reason: String,
    },
}

/// One parked event.
#[derive(Args)]
pub(crate) struct Chosen {
    #[command(flatten)]
    follower: Follower,
    /// The service in whose log it stands
    #[arg(long)]
    source: String,
    /// Its position there
    #[arg(long)]
    position: i64,
}

/// Does what was asked. The follower itself acts on it, in the order of its log.
pub(crate) async fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::List { place, json } => list(place, *json).await?,
        Command::Retry(chosen) => {
            let follower = chosen.follower.open().await?;
            operator::retry(&follower, &chosen.source, chosen.position).await?;
            println!("{chosen} is tried again");
        }
        Command::Drop { chosen, reason } => {
            let follower = chosen.follower.open().await?;
            operator::drop_event(&follower, &chosen.source, chosen.position, reason).await?;
            println!("{chosen} is dropped");
        }
    }
    Ok(())
}

impl std::fmt::Display for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (source, position, follower) = (&self.source, self.position, &self.follower.service);
        write!(f, "position {position} of {source} in {follower}")
    }
}

async fn list(place: &Place, json: bool) -> anyhow::Result<()> {
    let mut found: Vec<(String, Parked)> = Vec::new();
    for named in place.databases()? {
        let parked = operator::parked(&open(&named.url).await?).await?;
        found.extend(parked.into_iter().map(|parked| (named.service.clone(), parked)));
    }
    if json {
        let rows = found.iter().map(|(service, parked)| {
            json!({
                "service": service,
                "source": parked.source,
                "position": parked.position,
                "state": state(parked),
                "type": parked.type_name,
                "event": parked.event_id,
                "record": parked.aggregate,
                "parked_at": parked.parked_at.to_jiff(),
                "cause": parked.cause,
            })
        });
        println!("{}", serde_json::Value::from_iter(rows));
        return Ok(());
    }
    if found.is_empty() {
        println!("no event is parked");
        return Ok(());
    }
    let rows: Vec<[String; 7]> = found
        .iter()
        .map(|(service, parked)| {
            [
                service.clone(),
                parked.source.clone(),
                parked.position.to_string(),
                state(parked),
                parked.type_name.clone(),
                parked.parked_at.to_jiff().to_string(),
                parked.cause.clone(),
            ]
        })
        .collect();
    let headings = ["SERVICE", "SOURCE", "POSITION", "STATE", "TYPE", "SINCE", "CAUSE"];
    print!("{}", table(headings, &rows));
    Ok(())
}

fn state(parked: &Parked) -> String {
    format!("{:?}", parked.state).to_lowercase()
}
