//! Recording a contact (R1, R12). Nothing about a child makes a machine refuse it.

use std::sync::Arc;

use calendar::{Calendar, protocol::Protocol};
use messaging::Tx;
use uuid::Uuid;

use super::CommandError;
use crate::{
    domain::{
        consent::Consent,
        contact::{Contact, NewContact},
        reference::Reference,
        remit,
    },
    events::{self, Arrival},
    protocol::IntakeProtocol,
    store::{contacts, people},
};

/// What the operational protocol says to intake.
#[derive(Clone)]
pub struct Rules {
    /// The protocol file.
    pub protocol: Arc<Protocol>,
    /// Its table for intake.
    pub intake: IntakeProtocol,
}

impl Rules {
    fn calendar(&self) -> &Calendar {
        self.protocol.calendar()
    }
}

/// What the referrer is told.
pub struct Receipt {
    /// The contact as recorded.
    pub contact: Contact,
    /// The hub is closed: the number of EDT is given (R10).
    pub call_edt: bool,
}

/// Records a contact with everybody on it, and tells that it was received.
pub async fn submit_contact(
    tx: &mut Tx,
    content: NewContact,
    rules: &Rules,
) -> Result<Receipt, CommandError> {
    let now = tx.now();
    let number = contacts::next_reference_number(tx).await?;
    let contact = Contact {
        id: Uuid::now_v7(),
        revision: 1,
        reference: Reference::of_number(number.unsigned_abs()),
        recorded_at: now,
        received_at: content.received_at.unwrap_or(now),
        child_ids: content.children.iter().map(|_| Uuid::now_v7()).collect(),
        content,
    };
    save(tx, &contact).await?;
    let event = events::contact_received(&contact, arrival(&contact, rules));
    tx.append(contact.id, contact.revision, &event).await?;
    Ok(Receipt { call_edt: !rules.calendar().is_open(now), contact })
}

/// What the arrival means under the protocol: hub hours (R10), remit (R3), and when
/// the initial decision is due (R72). Clocks run on *received* (R13).
fn arrival(contact: &Contact, rules: &Rules) -> Arrival {
    let calendar = rules.calendar();
    let day = calendar.local_date(contact.received_at);
    let timescale = &rules.intake.timescales.initial_decision;
    let due = calendar.deadline(contact.received_at, timescale);
    let in_question = |child| remit::question(child, day, rules.intake.remit_age).is_some();
    Arrival {
        in_hub_hours: calendar.is_open(contact.received_at),
        remit_in_question: contact.content.children.iter().any(in_question),
        decision_due: due.at,
        decision_warnings: calendar.warnings(contact.received_at, due.at, timescale),
        protocol_version: rules.protocol.version().to_owned(),
    }
}

async fn save(tx: &mut Tx, contact: &Contact) -> Result<(), CommandError> {
    let content = &contact.content;
    contacts::insert(tx, contact).await?;
    people::insert_referrer(tx, contact.id, &content.referrer).await?;
    for (place, (id, child)) in (0..).zip(contact.child_ids.iter().zip(&content.children)) {
        people::insert_child(tx, contact.id, *id, place, child).await?;
    }
    for (place, adult) in (0..).zip(&content.adults) {
        people::insert_adult(tx, contact.id, place, adult).await?;
    }
    for (place, consent) in (0..).zip(&content.consents) {
        let consent = Consent {
            child: consent.child.and_then(|child| contact.child_ids.get(child).copied()),
            agency: consent.agency.clone(),
            purpose: consent.purpose,
            answer: consent.answer,
            asked_at: consent.asked_at,
            how: consent.how.clone(),
            family_told: consent.family_told,
        };
        people::insert_consent(tx, contact.id, place, &consent).await?;
    }
    Ok(())
}
