//! Putting on the record that a person has read what an agency answered (R27, R40). The
//! case may be closed: an answer after the outcome reaches a person all the same.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, load::load};
use crate::{
    domain::gate::GateRefusal,
    store::{answer_reviews, checks},
};

/// Marks what was heard of a check's answer until now as read; answers when. It tells
/// nobody, so the case's revision stays.
pub async fn review_answer(
    tx: &mut Tx,
    contact: Uuid,
    check: Uuid,
) -> Result<Timestamp, CommandError> {
    let case = load(tx, contact).await?.ok_or(CommandError::NotOpenYet)?;
    if !case.checks.iter().any(|known| known.id == check) {
        return Err(GateRefusal::NoSuchCheck.into());
    }
    let (now, by) = (tx.now(), tx.actor().to_owned());
    if checks::set_read(tx, check).await? {
        answer_reviews::insert(tx, check, &by, now).await?;
    }
    Ok(now)
}
