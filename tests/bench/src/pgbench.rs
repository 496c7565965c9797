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
    let said = pgbench(ground, database_url, script, connections, time, &[]).await?;
    let figure = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let figure = figure.and_then(|rest| rest.split(' ').next());
    figure.context("pgbench told no figure")?.parse().context("pgbench's figure")
}

/// Runs a script at a steady rate, and gives how long each transaction took in ms, from when
/// it was to begin.
///
/// # Errors
/// Where pgbench fails, with what it said.
pub async fn latencies(
    ground: &Ground,
    database_url: &str,
    script: &str,
    connections: usize,
    rate: u32,
    time: Duration,
) -> anyhow::Result<Vec<f64>> {
    let prefix = ground.folder().join("latency");
    let (rate, named) = (rate.to_string(), format!("--log-prefix={}", prefix.display()));
    let further = ["-R", rate.as_str(), "-l", named.as_str()];
    pgbench(ground, database_url, script, connections, time, &further).await?;
    let mut times = Vec::new();
    for entry in fs::read_dir(ground.folder())? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("latency.")) {
            let log = fs::read_to_string(&path)?;
            // client, transaction, time in µs with the lag behind the schedule, …
            let column = |line: &str| line.split(' ').nth(2)?.parse::<f64>().ok();
            times.extend(log.lines().filter_map(column).map(|micros| micros / 1e3));
            fs::remove_file(path)?;
        }
    }
    Ok(times)
}

async fn pgbench(
    ground: &Ground,
    database_url: &str,
    script: &str,
    connections: usize,
    time: Duration,
    further: &[&str],
) -> anyhow::Result<String> {
    let file = ground.folder().join("script.sql");
    fs::write(&file, script)?;
    let output = Command::new(ground.program("pgbench"))
        .args(["-n", "-M", "prepared"])
        .args(["-c", &connections.to_string()])
        .args(["-j", &connections.min(2).to_string()])
        .args(["-T", &time.as_secs().to_string()])
        .args(further)
        .arg("-f")
        .arg(&file)
        .arg(database_url)
        .output()
        .await
        .context("cannot start pgbench")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "pgbench: {said}{complained}");
    Ok(said.into_owned())
}
