//! One hub through its life: started twice, robbed of its processes, stopped, killed.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Instant, SystemTime};

use rustix::process::Signal;

use super::running::{Up, alone, eventually, processes_of};
use super::{Ended, mash, temporary};

#[test]
fn a_hub_survives_what_happens_to_it_and_leaves_nothing() {
    let _alone = alone();
    let temporary = temporary();
    let folder = temporary.path().join("hub");
    let mut up = Up::start(&folder);
    it_tells_what_runs_and_no_password(&up);
    a_second_one_in_the_same_folder_is_refused(&up);
    its_logs_are_whole(&up);
    for name in ["intake", "adapter-police", "nats", "postgres"] {
        what_dies_is_started_again(&up, name);
    }
    its_logs_are_whole(&up);
    assert!(up.end(Signal::INT).success(), "Ctrl-C is no failure");
    assert_eq!(processes_of(&folder), [""; 0]);
    assert!(!folder.join("hub.json").exists());

    let first = up.told["processes"].clone();
    let mut up = start_again(&folder);
    assert_eq!(addresses(&up.told["processes"]), addresses(&first), "addresses stay");

    up.end(Signal::KILL);
    assert_ne!(processes_of(&folder), [""; 0], "its processes outlive a killed launcher");
    let mut up = start_again(&folder);
    assert_eq!(addresses(&up.told["processes"]), addresses(&first));
    assert!(up.end(Signal::TERM).success());
    assert_eq!(processes_of(&folder), [""; 0]);
    killed_in_the_middle_of_its_start_it_leaves_nothing_to_repair(&folder);
    a_taken_port_is_left_to_its_holder(&folder, &first);
}

/// A second start is warm: nothing is installed or made. That is what makes it quick; how
/// long it takes is said of the machine, and stands in the README.
fn start_again(folder: &Path) -> Up {
    let before = made_once(folder);
    let began = Instant::now();
    let up = Up::start(folder);
    eprintln!("started again in {:?}", began.elapsed());
    assert_eq!(made_once(folder), before);
    up
}

/// What the first start makes and every other one uses, each with when it was written.
fn made_once(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let beside = fs::read_dir(folder).unwrap().chain(fs::read_dir(folder.join("pki")).unwrap());
    let paths = beside.map(|entry| entry.unwrap().path());
    let is_kept = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        [".pem", ".key", ".passwords.json"].iter().any(|end| name.ends_with(end))
    };
    let kept = paths.filter(is_kept).chain([folder.join("postgres/PG_VERSION")]);
    kept.map(|path| (path.clone(), fs::metadata(path).unwrap().modified().unwrap())).collect()
}

fn it_tells_what_runs_and_no_password(up: &Up) {
    assert!(!up.told.to_string().contains("postgres://"));
    let mode = fs::metadata(up.folder.join("hub.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the databases' passwords are in it");
    for process in up.told["processes"].as_array().unwrap() {
        assert!(Path::new(process["log"].as_str().unwrap()).exists(), "{process}");
    }
    for role in ["mash_manager", "referrer", "operator"] {
        let token = fs::read_to_string(up.told["tokens"][role].as_str().unwrap());
        assert_eq!(token.unwrap().split('.').count(), 3, "{role}");
    }
}

fn a_second_one_in_the_same_folder_is_refused(up: &Up) {
    let second: Ended = Up::command(&up.folder).output().unwrap().into();
    assert_eq!((second.code, second.out.as_str()), (Some(1), ""));
    let said = format!("is in use by a hub that is running as process {}", up.state()["pid"]);
    assert!(second.err.contains(&said), "{second:?}");
}

fn its_logs_are_whole(up: &Up) {
    let folder = up.folder.to_str().unwrap();
    let verified = eventually("all databases answer", || {
        let verified = mash(&["events", "verify", "--json", "--folder", folder], &[]);
        (verified.code == Some(0)).then_some(verified)
    });
    let findings: serde_json::Value = serde_json::from_str(&verified.out).unwrap();
    let findings = findings.as_array().unwrap();
    assert!(findings.iter().any(|it| it["log"] == "intake" && it["standing"] == "whole"));
    let parked = mash(&["events", "parked", "list", "--folder", folder], &[]);
    assert_eq!(parked.out, "no event is parked\n");
    let retry = ["events", "parked", "retry", "--service", "intake", "--source", "screening"];
    let retry = mash(&[&retry[..], &["--position", "1", "--folder", folder]].concat(), &[]);
    assert!(retry.err.contains("no parked event of screening at position 1"), "{retry:?}");
    assert_eq!(retry.code, Some(1));
}

fn what_dies_is_started_again(up: &Up, name: &str) {
    let before = up.pid(name);
    up.signal(name, Signal::KILL);
    eventually("it has another process", || up.pid(name).filter(|pid| Some(*pid) != before));
    let admin = up.told["processes"].as_array().unwrap().iter();
    let admins = admin.filter_map(|process| process["admin"].as_str());
    for admin in admins {
        eventually("everything is ready again", || ready(admin).then_some(()));
    }
}

fn ready(admin: &str) -> bool {
    use std::io::{Read, Write};
    let ask = || {
        let mut stream = std::net::TcpStream::connect(admin)?;
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        std::io::Result::Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

fn killed_in_the_middle_of_its_start_it_leaves_nothing_to_repair(folder: &Path) {
    let mut launcher = Up::command(folder).stderr(Stdio::null()).spawn().unwrap();
    eventually("PostgreSQL starts", || {
        folder.join("postgres/postmaster.pid").exists().then_some(())
    });
    launcher.kill().unwrap();
    launcher.wait().unwrap();
    assert_ne!(processes_of(folder), [""; 0]);
    assert!(start_again(folder).end(Signal::TERM).success());
    assert_eq!(processes_of(folder), [""; 0]);
}

fn a_taken_port_is_left_to_its_holder(folder: &Path, first: &serde_json::Value) {
    let taken = addresses(first)[0].clone();
    let _holder = TcpListener::bind(&taken).unwrap();
    let mut child =
        Up::command(folder).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let port = taken.rsplit(':').next().unwrap();
    let said = format!("port {port} is taken by another program; postgres moves to ");
    let told =
        std::io::BufRead::lines(stderr).map_while(Result::ok).find(|line| line.contains(&said));
    // Interrupted in the middle of its start, too, it leaves nothing.
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::INT).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(told.is_some());
    assert_eq!(processes_of(folder), [""; 0]);
}

fn addresses(processes: &serde_json::Value) -> Vec<String> {
    let processes = processes.as_array().unwrap().iter();
    processes.map(|process| process["address"].as_str().unwrap().to_owned()).collect()
}
