//! `mash events verify`: whether every log is whole, and how far every follower has come.

use clap::Args;
use messaging::operator::{self, Standing};
use serde_json::json;

use super::databases::{Named, Place, open};
use crate::table::table;

/// What is verified.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The database of the service that is followed, where no hub runs on this machine
    #[arg(long, requires_all = ["database_url", "source"])]
    owner_url: Option<String>,
    /// The service that is followed
    #[arg(long)]
    source: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found of one log, or of one follower of it.
struct Finding {
    log: String,
    follower: Option<String>,
    standing: String,
    good: bool,
}

/// Verifies every log and every follower; an error where one is not as it should be.
pub(crate) async fn run(what: &Arguments) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for (owner, followers) in what.pairs()? {
        let log = open(&owner.url).await?;
        let broken = operator::verify_log(&log).await?;
        let standing = if broken.is_empty() { "whole".to_owned() } else { broken.join("; ") };
        findings.push(Finding {
            log: owner.service.clone(),
            follower: None,
            standing,
            good: broken.is_empty(),
        });
        for follower in followers {
            let database = open(&follower.url).await?;
            let standing = operator::verify(&log, &database, &owner.service).await?;
            findings.push(Finding {
                log: owner.service.clone(),
                follower: Some(follower.service.clone()),
                standing: sentence(&standing),
                good: standing != Standing::Rewound,
            });
        }
    }
    print_findings(&findings, what.json);
    let good = findings.iter().all(|finding| finding.good);
    anyhow::ensure!(good, "not everything is as it should be");
    Ok(())
}

fn sentence(standing: &Standing) -> String {
    match standing {
        Standing::Level => "has applied everything".to_owned(),
        Standing::Behind(events) => format!("has {events} events to apply"),
        Standing::Rewound => "the log went back: see `mash events resync`".to_owned(),
    }
}

fn print_findings(findings: &[Finding], json: bool) {
    if json {
        let rows = findings.iter().map(|finding| {
            json!({
                "log": finding.log,
                "follower": finding.follower,
                "standing": finding.standing,
                "good": finding.good,
            })
        });
        println!("{}", serde_json::Value::from_iter(rows));
        return;
    }
    let row = |finding: &Finding| {
        let follower = finding.follower.clone().unwrap_or_default();
        [finding.log.clone(), follower, finding.standing.clone()]
    };
    let rows: Vec<[String; 3]> = findings.iter().map(row).collect();
    print!("{}", table(["LOG", "FOLLOWER", "STANDING"], &rows));
}

impl Arguments {
    /// Every log that is verified, each with its followers.
    fn pairs(&self) -> anyhow::Result<Vec<(Named, Vec<Named>)>> {
        if let (Some(owner), Some(source)) = (&self.owner_url, &self.source) {
            let owner = Named { service: source.clone(), url: owner.clone(), follows: Vec::new() };
            return Ok(vec![(owner, self.place.databases()?)]);
        }
        let owners = self.place.databases()?.into_iter();
        let owners =
            owners.filter(|owner| self.source.as_ref().is_none_or(|name| *name == owner.service));
        let pair = |owner: Named| {
            let mut followers = self.place.databases()?;
            followers.retain(|follower| follower.follows.contains(&owner.service));
            Ok((owner, followers))
        };
        owners.map(pair).collect()
    }
}
