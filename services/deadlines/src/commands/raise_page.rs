//! Raising a page.

use messaging::Tx;
use uuid::Uuid;

use super::{
    CommandError, Rules,
    tell_pagers::{standing, tell_pagers},
};
use crate::{
    domain::page::{self, Notice, Subject},
    events,
    store::pages,
};

/// Pages the first step of the ladder, or puts the cause on an open page of the same
/// contact (R43). The same origin of a cause pages once.
pub async fn raise_page(tx: &mut Tx, rules: &Rules, subject: &Subject) -> Result<(), CommandError> {
    let now = tx.now();
    if pages::is_paged(tx, subject.cause, &subject.origin).await? {
        return Ok(());
    }
    if let Some(page) = joined_page(tx, rules, subject).await? {
        return Ok(pages::insert_cause(tx, page, subject, now).await?);
    }
    let name = page::ladder(subject.cause, rules.protocol.calendar().is_open(now));
    let ladder = rules.deadlines.ladders.get(name);
    let Some(standing) = standing(rules, name, 0, 0, now) else {
        return Ok(());
    };
    let id = Uuid::now_v7();
    pages::insert(tx, id, subject, &standing, now).await?;
    pages::insert_cause(tx, id, subject, now).await?;
    let notice = if ladder.acknowledge() { Notice::Raised } else { Notice::Reminder };
    tell_pagers(tx, rules, id, &standing, notice, subject.agency.as_deref()).await?;
    tx.append(id, 1, &events::page_raised(id, subject.contact, subject.cause, now)).await?;
    Ok(())
}

async fn joined_page(
    tx: &mut Tx,
    rules: &Rules,
    subject: &Subject,
) -> Result<Option<Uuid>, CommandError> {
    let within = rules.deadlines.group_pages_within.duration();
    let Some((contact, since)) =
        subject.contact.zip(page::joins_since(subject.cause, tx.now(), within))
    else {
        return Ok(None);
    };
    Ok(pages::open_since(tx, contact, subject.cause, since).await?)
}
