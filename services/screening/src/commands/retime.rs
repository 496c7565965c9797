//! Running a case from another instant, after a correction of when its contact was received
//! (R13).

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, decide_initially::screening_start, load::load};
use crate::{
    domain::{
        case::{Case, CaseChild},
        clock::{ArrivalClock, Clock, initial_decision_clock, screening_clock},
    },
    events::{self, Retimed},
    protocol::Rules,
    store::{cases, clocks},
};

/// Keeps that a contact was received at another instant, as was heard `at` a correction, and
/// tells it. What was timed from its arrival and still runs is replaced by a clock from the
/// corrected instant under today's protocol (R24, R72), also where that leaves it overdue:
/// lateness shows. Whoever was added later or came back was not waited for before, and keeps
/// their clock (R24). What was decided stays as it was decided. The case moves on, lest
/// somebody decides by a deadline that does not hold.
pub async fn retime(
    tx: &mut Tx,
    contact: Uuid,
    (received_at, at): (Timestamp, Timestamp),
    rules: &Rules,
) -> Result<(), CommandError> {
    let case = load(tx, contact).await?.ok_or(CommandError::NotOpenYet)?;
    if case.received_at == received_at {
        return Ok(());
    }
    let in_hub_hours = rules.calendar().is_open(received_at);
    cases::set_received(tx, contact, (received_at, in_hub_hours)).await?;
    let case = Case { received_at, ..case };
    let mut retimed =
        Retimed { contact, received_at, at, started: vec![], replaced: vec![], decided: None };
    decision_anew(tx, &case, &mut retimed, rules).await?;
    screenings_anew(tx, &case, &mut retimed, rules).await?;
    let revision = case.revision + 1;
    cases::set_revision(tx, contact, revision).await?;
    tx.append(contact, revision, &events::case_retimed(&retimed, rules)).await?;
    Ok(())
}

/// The initial decision of the arrival: the clock that runs, or when it was due.
async fn decision_anew(
    tx: &mut Tx,
    case: &Case,
    retimed: &mut Retimed,
    rules: &Rules,
) -> Result<(), CommandError> {
    let timescale = &rules.intake.initial_decision;
    let anew = initial_decision_clock(case.received_at, timescale, rules.calendar());
    match clocks::of_arrival(tx, case.contact_id).await? {
        Some(ArrivalClock::Running(old)) => {
            replace(tx, old, anew.clone(), retimed).await?;
            clocks::set_of_arrival(tx, case.contact_id, anew.id).await?;
        }
        Some(ArrivalClock::Ended(old)) => retimed.decided = Some((old, anew.deadline)),
        None => {}
    }
    Ok(())
}

/// The screening of each child that runs from the arrival, where that gives it another start.
async fn screenings_anew(
    tx: &mut Tx,
    case: &Case,
    retimed: &mut Retimed,
    rules: &Rules,
) -> Result<(), CommandError> {
    let running = clocks::running_of_children(tx, case.contact_id).await?;
    let from_arrival = |child: &&CaseChild| child.timed_from.is_none();
    for child in case.children.iter().filter(from_arrival) {
        let Some(screening) = child.pathway.and_then(|pathway| pathway.screening()) else {
            continue;
        };
        let Some(old) = running.iter().find(|clock| clock.child == Some(child.id)) else {
            continue;
        };
        let start = screening_start(case, child, rules);
        if start != old.started_at {
            let timescale = rules.screening.timescales.of(screening);
            let anew = screening_clock(screening, child.id, start, timescale, rules.calendar());
            replace(tx, old.id, anew, retimed).await?;
        }
    }
    Ok(())
}

async fn replace(
    tx: &mut Tx,
    old: Uuid,
    anew: Clock,
    retimed: &mut Retimed,
) -> Result<(), sqlx::Error> {
    clocks::end_one(tx, old, retimed.at).await?;
    clocks::insert(tx, retimed.contact, &anew).await?;
    retimed.replaced.push(old);
    retimed.started.push(anew);
    Ok(())
}
