//! The two servers of a hub, PostgreSQL and NATS: watched, started again on the same data
//! and port when they die, stopped.

use std::time::Duration;

use provision::{Nats, Postgres};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::notice::{Notice, Notices};
use super::process::Pause;
use super::roll::Roll;

const LOOK: Duration = Duration::from_millis(100);

/// One of the two.
pub(crate) enum Server {
    Postgres(Box<Postgres>),
    Nats(Box<Nats>),
}

impl Server {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::Nats(_) => "nats",
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        match self {
            Self::Postgres(server) => server.pid(),
            Self::Nats(server) => server.pid(),
        }
    }

    fn is_running(&mut self) -> bool {
        match self {
            Self::Postgres(server) => server.is_running(),
            Self::Nats(server) => server.is_running(),
        }
    }

    async fn restart(&mut self) -> provision::Result<()> {
        match self {
            Self::Postgres(server) => server.restart().await,
            Self::Nats(server) => server.restart().await,
        }
    }

    async fn stop(&mut self) {
        match self {
            Self::Postgres(server) => server.stop().await,
            Self::Nats(server) => server.stop().await,
        }
    }
}

/// Keeps a server running until `stopping`, then stops it.
pub(crate) async fn supervise(
    mut server: Server,
    roll: Roll,
    notices: Notices,
    stopping: CancellationToken,
) -> anyhow::Result<()> {
    let name = server.name();
    let mut pause = Pause::default();
    let mut began = Instant::now();
    roll.started(name, server.pid());
    while stopping.run_until_cancelled(sleep(LOOK)).await.is_some() {
        if server.is_running() {
            continue;
        }
        roll.died(name);
        let mut how = "it was killed, or its log says why".to_owned();
        while !stopping.is_cancelled() {
            let again_in = pause.after(began);
            let name = name.to_owned();
            notices.tell(Notice::Died { name, how, again_in });
            stopping.run_until_cancelled(sleep(again_in)).await;
            began = Instant::now();
            match server.restart().await {
                Ok(()) => break,
                Err(problem) => how = problem.to_string(),
            }
        }
        let pid = server.pid();
        roll.started(name, pid);
        let name = name.to_owned();
        notices.tell(Notice::Restarted { name, pid });
    }
    server.stop().await;
    Ok(())
}
