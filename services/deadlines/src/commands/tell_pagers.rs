//! Owing a telling of a page to every pager of a role.

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{CommandError, Rules};
use crate::{
    domain::page::{LadderName, Notice, climbs_at},
    store::{
        deliveries::{self, Telling},
        locks,
        pages::{self, PageRow, Standing},
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

/// Tells again of a page on which more has come, at the step where it stands; not where
/// the last telling has still to be tried, which then says all of it. `page` is locked.
pub async fn tell_of_more(tx: &mut Tx, rules: &Rules, page: &PageRow) -> Result<(), CommandError> {
    if locks::untried_telling(tx, page.id, page.number).await? {
        return Ok(());
    }
    let (number, ladder_from) = (page.number + 1, page.ladder_from + 1);
    let Some(standing) = standing(rules, page.ladder, ladder_from, number, tx.now()) else {
        return Ok(());
    };
    // Whoever was told first has no more time for it than before.
    let next_climb_at = page.next_climb_at.map(|at| at.to_jiff());
    let standing = Standing { next_climb_at, ..standing };
    pages::set_standing(tx, page.id, &standing).await?;
    let notice = rules.first_notice(page.ladder);
    tell_pagers(tx, rules, page.id, &standing, notice, page.agency.as_deref()).await
}
