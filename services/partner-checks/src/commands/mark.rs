//! A check arrives at its agency and is opened there (R42). Saying it again changes
//! nothing.

use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, lock, tell};
use crate::{
    domain::check::Check,
    events,
    store::{door, taken_off},
};

/// The agency's system has the check.
pub async fn mark_delivered(tx: &mut Tx, agency: &str, check: Uuid) -> Result<(), CommandError> {
    let mut check = lock(tx, agency, check).await?;
    delivered(tx, &mut check).await?;
    door::save(tx, agency, &check).await?;
    Ok(())
}

/// A person at the agency has opened the check; it is delivered, then, as well.
pub async fn mark_seen(tx: &mut Tx, agency: &str, check: Uuid) -> Result<(), CommandError> {
    let mut check = lock(tx, agency, check).await?;
    seen(tx, &mut check).await?;
    door::save(tx, agency, &check).await?;
    Ok(())
}

/// Counts a check as seen and delivered, and tells what of it is news. Whoever answers
/// or flags has seen it, whether or not the agency's system said so.
pub(super) async fn seen(tx: &mut Tx, check: &mut Check) -> Result<(), CommandError> {
    delivered(tx, check).await?;
    let now = tx.now();
    if check.see(now) {
        let event = events::check_seen(check, now);
        tell(tx, check, &event).await?;
    }
    Ok(())
}

/// An agency may turn out to have what was stopped for want of consent (R6) or of another basis
/// (R38): it had taken it a moment before. It may have taken a check with the name of a child who was
/// taken off since (R20), too; whether it did, or was named the siblings alone, the hub cannot see. A
/// manager decides on all of these.
async fn delivered(tx: &mut Tx, check: &mut Check) -> Result<(), CommandError> {
    let now = tx.now();
    if !check.deliver(now) {
        return Ok(());
    }
    let event = events::check_delivered(check, now);
    tell(tx, check, &event).await?;
    if let Some(at) = check.basis_lost_at {
        let event = events::check_consent_withdrawn(check, at);
        tell(tx, check, &event).await?;
    }
    if taken_off::is_in(tx, check.id).await? {
        let event = events::check_tells_of_taken_off(check, check.withdrawn_at.unwrap_or(now));
        tell(tx, check, &event).await?;
    }
    Ok(())
}
