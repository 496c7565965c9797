//! What stands beside every figure: the machine, how busy it is, how fast its disk
//! keeps a promise, and which servers ran.

#![expect(clippy::disallowed_methods, reason = "asks servers of the bench's own what they are")]

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
    time::Instant,
};

use runtime::clock::Clock;
use serde::Serialize;
use sqlx::PgPool;

use crate::{
    clock_face::{median, millis},
    ground::Ground,
};

/// How often a block is written and forced to the disk to see how long that takes.
const TRIES: u64 = 200;
/// A page of PostgreSQL's.
const BLOCK: [u8; 8192] = [0x5a; 8192];

/// Where and when a run was made.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Date and time, UTC.
    pub date: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Memory, GiB.
    pub memory_gib: u64,
    /// PostgreSQL's version.
    pub postgres: String,
    /// The NATS server's version.
    pub nats: String,
    /// Whether the program was optimised; a figure of one that was not means nothing.
    pub optimised: bool,
    /// At the start of the run.
    pub before: Moment,
    /// At its end.
    pub after: Moment,
}

/// How busy the machine is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Moment {
    /// Load averages over 1, 5 and 15 minutes.
    pub load: String,
    /// Median time of pwrite of 8 KiB and fdatasync in the data folder, milliseconds.
    pub fsync_ms: f64,
}

impl Moment {
    /// Now. Nothing may be measured meanwhile.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn now(ground: &Ground) -> anyhow::Result<Self> {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load: Vec<&str> = load.split(' ').take(3).collect();
        Ok(Self { load: load.join(" "), fsync_ms: fsync_ms(ground.folder())? })
    }
}

impl Machine {
    /// The machine, at the end of a run that began at `before`.
    ///
    /// # Errors
    /// Where a server does not answer.
    pub async fn describe(ground: &Ground, before: Moment) -> anyhow::Result<Self> {
        let pool = PgPool::connect(&ground.postgres.superuser_url("postgres")).await?;
        let postgres: String = sqlx::query_scalar("SHOW server_version").fetch_one(&pool).await?;
        let broker = async_nats::connect(ground.nats.url()).await?;
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib = memory.split_whitespace().nth(1).map(str::parse::<u64>);
        Ok(Self {
            date: Clock::system().now().to_string(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: kib.and_then(Result::ok).unwrap_or_default() >> 20,
            postgres,
            nats: broker.server_info().version,
            optimised: !cfg!(debug_assertions),
            before,
            after: Moment::now(ground)?,
        })
    }

    /// Prints it above a table.
    pub fn print(&self) {
        let (before, after) = (&self.before, &self.after);
        println!(
            "\n{}; {} cores, {} GiB; PostgreSQL {}, NATS {}{}",
            self.date,
            self.cores,
            self.memory_gib,
            self.postgres,
            self.nats,
            if self.optimised { "" } else { "; NOT OPTIMISED" },
        );
        println!(
            "fsync {:.2} ms before, {:.2} ms after; load {} before, {} after\n",
            before.fsync_ms, after.fsync_ms, before.load, after.load
        );
    }
}

fn fsync_ms(folder: &Path) -> anyhow::Result<f64> {
    let path = folder.join("fsync");
    let file = File::create(&path)?;
    let mut times = Vec::new();
    for number in 0..TRIES {
        let began = Instant::now();
        file.write_all_at(&BLOCK, number * BLOCK.len() as u64)?;
        file.sync_data()?;
        times.push(millis(began.elapsed()));
    }
    fs::remove_file(path)?;
    Ok(median(&times))
}
