//! Consent after a contact came in: asked for, or withdrawn (R6).

use access::Personal;
use jiff::Timestamp;
use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use super::{ContactError, stand_at};
use crate::{
    domain::{
        consent::{Consent, Giver, HeldConsent, WithdrawnBeforeAsked, may_withdraw},
        referrer::is_named_in,
    },
    events,
    store::{consents, contacts, people},
};

/// A consent that was not kept, or not taken back.
#[derive(Debug, Error)]
pub enum ConsentError {
    /// The contact is not there, or is not as it was read.
    #[error(transparent)]
    Contact(#[from] ContactError),
    /// A field names nobody on the contact.
    #[error("{0} names nobody on this contact")]
    NotOnContact(&'static str),
    /// The consent is not on the contact, or does not hold any more.
    #[error("there is no such consent on this contact that still holds")]
    NoSuchConsent,
    /// It is taken back before it was asked for (R6).
    #[error(transparent)]
    WithdrawnBeforeAsked(#[from] WithdrawnBeforeAsked),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Records what was asked of the family of a contact that stands at `revision`. Answers
/// the consent and the contact's new revision.
pub async fn record_consent(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    consent: &Consent<usize>,
) -> Result<(Uuid, i64), ConsentError> {
    stand_at(tx, contact, revision).await?;
    let children = people::child_ids(tx, contact).await?;
    let adults = people::adults(tx, contact).await?;
    let (giver_child, giver_adult) = consent.giver.map_or((None, None), Giver::split);
    for (field, place, number) in [
        ("consent.child_index", consent.child, children.len()),
        ("consent.giver_child_index", giver_child, children.len()),
        ("consent.adult_index", consent.adult, adults.len()),
        ("consent.giver_adult_index", giver_adult, adults.len()),
    ] {
        if place.is_some_and(|place| place >= number) {
            return Err(ConsentError::NotOnContact(field));
        }
    }
    let adults: Vec<Uuid> = adults.into_iter().map(|(id, _)| id).collect();
    let sealed = people::find_sealed_referrer(tx, contact).await?;
    let sealed = sealed.map(|sealed| Personal::new(sealed.name));
    let asker_sealed = sealed.is_some_and(|name| is_named_in(&name, &consent.asked_by));
    let consent = Consent { asker_sealed, ..consent.named(&children, &adults) };
    let id = Uuid::now_v7();
    consents::insert(tx, contact, id, &consent).await?;
    Ok((id, tell(tx, (contact, revision), id).await?))
}

/// Records that a consent was withdrawn at `at`, which is not before it was asked for. Answers
/// the contact's new revision.
pub async fn withdraw_consent(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    (consent, at): (Uuid, Timestamp),
) -> Result<i64, ConsentError> {
    stand_at(tx, contact, revision).await?;
    let held = consents::of_contact(tx, contact).await?;
    let withdrawn = held.iter().find(|held| held.id == consent);
    may_withdraw(&withdrawn.ok_or(ConsentError::NoSuchConsent)?.consent, at)?;
    let by = tx.actor().to_owned();
    if !consents::withdraw(tx, (contact, consent), (&by, at)).await? {
        return Err(ConsentError::NoSuchConsent);
    }
    tell(tx, (contact, revision), consent).await
}

/// Tells what has changed, and which children may be referred to a service now (R21).
async fn tell(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    consent: Uuid,
) -> Result<i64, ConsentError> {
    let next = revision + 1;
    contacts::set_revision(tx, contact, next).await?;
    let consents = consents::of_contact(tx, contact).await?;
    let changed = consents.iter().find(|held| held.id == consent);
    let changed = changed.ok_or(ConsentError::NoSuchConsent)?;
    let children = people::child_ids(tx, contact).await?;
    let event = events::consent_changed((contact, changed), tx.now(), &consents, &children);
    tx.append(contact, next, &event).await?;
    Ok(next)
}

/// Tells of each consent that a correction has made a claim, or no claim any more, where the
/// contact stood at `revision` and had these before it (R6): an adult's responsibility was
/// corrected, or who the referrer is. What rested on one stops as if it had been taken back,
/// unless it is allowed all the same. Answers the contact's revision now.
pub async fn tell_corrected(
    tx: &mut Tx,
    (contact, mut revision): (Uuid, i64),
    before: &[HeldConsent],
) -> Result<i64, AppendError> {
    let consents = consents::of_contact(tx, contact).await?;
    let children = people::child_ids(tx, contact).await?;
    for held in &consents {
        let Some(earlier) = before.iter().find(|earlier| earlier.id == held.id) else { continue };
        let lost = held.consent.lost_since(&earlier.consent);
        if !lost && !held.consent.gained_since(&earlier.consent) {
            continue;
        }
        revision += 1;
        contacts::set_revision(tx, contact, revision).await?;
        let mut event = events::consent_changed((contact, held), tx.now(), &consents, &children);
        if lost {
            event = events::lapsed(event, held, &consents);
        }
        tx.append(contact, revision, &event).await?;
    }
    Ok(revision)
}
