//! Looking at an override again (R7): the family is told, or the reason not to is renewed,
//! and then it is looked at once more.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, stand_at, submit_contact::Rules};
use crate::{
    events,
    store::{
        contacts,
        override_reviews::{self, Due, Finding},
    },
};

/// When an override that is recorded or renewed now is to be looked at again (R7).
pub fn next_review(now: Timestamp, rules: &Rules) -> Due {
    let timescale = &rules.intake.timescales.override_review;
    Due { clock: Uuid::now_v7(), at: rules.protocol.calendar().deadline(now, timescale).at }
}

/// Notes what was found. Answers the contact's new revision, and when the override is to
/// be looked at again.
pub async fn review_override(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    (basis, finding): (Uuid, Finding),
    rules: &Rules,
) -> Result<(i64, Option<Timestamp>), CommandError> {
    stand_at(tx, contact, revision).await?;
    let (now, by, next) = (tx.now(), tx.actor().to_owned(), revision + 1);
    let ended = override_reviews::close(tx, (contact, basis), &finding, (&by, now)).await?;
    let ended = ended.ok_or(CommandError::NoReviewDue)?;
    let due = match finding {
        Finding::FamilyTold(_) => None,
        Finding::Renewed(_) => Some(next_review(now, rules)),
    };
    if let Some(due) = due {
        override_reviews::insert(tx, basis, due).await?;
    }
    contacts::set_revision(tx, contact, next).await?;
    let event = events::override_reviewed((contact, basis), now, ended, due, rules);
    tx.append(contact, next, &event).await?;
    Ok((next, due.map(|due| due.at)))
}
