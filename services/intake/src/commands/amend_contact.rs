//! Correcting a contact, visibly: what stood there before is kept, with who and why.

use std::mem::replace;

use access::Personal;
use jiff::Timestamp;
use messaging::Tx;
use prost::Message;
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, correction::Part},
    terms::v1::ClockKind,
};
use uuid::Uuid;

use super::{
    AmendError,
    amend_people::{add_adult, add_child, correct_sealed, take_off_adult, take_off_child},
    amend_receipt::correct_receipt,
    amend_referrer::correct_referrer,
    amend_subjects::{link_subject, unlink_subject},
    become_urgent::become_urgent,
    end_basis,
    keep_consent::tell_corrected,
    record::{Record, load},
    register::{entries, leave_register::leave_register},
    remit, stand_at,
};
use crate::{
    domain::{
        advice::advice,
        amendment::{Amendment, Bearing, Content, Correction, TakenOff, may_take_off},
        basis::Adopter,
        codes::Codes,
        contact::{Adult, Child, Contact},
        remit::Standing,
        urgency::{Urgency, is_urgent_now},
    },
    events::{self, clocks::started},
    protocol::Rules,
    store::{amendments, contacts, notices, people, register::keys},
    wire,
};

/// A correction that was made.
pub struct Amended {
    /// Its id.
    pub id: Uuid,
    /// The contact's revision now.
    pub revision: i64,
    /// The child or adult who was added.
    pub added: Option<Uuid>,
    /// What to tell the caller, where it says danger or makes the contact urgent (R5, R10).
    pub advice: Vec<String>,
}

/// Corrects a contact that stands at `revision`. Where the correction is what makes it
/// urgent, or adds danger to harm, that is told like a new contact's urgency (R18), and it
/// goes to the Emergency Duty Team at once where the hub is closed (R10). Whoever says that
/// a child is in danger is told what to do, however often it is said (R5).
pub async fn amend_contact(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    correction: Correction,
    reason: Personal<String>,
    (by, rules): (Adopter, &Rules),
) -> Result<Amended, AmendError> {
    let in_hub_hours = rules.calendar().is_open(tx.now());
    if let Correction::ChildOff(_) = correction {
        may_take_off(by, in_hub_hours)?;
    }
    let bearing = correction.bears_on();
    if bearing.receipt || bearing.taken_off.is_some() {
        // Before the contact, as everybody who locks both does.
        keys::lock_register(tx).await?;
    }
    stand_at(tx, id, revision).await?;
    let mut record = load(tx, id).await?;
    let before = Before::of(&record.contact);
    let amendment = Uuid::now_v7();
    let (added, part) = apply(tx, &mut record, amendment, correction, &rules.codes).await?;
    let amendment = Amendment {
        id: amendment,
        reason,
        before: pb::Correction { part: Some(part) }.encode_to_vec(),
        by: tx.actor().to_owned(),
        at: tx.now(),
    };
    let next = revision + 1;
    amendments::insert(tx, (id, next), &amendment).await?;
    contacts::set_revision(tx, id, next).await?;
    let mut event = event(tx, &record, &amendment, (&before, bearing), rules).await?;
    if let Some(child) = added.filter(|_| bearing.children) {
        tell_of_child(tx, &mut event, (child, &record), rules).await?;
    }
    tx.append(id, next, &event).await?;
    // Behind what is told of the contact: whoever was taken off comes back by no hand-over that is
    // withdrawn because of it.
    put_into_register(tx, &record.contact, bearing, &amendment.reason, rules).await?;
    let is_trigger = event.became_urgent || event.added_to_urgent;
    if is_trigger {
        become_urgent(tx, id, rules).await?;
    }
    let mut revision = match bearing.givers {
        true => tell_corrected(tx, (id, next), &record.consents).await?,
        false => next,
    };
    if bearing.taken_off.is_some() {
        revision = end_of_nobody(tx, revision, &record, &amendment.reason).await?;
    }
    let in_danger = record.contact.content.immediate_danger;
    let told = advice(in_danger, in_hub_hours, &rules.intake.texts);
    let advice = if is_trigger || bearing.danger { told.lines } else { Vec::new() };
    Ok(Amended { id: amendment.id, revision, added, advice })
}

/// What of a contact counts as it stood before a correction.
struct Before {
    urgency: Urgency,
    received_at: Timestamp,
}

impl Before {
    fn of(contact: &Contact) -> Self {
        Self { urgency: contact.content.urgency(), received_at: contact.received_at }
    }
}

/// Has the people of a contact matched again, and takes out whoever is not on it any more (R8).
async fn put_into_register(
    tx: &mut Tx,
    contact: &Contact,
    bearing: Bearing,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<(), AmendError> {
    if bearing.people {
        // An adult is part of every child's household.
        entries::put_contact(tx, contact, &rules.matcher).await?;
    }
    if let Some(person) = bearing.taken_off {
        leave_register(tx, contact, person, reason, rules).await?;
    }
    Ok(())
}

/// Ends the overrides that cover nobody any more who is on a contact, which stands at `revision`
/// (R7). Answers the contact's revision now.
async fn end_of_nobody(
    tx: &mut Tx,
    mut revision: i64,
    record: &Record,
    reason: &Personal<String>,
) -> Result<i64, AmendError> {
    let Record { contact, bases, .. } = record;
    for basis in bases.iter().filter(|basis| basis.is_override_of_nobody(&contact.child_ids)) {
        revision = end_basis::end(tx, (contact.id, revision), (basis, reason)).await?;
    }
    Ok(revision)
}

/// What others are told of a correction, but for who was added.
async fn event(
    tx: &mut Tx,
    record: &Record,
    amendment: &Amendment,
    (before, bearing): (&Before, Bearing),
    rules: &Rules,
) -> Result<pb::ContactAmended, AmendError> {
    let contact = &record.contact;
    let standing = match bearing.children || bearing.receipt {
        true => remit::look_again(tx, contact, before.received_at, rules).await?,
        false => Standing { reasons: remit::in_question(contact, rules), ..Standing::default() },
    };
    let in_hub_hours = rules.calendar().is_open(amendment.at);
    let mut event =
        events::contact_amended(contact, amendment, before.urgency, in_hub_hours, standing);
    if let Some(TakenOff::Child(child)) = bearing.taken_off {
        event.taken_off_child_ids.push(child.to_string());
    }
    let Contact { received_at, content, .. } = contact;
    let referrer = &content.referrer;
    event.received_at = bearing.receipt.then(|| to_timestamp(*received_at));
    event.referrer_unreachable = bearing.way_back.then(|| referrer.is_unreachable());
    event.referral_source = bearing.source.then(|| referrer.shown_source().to_owned());
    if bearing.channel {
        event.set_channel(events::channel(content.channel));
    }
    Ok(event)
}

/// Tells of a child who was missed: whether it is paged for, and its clock, from when the hub knew
/// of the child (R18, R72).
async fn tell_of_child(
    tx: &mut Tx,
    event: &mut pb::ContactAmended,
    (child, record): (Uuid, &Record),
    rules: &Rules,
) -> Result<(), AmendError> {
    let notice = notices::confirmed_of(tx, record.contact.id).await?;
    event.added_to_urgent = is_urgent_now(record.contact.content.urgency(), &record.bases, notice);
    event.added_child_ids.push(child.to_string());
    let clock = rules.clock(tx.now(), &rules.intake.timescales.initial_decision);
    event.clocks_started.push(started(ClockKind::InitialDecision, &clock));
    Ok(())
}

/// Puts the part as it ought to be, and gives who was added, and the part as it stood before.
async fn apply(
    tx: &mut Tx,
    record: &mut Record,
    amendment: Uuid,
    correction: Correction,
    codes: &Codes,
) -> Result<(Option<Uuid>, Part), AmendError> {
    let contact = &mut record.contact;
    let before = match correction {
        Correction::Content(new) => put_content(tx, contact, new).await?,
        Correction::Child(child, new) => put_child(tx, record, (child, *new), codes).await?,
        Correction::Sealed(child, new) => {
            correct_sealed(tx, contact, (child, amendment), &new).await?
        }
        Correction::Adult(adult, new) => put_adult(tx, contact, (adult, *new)).await?,
        Correction::Referrer(part) => correct_referrer(tx, record, amendment, *part).await?,
        Correction::LinkSubject(subject) => link_subject(tx, record, subject).await?,
        Correction::UnlinkSubject(subject) => unlink_subject(tx, contact, subject).await?,
        Correction::ReceivedAt(at) => correct_receipt(tx, contact, at).await?,
        Correction::NewChild(child) => {
            let (id, before) = add_child(tx, contact, child).await?;
            return Ok((Some(id), before));
        }
        Correction::NewAdult(adult) => {
            let (id, before) = add_adult(tx, contact, adult).await?;
            return Ok((Some(id), before));
        }
        Correction::ChildOff(child) => take_off_child(tx, record, child, codes).await?,
        Correction::AdultOff(adult) => take_off_adult(tx, contact, adult).await?,
    };
    Ok((None, before))
}

async fn put_child(
    tx: &mut Tx,
    record: &mut Record,
    (child, new): (Uuid, Child),
    codes: &Codes,
) -> Result<Part, AmendError> {
    let Contact { id, child_ids, content, .. } = &mut record.contact;
    let place = child_ids.iter().position(|it| *it == child);
    let field = "correction.child.child_id";
    let place = place.ok_or(AmendError::NotOnContact { field, rule: "R4" })?;
    people::put_child(tx, *id, child, column(place), &new).await?;
    let old = replace(&mut content.children[place], new);
    let sealed = record.sealed.contains(&child);
    Ok(Part::Child(wire::recorded_child(child, old, sealed, codes)))
}

async fn put_adult(
    tx: &mut Tx,
    contact: &mut Contact,
    (adult, new): (Uuid, Adult),
) -> Result<Part, AmendError> {
    let place = contact.adult_ids.iter().position(|it| *it == adult);
    let field = "correction.adult.adult_id";
    let place = place.ok_or(AmendError::NotOnContact { field, rule: "R4" })?;
    people::put_adult(tx, contact.id, adult, column(place), &new).await?;
    let old = replace(&mut contact.content.adults[place], new);
    Ok(Part::Adult(wire::recorded_adult(adult, old)))
}

async fn put_content(tx: &mut Tx, contact: &mut Contact, new: Content) -> Result<Part, AmendError> {
    let content = &mut contact.content;
    let before = match new {
        Content::Concern(new) => Part::Concern(replace(&mut content.concern, new).into_open()),
        Content::Factors(new) => {
            let factors = replace(&mut content.factors, new);
            Part::Factors(pb::Factors { factors })
        }
        Content::Urgency(Urgency { significant_harm, immediate_danger }) => {
            Part::Urgency(pb::Urgency {
                significant_harm: replace(&mut content.significant_harm, significant_harm),
                immediate_danger: replace(&mut content.immediate_danger, immediate_danger),
            })
        }
        Content::Incident(new) => {
            let old = wire::incident(replace(&mut content.incident, new));
            Part::Incident(old.unwrap_or_default())
        }
        Content::Groundwork(new) => {
            let old = wire::groundwork(replace(&mut content.groundwork, new));
            Part::Groundwork(old.unwrap_or_default())
        }
        Content::Channel(new) => {
            Part::Channel(events::channel(replace(&mut content.channel, new)).into())
        }
    };
    contacts::correct(tx, contact.id, content).await?;
    Ok(before)
}

/// A place as its column holds it; there are at most 200.
fn column(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}
