//! Telling, once each, of RED checks for which something that should have happened has
//! not: nobody was paged (R43), or they were never delivered (R46).

use messaging::Tx;

use super::{CommandError, tell};
use crate::{
    domain::{check::Check, watch::Watch},
    events,
    store::watched,
};

/// The most checks that are told of in one transaction.
const BATCH: i64 = 100;

/// Tells of RED checks that are due, unanswered and unpaged. It rests on nothing but
/// this service's own rows: where deadlines stands still, this does not. Answers them.
pub async fn tell_unpaged(tx: &mut Tx, watch: &Watch) -> Result<Vec<Check>, CommandError> {
    let now = tx.now();
    let mut unpaged = watched::claim_unpaged(tx, watch, BATCH).await?;
    for check in &mut unpaged {
        let event = events::check_overdue_unpaged(check, now);
        tell(tx, check, &event).await?;
        watched::set_unpaged_told(tx, check, now).await?;
    }
    Ok(unpaged)
}

/// Tells of RED checks that have not been delivered in time. Answers them.
pub async fn tell_undelivered(tx: &mut Tx, watch: &Watch) -> Result<Vec<Check>, CommandError> {
    let now = tx.now();
    let mut undelivered = watched::claim_undelivered(tx, watch, BATCH).await?;
    for check in &mut undelivered {
        let event = events::check_undelivered(check, now);
        tell(tx, check, &event).await?;
        watched::set_undelivered_told(tx, check, now).await?;
    }
    Ok(undelivered)
}
