//! Recording what an agency answered (R40). A late answer is accepted, and shows.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, lock, mark::seen, tell};
use crate::{
    domain::answer::{NewAnswer, may_follow},
    events::{self, Answered},
    store::{
        answers::{self, Received},
        door,
    },
};

/// What the agency is told.
pub struct AnswerReceipt {
    /// The answer.
    pub id: Uuid,
    /// When it was received.
    pub received_at: Timestamp,
    /// It came after the deadline.
    pub late: bool,
}

/// Records an answer of an agency to a check of its own.
pub async fn record_answer(
    tx: &mut Tx,
    agency: &str,
    check: Uuid,
    answer: &NewAnswer,
) -> Result<AnswerReceipt, CommandError> {
    let mut check = lock(tx, agency, check).await?;
    may_follow(answer.extent, check.answered_at.is_some())?;
    let (id, now) = (Uuid::now_v7(), tx.now());
    seen(tx, &mut check).await?;
    let late = check.is_late_at(now);
    let answered = Answered {
        extent: answer.extent,
        received_at: now,
        late,
        nothing_held: answer.nothing_held,
        ends_clock: check.answer(answer.extent, now),
    };
    let event = events::check_answered(&check, &answered);
    let revision = tell(tx, &mut check, &event).await?;
    let received = Received { id, check: check.id, revision, at: now };
    answers::insert(tx, &received, answer, late).await?;
    door::save(tx, agency, &check).await?;
    Ok(AnswerReceipt { id, received_at: now, late })
}
