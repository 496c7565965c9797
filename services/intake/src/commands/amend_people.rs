//! Corrections of who is on a contact.

use access::Personal;
use jiff::Timestamp;
use messaging::Tx;
use proto::intake::v1::{self as pb, correction::Part};
use uuid::Uuid;

use super::CommandError;
use crate::{
    domain::{
        consent::{Consent, ConsentAnswer, ConsentPurpose},
        contact::{Adult, Child, Contact, MOST_PEOPLE},
    },
    store::{consents, people},
};

/// Adds a child who was missed (R20). Nobody was asked for it: what a family agreed to for every
/// child it agreed to before this one was there (R6).
pub async fn add_child(
    tx: &mut Tx,
    contact: &mut Contact,
    mut child: Box<Child>,
) -> Result<(Uuid, Part), CommandError> {
    let (id, place) = (Uuid::now_v7(), room(contact.child_ids.len())?);
    people::put_child(tx, contact.id, id, place, &child).await?;
    if let Some(sealed) = child.sealed.take() {
        people::insert_sealed_fields(tx, id, &sealed).await?;
    }
    let now = tx.now();
    for purpose in [ConsentPurpose::ShareInformation, ConsentPurpose::Service] {
        consents::insert(tx, contact.id, Uuid::now_v7(), &not_sought(id, purpose, now)).await?;
    }
    contact.child_ids.push(id);
    contact.content.children.push(*child);
    let nothing = pb::RecordedChild { child_id: id.to_string(), ..pb::RecordedChild::default() };
    Ok((id, Part::Child(nothing)))
}

/// Adds an adult who was missed.
pub async fn add_adult(
    tx: &mut Tx,
    contact: &mut Contact,
    adult: Box<Adult>,
) -> Result<(Uuid, Part), CommandError> {
    let (id, place) = (Uuid::now_v7(), room(contact.adult_ids.len())?);
    people::put_adult(tx, contact.id, id, place, &adult).await?;
    contact.adult_ids.push(id);
    contact.content.adults.push(*adult);
    let nothing = pb::RecordedAdult { adult_id: id.to_string(), ..pb::RecordedAdult::default() };
    Ok((id, Part::Adult(nothing)))
}

/// The place behind so many.
fn room(number: usize) -> Result<i32, CommandError> {
    let place = i32::try_from(number).ok().filter(|_| number < MOST_PEOPLE);
    place.ok_or(CommandError::TooManyPeople)
}

fn not_sought(child: Uuid, purpose: ConsentPurpose, now: Timestamp) -> Consent<Uuid> {
    let nothing = || Personal::new(String::new());
    Consent {
        child: Some(child),
        adult: None,
        agency: None,
        purpose,
        answer: ConsentAnswer::NotSought,
        asked_at: Some(now),
        how: nothing(),
        asked_by: nothing(),
        asker_sealed: false,
        given_by: None,
        giver: None,
        child_asked: None,
        giver_responsible: None,
        with_contact: false,
        claimed: false,
        family_told: false,
        withdrawn_at: None,
        withdrawn_by: None,
    }
}
