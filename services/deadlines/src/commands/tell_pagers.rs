//! Owing a telling of a page to every pager of a role.

use calendar::ladder::{Role, Rung};
use jiff::Timestamp;
use messaging::Tx;

use super::{CommandError, Rules};
use crate::store::{
    deliveries::{self, Telling},
    pages::Standing,
};

/// Where a page stands that is told for the `number`-th time (from 0) at `now`.
pub fn standing(rung: Rung, number: i32, now: Timestamp) -> Standing {
    let climbs =
        rung.next_after.map(|wait| now.saturating_add(wait.duration()).unwrap_or(Timestamp::MAX));
    // A ladder is written by hand and has a handful of steps.
    let step = i32::try_from(rung.step).unwrap_or(number).min(number);
    Standing { number, step, role: rung.role.as_str(), next_climb_at: climbs }
}

/// Owes it; what is sent is sent after the commit.
pub async fn tell_pagers(
    tx: &mut Tx,
    rules: &Rules,
    telling: Telling<'_>,
    role: Role,
    agency: Option<&str>,
) -> Result<(), CommandError> {
    let now = tx.now();
    let mut reached = false;
    for pager in rules.pagers.reaching(role, agency) {
        deliveries::owe(tx, telling, &pager.endpoint, now).await?;
        reached = true;
    }
    if !reached {
        tracing::warn!(page = %telling.page, role = telling.role, agency, "no pager reaches whom this page is for");
    }
    Ok(())
}
