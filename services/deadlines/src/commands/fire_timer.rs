//! A timer that is due.

use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, Rules, raise_page::raise_page};
use crate::{
    domain::{
        clock::{ClockState, is_red_check, reminds},
        page::{self, PageCause, Subject},
    },
    events,
    store::{
        clocks, locks,
        timers::{self, DueTimer, TimerKind},
    },
};

/// Fires a timer that is locked with its clock: marks it and writes what it causes
/// (R18, R43, R60). Answers false, and does nothing, where another transaction raises pages
/// at this moment that what it causes may have to join.
pub async fn fire_timer(
    tx: &mut Tx,
    rules: &Rules,
    timer: &DueTimer,
) -> Result<bool, CommandError> {
    let (clock, now) = (&timer.clock, tx.now());
    let opens = match timer.kind {
        TimerKind::Deadline => {
            let deadline = clock.deadline.to_jiff();
            page::waits_until((clock.kind, deadline), rules.protocol.calendar(), now)
        }
        TimerKind::Warning | TimerKind::Opening => None,
    };
    let subject = paged_about(timer).filter(|_| opens.is_none());
    if let Some(subject) = &subject
        && !may_page(tx, clock.contact_id, subject).await?
    {
        return Ok(false);
    }
    timers::set_fired(tx, timer.id, now).await?;
    if let Some(opens) = opens {
        timers::insert_opening(tx, clock.id, opens).await?;
    }
    let page = match &subject {
        Some(subject) => raise_page(tx, rules, subject).await?,
        None => None,
    };
    match timer.kind {
        // That it ran out was told when it did.
        TimerKind::Opening => {}
        TimerKind::Warning => {
            let revision = clocks::next_revision(tx, clock.id).await?;
            tx.append(clock.id, revision, &events::clock_warned(clock, timer.due, now)).await?;
        }
        TimerKind::Deadline => {
            let revision = clocks::next_revision(tx, clock.id).await?;
            if clock.state == ClockState::Running {
                clocks::set_late(tx, clock.id).await?;
            }
            tx.append(clock.id, revision, &events::clock_ran_out(clock, page, now)).await?;
        }
    }
    Ok(true)
}

/// What somebody is paged about when a timer fires: at a warning of a RED check its agency
/// is reminded (R43), at a deadline whoever is on duty hears of it (R18, R43), or, where that
/// could wait, when the hub opens after it.
fn paged_about(timer: &DueTimer) -> Option<Subject> {
    let clock = &timer.clock;
    let (cause, origin) = match timer.kind {
        TimerKind::Warning => {
            let reminds =
                is_red_check(clock.kind, clock.rag) && reminds(timer.seen, timer.last_warning);
            (
                reminds.then_some(PageCause::RedCheckReminder)?,
                format!("{} at {}", clock.id, timer.due),
            )
        }
        TimerKind::Deadline | TimerKind::Opening => {
            (page::cause_of_overdue(clock.kind, clock.rag)?, clock.id.to_string())
        }
    };
    Some(Subject {
        contact: Some(clock.contact_id),
        clock: Some(clock.id),
        agency: clock.agency.clone(),
        rag: clock.rag,
        deadline: Some(clock.deadline.to_jiff()),
        due: Some(timer.due),
        ..Subject::of(cause, origin)
    })
}

/// Whether no other transaction raises a page at this moment that this one may have to be
/// on: one of the same contact (R43), or of the same catch-up (R60).
async fn may_page(tx: &mut Tx, contact: Uuid, subject: &Subject) -> Result<bool, CommandError> {
    if !locks::pages_of_contact(tx, contact).await? {
        return Ok(false);
    }
    if !page::is_catch_up(subject.cause, subject.due, tx.now()) {
        return Ok(true);
    }
    Ok(locks::pages_of_person(tx, subject.cause, subject.agency_on_duty()).await?)
}
