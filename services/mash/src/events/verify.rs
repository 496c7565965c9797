//! `mash events verify`: whether every log is whole, the logs of reads among them (R62),
//! and how far every follower has come.

use clap::Args;
use messaging::operator::{self, Standing};
use serde_json::json;
use sqlx::PgPool;

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
        findings.push(reads(&owner.service, &log).await?);
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

/// Whether the log of reads is as it was sealed. The last seal is told, to be compared with
/// the one that the service logged: who holds the database could seal it anew.
async fn reads(service: &str, database: &PgPool) -> anyhow::Result<Finding> {
    let verified = access::verify_reads(database).await?;
    Ok(Finding {
        log: format!("{service} reads"),
        follower: None,
        standing: match &verified {
            Ok(to) if to.place == 0 => "whole, with no read sealed".to_owned(),
            Ok(to) => format!("whole, {} sealed up to {}", to.place, to.seal),
            Err(broken) => broken.to_string(),
        },
        good: verified.is_ok(),
    })
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
