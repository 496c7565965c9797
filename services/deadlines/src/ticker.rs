//! The edge of time: fires timers that are due, and lets pages climb that nobody has
//! acknowledged.
//!
//! Each round is a short transaction that marks what fired and writes what it causes.
//! There is no lease and nothing sleeps with a deadline in memory, so that a crash
//! leaves nothing to recover and a restart fires at once what has become due (R60):
//! RED checks and Section 47 first, then pages, then the rest. Any number of replicas
//! may do it; each takes what no other holds.

use std::{error::Error, time::Duration};

use jiff::Timestamp;
use messaging::{EventLog, Tx, unless_gone};
use runtime::tasks::Tasks;

use crate::{
    bell::Bell,
    commands::{CommandError, Rules, climb_page::climb_page, fire_timer::fire_timer},
    domain::retry,
    store::{locks, pages, savepoint, timers},
};

/// How much is fired in one transaction.
const BATCH: i64 = 100;
/// How long it waits where it could not fire what is due, because another does.
const BUSY: Duration = Duration::from_millis(20);
/// How long it waits at most.
const LONGEST: Duration = Duration::from_millis(500);

/// Fires until the process stops.
pub fn spawn(log: EventLog, rules: Rules, bell: Bell, tasks: &Tasks) {
    let stopping = tasks.stopping();
    tasks.spawn("ticker", async move {
        stopping.run_until_cancelled(run(&log, &rules, &bell)).await;
        Ok(())
    });
}

async fn run(log: &EventLog, rules: &Rules, bell: &Bell) {
    let mut listener = bell.listen();
    let mut working = true;
    loop {
        let result = round(log, rules, bell).await;
        if let Err(error) = &result
            && working
        {
            tracing::error!(%error, cause = ?error.source(), "what is due cannot all be fired");
        }
        working = result.is_ok();
        match result {
            Ok(0) => listener.wait(until_next(log).await).await,
            Ok(_) => {}
            Err(_) => listener.wait(LONGEST).await,
        }
    }
}

/// Fires a batch of each; answers how much was fired.
async fn round(log: &EventLog, rules: &Rules, bell: &Bell) -> Result<usize, CommandError> {
    // One that fails holds up none of the others.
    let (urgent, climbed) = (fire(log, rules, true).await, climb(log, rules).await);
    if matches!(urgent, Ok(1..)) || matches!(climbed, Ok(1..)) {
        bell.ring();
        // More of what is urgent may be due before anything else is looked at.
        return Ok(urgent.unwrap_or_default() + climbed.unwrap_or_default());
    }
    let others = fire(log, rules, false).await?;
    if others > 0 { Ok(others) } else { Ok(urgent? + climbed?) }
}

/// Fires timers that are due, all in one transaction. Where one of them fails for a
/// reason of its own, each is done on its own: the others fire all the same, and it is
/// tried again later, behind what is due by then.
async fn fire(log: &EventLog, rules: &Rules, urgent: bool) -> Result<usize, CommandError> {
    match unless_gone(fire_batch(log, rules, urgent, Care::Together)).await {
        Err(error) if !error.is_away() => {
            unless_gone(fire_batch(log, rules, urgent, Care::EachAlone)).await
        }
        result => result,
    }
}

async fn fire_batch(
    log: &EventLog,
    rules: &Rules,
    urgent: bool,
    care: Care,
) -> Result<usize, CommandError> {
    let mut tx = log.begin().await?;
    let now = tx.now();
    let mut batch = Batch::new(care);
    for timer in locks::due_timers(&mut tx, urgent, now, BATCH).await? {
        batch.begin_one(&mut tx).await?;
        let fired = fire_timer(&mut tx, rules, &timer).await;
        if let Some(error) = batch.end_one(&mut tx, fired).await? {
            timers::postpone(&mut tx, timer.id, again(now, timer.failures)).await?;
            if timer.failures == 0 {
                tracing::error!(%error, cause = ?error.source(), clock = %timer.clock.id, "a timer could not be fired and is tried again");
            }
        }
    }
    tx.commit().await?;
    Ok(batch.done)
}

/// Lets pages climb, in the same way.
async fn climb(log: &EventLog, rules: &Rules) -> Result<usize, CommandError> {
    match unless_gone(climb_batch(log, rules, Care::Together)).await {
        Err(error) if !error.is_away() => {
            unless_gone(climb_batch(log, rules, Care::EachAlone)).await
        }
        result => result,
    }
}

async fn climb_batch(log: &EventLog, rules: &Rules, care: Care) -> Result<usize, CommandError> {
    let mut tx = log.begin().await?;
    let now = tx.now();
    let mut batch = Batch::new(care);
    for page in locks::climbing_pages(&mut tx, now, BATCH).await? {
        batch.begin_one(&mut tx).await?;
        let climbed = climb_page(&mut tx, rules, &page).await.map(|()| true);
        if let Some(error) = batch.end_one(&mut tx, climbed).await? {
            pages::postpone(&mut tx, page.id, again(now, page.failures)).await?;
            if page.failures == 0 {
                tracing::error!(%error, cause = ?error.source(), page = %page.id, "a page could not climb and is tried again");
            }
        }
    }
    tx.commit().await?;
    Ok(batch.done)
}

/// How the work of one transaction is held apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    Together,
    EachAlone,
}

/// What came of the work of one transaction. What failed and is put off counts as done:
/// it is out of the way of what is behind it.
struct Batch {
    care: Care,
    done: usize,
}

impl Batch {
    fn new(care: Care) -> Self {
        Self { care, done: 0 }
    }

    async fn begin_one(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        match self.care {
            Care::Together => Ok(()),
            Care::EachAlone => savepoint::set(tx).await,
        }
    }

    /// Answers why one has failed that is undone now, and is to be put off.
    async fn end_one(
        &mut self,
        tx: &mut Tx,
        done: Result<bool, CommandError>,
    ) -> Result<Option<CommandError>, CommandError> {
        match done {
            Ok(done) => {
                self.done += usize::from(done);
                Ok(None)
            }
            Err(error) if self.care == Care::Together || error.is_away() => Err(error),
            Err(error) => {
                savepoint::go_back(tx).await?;
                self.done += 1;
                Ok(Some(error))
            }
        }
    }
}

/// When that is tried again which has failed so often before.
fn again(now: Timestamp, failures: i32) -> Timestamp {
    let wait = retry::wait(failures.saturating_add(1), None);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// How long until the next is due; half a second where that is not known.
async fn until_next(log: &EventLog) -> Duration {
    let next = async {
        let mut connection = log.pool().acquire().await?;
        timers::next_due(&mut connection).await
    };
    match unless_gone(next).await {
        Ok(Some(due)) => {
            let wait = due.duration_since(log.clock().now());
            Duration::try_from(wait).unwrap_or_default().clamp(BUSY, LONGEST)
        }
        Ok(None) | Err(_) => LONGEST,
    }
}
