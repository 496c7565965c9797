//! A database server that vanishes without closing its connections, as a host does that
//! loses power, and is there again for new ones, as after a failover.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use std::time::Duration;

use harness::Servers;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
};
use uuid::Uuid;

use crate::toy::{Ledger, SLOW, Source, broker, eventually};

/// Passes connections on to the database, until those of a time are swallowed.
struct Proxy {
    port: u16,
    time: Arc<AtomicU32>,
}

/// In what is asked these words stand, and all that there are are swallowed when they first do.
type Words = &'static str;

impl Proxy {
    async fn before(database_port: u16, words: Option<Words>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, time) = (listener.local_addr().unwrap().port(), Arc::new(AtomicU32::new(0)));
        let now = time.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", database_port)).await.unwrap();
                let born = now.load(Ordering::Relaxed);
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(from_client, to_server, (born, now.clone()), words));
                tokio::spawn(pass(from_server, to_client, (born, now.clone()), None));
            }
        });
        Self { port, time }
    }

    /// From now on nothing passes on the connections there are.
    fn swallow(&self) {
        self.time.fetch_add(1, Ordering::Relaxed);
    }
}

async fn pass(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    (born, now): (u32, Arc<AtomicU32>),
    words: Option<Words>,
) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if words.is_some_and(|words| holds(&bytes[..read], words)) {
            now.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).ok();
        }
        if now.load(Ordering::Relaxed) != born {
            // Neither passed on nor closed.
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

fn port(url: &str) -> u16 {
    url.rsplit_once('@').unwrap().1.split(['/', ':']).nth(1).unwrap().parse().unwrap()
}

fn holds(bytes: &[u8], words: Words) -> bool {
    bytes.windows(words.len()).any(|some| some == words.as_bytes())
}

/// A ledger of a database of its own behind a proxy.
async fn behind_proxy(words: Option<Words>) -> (Proxy, Ledger) {
    let url = Servers::shared().database("ledger").to_string();
    let proxy = Proxy::before(port(&url), words).await;
    let through = url.replace(&format!(":{}/", port(&url)), &format!(":{}/", proxy.port));
    (proxy, Ledger::through(url, &through).await)
}

/// Follows a log whose database vanishes with this question of the follower.
async fn vanishing_at(words: Words) {
    let (proxy, ledger) = behind_proxy(Some(words)).await;
    let (source, broker) = (Source::start().await, broker().await);
    ledger.follow(&source, &broker);
    let ids = [source.tell(Uuid::new_v4(), 1, "word").await];
    ledger.has_exactly(&ids).await;
    assert_eq!(proxy.time.load(Ordering::Relaxed), 1, "{words} is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_vanishes_at_any_question_of_a_follower_holds_it_up_for_seconds() {
    tokio::join!(
        vanishing_at("SELECT DISTINCT ON (aggregate) position"),
        vanishing_at("INSERT INTO messaging.cursor"),
        vanishing_at("SELECT count(*) AS"),
        vanishing_at("FOR UPDATE SKIP LOCKED"),
        vanishing_at("SELECT DISTINCT aggregate"),
        vanishing_at("UPDATE messaging.cursor SET position"),
        vanishing_at("COMMIT"),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_vanished_costs_seconds_and_no_event() {
    let (proxy, ledger) = behind_proxy(None).await;
    let (source, broker) = (Source::start().await, broker().await);
    ledger.follow(&source, &broker);
    let mut ids = vec![source.tell(Uuid::new_v4(), 1, "word").await];
    ledger.has_exactly(&ids).await;

    // It vanishes while the follower has nothing to do, and while it waits for an answer.
    proxy.swallow();
    ids.push(source.tell(Uuid::new_v4(), 1, "word").await);
    ledger.has_exactly(&ids).await;
    ids.push(source.tell(Uuid::new_v4(), 1, SLOW).await);
    eventually(async || is_inside_the_statement(&ledger).await).await;
    proxy.swallow();
    ids.push(source.tell(Uuid::new_v4(), 1, "word").await);
    ledger.has_exactly(&ids).await;
}

async fn is_inside_the_statement(ledger: &Ledger) -> bool {
    let statement = "SELECT EXISTS (SELECT FROM pg_stat_activity
                     WHERE datname = current_database() AND state = 'active' AND query = 'SELECT pg_sleep(1)')";
    sqlx::query_scalar(statement).fetch_one(&ledger.pool).await.unwrap()
}
