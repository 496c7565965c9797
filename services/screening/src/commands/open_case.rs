//! Opening the case of a contact that has reached the hub.

use messaging::Tx;

use super::{CommandError, leave_hub::leave_hub};
use crate::{
    domain::contact::Contact,
    events,
    protocol::Rules,
    store::{cases, children, clocks},
};

/// Opens the case and tells it; does nothing where it is open already. Children whom a unit
/// has received, as was heard before, leave the hub at once (R9).
pub async fn open_case(tx: &mut Tx, contact: &Contact, rules: &Rules) -> Result<(), CommandError> {
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
        clocks::set_of_arrival(tx, contact.id, clock.id).await?;
    }
    tx.append(contact.id, 1, &events::case_opened(contact)).await?;
    leave_hub(tx, contact.id, rules).await
}
