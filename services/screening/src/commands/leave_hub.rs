//! Children who are the hub's no more, as intake tells it: with the receipt of the unit that holds
//! their open case (R9), or because they were put on the contact by mistake (R20), the hub
//! decides nothing on them any more and times nothing.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, come_back::come_back, load::load};
use crate::{
    domain::{
        case::Case,
        clock::{Clock, ClockKind, inform_referrer_clock},
        unit::{Step, Taken},
    },
    events::{self, Gone},
    protocol::Rules,
    store::{cases, children, clocks, units},
};

/// Keeps a step, whatever was heard before. A receipt takes the children from the hub, and a
/// withdrawal gives them back to it.
pub async fn step_taken(tx: &mut Tx, taken: &Taken, rules: &Rules) -> Result<(), CommandError> {
    units::insert(tx, taken).await?;
    match taken.step {
        Step::Received => leave_hub(tx, taken.contact, rules).await,
        Step::Withdrawn => come_back(tx, taken.contact, taken.at, rules).await,
        Step::Found | Step::Passed => Ok(()),
    }
}

/// Takes from the hub those children of a case whom units have received, and tells it; does
/// nothing where there is no such child, or no case yet. What is closed has nothing left to
/// end.
pub async fn leave_hub(tx: &mut Tx, contact: Uuid, rules: &Rules) -> Result<(), CommandError> {
    if !cases::lock(tx, contact).await? {
        return Ok(());
    }
    let (children, received): (Vec<_>, Vec<_>) =
        units::take_received(tx, contact).await?.into_iter().unzip();
    let Some(at) = received.into_iter().max() else {
        return Ok(());
    };
    if let Some((revision, gone)) = let_go(tx, contact, (children, at), rules).await? {
        tx.append(contact, revision, &events::children_with_unit(&gone, rules)).await?;
    }
    Ok(())
}

/// Takes children off a case who were put on the contact by mistake, and tells it (R20).
pub async fn take_off(
    tx: &mut Tx,
    contact: Uuid,
    (children, at): (&[Uuid], Timestamp),
    rules: &Rules,
) -> Result<(), CommandError> {
    if !cases::lock(tx, contact).await? {
        return Err(CommandError::NotOpenYet);
    }
    let children = children::take_off(tx, contact, (children, at)).await?;
    if children.is_empty() {
        return Ok(());
    }
    if let Some((revision, gone)) = let_go(tx, contact, (children, at), rules).await? {
        tx.append(contact, revision, &events::children_taken_off(&gone, rules)).await?;
    }
    Ok(())
}

/// Ends what runs for children who are the hub's no more since `at` an instant, begins what they
/// held up, and moves the case on; what to tell, and at which revision. `None` where the case is
/// over.
async fn let_go(
    tx: &mut Tx,
    contact: Uuid,
    (children, at): (Vec<Uuid>, Timestamp),
    rules: &Rules,
) -> Result<Option<(i64, Gone)>, CommandError> {
    let case = load(tx, contact).await?.ok_or(CommandError::NotOpenYet)?;
    if case.closed {
        return Ok(None);
    }
    let mut cancelled = clocks::end_of_children(tx, contact, &children, at).await?;
    if case.undecided().is_empty() {
        cancelled.extend(clocks::end(tx, contact, ClockKind::InitialDecision, at).await?);
    }
    let clock = referrer_clock(tx, &case, &children, rules);
    if let Some(clock) = &clock {
        clocks::insert(tx, contact, clock).await?;
    }
    let revision = case.revision + 1;
    cases::set_revision(tx, contact, revision).await?;
    let gone = Gone {
        contact,
        children,
        at,
        started: clock.into_iter().collect(),
        cancelled,
        complete: case.unfinished().is_empty(),
        decided: case.undecided().is_empty(),
    };
    Ok(Some((revision, gone)))
}

/// The clock of telling the referrer, where the last child that needed an outcome is among
/// those gone (R28). It runs from when the hub knows of it: before, nobody could tell them.
fn referrer_clock(tx: &Tx, case: &Case, gone: &[Uuid], rules: &Rules) -> Option<Clock> {
    let needed_one =
        case.children.iter().any(|child| gone.contains(&child.id) && child.outcome.is_none());
    let timescale = &rules.screening.timescales.inform_referrer;
    (needed_one && case.unfinished().is_empty())
        .then(|| inform_referrer_clock(tx.now(), timescale, rules.calendar()))
}
