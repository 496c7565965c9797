//! The outcome of screened children (R26), through the decision gate (R27) and the consent
//! gate (R21).

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, load_for_change, save_decision};
use crate::{
    domain::{
        case::Case,
        clock::inform_referrer_clock,
        consent::may_refer,
        decision::{FrameworkLevel, Grounds, Outcome},
        gate,
        outcome::{Decider, may_decide},
    },
    events::{self, Decided},
    protocol::Rules,
    store::{cases, children, clocks, decisions::NewDecision},
};

/// What the manager is told.
pub struct Receipt {
    /// The case's revision now.
    pub revision: i64,
    /// When the referrer is to be told at the latest, where each child has an outcome.
    pub inform_referrer_by: Option<Timestamp>,
}

/// Decides an outcome of the children that `grounds` names, on a case at `revision`.
pub async fn decide_outcome(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    (decider, outcome): (Decider, Outcome),
    grounds: Grounds,
    rules: &Rules,
) -> Result<Receipt, CommandError> {
    let case = load_for_change(tx, contact, revision).await?;
    let covered = case.children_to_conclude(&grounds.children)?;
    may_decide(decider, outcome, covered.iter().map(|(_, pathway)| *pathway))?;
    gate::pass(&grounds.gate, &case.checks, case.is_urgent())?;
    let covered: Vec<Uuid> = covered.into_iter().map(|(child, _)| child).collect();
    may_refer(&case, outcome, &covered)?;
    let (now, by, revision) = (tx.now(), tx.actor().to_owned(), revision + 1);
    let decision = NewDecision {
        contact,
        revision,
        pathway: None,
        outcome: Some(outcome),
        children: &covered,
        by: &by,
        at: now,
        protocol_version: rules.protocol.version(),
    };
    save_decision(tx, &decision, &grounds).await?;
    children::set_outcome(tx, (contact, revision), &covered, outcome).await?;
    let concluded = Concluded { outcome, children: &covered, level: grounds.level };
    let inform_referrer_by = tell_outcome(tx, &case, revision, &concluded, rules).await?;
    cases::set_revision(tx, contact, revision).await?;
    Ok(Receipt { revision, inform_referrer_by })
}

/// An outcome and the children whom it was decided for.
pub struct Concluded<'a> {
    /// Which.
    pub outcome: Outcome,
    /// The children.
    pub children: &'a [Uuid],
    /// Level of the framework.
    pub level: FrameworkLevel,
}

/// Ends the screening clocks of these children, starts that of telling the referrer
/// once no child needs an outcome (R28), and tells it all. `case` is as it was before.
/// Answers when the referrer is to be told at the latest.
pub async fn tell_outcome(
    tx: &mut Tx,
    case: &Case,
    revision: i64,
    concluded: &Concluded<'_>,
    rules: &Rules,
) -> Result<Option<Timestamp>, CommandError> {
    let (contact, now) = (case.contact_id, tx.now());
    let ended = clocks::end_of_children(tx, contact, concluded.children, now).await?;
    let complete = case.unfinished().iter().all(|child| concluded.children.contains(child));
    let timescale = &rules.screening.timescales.inform_referrer;
    let clock = complete.then(|| inform_referrer_clock(now, timescale, rules.calendar()));
    if let Some(clock) = &clock {
        clocks::insert(tx, contact, clock).await?;
    }
    let deadline = clock.as_ref().map(|clock| clock.deadline);
    let decided = Decided {
        case,
        children: concluded.children,
        level: concluded.level,
        at: now,
        started: clock.into_iter().collect(),
        ended,
        complete,
    };
    tx.append(contact, revision, &events::outcome_decided(concluded.outcome, &decided, rules))
        .await?;
    Ok(deadline)
}
