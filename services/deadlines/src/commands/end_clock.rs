//! Ending a clock, and the pages that are over with it.

use messaging::Tx;
use uuid::Uuid;

use super::CommandError;
use crate::{
    domain::clock::{ClockEnd, ended_state, ran_out_before},
    events,
    store::{
        causes,
        clocks::{self, ClockRow},
        deliveries, locks, pages, timers,
    },
};

/// Keeps an end; where its clock is there and runs, ends it.
pub async fn end_clock(tx: &mut Tx, end: &ClockEnd) -> Result<(), CommandError> {
    clocks::keep_end(tx, end).await?;
    match locks::clock(tx, end.clock).await? {
        Some(clock) if clock.ended_at.is_none() => settle(tx, &clock, end).await,
        Some(_) | None => Ok(()),
    }
}

/// Ends a clock that is locked: by the instants of the acts it was in time or not,
/// whenever either was heard of. What it still had to fire is cancelled.
pub async fn settle(tx: &mut Tx, clock: &ClockRow, end: &ClockEnd) -> Result<(), CommandError> {
    let (now, deadline) = (tx.now(), clock.deadline.to_jiff());
    if ran_out_before(end, clock.state, deadline) {
        let revision = clocks::next_revision(tx, clock.id).await?;
        tx.append(clock.id, revision, &events::clock_ran_out(clock, None, now)).await?;
    }
    clocks::set_ended(tx, clock.id, ended_state(end, deadline), end.at).await?;
    timers::cancel(tx, clock.id, now).await?;
    let mut pages = causes::end_of_clock(tx, clock.id, now).await?;
    // In one order, so that clocks of several contacts that share pages do not stand
    // against each other (R60).
    pages.sort_unstable();
    pages.dedup();
    for page in pages {
        resolve(tx, page).await?;
    }
    Ok(())
}

/// Resolves an open page where everything that it is about is over (R43).
async fn resolve(tx: &mut Tx, page: Uuid) -> Result<(), CommandError> {
    // Locked first, in a statement of its own: a cause that joins at this moment is
    // seen by the next one.
    locks::page(tx, page).await?;
    let now = tx.now();
    let Some(contact) = pages::resolve_if_over(tx, page, now).await? else {
        return Ok(());
    };
    deliveries::end_of_page(tx, page, now).await?;
    let revision = pages::next_revision(tx, page).await?;
    tx.append(page, revision, &events::page_resolved(page, contact, now)).await?;
    Ok(())
}
