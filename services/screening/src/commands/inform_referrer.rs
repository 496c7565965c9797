//! Putting on the record that the referrer was told, or why not (R28).

use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, load_for_change};
use crate::{
    domain::{
        clock::ClockKind,
        referrer::{Telling, deal_with_referrer},
    },
    events,
    store::{cases, clocks},
};

/// Deals with the referrer of a case at `revision`; answers its new one.
pub async fn inform_referrer(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    telling: Telling,
) -> Result<i64, CommandError> {
    let case = load_for_change(tx, contact, revision).await?;
    let now = tx.now();
    let note = deal_with_referrer(&case, telling, now)?;
    cases::set_referrer(tx, contact, &note).await?;
    let ended = clocks::end(tx, contact, ClockKind::InformReferrer, now).await?;
    let revision = revision + 1;
    cases::set_revision(tx, contact, revision).await?;
    tx.append(contact, revision, &events::referrer_informed(contact, &note, &ended)).await?;
    Ok(revision)
}
