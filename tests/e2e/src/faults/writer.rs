//! Appends events as commands would, and keeps the books: which were accepted, and
//! of which nobody knows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use messaging::{EventLog, event_log::DatabaseConfig};
use proto::intake::v1::BasisRecorded;
use runtime::{admin::Admin, clock::Clock};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{
    chance::Chance,
    role::{POISON, SOURCE},
    stage::Stage,
};

/// How many events each record gets.
const REVISIONS: i64 = 5;
/// One record in so many holds an event that is refused at first.
const POISONED: usize = 25;

/// What the writer knows.
#[derive(Debug, Default)]
pub struct Books {
    /// Their commit was answered: they must be there.
    pub accepted: Vec<Uuid>,
    /// Their commit was not answered: they may be there.
    pub unknown: Vec<Uuid>,
}

/// A writer at work.
pub struct Writer {
    written: Arc<AtomicUsize>,
    work: JoinHandle<anyhow::Result<Books>>,
}

impl Writer {
    /// Begins to append `events` events.
    #[expect(clippy::disallowed_methods, reason = "the writer is joined at the end")]
    pub fn start(stage: &Stage, events: usize, seed: u64) -> Self {
        let written = Arc::new(AtomicUsize::new(0));
        let url = stage.database.superuser_url("source");
        let work = tokio::spawn(write(url, events, Chance::new(seed), written.clone()));
        Self { written, work }
    }

    /// Waits until so many events were tried.
    pub async fn reached(&self, number: usize) {
        while self.written.load(Ordering::Relaxed) < number && !self.work.is_finished() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The books, when everything is written.
    pub async fn finish(self) -> anyhow::Result<Books> {
        self.work.await.context("the writer")?
    }
}

async fn write(
    url: String,
    events: usize,
    mut chance: Chance,
    written: Arc<AtomicUsize>,
) -> anyhow::Result<Books> {
    // It only appends: numbering finds its events by looking.
    let log = EventLog::open(SOURCE, &DatabaseConfig::at(&url)?, Clock::system(), &Admin::new())?;
    let mut books = Books::default();
    let mut record = (Uuid::new_v4(), 0);
    while written.load(Ordering::Relaxed) < events {
        let poison = chance.below(POISONED * REVISIONS as usize) == 0;
        record.1 += 1;
        match append(&log, record, if poison { POISON } else { "word" }).await {
            Appended::Accepted(id) => books.accepted.push(id),
            Appended::Unknown(id) => {
                books.unknown.push(id);
                // Nobody knows at which revision the record stands.
                record = (Uuid::new_v4(), 0);
            }
            Appended::Nothing => {
                record.1 -= 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        }
        if record.1 == REVISIONS {
            record = (Uuid::new_v4(), 0);
        }
        written.fetch_add(1, Ordering::Relaxed);
    }
    Ok(books)
}

enum Appended {
    Accepted(Uuid),
    Unknown(Uuid),
    Nothing,
}

async fn append(log: &EventLog, (record, revision): (Uuid, i64), word: &str) -> Appended {
    let event = BasisRecorded { basis_id: word.to_owned(), ..Default::default() };
    let Ok(mut tx) = log.begin().await else {
        return Appended::Nothing;
    };
    let Ok(id) = tx.append(record, revision, &event).await else {
        return Appended::Nothing;
    };
    match tx.commit().await {
        Ok(()) => Appended::Accepted(id),
        Err(_) => Appended::Unknown(id),
    }
}
