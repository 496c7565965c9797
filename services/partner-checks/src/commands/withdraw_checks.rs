//! Withdrawing what the hub has no more use for: with the receipt of its unit a child gets no
//! check (R9).

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, tell};
use crate::{
    events,
    store::{door, with_unit},
};

/// Notes that these children of a contact are with their units since `received_at`, and
/// withdraws every check of the contact that is about no others. What was asked after that was
/// told was asked because the hub has them again.
pub async fn withdraw_checks(
    tx: &mut Tx,
    contact: Uuid,
    children: &[Uuid],
    (received_at, told_at): (Timestamp, Timestamp),
) -> Result<(), CommandError> {
    with_unit::insert(tx, contact, children, received_at).await?;
    for mut check in with_unit::lock_needless(tx, contact, told_at).await? {
        let now = tx.now();
        if check.withdraw(now) {
            let event = events::check_withdrawn(&check, now, received_at);
            tell(tx, &mut check, &event).await?;
            let agency = check.agency.clone();
            door::save(tx, &agency, &check).await?;
        }
    }
    Ok(())
}
