//! A person has a page.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, Rules, start_clock::start_clock};
use crate::{
    domain::{
        clock::{ClockKind, NewClock},
        page::PageCause,
    },
    events,
    store::{
        clocks, contacts, deliveries, locks,
        pages::{self, PageRow},
    },
};

/// Acknowledges a page, and so all that it is about: it climbs no further (R18, R43,
/// R60). Answers since when somebody
/// has it, or since when it is over: the first acknowledgement counts.
pub async fn acknowledge_page(
    tx: &mut Tx,
    rules: &Rules,
    page: Uuid,
) -> Result<Timestamp, CommandError> {
    if let Some(contact) = pages::contact_of(tx, page).await? {
        locks::facts_of_contact(tx, contact).await?;
    }
    let page = locks::page(tx, page).await?.ok_or(CommandError::NoSuchPage)?;
    if let Some(at) = page.acknowledged_at.or(page.resolved_at) {
        return Ok(at.to_jiff());
    }
    let (now, by) = (tx.now(), tx.actor().to_owned());
    pages::set_acknowledged(tx, page.id, &by, now).await?;
    deliveries::end_of_page(tx, page.id, now).await?;
    let clock = decision_clock(tx, rules, &page).await?;
    let revision = pages::next_revision(tx, page.id).await?;
    tx.append(page.id, revision, &events::page_acknowledged(&page, clock.as_ref(), now)).await?;
    if let Some(clock) = &clock {
        start_clock(tx, clock).await?;
    }
    Ok(now)
}

/// The clock of R18: decided within an hour of the acknowledgement, unless every child
/// has its decision already. The page for an hour that ran out starts no other: the
/// decision is late from then on. Where children came back from a unit the hour that ended
/// with them does not count (R9).
async fn decision_clock(
    tx: &mut Tx,
    rules: &Rules,
    page: &PageRow,
) -> Result<Option<NewClock>, CommandError> {
    let Some(contact) = page.contact_id.filter(|_| page.cause == PageCause::Section47) else {
        return Ok(None);
    };
    let kind = ClockKind::Section47Decision;
    let runs = !clocks::unended_of_kind(tx, contact, kind).await?.is_empty();
    if runs || contacts::is_decided(tx, contact).await? {
        return Ok(None);
    }
    let (now, calendar) = (tx.now(), rules.protocol.calendar());
    let timescale = &rules.deadlines.section_47_decision;
    let deadline = calendar.deadline(now, timescale).at;
    Ok(Some(NewClock {
        id: Uuid::now_v7(),
        contact,
        kind,
        started_at: now,
        deadline,
        warnings: calendar.warnings(now, deadline, timescale),
        protocol_version: rules.protocol.version().to_owned(),
        rag: None,
        agency: None,
    }))
}
