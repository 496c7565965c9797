//! Corrections of who is on a contact.

use access::Personal;
use jiff::Timestamp;
use messaging::Tx;
use proto::intake::v1::{self as pb, correction::Part};
use uuid::Uuid;

use super::{AmendError, record::Record};
use crate::{
    domain::{
        amendment::NotTakenOff,
        codes::Codes,
        consent::{Consent, ConsentAnswer, ConsentPurpose},
        contact::{Adult, Child, Contact, MOST_PEOPLE, SealedCorrection},
    },
    store::{consents, people, sealed_fields},
    wire,
};

/// Adds a child who was missed (R20). Nobody was asked for it: what a family agreed to for every
/// child it agreed to before this one was there (R6).
pub async fn add_child(
    tx: &mut Tx,
    contact: &mut Contact,
    mut child: Box<Child>,
) -> Result<(Uuid, Part), AmendError> {
    room(contact.child_ids.len(), "correction.new_child")?;
    let (id, (place, _)) = (Uuid::now_v7(), people::next_places(tx, contact.id).await?);
    people::put_child(tx, contact.id, id, place, &child).await?;
    if let Some(sealed) = child.sealed.take() {
        sealed_fields::insert(tx, id, &sealed).await?;
    }
    let now = tx.now();
    people::note_added(tx, id, now).await?;
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
) -> Result<(Uuid, Part), AmendError> {
    room(contact.adult_ids.len(), "correction.new_adult")?;
    let (id, (_, place)) = (Uuid::now_v7(), people::next_places(tx, contact.id).await?);
    people::put_adult(tx, contact.id, id, place, &adult).await?;
    contact.adult_ids.push(id);
    contact.content.adults.push(*adult);
    let nothing = pb::RecordedAdult { adult_id: id.to_string(), ..pb::RecordedAdult::default() };
    Ok((id, Part::Adult(nothing)))
}

/// That there is room beside so many.
fn room(number: usize, field: &'static str) -> Result<(), AmendError> {
    if number < MOST_PEOPLE { Ok(()) } else { Err(AmendError::TooManyPeople(field)) }
}

/// Corrects what of a child is sealed, unseen by whoever does it (R4). What stood there before is
/// kept under the same seal.
pub async fn correct_sealed(
    tx: &mut Tx,
    contact: &Contact,
    (child, amendment): (Uuid, Uuid),
    new: &SealedCorrection,
) -> Result<Part, AmendError> {
    if !contact.child_ids.contains(&child) {
        let (field, rule) = ("correction.sealed_fields.child_id", "R4");
        return Err(AmendError::NotOnContact { field, rule });
    }
    sealed_fields::correct(tx, (child, amendment), new).await?;
    let child_id = child.to_string();
    Ok(Part::SealedFields(pb::SealedFieldsCorrection { child_id, ..Default::default() }))
}

/// Takes off a child who was put on the contact by mistake (R20). What was asked of the family
/// about this one, and what the child agreed to for others, bears nothing any more (R6).
pub async fn take_off_child(
    tx: &mut Tx,
    record: &mut Record,
    child: Uuid,
    codes: &Codes,
) -> Result<Part, AmendError> {
    let Contact { id, child_ids, content, .. } = &mut record.contact;
    let place = child_ids.iter().position(|it| *it == child);
    let field = "correction.taken_off_child.child_id";
    let place = place.ok_or(AmendError::NotOnContact { field, rule: "R20" })?;
    if child_ids.len() == 1 {
        return Err(NotTakenOff::LastChild.into());
    }
    people::take_off_child(tx, *id, child).await?;
    child_ids.remove(place);
    let old = content.children.remove(place);
    let sealed = record.sealed.contains(&child);
    Ok(Part::TakenOffChild(wire::recorded_child(child, old, sealed, codes)))
}

/// Takes off an adult who was put on the contact by mistake.
pub async fn take_off_adult(
    tx: &mut Tx,
    contact: &mut Contact,
    adult: Uuid,
) -> Result<Part, AmendError> {
    let place = contact.adult_ids.iter().position(|it| *it == adult);
    let field = "correction.taken_off_adult.adult_id";
    let place = place.ok_or(AmendError::NotOnContact { field, rule: "R4" })?;
    people::take_off_adult(tx, contact.id, adult).await?;
    contact.adult_ids.remove(place);
    let old = contact.content.adults.remove(place);
    Ok(Part::TakenOffAdult(wire::recorded_adult(adult, old)))
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
