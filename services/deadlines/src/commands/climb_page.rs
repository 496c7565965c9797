//! A page that nobody has acknowledged in time.

use messaging::Tx;

use super::{
    CommandError, Rules,
    tell_pagers::{standing, tell_pagers},
};
use crate::{
    domain::page::{Notice, notice_of_next},
    events,
    store::{
        deliveries::Telling,
        pages::{self, PageRow},
    },
};

/// Tells the next step of the ladder, or the last one again (R18, R43): it never ends
/// before somebody has the page. `page` is locked. One that is late goes one step only,
/// so that everybody has the time that the ladder gives them.
pub async fn climb_page(tx: &mut Tx, rules: &Rules, page: &PageRow) -> Result<(), CommandError> {
    let now = tx.now();
    let ladder = rules.deadlines.ladders.get(page.ladder);
    let number = page.number + 1;
    let next = usize::try_from(number).ok().and_then(|number| ladder.rung(number));
    // A new protocol may have made it a ladder that is told once.
    let Some(rung) = next.or_else(|| ladder.rung(0)) else {
        return Ok(());
    };
    let standing = standing(rung, number, now);
    pages::set_standing(tx, page.id, &standing).await?;
    let notice = notice_of_next(page.step, standing.step);
    let telling =
        Telling { page: page.id, number, notice, step: standing.step, role: standing.role };
    tell_pagers(tx, rules, telling, rung.role, page.agency.as_deref()).await?;
    if notice == Notice::Climbed {
        let revision = pages::next_revision(tx, page.id).await?;
        let event = events::page_climbed(page, standing.step, standing.role, now);
        tx.append(page.id, revision, &event).await?;
    }
    Ok(())
}
