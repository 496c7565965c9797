//! Taking in what another service told: clocks that began and ended, and what pages.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{
    CommandError, Rules, end_clock::end_clock, raise_page::raise_page, start_clock::start_clock,
};
use crate::{
    domain::{
        clock::{ClockEnd, ClockKind, Ending, NewClock},
        page::Subject,
    },
    store::{clocks, contacts, locks},
};

/// What one event says to deadlines.
#[derive(Default)]
pub struct Facts {
    /// The contact that it is about; none where it is about the system.
    pub contact: Option<Uuid>,
    /// Clocks that ended.
    pub ended: Vec<ClockEnd>,
    /// Clocks that began.
    pub started: Vec<NewClock>,
    /// The clock of a check that was seen at the agency, and when (R42).
    pub seen: Option<(Uuid, Timestamp)>,
    /// Since when every child of the contact has an initial decision.
    pub decided: Option<Timestamp>,
    /// A child of the contact has no initial decision after all.
    pub undecided: bool,
    /// Somebody is paged for it at once.
    pub page: Option<Subject>,
}

/// Takes in an event. Facts come in any order between logs: each is kept, and meets
/// the other whichever came first. The same event again changes nothing.
pub async fn take_in(tx: &mut Tx, rules: &Rules, facts: Facts) -> Result<(), CommandError> {
    if let Some(contact) = facts.contact {
        locks::facts_of_contact(tx, contact).await?;
    }
    for end in &facts.ended {
        end_clock(tx, end).await?;
    }
    for clock in &facts.started {
        start_clock(tx, clock).await?;
    }
    if let Some((clock, at)) = facts.seen {
        clocks::note_seen(tx, clock, at).await?;
    }
    if let Some(contact) = facts.contact.filter(|_| facts.undecided) {
        contacts::forget_decision(tx, contact).await?;
    }
    if let Some((contact, at)) = facts.contact.zip(facts.decided) {
        decided(tx, contact, at).await?;
    }
    if let Some(subject) = &facts.page {
        raise_page(tx, rules, subject).await?;
    }
    Ok(())
}

/// The decision that a Section 47 contact waits for after its page was acknowledged
/// (R18): the clock ends, or will not begin.
async fn decided(tx: &mut Tx, contact: Uuid, at: Timestamp) -> Result<(), CommandError> {
    contacts::note_decision(tx, contact, at).await?;
    for clock in clocks::unended_of_kind(tx, contact, ClockKind::Section47Decision).await? {
        end_clock(tx, &ClockEnd { clock, at, ending: Ending::Met }).await?;
    }
    Ok(())
}
