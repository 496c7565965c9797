//! Keeping what intake tells of a contact after it has arrived: the next decision goes by it,
//! and the worklist at once.

use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, leave_hub::take_off, load::load, retime::retime};
use crate::{
    domain::{
        clock::ClockKind,
        consent::Recorded,
        contact::{Amended, Questions},
    },
    events::{self, Added},
    protocol::Rules,
    store::{bases, cases, children, clocks, questions},
};

/// Keeps a basis that a manager has recorded (R7, R18).
pub async fn basis_recorded(tx: &mut Tx, recorded: &Recorded) -> Result<(), CommandError> {
    Ok(bases::insert(tx, recorded).await?)
}

/// Takes back a basis that was ended: no referral goes by it any more (R7), and Section 47 that
/// rested on it alone is indicated no more (R18, R31). What was decided on it stays.
pub async fn basis_ended(tx: &mut Tx, basis: Uuid) -> Result<(), CommandError> {
    Ok(bases::remove(tx, basis).await?)
}

/// Keeps for which children the family agrees to a referral now (R6, R21).
pub async fn consent_changed(
    tx: &mut Tx,
    contact: Uuid,
    agreed: &[Uuid],
) -> Result<(), CommandError> {
    Ok(children::set_service_consent(tx, contact, agreed).await?)
}

/// Keeps what was corrected: how urgent the contact is (R18), whether its referrer can be told
/// (R28), when it was received (R13), and who was missed.
pub async fn contact_amended(
    tx: &mut Tx,
    amended: &Amended,
    rules: &Rules,
) -> Result<(), CommandError> {
    let contact = amended.contact;
    cases::set_urgency(tx, contact, amended.urgency).await?;
    if let Some(unreachable) = amended.referrer_unreachable {
        cases::set_unreachable(tx, contact, unreachable).await?;
    }
    if let Some(channel) = amended.channel {
        // What runs keeps its deadline; what begins later goes by the way it came (R24).
        cases::set_channel(tx, contact, channel).await?;
    }
    if let Some(received_at) = amended.received_at {
        retime(tx, contact, (received_at, amended.at), rules).await?;
    }
    if !amended.taken_off.is_empty() {
        take_off(tx, contact, (&amended.taken_off, amended.at), rules).await?;
    }
    if amended.added.is_empty() { Ok(()) } else { add_children(tx, amended).await }
}

/// Adds children who were missed, and tells it. Each waits for the initial decision like any
/// other (R20, R72), and is timed from then (R24); where the case is closed it is open again,
/// since no child is left with nobody. Whoever decides on what they read before is refused, lest
/// "all children" cover it. Whom the referrer was told about is not all any more: they are to be
/// told anew, once these have an outcome (R28).
async fn add_children(tx: &mut Tx, amended: &Amended) -> Result<(), CommandError> {
    let (contact, at) = (amended.contact, amended.at);
    for child in &amended.added {
        children::add(tx, contact, (*child, at)).await?;
    }
    if let Some(clock) = &amended.initial_decision {
        clocks::insert(tx, contact, clock).await?;
    }
    let case = load(tx, contact).await?.ok_or(CommandError::NotOpenYet)?;
    let cancelled = clocks::end(tx, contact, ClockKind::InformReferrer, at).await?;
    cases::take_up_again(tx, contact).await?;
    let revision = case.revision + 1;
    cases::set_revision(tx, contact, revision).await?;
    let children = &amended.added;
    let added = Added { contact, children, at, cancelled, reopened: case.closed };
    tx.append(contact, revision, &events::children_added(&added)).await?;
    Ok(())
}

/// Keeps that a person has said of the contact's notice that it is urgent (R14, R18).
pub async fn said_urgent(tx: &mut Tx, contact: Uuid) -> Result<(), CommandError> {
    Ok(cases::set_said_urgent(tx, contact).await?)
}

/// Keeps which questions about the contact nobody has answered (R8).
pub async fn questions_changed(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    open: Questions,
) -> Result<(), CommandError> {
    Ok(questions::put(tx, (contact, revision), open).await?)
}
