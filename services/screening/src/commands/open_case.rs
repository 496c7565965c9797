//! Opening the case of a contact that has reached the hub.

use messaging::Tx;

use super::CommandError;
use crate::{
    domain::contact::Contact,
    events,
    store::{cases, children, clocks},
};

/// Opens the case and tells it; does nothing where it is open already.
pub async fn open_case(tx: &mut Tx, contact: &Contact) -> Result<(), CommandError> {
    let now = tx.now();
    if !cases::insert(tx, contact, now).await? {
        return Ok(());
    }
    for (place, child) in (0..).zip(&contact.child_ids) {
        let service_consent = contact.service_consent.contains(child);
        children::insert(tx, contact.id, (*child, place), service_consent).await?;
    }
    if let Some(clock) = &contact.initial_decision {
        clocks::insert(tx, contact.id, clock).await?;
    }
    tx.append(contact.id, 1, &events::case_opened(contact)).await?;
    Ok(())
}
