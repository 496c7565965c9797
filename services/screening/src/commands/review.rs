//! Putting on the record that a person has read what an agency answered (R27, R40) or
//! flagged (R41), and what a manager has decided on what it has without consent (R6). The case
//! may be closed: what comes after the outcome reaches a person all the same.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, load::load};
use crate::{
    domain::review::{Reader, Review, may_review},
    store::{answer_reviews, checks, consent_withdrawals, flags},
};

/// Marks what was seen as read, and nothing newer; answers when. It tells nobody, so the
/// case's revision stays.
pub async fn review(
    tx: &mut Tx,
    contact: Uuid,
    review: &Review,
    reader: Reader,
) -> Result<Timestamp, CommandError> {
    let case = load(tx, contact).await?.ok_or(CommandError::NotOpenYet)?;
    may_review(&case, review, reader)?;
    let (now, by) = (tx.now(), tx.actor().to_owned());
    if let Some(seen) = review.answer
        && checks::set_read(tx, seen).await?
    {
        answer_reviews::insert(tx, seen, &by, now).await?;
    }
    flags::set_reviewed(tx, (contact, &review.flags), (&by, now)).await?;
    for decided in &review.withdrawals {
        consent_withdrawals::set_decided(tx, decided, (&by, now)).await?;
    }
    Ok(now)
}
