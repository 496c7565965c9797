//! Closing a case (R20, R28).

use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, load_for_change};
use crate::{domain::referrer::may_close, events, store::cases};

/// Closes a case at `revision`; answers its new one.
pub async fn close_case(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
) -> Result<i64, CommandError> {
    let case = load_for_change(tx, contact, revision).await?;
    may_close(&case)?;
    let (now, revision) = (tx.now(), revision + 1);
    cases::set_closed(tx, contact, now).await?;
    cases::set_revision(tx, contact, revision).await?;
    tx.append(contact, revision, &events::case_closed(contact, now)).await?;
    Ok(revision)
}
