//! Owing a telling of a page to every pager of a role.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, Rules};
use crate::{
    domain::page::{LadderName, Notice, climbs_at},
    store::{
        deliveries::{self, Telling},
        pages::Standing,
    },
};

/// Where a page stands that is told for the `number`-th time (from 0) at `now`, and is on
/// this ladder since its telling `ladder_from`.
pub fn standing(
    rules: &Rules,
    ladder: LadderName,
    ladder_from: i32,
    number: i32,
    now: Timestamp,
) -> Option<Standing> {
    let steps = rules.deadlines.ladders.get(ladder);
    let place = usize::try_from(number - ladder_from).ok();
    // A new protocol may have made it a ladder that is told once.
    let rung = place.and_then(|place| steps.rung(place)).or_else(|| steps.rung(0))?;
    let climbs = rung.next_after.map(|wait| {
        let due = now.saturating_add(wait.duration()).unwrap_or(Timestamp::MAX);
        climbs_at(ladder, due, rules.protocol.calendar().next_opening(now))
    });
    // A ladder is written by hand and has a handful of steps.
    let step = i32::try_from(rung.step).unwrap_or(number).min(number);
    Some(Standing { ladder, ladder_from, number, step, role: rung.role, next_climb_at: climbs })
}

/// Owes it to whoever serves the role where the page stands; it is sent after the commit.
pub async fn tell_pagers(
    tx: &mut Tx,
    rules: &Rules,
    page: Uuid,
    standing: &Standing,
    notice: Notice,
    agency: Option<&str>,
) -> Result<(), CommandError> {
    let (now, role) = (tx.now(), standing.role.as_str());
    let telling = Telling { page, number: standing.number, notice, step: standing.step, role };
    let mut reached = false;
    for pager in rules.pagers.reaching(standing.role, agency) {
        deliveries::end_earlier(tx, page, &pager.endpoint, now).await?;
        deliveries::owe(tx, telling, &pager.endpoint, now).await?;
        reached = true;
    }
    if !reached {
        tracing::warn!(%page, role, agency, "no pager reaches whom this page is for");
    }
    Ok(())
}
