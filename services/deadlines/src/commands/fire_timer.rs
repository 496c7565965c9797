//! A timer that is due.

use messaging::Tx;

use super::{CommandError, Rules, raise_page::raise_page};
use crate::{
    domain::{
        clock::{ClockState, is_red_check, reminds},
        page::{self, PageCause, Subject},
    },
    events,
    store::{
        clocks::{self, ClockRow},
        contacts,
        timers::{self, DueTimer, TimerKind},
    },
};

/// Fires a timer that is locked with its clock: marks it and writes what it causes
/// (R18, R43, R60). Answers false, and does nothing, where another transaction raises pages
/// on the contact at this moment.
pub async fn fire_timer(
    tx: &mut Tx,
    rules: &Rules,
    timer: &DueTimer,
) -> Result<bool, CommandError> {
    let clock = &timer.clock;
    if is_red_check(clock.kind, clock.rag)
        && !contacts::try_lock_pages(tx, clock.contact_id).await?
    {
        return Ok(false);
    }
    let now = tx.now();
    timers::set_fired(tx, timer.id, now).await?;
    match timer.kind {
        TimerKind::Warning => warn(tx, rules, timer).await?,
        TimerKind::Deadline => run_out(tx, rules, clock).await?,
    }
    Ok(true)
}

async fn warn(tx: &mut Tx, rules: &Rules, timer: &DueTimer) -> Result<(), CommandError> {
    let (clock, now) = (&timer.clock, tx.now());
    let revision = clocks::next_revision(tx, clock.id).await?;
    tx.append(clock.id, revision, &events::clock_warned(clock, timer.due, now)).await?;
    if is_red_check(clock.kind, clock.rag) && reminds(timer.seen, timer.last_warning) {
        let origin = format!("{} at {}", clock.id, timer.due);
        raise_page(tx, rules, &about_clock(clock, PageCause::RedCheckReminder, origin)).await?;
    }
    Ok(())
}

async fn run_out(tx: &mut Tx, rules: &Rules, clock: &ClockRow) -> Result<(), CommandError> {
    let now = tx.now();
    if clock.state == ClockState::Running {
        clocks::set_late(tx, clock.id).await?;
    }
    let revision = clocks::next_revision(tx, clock.id).await?;
    tx.append(clock.id, revision, &events::clock_ran_out(clock, now)).await?;
    let Some(cause) = page::cause_of_overdue(clock.kind, clock.rag) else {
        return Ok(());
    };
    raise_page(tx, rules, &about_clock(clock, cause, clock.id.to_string())).await
}

fn about_clock(clock: &ClockRow, cause: PageCause, origin: String) -> Subject {
    Subject {
        contact: Some(clock.contact_id),
        clock: Some(clock.id),
        agency: clock.agency.clone(),
        rag: clock.rag,
        deadline: Some(clock.deadline.to_jiff()),
        ..Subject::of(cause, origin)
    }
}
