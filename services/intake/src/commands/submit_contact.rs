//! Recording a contact (R1, R12). Nothing about a child makes a machine refuse it.

use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use super::{become_urgent::become_urgent, register::entries, remit};
use crate::{
    domain::{
        advice::{Advice, advice_on_arrival},
        contact::{Contact, NewContact},
        reference::Reference,
        remit::Standing,
        subject::Named,
    },
    events::{self, Arrival},
    protocol::Rules,
    store::{consents, contacts, people, sealed_fields, subjects},
};

/// What the referrer is told.
pub struct Receipt {
    /// The contact as recorded.
    pub contact: Contact,
    /// The hub is closed: the number of EDT is given (R10).
    pub call_edt: bool,
    /// What to tell the caller beyond the reference (R1, R5, R10).
    pub advice: Advice,
    /// Its places, groups and online spaces, in their order (R5).
    pub subject_ids: Vec<Uuid>,
}

/// A contact that was refused, or could not be recorded.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// Of its places, groups and online spaces, the one at this place is not on record.
    #[error("a subject named is not on record")]
    UnknownSubject(usize),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Records a contact with everybody on it, and tells that it was received. One that is
/// urgent goes to the Emergency Duty Team at once where the hub is closed (R10).
pub async fn submit_contact(
    tx: &mut Tx,
    content: NewContact,
    rules: &Rules,
) -> Result<Receipt, SubmitError> {
    let now = tx.now();
    let content = content.with_consents_marked();
    let number = contacts::next_reference_number(tx).await?;
    let contact = Contact {
        id: Uuid::now_v7(),
        revision: 1,
        reference: Reference::of_number(number.unsigned_abs()),
        recorded_at: now,
        received_at: content.received_at.unwrap_or(now),
        child_ids: content.children.iter().map(|_| Uuid::now_v7()).collect(),
        adult_ids: content.adults.iter().map(|_| Uuid::now_v7()).collect(),
        content,
    };
    save(tx, &contact).await?;
    entries::put_contact(tx, &contact, &rules.matcher).await?;
    let subject_ids = link_subjects(tx, &contact).await?;
    let standing = remit::raise(tx, &contact, rules).await?;
    let event = events::contact_received(&contact, arrival(&contact, standing, rules));
    tx.append(contact.id, contact.revision, &event).await?;
    let hub_is_open = rules.calendar().is_open(now);
    if contact.content.urgency().is_urgent() {
        become_urgent(tx, contact.id, rules).await?;
    }
    let arrival = (contact.content.channel, contact.content.immediate_danger);
    let advice = advice_on_arrival(arrival, hub_is_open, &rules.intake.texts);
    Ok(Receipt { call_edt: !hub_is_open, advice, contact, subject_ids })
}

/// What the arrival means under the protocol: hub hours (R10), remit (R3), and when
/// the initial decision is due (R72). Clocks run on *received* (R13).
fn arrival(contact: &Contact, remit: Standing, rules: &Rules) -> Arrival {
    Arrival {
        in_hub_hours: rules.calendar().is_open(contact.received_at),
        remit,
        decision: rules.clock(contact.received_at, &rules.intake.timescales.initial_decision),
    }
}

async fn save(tx: &mut Tx, contact: &Contact) -> Result<(), SubmitError> {
    let content = &contact.content;
    contacts::insert(tx, contact).await?;
    let person = content.referrer.person.and_then(|person| contact.id_of(person));
    people::insert_referrer(tx, contact.id, &content.referrer, person).await?;
    for (place, (id, child)) in (0..).zip(contact.child_ids.iter().zip(&content.children)) {
        people::put_child(tx, contact.id, *id, place, child).await?;
        if let Some(sealed) = &child.sealed {
            sealed_fields::insert(tx, *id, sealed).await?;
        }
    }
    for (place, (id, adult)) in (0..).zip(contact.adult_ids.iter().zip(&content.adults)) {
        people::put_adult(tx, contact.id, *id, place, adult).await?;
    }
    for consent in &content.consents {
        let consent = consent.named(&contact.child_ids, &contact.adult_ids);
        consents::insert(tx, contact.id, Uuid::now_v7(), &consent).await?;
    }
    Ok(())
}

/// Links the contact to its places, groups and online spaces; answers their ids (R5).
async fn link_subjects(tx: &mut Tx, contact: &Contact) -> Result<Vec<Uuid>, SubmitError> {
    let mut ids = Vec::new();
    for (index, named) in contact.content.subjects.iter().enumerate() {
        let id = match &named.subject {
            Named::Known(id) => *id,
            Named::New(subject) => {
                let id = Uuid::now_v7();
                subjects::insert(tx, id, subject).await?;
                id
            }
        };
        let children: Vec<Uuid> = named
            .children
            .iter()
            .filter_map(|place| contact.child_ids.get(*place).copied())
            .collect();
        if !subjects::link(tx, contact.id, id, &children).await? {
            return Err(SubmitError::UnknownSubject(index));
        }
        ids.push(id);
    }
    Ok(ids)
}
