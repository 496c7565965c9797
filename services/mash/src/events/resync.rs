//! `mash events resync`: what a person decides where a log went back, after a restored
//! backup for example. What the follower applied from the lost stretch stays.

use clap::Args;
use messaging::operator;
use serde_json::json;

use super::databases::{Follower, database, open};

/// Which follower goes on, and in whose log.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    follower: Follower,
    /// The service whose log went back
    #[arg(long)]
    source: String,
    /// The database of that service, where no hub runs on this machine
    #[arg(long, requires = "database_url")]
    owner_url: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Sets the follower to the end of the log as it is now.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Arguments { follower, source, owner_url, json } = arguments;
    let owner = match owner_url {
        Some(url) => open(url).await?,
        None => open(&database(&follower.place.folder, source)?).await?,
    };
    let head = operator::resync(&owner, &follower.open().await?, source).await?;
    let service = &follower.service;
    if *json {
        let told = json!({ "service": service, "source": source, "position": head });
        println!("{told}");
    } else {
        println!("{service} goes on behind position {head} of {source}");
    }
    Ok(())
}
