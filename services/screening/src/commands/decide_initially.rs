//! The initial decision (R16) for some children of a contact (R20). C and D start a
//! screening clock for each child; A and B decide the outcome at once.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{
    CommandError,
    decide_outcome::{Concluded, tell_outcome},
    load_for_change, save_decision,
};
use crate::{
    domain::{
        case::{Case, CaseChild},
        clock::{Clock, ClockKind, screening_clock, start_of_screening_clock},
        consent::may_refer,
        decision::{Grounds, Initial},
        gate,
    },
    events::{self, Decided},
    protocol::Rules,
    store::{cases, children, clocks, decisions::NewDecision},
};

/// What the manager is told.
pub struct Receipt {
    /// The case's revision now.
    pub revision: i64,
    /// When the first screening that it starts is due.
    pub deadline: Option<Timestamp>,
}

/// Decides the children that `grounds` names on a case at `revision`.
pub async fn decide_initially(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    initial: Initial,
    grounds: Grounds,
    rules: &Rules,
) -> Result<Receipt, CommandError> {
    let case = load_for_change(tx, contact, revision).await?;
    let covered = case.children_to_decide(&grounds.children)?;
    if let Some(outcome) = initial.outcome() {
        gate::pass(&grounds.gate, &case.checks, case.is_urgent())?;
        may_refer(&case, outcome, &covered)?;
    }
    let (now, by, next) = (tx.now(), tx.actor().to_owned(), revision + 1);
    let decision = NewDecision {
        contact,
        revision: next,
        pathway: Some(initial.pathway()),
        outcome: initial.outcome(),
        children: &covered,
        by: &by,
        at: now,
        protocol_version: rules.protocol.version(),
    };
    save_decision(tx, &decision, &grounds).await?;
    children::set_pathway(tx, (contact, next), &covered, initial.pathway(), initial.outcome())
        .await?;
    let started = screening_clocks(&case, initial, &covered, rules);
    for clock in &started {
        clocks::insert(tx, contact, clock).await?;
    }
    let complete = case.undecided().iter().all(|child| covered.contains(child));
    let ended = match complete {
        true => clocks::end(tx, contact, ClockKind::InitialDecision, now).await?,
        false => Vec::new(),
    };
    let deadline = started.iter().map(|clock| clock.deadline).min();
    let decided = Decided {
        case: &case,
        children: &covered,
        level: grounds.level,
        at: now,
        started,
        ended,
        complete,
    };
    let event = events::initial_decision_made(initial.pathway(), &decided, rules);
    tx.append(contact, next, &event).await?;
    let revision = match initial.outcome() {
        None => next,
        Some(outcome) => {
            let concluded = Concluded { outcome, children: &covered, level: grounds.level };
            tell_outcome(tx, &case, next + 1, &concluded, rules).await?;
            next + 1
        }
    };
    cases::set_revision(tx, contact, revision).await?;
    Ok(Receipt { revision, deadline })
}

/// One clock a child (R20), each from its own start (R24).
fn screening_clocks(case: &Case, initial: Initial, covered: &[Uuid], rules: &Rules) -> Vec<Clock> {
    let Some(screening) = initial.pathway().screening() else {
        return Vec::new();
    };
    let timescale = rules.screening.timescales.of(screening);
    let clock = |child: &CaseChild| {
        let start = screening_start(case, child, rules);
        screening_clock(screening, child.id, start, timescale, rules.calendar())
    };
    case.children.iter().filter(|child| covered.contains(&child.id)).map(clock).collect()
}

/// From when the screening of a child of this case is timed: the hub could not have screened
/// one before it knew of it, or while its unit had it.
pub fn screening_start(case: &Case, child: &CaseChild, rules: &Rules) -> Timestamp {
    let channels = &rules.screening.office_hours_channels;
    let arrival = || {
        start_of_screening_clock(
            case.channel,
            case.received_at,
            case.arrived_urgent,
            rules.calendar(),
            channels,
        )
    };
    child.timed_from.unwrap_or_else(arrival)
}
