//! Passing children of another area to its authority (R3).

use access::Personal;
use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use super::{ContactError, record, remit};
use crate::{
    domain::{
        basis::{Adopter, may_adopt},
        hand_over::{PassedOn, Passing, TakenBack, may_pass},
        receipt::{BeforePassing, Receipt},
        urgency::is_urgent_now,
    },
    events::hand_overs as events,
    protocol::Rules,
    store::{bases, contacts, notices, passed_on, people},
};

/// A passing on that was refused, or could not be done.
#[derive(Debug, Error)]
pub enum PassOnError {
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// A child named is not on the contact.
    #[error("a child named is not on this contact")]
    NoSuchChild,
    /// Nothing of the kind was passed on.
    #[error("nothing of the kind was passed on")]
    NoSuchPassing,
    /// The record has changed since it was read; it is at this revision now.
    #[error("the record is at revision {0}")]
    StaleRevision(i64),
    /// There is danger, and nobody says what the hub did first (R3).
    #[error("where there is danger the hub acts first, and says what it did")]
    ActFirst,
    /// They were taken back.
    #[error("the children were taken back from that authority")]
    TakenBack,
    /// It is not for them to take a child back.
    #[error("a child is taken back from another authority by a MASH Manager")]
    NoManager,
    /// The contact cannot be read.
    #[error(transparent)]
    Contact(#[from] ContactError),
    /// The receipt cannot be of what was passed.
    #[error(transparent)]
    Receipt(#[from] BeforePassing),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Records that children were passed to another authority (R3). Its clock runs until that
/// authority says that it has them.
pub async fn pass_on(
    tx: &mut Tx,
    contact: Uuid,
    passing: Passing,
    rules: &Rules,
) -> Result<PassedOn, PassOnError> {
    // Of two who pass on children of one contact the second sees what the first passed.
    contacts::lock(tx, contact).await?.ok_or(PassOnError::NoSuchContact)?;
    let row = contacts::find(tx, contact).await?.ok_or(PassOnError::NoSuchContact)?;
    let on_contact = people::child_ids(tx, contact).await?;
    if !passing.children.iter().all(|child| on_contact.contains(child)) {
        return Err(PassOnError::NoSuchChild);
    }
    let (bases, notice) =
        (bases::of_contact(tx, contact).await?, notices::confirmed_of(tx, contact).await?);
    if !may_pass(&passing, is_urgent_now(row.urgency(), &bases, notice)) {
        return Err(PassOnError::ActFirst);
    }
    let (now, passed_by) = (tx.now(), tx.actor().to_owned());
    let timescale = &rules.intake.hand_over.timescales.authority_receipt;
    let clock = rules.clock(now, timescale);
    let passed = PassedOn {
        id: Uuid::now_v7(),
        revision: 1,
        contact,
        passing,
        passed_at: now,
        passed_by,
        clock: clock.running(),
        receipt: None,
        receipt_recorded_by: None,
        taken_back: None,
    };
    passed_on::insert(tx, &passed).await?;
    let settled = remit::passed(tx, contact).await?;
    let event = events::passed_to_authority(&passed, &clock, settled);
    tx.append(passed.id, passed.revision, &event).await?;
    Ok(passed)
}

/// Records that the other authority has the children (R3). Answers the new revision.
pub async fn record_receipt(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    receipt: &Receipt,
) -> Result<i64, PassOnError> {
    let passed = passed_on::lock(tx, id).await?.ok_or(PassOnError::NoSuchPassing)?;
    if passed.taken_back.is_some() {
        return Err(PassOnError::TakenBack);
    }
    // One with a receipt has moved on from its first revision.
    if passed.revision != revision || passed.receipt.is_some() {
        return Err(PassOnError::StaleRevision(passed.revision));
    }
    receipt.of_passing(passed.passed_at)?;
    let (by, next) = (tx.actor().to_owned(), revision + 1);
    passed_on::set_receipt(tx, (id, next), receipt, &by).await?;
    tx.append(id, next, &events::authority_receipt_recorded(&passed, receipt.at)).await?;
    Ok(next)
}

/// Takes children back from an authority that they were passed to by mistake, whether or not it has
/// said that it has them (R3): nobody waits for its receipt, and where their remit had been settled
/// by the passing a manager is asked again. A MASH Manager does it, while the hub is closed EDT's
/// duty manager too. What the authority was told stays on record, and
/// so does its receipt (R31, R44). Answers the new revision.
pub async fn take_back(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    reason: Personal<String>,
    (by, rules): (Adopter, &Rules),
) -> Result<i64, PassOnError> {
    may_adopt(by, rules.calendar().is_open(tx.now())).map_err(|_| PassOnError::NoManager)?;
    let held = passed_on::with_ids(tx, &[id]).await?.pop().ok_or(PassOnError::NoSuchPassing)?;
    // As whoever passes on: of two on one contact the second sees what the first did.
    contacts::lock(tx, held.contact).await?;
    let passed = passed_on::lock(tx, id).await?.ok_or(PassOnError::NoSuchPassing)?;
    if passed.taken_back.is_some() {
        return Err(PassOnError::TakenBack);
    }
    if passed.revision != revision {
        return Err(PassOnError::StaleRevision(passed.revision));
    }
    let (now, next) = (tx.now(), revision + 1);
    let taken_back = TakenBack { at: now, by: tx.actor().to_owned(), reason };
    passed_on::take_back(tx, (id, next), &taken_back).await?;
    let contact = record::load(tx, passed.contact).await?.contact;
    let asked = remit::taken_back(tx, (&contact, passed.passed_at), rules).await?;
    let event = events::taken_back_from_authority(&passed, asked.as_ref(), now);
    tx.append(id, next, &event).await?;
    Ok(next)
}
