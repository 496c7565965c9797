//! The servers and processes of a run.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::Context;
use harness::{Private, private_nats, private_postgres};
use messaging::operator;
use provision::{Nats, Postgres, free_ports};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use tokio::process::{Child, Command};

use super::role;

/// Everything that runs.
pub struct Stage {
    /// PostgreSQL, with a database for the source and one for the follower.
    pub database: Private<Postgres>,
    /// NATS.
    pub broker: Private<Nats>,
    /// The source's processes.
    pub sources: Vec<Process>,
    /// The follower's processes.
    pub followers: Vec<Process>,
}

impl Stage {
    /// Starts everything.
    pub async fn set() -> anyhow::Result<Self> {
        let (database, broker) = (private_postgres().await, private_nats(&[]).await);
        let mut postgres = PgConnection::connect(&database.superuser_url("postgres")).await?;
        sqlx::raw_sql("CREATE DATABASE source").execute(&mut postgres).await?;
        sqlx::raw_sql("CREATE DATABASE follower").execute(&mut postgres).await?;
        let (source, follower) =
            (database.superuser_url("source"), database.superuser_url("follower"));
        for url in [&source, &follower] {
            messaging::MIGRATOR.run(&PgPool::connect(url).await?).await?;
        }
        let mut ledger = PgConnection::connect(&follower).await?;
        sqlx::raw_sql(role::LEDGER).execute(&mut ledger).await?;

        let ports = free_ports(2)?;
        let owners: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let broker_url = broker.url();
        let of_source = |owner: &String| {
            role_args(&[
                "source",
                "--database",
                &source,
                "--broker",
                &broker_url,
                "--listen",
                owner,
            ])
        };
        let owner_list = owners.join(",");
        let of_follower = role_args(&[
            "follower",
            "--database",
            &follower,
            "--broker",
            &broker_url,
            "--owners",
            &owner_list,
        ]);
        let sources =
            owners.iter().map(|owner| Process::of(of_source(owner))).collect::<Result<_, _>>()?;
        let followers =
            (0..2).map(|_| Process::of(of_follower.clone())).collect::<Result<_, _>>()?;
        Ok(Self { database, broker, sources, followers })
    }

    /// A pool on the source's database that survives its restarts.
    pub fn source_pool(&self) -> PgPool {
        pool(&self.database.superuser_url("source"))
    }

    /// A pool on the follower's database.
    pub fn follower_pool(&self) -> PgPool {
        pool(&self.database.superuser_url("follower"))
    }

    /// A connection to the source's database.
    pub async fn source_connection(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.database.superuser_url("source")).await?)
    }

    /// Lets the follower apply what it refused, and asks for every parked event to be
    /// tried again, until none is left.
    pub async fn heal(&self) -> anyhow::Result<()> {
        let pool = self.follower_pool();
        sqlx::raw_sql("UPDATE cure SET cured = true").execute(&pool).await?;
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        loop {
            let source = self.source_pool();
            let level =
                operator::verify(&source, &pool, role::SOURCE).await? == operator::Standing::Level;
            let parked = operator::parked(&pool).await?;
            let first = parked.iter().filter(|event| event.state == operator::ParkedState::Parked);
            for event in first {
                operator::retry(&pool, role::SOURCE, event.position).await?;
            }
            if level && parked.is_empty() {
                return Ok(());
            }
            anyhow::ensure!(
                tokio::time::Instant::now() < deadline,
                "a minute after the last fault the follower is not level: {} events are parked",
                parked.len()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Stops everything.
    pub async fn strike(mut self) -> anyhow::Result<()> {
        for process in self.sources.iter_mut().chain(&mut self.followers) {
            process.kill().await?;
        }
        Ok(())
    }
}

fn pool(url: &str) -> PgPool {
    let options = PgPoolOptions::new().acquire_timeout(Duration::from_secs(30));
    options.connect_lazy(url).expect("the stage's own URL")
}

fn role_args(args: &[&str]) -> Vec<String> {
    args.iter().map(|arg| arg.to_string()).collect()
}

/// A process of this program in one of its roles.
pub struct Process {
    program: PathBuf,
    args: Vec<String>,
    child: Child,
}

impl Process {
    fn of(args: Vec<String>) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?;
        let child = spawn(&program, &args)?;
        Ok(Self { program, args, child })
    }

    /// kill -9, and waits until it is gone.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Starts it again.
    pub fn start(&mut self) -> anyhow::Result<()> {
        self.child = spawn(&self.program, &self.args)?;
        Ok(())
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let id = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(kill_process(id.context("the process has ended")?, signal)?)
    }
}

fn spawn(program: &PathBuf, args: &[String]) -> anyhow::Result<Child> {
    Ok(Command::new(program).args(args).stdin(Stdio::null()).kill_on_drop(true).spawn()?)
}
