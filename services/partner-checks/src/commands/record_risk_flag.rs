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
    store::{answers, door},
};

/// Records a flag of an agency on a check of its own. Answers the flag and when it was
/// received.
pub async fn record_risk_flag(
    tx: &mut Tx,
    agency: &str,
    check: Uuid,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<(Uuid, Timestamp), CommandError> {
    let mut check = lock(tx, agency, check).await?;
    let (id, now, from) = (Uuid::now_v7(), tx.now(), check.revision);
    seen(tx, &mut check).await?;
    let replaced = check.raise_to_red(rules.due(now, Rag::Red).at, Uuid::now_v7());
    let event = events::risk_flagged(id, &check, now, replaced, rules);
    tell(tx, &mut check, &event).await?;
    answers::insert_flag(tx, (check.id, check.revision), (id, reason), now).await?;
    door::save(tx, agency, from, &check).await?;
    Ok((id, now))
}
