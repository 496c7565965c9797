//! What screening tells of cases. Which of two facts is later is said by the revision of the
//! case that its event made.

use messaging::{
    follower::{
        HandlerError,
        fields::{id, ids, instant},
    },
    received::Received,
};
use prost::Name;
use proto::{
    screening::v1::{
        CaseClosed, CaseRetimed, ChildrenAdded, ChildrenBackInHub, ChildrenTakenOff,
        ChildrenWithUnit, InitialDecisionMade, OutcomeDecided, ReferrerInformed,
    },
    terms::v1::{ClockEnd, ClockEnding},
};

use super::{code, decision_clocks};
use crate::domain::{
    fact::{CaseAt, ChildrenDecision, Fact},
    terms::{Outcome, Pathway},
};

/// The facts of an event about a case; none where it is about something else.
pub(super) fn facts(event: &Received) -> Result<Vec<Fact>, HandlerError> {
    let at = event.revision;
    match event.name() {
        InitialDecisionMade::NAME => initial_decision(&event.decode()?),
        OutcomeDecided::NAME => outcome(&event.decode()?),
        ReferrerInformed::NAME => referrer(&event.decode()?, at),
        ChildrenWithUnit::NAME => with_unit(&event.decode()?, at),
        ChildrenBackInHub::NAME => back_in_hub(&event.decode()?, at),
        // R20: who they are is told by intake.
        ChildrenTakenOff::NAME => ends(&event.decode::<ChildrenTakenOff>()?.clocks_ended),
        ChildrenAdded::NAME => added(&event.decode()?, at),
        CaseRetimed::NAME => retimed(&event.decode()?, at),
        CaseClosed::NAME => closed(&event.decode()?, at),
        _ => Ok(Vec::new()),
    }
}

fn initial_decision(event: &InitialDecisionMade) -> Result<Vec<Fact>, HandlerError> {
    let mut facts = ends(&event.clocks_ended)?;
    facts.push(Fact::InitialDecision(ChildrenDecision {
        contact: id("contact_id", &event.contact_id)?,
        children: ids("child_ids", &event.child_ids)?,
        decision: code("pathway", Pathway::from_wire(event.pathway))?,
        at: instant("decided_at", event.decided_at.as_ref())?,
    }));
    Ok(facts)
}

fn outcome(event: &OutcomeDecided) -> Result<Vec<Fact>, HandlerError> {
    Ok(vec![Fact::Outcome(ChildrenDecision {
        contact: id("contact_id", &event.contact_id)?,
        children: ids("child_ids", &event.child_ids)?,
        decision: code("outcome", Outcome::from_wire(event.outcome))?,
        at: instant("decided_at", event.decided_at.as_ref())?,
    })])
}

fn referrer(event: &ReferrerInformed, revision: i64) -> Result<Vec<Fact>, HandlerError> {
    let case = case(&event.contact_id, revision)?;
    let (informed, at) = (event.informed, instant("informed_at", event.informed_at.as_ref())?);
    Ok(vec![Fact::Referrer { case, informed, at }])
}

fn with_unit(event: &ChildrenWithUnit, revision: i64) -> Result<Vec<Fact>, HandlerError> {
    let mut facts = ends(&event.clocks_ended)?;
    let (case, children) =
        (case(&event.contact_id, revision)?, ids("child_ids", &event.child_ids)?);
    facts.push(Fact::Moved { case, children, with_unit: true });
    Ok(facts)
}

/// R9: they wait for their decisions again, by a clock of their own.
fn back_in_hub(event: &ChildrenBackInHub, revision: i64) -> Result<Vec<Fact>, HandlerError> {
    let (case, children) =
        (case(&event.contact_id, revision)?, ids("child_ids", &event.child_ids)?);
    let mut facts = decision_clocks(case.contact, &event.clocks_started)?;
    facts.push(Fact::Moved { case, children, with_unit: false });
    if event.unfinished || event.reopened {
        facts.push(Fact::TakenUpAgain(case));
    }
    Ok(facts)
}

/// R20: who they are, and until when they wait, is told by intake.
fn added(event: &ChildrenAdded, revision: i64) -> Result<Vec<Fact>, HandlerError> {
    Ok(vec![Fact::TakenUpAgain(case(&event.contact_id, revision)?)])
}

/// R13: a clock that another replaces is no decision; one that was made is measured by when it was
/// due after the correction.
fn retimed(event: &CaseRetimed, revision: i64) -> Result<Vec<Fact>, HandlerError> {
    let case = case(&event.contact_id, revision)?;
    let mut facts = decision_clocks(case.contact, &event.clocks_started)?;
    if event.decision_due.is_some() {
        let (clock, due) = (
            id("decided_clock_id", &event.decided_clock_id)?,
            instant("decision_due", event.decision_due.as_ref())?,
        );
        facts.push(Fact::DecisionRetimed { case, clock, due });
    }
    Ok(facts)
}

fn closed(event: &CaseClosed, revision: i64) -> Result<Vec<Fact>, HandlerError> {
    let (case, at) =
        (case(&event.contact_id, revision)?, instant("closed_at", event.closed_at.as_ref())?);
    Ok(vec![Fact::Closed { case, at }])
}

fn case(contact: &str, revision: i64) -> Result<CaseAt, HandlerError> {
    Ok(CaseAt { contact: id("contact_id", contact)?, revision })
}

fn ends(clocks: &[ClockEnd]) -> Result<Vec<Fact>, HandlerError> {
    let ends = clocks.iter().map(|end| {
        let (clock, at) =
            (id("clock_id", &end.clock_id)?, instant("ended_at", end.ended_at.as_ref())?);
        Ok(Fact::ClockEnded { clock, at, met: end.ending() == ClockEnding::Met })
    });
    ends.collect()
}
