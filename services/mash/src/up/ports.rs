//! The ports of a hub: chosen once and kept in `ports.json`, so that addresses stay the
//! same over restarts, unless another program has taken one meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

use provision::{free_ports, write_private};

use super::notice::{Notice, Notices};

/// The port of everything that listens, by name; all on 127.0.0.1.
pub(crate) type Ports = BTreeMap<String, u16>;

/// The kept port of each name where it is free, and a new one where it is not or there is
/// none.
pub(crate) fn choose(file: &Path, names: &[String], notices: &Notices) -> anyhow::Result<Ports> {
    // Absent at a first start; unreadable, it is made anew, which moves addresses only.
    let kept: Ports =
        fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let mut spare = free_ports(names.len() + kept.len())?;
    spare.retain(|port| !kept.values().any(|kept| kept == port));
    let mut ports = Ports::new();
    for name in names {
        let before = kept.get(name).copied();
        let port = match before.filter(|port| is_free(*port)) {
            Some(port) => port,
            None => spare.pop().ok_or(provision::ProvisionError::NoFreePort)?,
        };
        if let Some(from) = before.filter(|before| *before != port) {
            let name = name.clone();
            notices.tell(Notice::Moved { name, from, to: port });
        }
        ports.insert(name.clone(), port);
    }
    write_private(file, &serde_json::to_vec_pretty(&ports)?)?;
    Ok(ports)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_stay_unless_they_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ports.json");
        let names = ["intake", "nats", "postgres"].map(str::to_owned);
        let notices = Notices::default();
        let first = choose(&file, &names, &notices).unwrap();
        assert_eq!(first, choose(&file, &names, &notices).unwrap());

        let _holder = TcpListener::bind(("127.0.0.1", first["nats"])).unwrap();
        let moved = choose(&file, &names, &notices).unwrap();
        assert_ne!(moved["nats"], first["nats"]);
        assert_eq!(moved["intake"], first["intake"]);
        assert_eq!(moved["postgres"], first["postgres"]);
    }
}
