//! A page that nobody has acknowledged in time.

use messaging::Tx;

use super::{
    CommandError, Rules,
    tell_pagers::{standing, tell_pagers},
};
use crate::{
    domain::page::{self, Notice, notice_of_next},
    events,
    store::pages::{self, PageRow},
};

/// Tells the next step of the ladder, or the last one again (R18, R43): it never ends
/// before somebody has the page. Whose turn it is is decided anew by the hour: where the
/// hub has closed or opened since, the page begins at the foot of the other ladder.
/// `page` is locked. One that is late goes one step only, so that everybody has the time
/// that the ladder gives them.
pub async fn climb_page(tx: &mut Tx, rules: &Rules, page: &PageRow) -> Result<(), CommandError> {
    let (now, number) = (tx.now(), page.number + 1);
    let ladder = page::ladder(page.cause, rules.protocol.calendar().is_open(now));
    let stays = ladder == page.ladder;
    let ladder_from = if stays { page.ladder_from } else { number };
    let Some(standing) = standing(rules, ladder, ladder_from, number, now) else {
        return Ok(());
    };
    pages::set_standing(tx, page.id, &standing).await?;
    let notice = if stays { notice_of_next(page.step, standing.step) } else { Notice::Climbed };
    tell_pagers(tx, rules, page.id, &standing, notice, page.agency.as_deref()).await?;
    if notice == Notice::Climbed {
        let revision = pages::next_revision(tx, page.id).await?;
        let event = events::page_climbed(page, &standing, now);
        tx.append(page.id, revision, &event).await?;
    }
    Ok(())
}
