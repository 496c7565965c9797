//! Taking children back whose hand-over to a unit was withdrawn after the unit's receipt:
//! no child is left with nobody (R8, R9).

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, load::load};
use crate::{
    domain::{
        case::{Case, CaseChild},
        clock::{Clock, ClockKind, initial_decision_clock, screening_clock},
    },
    events::{self, Back},
    protocol::Rules,
    store::{cases, checks, clocks, units},
};

/// Gives back to the hub those children of a case whom no unit has any more, since a
/// hand-over was withdrawn `at` an instant, and tells it; does nothing where there is no
/// such child, or no case yet. The clock of where each stands begins anew at that instant.
/// Where one needs an outcome, a case that is over is taken up again without waiting for a
/// person (R31), and the referrer is to be told anew (R28).
pub async fn come_back(
    tx: &mut Tx,
    contact: Uuid,
    at: Timestamp,
    rules: &Rules,
) -> Result<(), CommandError> {
    if !cases::lock(tx, contact).await? {
        return Ok(());
    }
    let taken_back = units::take_back(tx, contact, at).await?;
    if taken_back.is_empty() {
        return Ok(());
    }
    checks::set_needed_again(tx, contact).await?;
    let case = load(tx, contact).await?.ok_or(CommandError::NotOpenYet)?;
    let back = case.children.iter().filter(|child| taken_back.contains(&child.id));
    let back: Vec<&CaseChild> = back.collect();
    let unfinished = back.iter().any(|child| child.outcome.is_none());
    let mut cancelled = Vec::new();
    if unfinished {
        cancelled = clocks::end(tx, contact, ClockKind::InformReferrer, at).await?;
        cases::take_up_again(tx, contact).await?;
    }
    let decision_runs = clocks::runs(tx, contact, ClockKind::InitialDecision).await?;
    let started = clocks_anew(&back, decision_runs, at, rules);
    for clock in &started {
        clocks::insert(tx, contact, clock).await?;
    }
    let revision = case.revision + 1;
    cases::set_revision(tx, contact, revision).await?;
    let told = Back {
        contact,
        children: back.iter().map(|child| child.id).collect(),
        at,
        started,
        cancelled,
        undecided: back.iter().any(|child| child.pathway.is_none()),
        section_47: is_section_47(&case, &back),
        reopened: case.closed && unfinished,
        unfinished,
    };
    tx.append(contact, revision, &events::children_back_in_hub(&told, rules)).await?;
    Ok(())
}

fn is_section_47(case: &Case, back: &[&CaseChild]) -> bool {
    let open = back.iter().filter(|child| child.outcome.is_none());
    open.map(|child| child.id).any(|child| case.is_section_47_for(child))
}

/// The clocks of where these children stand: one for all that wait for the initial
/// decision, unless it runs for a sibling, and one for each that is screened.
fn clocks_anew(
    back: &[&CaseChild],
    decision_runs: bool,
    at: Timestamp,
    rules: &Rules,
) -> Vec<Clock> {
    let (calendar, timescales) = (rules.calendar(), &rules.screening.timescales);
    let waits = back.iter().any(|child| child.pathway.is_none()) && !decision_runs;
    let decision =
        waits.then(|| initial_decision_clock(at, &rules.intake.initial_decision, calendar));
    let screened = back.iter().filter(|child| child.outcome.is_none()).filter_map(|child| {
        let screening = child.pathway?.screening()?;
        Some(screening_clock(screening, child.id, at, timescales.of(screening), calendar))
    });
    decision.into_iter().chain(screened).collect()
}
