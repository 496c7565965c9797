//! Recording that an agency sees a higher risk or urgency (R41): the check runs as RED
//! from now on.

use access::Personal;
use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, lock, mark::seen, tell};
use crate::{
    domain::check::Rag,
    events,
    protocol::Rules,
    store::{
        answers::{self, Received},
        door,
    },
};

/// What the agency is told.
pub struct FlagReceipt {
    /// The flag.
    pub id: Uuid,
    /// When it was received.
    pub received_at: Timestamp,
}

/// Records a flag of an agency on a check of its own.
pub async fn record_risk_flag(
    tx: &mut Tx,
    agency: &str,
    check: Uuid,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<FlagReceipt, CommandError> {
    let mut check = lock(tx, agency, check).await?;
    let (id, now) = (Uuid::now_v7(), tx.now());
    seen(tx, &mut check).await?;
    let replaced = check.raise_to_red(rules.due(now, Rag::Red).at, Uuid::now_v7());
    let event = events::risk_flagged(id, &check, now, replaced, rules);
    let revision = tell(tx, &mut check, &event).await?;
    let received = Received { id, check: check.id, revision, at: now };
    answers::insert_flag(tx, &received, reason).await?;
    door::save(tx, agency, &check).await?;
    Ok(FlagReceipt { id, received_at: now })
}
