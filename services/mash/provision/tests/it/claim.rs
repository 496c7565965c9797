//! One `mash up` per folder, and nothing left over from one that was killed.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use provision::{Durability, Folder, Nats, Postgres, ProvisionError, free_ports};

const FOLDER: &str = "MASH_TEST_HELD_FOLDER";

/// Not a test of its own: the process that the test below kills.
#[tokio::test]
#[ignore = "started by a_killed_run_leaves_neither_a_lock_nor_servers"]
#[expect(clippy::disallowed_methods, reason = "the way one test process tells another a path")]
async fn holder() {
    let path = env::var(FOLDER).unwrap();
    let tools = super::tools().await;
    let mut folder = Folder::claim(Path::new(&path)).await.unwrap();
    let ports = free_ports(2).unwrap();
    let data = folder.path().join("postgres");
    let postgres = Postgres::start(&tools, &data, ports[0], Durability::Throwaway).await.unwrap();
    folder.note("postgres", postgres.pid()).unwrap();
    let nats = Nats::start(&tools, &folder.path().join("nats"), ports[1], &[]).await.unwrap();
    folder.note("nats", nats.pid()).unwrap();
    println!("\nholding {} {}", postgres.pid(), nats.pid());
    std::future::pending::<()>().await;
}

/// Starts the holder and returns it with its two servers' process ids.
fn start_holder(folder: &Path) -> (Child, Vec<u32>) {
    let mut holder = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "claim::holder"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    let servers = lines
        .map_while(Result::ok)
        .find_map(|line| {
            let pids = line.strip_prefix("holding ")?.to_owned();
            Some(pids.split(' ').map(|pid| pid.parse().unwrap()).collect())
        })
        .expect("the holder starts");
    (holder, servers)
}

fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[tokio::test]
async fn a_killed_run_leaves_neither_a_lock_nor_servers() {
    let temporary = super::temporary();
    let path = temporary.path().join("mash");
    let (mut holder, servers) = start_holder(&path);

    let refusal = Folder::claim(&path).await.unwrap_err();
    assert!(
        matches!(refusal, ProvisionError::AlreadyRunning { pid: Some(pid), .. } if pid == holder.id()),
        "{refusal}"
    );
    assert!(refusal.to_string().contains(&holder.id().to_string()), "{refusal}");
    assert!(servers.iter().all(|pid| runs(*pid)), "a refused claim touches nothing");

    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(servers.iter().all(|pid| runs(*pid)), "servers outlive a killed launcher");

    let folder = Folder::claim(&path).await.unwrap();
    assert!(!servers.iter().any(|pid| runs(*pid)), "the next claim stops them");
    let tools = super::tools().await;
    let port = free_ports(1).unwrap()[0];
    let data = folder.path().join("postgres");
    Postgres::start(&tools, &data, port, Durability::Throwaway).await.unwrap();
}

#[tokio::test]
async fn a_process_id_that_has_gone_to_somebody_else_is_left_alone() {
    let temporary = super::temporary();
    let mut folder = Folder::claim(temporary.path()).await.unwrap();
    let mut stranger = Command::new("sleep").arg("60").spawn().unwrap();
    folder.note("nats", stranger.id()).unwrap();
    drop(folder);
    // As noted at another time: same id, another birth.
    let notes = temporary.path().join("servers.json");
    let mut text: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&notes).unwrap()).unwrap();
    text[0]["born"] = "another boot 1".into();
    std::fs::write(&notes, text.to_string()).unwrap();
    let _folder = Folder::claim(temporary.path()).await.unwrap();
    assert!(stranger.try_wait().unwrap().is_none(), "it still runs");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[tokio::test]
async fn a_dropped_claim_is_free_at_once() {
    let temporary = super::temporary();
    drop(Folder::claim(temporary.path()).await.unwrap());
    Folder::claim(temporary.path()).await.unwrap();
}
