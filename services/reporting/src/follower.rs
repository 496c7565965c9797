//! What reporting hears: the events of every service, one fact each.

use jiff::Timestamp;
use messaging::{
    Tx,
    follower::{Handler, HandlerError},
    received::Received,
};
use prost::Name;
use proto::{
    convert::{from_id, from_timestamp},
    deadlines::v1::{PageAcknowledged, PageClimbed, PageRaised},
    intake::v1::ContactReceived,
    partner_checks::v1::{AnswerExtent, CheckAnswered, CheckRequested},
    screening::v1::{CaseClosed, InitialDecisionMade, OutcomeDecided, ReferrerInformed},
    terms::v1::ClockKind,
};
use uuid::Uuid;

use crate::{
    commands::keep_fact::keep_fact,
    domain::{
        fact::{Check, ChildrenDecision, Contact, Fact},
        terms::{Channel, Milestone, Outcome, PageCause, Pathway, Rag},
    },
};

/// Reads the logs of the other services.
pub struct Reader;

impl Handler for Reader {
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        let fact = match event.name() {
            ContactReceived::NAME => contact(event.decode()?)?,
            InitialDecisionMade::NAME => initial_decision(event.decode()?)?,
            OutcomeDecided::NAME => outcome(event.decode()?)?,
            ReferrerInformed::NAME => referrer(event.decode()?)?,
            CaseClosed::NAME => case_closed(event.decode()?)?,
            CheckRequested::NAME => check(event.decode()?)?,
            CheckAnswered::NAME => match answer(event.decode()?)? {
                Some(answer) => answer,
                None => return Ok(()),
            },
            PageRaised::NAME => page(event.decode()?)?,
            PageClimbed::NAME => climb(event.decode()?)?,
            PageAcknowledged::NAME => acknowledgement(event.decode()?)?,
            _ => return Ok(()),
        };
        Ok(keep_fact(tx, event.id, fact).await?)
    }
}

fn contact(event: ContactReceived) -> Result<Fact, HandlerError> {
    let decision =
        event.clocks_started.iter().find(|clock| clock.kind() == ClockKind::InitialDecision);
    Ok(Fact::Contact(Contact {
        id: id(&event.contact_id)?,
        received_at: instant(event.received_at)?,
        channel: code(Channel::from_wire(event.channel))?,
        children: i32::try_from(event.child_ids.len())
            .map_err(|_| unusable("number of children"))?,
        section_47: event.significant_harm || event.immediate_danger,
        decision_due: decision.map(|clock| instant(clock.deadline)).transpose()?,
        referral_source: event.referral_source,
    }))
}

fn initial_decision(event: InitialDecisionMade) -> Result<Fact, HandlerError> {
    Ok(Fact::InitialDecision(ChildrenDecision {
        contact: id(&event.contact_id)?,
        children: ids(&event.child_ids)?,
        decision: code(Pathway::from_wire(event.pathway))?,
        at: instant(event.decided_at)?,
        complete: event.complete,
    }))
}

fn outcome(event: OutcomeDecided) -> Result<Fact, HandlerError> {
    Ok(Fact::Outcome(ChildrenDecision {
        contact: id(&event.contact_id)?,
        children: ids(&event.child_ids)?,
        decision: code(Outcome::from_wire(event.outcome))?,
        at: instant(event.decided_at)?,
        complete: event.complete,
    }))
}

fn referrer(event: ReferrerInformed) -> Result<Fact, HandlerError> {
    let (contact, at) = (id(&event.contact_id)?, instant(event.informed_at)?);
    Ok(Fact::Referrer { contact, informed: event.informed, at })
}

fn case_closed(event: CaseClosed) -> Result<Fact, HandlerError> {
    reached(Milestone::Closed, &event.contact_id, event.closed_at)
}

fn check(event: CheckRequested) -> Result<Fact, HandlerError> {
    Ok(Fact::CheckRequested(Check {
        id: id(&event.check_id)?,
        contact: id(&event.contact_id)?,
        rag: code(Rag::from_wire(event.rag))?,
        requested_at: instant(event.requested_at)?,
        deadline: instant(event.deadline)?,
        agency: event.agency,
    }))
}

/// An interim answer leaves the check open, and a correction follows an answer that
/// was counted: neither is a fact here (R40).
fn answer(event: CheckAnswered) -> Result<Option<Fact>, HandlerError> {
    match event.extent() {
        AnswerExtent::Final => {
            reached(Milestone::Answered, &event.check_id, event.received_at).map(Some)
        }
        AnswerExtent::Interim | AnswerExtent::Correction => Ok(None),
        AnswerExtent::Unspecified => Err(unusable("code")),
    }
}

fn page(event: PageRaised) -> Result<Fact, HandlerError> {
    let cause = code(PageCause::from_wire(event.cause))?;
    Ok(Fact::PageRaised { page: id(&event.page_id)?, cause, at: instant(event.raised_at)? })
}

fn climb(event: PageClimbed) -> Result<Fact, HandlerError> {
    reached(Milestone::Climbed, &event.page_id, event.climbed_at)
}

fn acknowledgement(event: PageAcknowledged) -> Result<Fact, HandlerError> {
    reached(Milestone::Acknowledged, &event.page_id, event.acknowledged_at)
}

fn reached(
    milestone: Milestone,
    record: &str,
    at: Option<prost_types::Timestamp>,
) -> Result<Fact, HandlerError> {
    Ok(Fact::Reached { milestone, record: id(record)?, at: instant(at)? })
}

fn id(text: &str) -> Result<Uuid, HandlerError> {
    from_id(text).ok_or_else(|| unusable("id"))
}

fn ids(texts: &[String]) -> Result<Vec<Uuid>, HandlerError> {
    texts.iter().map(|text| id(text)).collect()
}

fn instant(at: Option<prost_types::Timestamp>) -> Result<Timestamp, HandlerError> {
    at.as_ref().and_then(from_timestamp).ok_or_else(|| unusable("instant"))
}

fn code<C>(known: Option<C>) -> Result<C, HandlerError> {
    known.ok_or_else(|| unusable("code"))
}

fn unusable(what: &str) -> HandlerError {
    HandlerError::Refused(format!("the event has no usable {what}"))
}
