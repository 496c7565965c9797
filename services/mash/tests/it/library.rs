//! The hub as a library, as the demonstration and the end-to-end tests use it.

use std::collections::BTreeMap;
use std::fs;

use mash::up::{Hub, HubOptions, Notice};
use runtime::clock::Clock;
use serde::Deserialize;
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::running::processes_of;
use super::{MASH, temporary, tools};

/// The file of pagers as `deadlines` reads it.
#[derive(Deserialize)]
struct Pagers {
    pager: Vec<Pager>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pager {
    role: String,
    agency: Option<String>,
    url: String,
    secret: String,
}

#[test]
fn a_hub_is_a_library() {
    let temporary = temporary();
    let folder = temporary.path().join("hub");
    let tools = tools();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut options = HubOptions::new(&folder, MASH);
        options.tools = tools;
        let mut notices = options.notices();
        let hub = Hub::start(options).await.unwrap();
        assert!(hub.address("intake").unwrap().starts_with("localhost:"));
        assert!(hub.pid("intake").is_some() && hub.pid("nats").is_some());
        assert!(hub.token("mash_manager").unwrap().starts_with("ey"));
        assert!(hub.services_ca().exists());
        let police = hub.agency_files("police").unwrap();
        assert!(
            [police.certificate, police.key, police.authority].iter().all(|file| file.exists())
        );
        let unknown =
            [hub.address("nobody").err(), hub.token("nobody").err(), hub.agency_files("x").err()];
        assert!(unknown.iter().all(Option::is_some));

        r43_everybody_on_duty_has_a_pager_and_only_signed_pages_count(&hub).await;
        hub.stop().await;
        assert_eq!(processes_of(&folder), [""; 0]);
        let mut told = Vec::new();
        while let Some(notice) = notices.recv().await {
            told.push(notice);
        }
        assert!(told.iter().any(|notice| matches!(notice, Notice::Page(_))));
        assert!(told.iter().any(|notice| matches!(notice, Notice::PageRefused { .. })));
        assert!(!told.iter().any(|notice| matches!(notice, Notice::Died { .. })));
    });
}

async fn r43_everybody_on_duty_has_a_pager_and_only_signed_pages_count(hub: &Hub) {
    let pages = hub.state().pages.unwrap();
    let file = pages.parent().unwrap().parent().unwrap().join("pagers.toml");
    let pagers: Pagers = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let pagers: BTreeMap<(String, Option<String>), Pager> = pagers
        .pager
        .into_iter()
        .map(|pager| ((pager.role.clone(), pager.agency.clone()), pager))
        .collect();
    for role in ["mash_manager", "service_manager", "head_of_service", "edt"] {
        assert!(pagers.contains_key(&(role.to_owned(), None)), "{role}");
    }
    for agency in ["police", "health", "education", "housing", "probation"] {
        let duty = ("agency_duty".to_owned(), Some(agency.to_owned()));
        assert!(pagers.contains_key(&duty), "{agency}");
    }

    let manager = &pagers[&("mash_manager".to_owned(), None)];
    let police = &pagers[&("agency_duty".to_owned(), Some("police".to_owned()))];
    assert_eq!(send(manager, &police.secret).await, 401, "signed with another's secret");
    assert_eq!(send(police, &police.secret).await, 204);
    let mut received = hub.pages();
    let received = received.wait_for(|pages| !pages.is_empty()).await.unwrap().clone();
    assert_eq!(received.len(), 1);
    assert_eq!((received[0].role.as_str(), received[0].id.as_str()), ("agency_duty", "page-1"));
    assert_eq!(received[0].agency.as_deref(), Some("police"));
    let line = fs::read_to_string(pages).unwrap();
    assert_eq!(line.lines().count(), 1);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["page"]["check"], "red");
}

/// Sends one page and answers the HTTP status.
async fn send(pager: &Pager, secret: &str) -> u16 {
    let body = r#"{"check":"red"}"#;
    let now = Clock::system().now().as_second();
    let signature = Webhook::new(secret).unwrap().sign("page-1", now, body.as_bytes()).unwrap();
    let (host, path) = pager.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         webhook-id: page-1\r\nwebhook-timestamp: {now}\r\nwebhook-signature: {signature}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}
