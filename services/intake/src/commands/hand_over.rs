//! Handing contacts over between the hub and the out-of-hours Emergency Duty Team (R10).

use access::Personal;
use jiff::Timestamp;
use messaging::{Tx, tx::AppendError};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    domain::hand_over::{Content, Direction, HandOver, UndoneReceipt, may_review},
    events::hand_overs as events,
    protocol::Rules,
    store::{contacts, hand_overs},
};

/// A hand-over that was refused, or could not be done.
#[derive(Debug, Error)]
pub enum HandOverError {
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// There is no such hand-over of this direction.
    #[error("there is no such hand-over")]
    NoSuchHandOver,
    /// The hand-over has changed since it was read; it is at this revision now.
    #[error("the hand-over is at revision {0}")]
    StaleRevision(i64),
    /// The team has not said that it has the contact, so that there is nothing to undo.
    #[error("nobody has said that they have it")]
    NotReceived,
    /// Whoever wrote down what the team did may not review it (R10).
    #[error("what somebody wrote down is reviewed by somebody else")]
    OwnRecord,
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Hands a contact over (R10).
pub async fn hand_over(
    tx: &mut Tx,
    contact: Uuid,
    content: Content,
    rules: &Rules,
) -> Result<HandOver, HandOverError> {
    contacts::find_reference(tx, contact).await?.ok_or(HandOverError::NoSuchContact)?;
    Ok(record(tx, contact, content, rules).await?)
}

/// Records the hand-over of a contact that is there. Its clock runs until the other side
/// has taken it.
pub(super) async fn record(
    tx: &mut Tx,
    contact: Uuid,
    content: Content,
    rules: &Rules,
) -> Result<HandOver, AppendError> {
    let now = tx.now();
    let timescales = &rules.intake.hand_over.timescales;
    let timescale = match content.direction() {
        Direction::ToEdt => &timescales.edt_receipt,
        Direction::FromEdt => &timescales.edt_review,
    };
    let clock = rules.clock(now, timescale);
    let hand_over = HandOver {
        id: Uuid::now_v7(),
        revision: 1,
        contact,
        content,
        made_at: now,
        made_by: tx.actor().to_owned(),
        clock: clock.running(),
        taken: None,
    };
    hand_overs::insert(tx, &hand_over).await?;
    let event = events::hand_over_made(&hand_over, &clock);
    tx.append(hand_over.id, hand_over.revision, &event).await?;
    Ok(hand_over)
}

/// Notes that the team has a contact, or, with its `review`, that the hub has reviewed what
/// the team did (R10). Answers the new revision.
pub async fn take(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    review: Option<Personal<String>>,
) -> Result<i64, HandOverError> {
    let direction = if review.is_some() { Direction::FromEdt } else { Direction::ToEdt };
    let hand_over = lock(tx, id, direction).await?;
    // One that is taken has moved on from its first revision.
    if hand_over.revision != revision || hand_over.taken.is_some() {
        return Err(HandOverError::StaleRevision(hand_over.revision));
    }
    if review.is_some() && !may_review(&hand_over, tx.actor()) {
        return Err(HandOverError::OwnRecord);
    }
    let (now, by, next) = (tx.now(), tx.actor().to_owned(), revision + 1);
    hand_overs::take(tx, (id, next), review.as_ref(), (&by, now)).await?;
    tx.append(id, next, &events::hand_over_taken(&hand_over, now)).await?;
    Ok(next)
}

/// Undoes a receipt of the team that was recorded of the wrong contact (R10): the contact waits for
/// the team again, and its clock runs from when it was handed over. Answers the new revision, and
/// when it is or was due.
pub async fn undo_receipt(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    reason: Personal<String>,
    rules: &Rules,
) -> Result<(i64, Timestamp), HandOverError> {
    let mut hand_over = lock(tx, id, Direction::ToEdt).await?;
    if hand_over.revision != revision {
        return Err(HandOverError::StaleRevision(hand_over.revision));
    }
    let from = hand_over.runs_again_from().ok_or(HandOverError::NotReceived)?;
    let taken = hand_over.taken.take().ok_or(HandOverError::NotReceived)?;
    let (by, at, next) = (tx.actor().to_owned(), tx.now(), revision + 1);
    let clock = rules.clock(from, &rules.intake.hand_over.timescales.edt_receipt);
    let undone = UndoneReceipt { hand_over: id, taken, reason, by, at };
    hand_overs::undo_receipt(tx, (id, next), clock.running(), &undone).await?;
    tx.append(id, next, &events::receipt_undone(&hand_over, &clock, at)).await?;
    Ok((next, clock.due_at))
}

/// A hand-over in this direction, locked; one in the other is none that was meant.
async fn lock(tx: &mut Tx, id: Uuid, direction: Direction) -> Result<HandOver, HandOverError> {
    let held = hand_overs::lock(tx, id).await?;
    let meant = held.filter(|held| held.content.direction() == direction);
    meant.ok_or(HandOverError::NoSuchHandOver)
}
