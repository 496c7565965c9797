//! pgbench, the floor of everything that only writes to the database.

use std::{fs, time::Duration};

use anyhow::Context;
use tokio::process::Command;

use crate::ground::Ground;

/// Runs a script in a closed loop and gives transactions per second.
///
/// # Errors
/// Where pgbench fails, with what it said.
pub async fn run(
    ground: &Ground,
    database_url: &str,
    script: &str,
    connections: usize,
    time: Duration,
) -> anyhow::Result<f64> {
    let file = ground.folder().join("script.sql");
    fs::write(&file, script)?;
    let output = Command::new(ground.program("pgbench"))
        .args(["-n", "-M", "prepared"])
        .args(["-c", &connections.to_string()])
        .args(["-j", &connections.min(2).to_string()])
        .args(["-T", &time.as_secs().to_string()])
        .arg("-f")
        .arg(&file)
        .arg(database_url)
        .output()
        .await
        .context("cannot start pgbench")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "pgbench: {said}{complained}");
    let figure = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let figure = figure.and_then(|rest| rest.split(' ').next());
    figure.context("pgbench told no figure")?.parse().context("pgbench's figure")
}
