//! Notices in bulk (R14): each is a contact at once, and its priority is a person's to
//! confirm.

use std::collections::BTreeMap;

use access::Personal;
use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use super::{
    become_urgent::become_urgent,
    submit_contact::{Receipt, SubmitError, submit_contact},
};
use crate::{
    domain::{
        advice::Advice,
        contact::NewContact,
        notice::{
            Confirmation, KnownFrom, Origin, Priority, Signs, earlier_since, needs_reason, propose,
        },
        reference::Reference,
        urgency::is_made_urgent,
    },
    events::notices as events,
    protocol::Rules,
    store::{
        contacts,
        notice_proposals::{self, Proposed},
        notices,
    },
};

/// What the sender is told.
pub struct Taken {
    /// The notice.
    pub notice: Uuid,
    /// The contact that was made of it.
    pub contact: Uuid,
    /// The contact's reference.
    pub reference: Reference,
    /// The priority that is proposed.
    pub proposed: Priority,
    /// What the sender is told of an urgent one (R5, R10).
    pub advice: Advice,
}

/// Makes a contact of a notice, under all rules of one, and proposes its priority (R14).
/// `repeats` says that one of the same stream, which may be under way still, is about one
/// of the children.
pub async fn take_notice(
    tx: &mut Tx,
    content: NewContact,
    (origin, repeats): (Origin, bool),
    rules: &Rules,
) -> Result<Taken, SubmitError> {
    let calendar = rules.calendar();
    let received_at = content.received_at.unwrap_or(tx.now());
    let since = earlier_since(received_at, &rules.intake.notices, calendar);
    let numbers = content.children.iter().filter_map(|child| child.nhs_number.as_ref());
    let numbers: Vec<String> = numbers.map(|number| number.open().clone()).collect();
    let mut known = match numbers.as_slice() {
        [] => KnownFrom::default(),
        numbers => notices::known(tx, numbers, (since, received_at), &origin).await?,
    };
    known.in_batch |= repeats;
    let Receipt { contact, advice, .. } = submit_contact(tx, content, rules).await?;
    let day = calendar.local_date(contact.received_at);
    let proposal = propose(signs(&contact.content, known), day, &rules.intake.notices);
    let id = Uuid::now_v7();
    notices::insert(tx, (id, contact.id), &origin, contact.received_at, &proposal).await?;
    let event = events::notice_received(id, origin.batch, &contact, &proposal);
    tx.append(id, 1, &event).await?;
    Ok(Taken {
        notice: id,
        contact: contact.id,
        reference: contact.reference,
        proposed: proposal.priority,
        advice,
    })
}

/// Looks at what is proposed of notices about these children anew, as the register shows who
/// they are now (R8, R14): most notices have no NHS number. What a person has confirmed stays.
/// The register must be locked, and any contact that is to be locked is before this.
pub async fn propose_anew(
    tx: &mut Tx,
    children: &[Uuid],
    rules: &Rules,
) -> Result<(), AppendError> {
    let proposed = notice_proposals::of_children(tx, children).await?;
    let since =
        |of: &Proposed| earlier_since(of.received_at, &rules.intake.notices, rules.calendar());
    let since: Vec<_> = proposed.iter().map(since).collect();
    let ids: Vec<Uuid> = proposed.iter().map(|of| of.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let shown = notice_proposals::shown(tx, &ids, &since).await?;
    let shown: BTreeMap<Uuid, KnownFrom> = shown.into_iter().map(Into::into).collect();
    for of in proposed {
        let Some(known) = shown.get(&of.id) else { continue };
        let (proposal, next) = (of.proposal.now_that(*known), of.revision + 1);
        if proposal != of.proposal && notice_proposals::put(tx, (of.id, next), &proposal).await? {
            let event = events::proposal_changed((of.id, of.contact), &proposal, tx.now());
            tx.append(of.id, next, &event).await?;
        }
    }
    Ok(())
}

fn signs(content: &NewContact, known: KnownFrom) -> Signs<'_> {
    let born = content.children.iter().filter(|child| !child.unborn);
    let births = born.filter_map(|child| child.birth_date.as_ref());
    Signs {
        immediate_danger: content.immediate_danger,
        significant_harm: content.significant_harm,
        factors: &content.factors,
        unborn: content.children.iter().any(|child| child.unborn),
        youngest: births.map(|birth| *birth.open()).max(),
        known,
    }
}

/// A confirmation that was refused, or could not be done.
#[derive(Debug, Error)]
pub enum ConfirmError {
    /// There is no such notice.
    #[error("there is no such notice")]
    NoSuchNotice,
    /// The notice has changed since it was read; it is at this revision now.
    #[error("the notice is at revision {0}")]
    StaleRevision(i64),
    /// It is another priority than the proposed one, and nobody says why (R14).
    #[error("another priority than the proposed one needs a reason")]
    ReasonRequired,
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Notes what a person says of a notice that stands at `revision` (R14), beside what was
/// said before. Who says that it is urgent makes its contact so (R10, R18). Answers its new
/// revision.
pub async fn confirm_priority(
    tx: &mut Tx,
    (notice, revision): (Uuid, i64),
    priority: Priority,
    reason: Option<Personal<String>>,
    rules: &Rules,
) -> Result<i64, ConfirmError> {
    // The contact first, as whoever corrects it does: what is read of its urgency stays so
    // until this is committed, and nobody waits here who is waited for.
    let contact_id = notices::contact_of(tx, notice).await?.ok_or(ConfirmError::NoSuchNotice)?;
    contacts::lock(tx, contact_id).await?;
    let current = notices::lock(tx, notice).await?.ok_or(ConfirmError::NoSuchNotice)?;
    if current.revision != revision {
        return Err(ConfirmError::StaleRevision(current.revision));
    }
    if needs_reason(current.proposed, priority) && reason.is_none() {
        return Err(ConfirmError::ReasonRequired);
    }
    let contact = contacts::find(tx, contact_id).await?.ok_or(ConfirmError::NoSuchNotice)?;
    let became_urgent = is_made_urgent(contact.urgency(), current.confirmed, priority);
    let confirmation = Confirmation {
        id: Uuid::now_v7(),
        priority,
        reason,
        by: tx.actor().to_owned(),
        at: tx.now(),
    };
    let next = revision + 1;
    notices::insert_confirmation(tx, (notice, next), &confirmation).await?;
    notices::confirm(tx, (notice, next), &confirmation).await?;
    let event = events::priority_confirmed((notice, &current), &confirmation, became_urgent);
    tx.append(notice, next, &event).await?;
    if became_urgent {
        become_urgent(tx, contact_id, rules).await?;
    }
    Ok(next)
}
