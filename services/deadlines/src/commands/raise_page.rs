//! Raising a page.

use messaging::Tx;
use uuid::Uuid;

use super::{
    CommandError, Rules,
    tell_pagers::{standing, tell_of_more, tell_pagers},
};
use crate::{
    domain::page::{self, LadderName, Subject},
    events,
    store::{causes, locks, pages},
};

/// Pages the first step of the ladder, or puts the cause on an open page: of the same
/// contact (R43), or of the same catch-up (R60). The same origin of a cause pages once.
/// Answers the page; none where the ladder of the protocol pages nobody.
pub async fn raise_page(
    tx: &mut Tx,
    rules: &Rules,
    subject: &Subject,
) -> Result<Option<Uuid>, CommandError> {
    let now = tx.now();
    if let Some(page) = causes::page_of(tx, subject.cause, &subject.origin).await? {
        return Ok(Some(page));
    }
    let ladder = page::ladder(subject.cause, rules.protocol.calendar().is_open(now));
    if let Some(page) = joined_page(tx, rules, subject, ladder).await? {
        return Ok(Some(page));
    }
    let Some(standing) = standing(rules, ladder, 0, 0, now) else {
        return Ok(None);
    };
    let of_catch_up = page::is_catch_up(subject.cause, subject.due, now);
    let about = if of_catch_up { &subject.of_catch_up() } else { subject };
    let id = Uuid::now_v7();
    pages::insert(tx, id, about, &standing, now).await?;
    causes::insert(tx, id, subject, now).await?;
    tell_pagers(tx, rules, id, &standing, rules.first_notice(ladder), about.agency.as_deref())
        .await?;
    tx.append(id, 1, &events::page_raised(id, about.contact, about.cause, now)).await?;
    Ok(Some(id))
}

/// Puts the cause on an open page, where there is one that it belongs on. The page of a
/// catch-up is told again where a pager may have heard of it without this cause: nobody
/// looks anywhere else for a reminder.
async fn joined_page(
    tx: &mut Tx,
    rules: &Rules,
    subject: &Subject,
    ladder: LadderName,
) -> Result<Option<Uuid>, CommandError> {
    let (now, within) = (tx.now(), rules.deadlines.group_pages_within.duration());
    if page::is_catch_up(subject.cause, subject.due, now) {
        let since = now.saturating_sub(within).unwrap_or(now);
        let agency = subject.agency_on_duty();
        let found = locks::page_of_catch_up(tx, subject.cause, ladder, agency, since).await?;
        if let Some(page) = found {
            causes::insert(tx, page.id, subject, now).await?;
            tell_of_more(tx, rules, &page).await?;
            return Ok(Some(page.id));
        }
    }
    let since = page::joins_since(subject.cause, now, within);
    let Some((contact, since)) = subject.contact.zip(since) else {
        return Ok(None);
    };
    let found = locks::page_of_contact(tx, contact, subject.cause, since).await?;
    if let Some(page) = found {
        causes::insert(tx, page, subject, now).await?;
    }
    Ok(found)
}
