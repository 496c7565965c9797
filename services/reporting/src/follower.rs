//! What reporting hears: the events of every service, as facts.

mod case;

use messaging::{
    Tx,
    follower::{
        Handler, HandlerError,
        fields::{id, ids, instant, unusable},
    },
    received::Received,
};
use prost::Name;
use proto::{
    deadlines::v1::{PageAcknowledged, PageClimbed, PageRaised},
    intake::v1::{BasisRecorded, ContactAmended, ContactReceived, NoticePriorityConfirmed},
    partner_checks::v1::{AnswerExtent, CheckAnswered, CheckRequested, CheckWithdrawn},
    terms::v1::{self as terms, BasisKind, ClockKind, ClockStart},
};
use uuid::Uuid;

use crate::{
    commands::keep_fact::keep_fact,
    domain::{
        fact::{Check, Contact, Fact},
        terms::{Channel, Milestone, PageCause, Rag},
    },
};

/// Reads the logs of the other services.
pub struct Reader;

impl Handler for Reader {
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        let facts = match event.name() {
            ContactReceived::NAME => contact(event.decode()?)?,
            ContactAmended::NAME => amendment(&event.decode()?)?,
            BasisRecorded::NAME => basis(&event.decode()?)?,
            NoticePriorityConfirmed::NAME => notice(&event.decode()?)?,
            CheckRequested::NAME => check(event.decode()?)?,
            CheckAnswered::NAME => answer(&event.decode()?)?,
            CheckWithdrawn::NAME => withdrawal(event.decode()?)?,
            PageRaised::NAME => page(event.decode()?)?,
            PageClimbed::NAME => climb(event.decode()?)?,
            PageAcknowledged::NAME => acknowledgement(event.decode()?)?,
            _ => case::facts(event)?,
        };
        for fact in facts {
            keep_fact(tx, event.id, fact).await?;
        }
        Ok(())
    }
}

fn contact(event: ContactReceived) -> Result<Vec<Fact>, HandlerError> {
    let (id, children) =
        (id("contact_id", &event.contact_id)?, ids("child_ids", &event.child_ids)?);
    let mut facts = decision_clocks(id, &event.clocks_started)?;
    facts.push(Fact::Children { contact: id, children });
    facts.push(Fact::Contact(Contact {
        id,
        received_at: instant("received_at", event.received_at.as_ref())?,
        recorded_at: instant("recorded_at", event.recorded_at.as_ref())?,
        channel: code("channel", Channel::from_wire(event.channel))?,
        section_47: event.significant_harm || event.immediate_danger,
        referral_source: event.referral_source,
    }));
    Ok(facts)
}

/// Children who were missed count as if they had been there, those who were put there by mistake
/// in no figure of children (R20), and figures run on the receipt (R13), the channel (R1) and the
/// source (R2) as they were corrected.
fn amendment(event: &ContactAmended) -> Result<Vec<Fact>, HandlerError> {
    let (contact, children) =
        (id("contact_id", &event.contact_id)?, ids("added_child_ids", &event.added_child_ids)?);
    let mut facts = decision_clocks(contact, &event.clocks_started)?;
    facts.push(Fact::Children { contact, children });
    let children = ids("taken_off_child_ids", &event.taken_off_child_ids)?;
    facts.push(Fact::TakenOff { contact, children });
    if event.immediate_danger || event.significant_harm {
        facts.extend(reached(Milestone::SaidUrgent, &event.contact_id, event.amended_at)?);
    }
    if let Some(at) = event.received_at {
        facts.push(Fact::Received { contact, at: instant("received_at", Some(&at))? });
    }
    let is_corrected = event.channel() != terms::Channel::Unspecified;
    let channel = is_corrected.then(|| code("channel", Channel::from_wire(event.channel)));
    if is_corrected || event.referral_source.is_some() {
        let (channel, source) = (channel.transpose()?, event.referral_source.clone());
        facts.push(Fact::CameBy { contact, channel, source });
    }
    Ok(facts)
}

/// Section 47 that is recorded later counts like what the contact said, also where a manager has
/// ended it since: it was said, and paged. No other basis does (R18).
fn basis(event: &BasisRecorded) -> Result<Vec<Fact>, HandlerError> {
    match event.kind() == BasisKind::Section47 {
        true => reached(Milestone::SaidUrgent, &event.contact_id, event.recorded_at),
        false => Ok(Vec::new()),
    }
}

/// So does a person's word that a notice is urgent (R14).
fn notice(event: &NoticePriorityConfirmed) -> Result<Vec<Fact>, HandlerError> {
    match event.became_urgent {
        true => reached(Milestone::SaidUrgent, &event.contact_id, event.confirmed_at),
        false => Ok(Vec::new()),
    }
}

/// The clocks of the initial decision among these (R72).
fn decision_clocks(contact: Uuid, started: &[ClockStart]) -> Result<Vec<Fact>, HandlerError> {
    let decisions = started.iter().filter(|clock| clock.kind() == ClockKind::InitialDecision);
    let clocks = decisions.map(|clock| {
        let (due, clock) =
            (instant("deadline", clock.deadline.as_ref())?, id("clock_id", &clock.clock_id)?);
        Ok(Fact::DecisionClock { clock, contact, due })
    });
    clocks.collect()
}

fn check(event: CheckRequested) -> Result<Vec<Fact>, HandlerError> {
    Ok(vec![Fact::CheckRequested(Check {
        id: id("check_id", &event.check_id)?,
        contact: id("contact_id", &event.contact_id)?,
        rag: code("rag", Rag::from_wire(event.rag))?,
        requested_at: instant("requested_at", event.requested_at.as_ref())?,
        deadline: instant("deadline", event.deadline.as_ref())?,
        agency: event.agency,
    })])
}

/// An interim answer leaves the check open, and a correction follows an answer that
/// was counted: neither is a fact here (R40).
fn answer(event: &CheckAnswered) -> Result<Vec<Fact>, HandlerError> {
    match event.extent() {
        AnswerExtent::Final => reached(Milestone::Answered, &event.check_id, event.received_at),
        AnswerExtent::Interim | AnswerExtent::Correction => Ok(Vec::new()),
        AnswerExtent::Unspecified => Err(unusable("extent")),
    }
}

/// Nobody waits for its answer since its clock ended: with what made it needless, not when that
/// was heard of.
fn withdrawal(event: CheckWithdrawn) -> Result<Vec<Fact>, HandlerError> {
    let ended = event.clocks_ended.first().and_then(|clock| clock.ended_at);
    reached(Milestone::Withdrawn, &event.check_id, ended.or(event.withdrawn_at))
}

fn page(event: PageRaised) -> Result<Vec<Fact>, HandlerError> {
    let cause = code("cause", PageCause::from_wire(event.cause))?;
    Ok(vec![Fact::PageRaised {
        page: id("page_id", &event.page_id)?,
        cause,
        at: instant("raised_at", event.raised_at.as_ref())?,
    }])
}

fn climb(event: PageClimbed) -> Result<Vec<Fact>, HandlerError> {
    reached(Milestone::Climbed, &event.page_id, event.climbed_at)
}

fn acknowledgement(event: PageAcknowledged) -> Result<Vec<Fact>, HandlerError> {
    reached(Milestone::Acknowledged, &event.page_id, event.acknowledged_at)
}

fn reached(
    milestone: Milestone,
    record: &str,
    at: Option<prost_types::Timestamp>,
) -> Result<Vec<Fact>, HandlerError> {
    let record = id("record id", record)?;
    Ok(vec![Fact::Reached { milestone, record, at: instant("instant", at.as_ref())? }])
}

fn code<C>(field: &str, known: Option<C>) -> Result<C, HandlerError> {
    known.ok_or_else(|| unusable(field))
}
