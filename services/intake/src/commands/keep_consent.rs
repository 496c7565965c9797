//! Consent after a contact came in: asked for, or withdrawn (R6).

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, stand_at};
use crate::{
    domain::consent::{Consent, Giver},
    events,
    store::{consents, contacts, people},
};

/// Records what was asked of the family of a contact that stands at `revision`. Answers
/// the consent and the contact's new revision.
pub async fn record_consent(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    consent: &Consent<usize>,
) -> Result<(Uuid, i64), CommandError> {
    stand_at(tx, contact, revision).await?;
    let children = people::child_ids(tx, contact).await?;
    let adults = people::adults(tx, contact).await?;
    let (giver_child, giver_adult) = match consent.giver {
        Some(Giver::Child(place)) => (Some(place), None),
        Some(Giver::Adult(place)) => (None, Some(place)),
        None => (None, None),
    };
    if consent.child.max(giver_child).is_some_and(|place| place >= children.len()) {
        return Err(CommandError::NoSuchChild);
    }
    if consent.adult.max(giver_adult).is_some_and(|place| place >= adults.len()) {
        return Err(CommandError::NoSuchAdult);
    }
    let adults: Vec<Uuid> = adults.into_iter().map(|(id, _)| id).collect();
    let sealed = people::find_sealed_referrer(tx, contact).await?;
    let asker_sealed = sealed.is_some_and(|sealed| sealed.is_named_in(&consent.asked_by));
    let consent = Consent { asker_sealed, ..consent.named(&children, &adults) };
    let id = Uuid::now_v7();
    consents::insert(tx, contact, id, &consent).await?;
    Ok((id, tell(tx, (contact, revision), id).await?))
}

/// Records that a consent was withdrawn at `at`. Answers the contact's new revision.
pub async fn withdraw_consent(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    (consent, at): (Uuid, Timestamp),
) -> Result<i64, CommandError> {
    stand_at(tx, contact, revision).await?;
    let by = tx.actor().to_owned();
    if !consents::withdraw(tx, (contact, consent), (&by, at)).await? {
        return Err(CommandError::NoSuchConsent);
    }
    tell(tx, (contact, revision), consent).await
}

/// Tells what has changed, and which children may be referred to a service now (R21).
async fn tell(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    consent: Uuid,
) -> Result<i64, CommandError> {
    let next = revision + 1;
    contacts::set_revision(tx, contact, next).await?;
    let consents = consents::of_contact(tx, contact).await?;
    let changed = consents.iter().find(|held| held.id == consent);
    let changed = changed.ok_or(CommandError::NoSuchConsent)?;
    let children = people::child_ids(tx, contact).await?;
    let event = events::consent_changed((contact, changed), tx.now(), &consents, &children);
    tx.append(contact, next, &event).await?;
    Ok(next)
}
