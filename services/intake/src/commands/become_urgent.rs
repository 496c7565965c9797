//! A contact becomes urgent: as it comes in, by a correction, a basis, a notice's priority.

use messaging::{Tx, tx::AppendError};
use uuid::Uuid;

use super::hand_over;
use crate::{domain::hand_over::Content, protocol::Rules};

/// Hands a contact that has become urgent to the Emergency Duty Team at once where the hub
/// is closed (R10). Whoever calls tells it by an event of its own, which pages (R18).
pub(super) async fn become_urgent(
    tx: &mut Tx,
    contact: Uuid,
    rules: &Rules,
) -> Result<(), AppendError> {
    if !rules.calendar().is_open(tx.now()) {
        hand_over::record(tx, contact, Content::Automatic, rules).await?;
    }
    Ok(())
}
