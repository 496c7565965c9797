//! What people are shown of clocks and pages, with what each answer shows of children's
//! records (R61).

use proto::deadlines::v1::{ListClocksResponse, ListPagesResponse};
use service::edge::{Shown, Unread};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    answer,
    parse::{self, Stretch},
};
use crate::store::{causes, clocks, pages};

/// What clocks show of a child's record, for the read log.
const CLOCK_FIELDS: &[&str] = &["clocks", "checks"];
/// What pages show of it.
const PAGE_FIELDS: &[&str] = &["pages", "checks"];

/// The clocks of a contact.
pub async fn clocks(
    db: &mut PgConnection,
    contact: Uuid,
    purpose: &'static str,
) -> Result<(ListClocksResponse, Shown), Unread> {
    let found = clocks::of_contact(db, contact).await?;
    let subjects = if found.is_empty() { Vec::new() } else { vec![contact] };
    let clocks = found.iter().map(answer::clock).collect();
    Ok((ListClocksResponse { clocks }, Shown { subjects, purpose, fields: CLOCK_FIELDS }))
}

/// Pages that wait for somebody.
pub async fn pages(
    db: &mut PgConnection,
    stretch: &Stretch,
) -> Result<(ListPagesResponse, Shown), Unread> {
    // One more than asked for says whether there are more.
    let mut pages = pages::waiting(db, stretch.after, stretch.most + 1).await?;
    let more = pages.len() as i64 > stretch.most;
    if more {
        pages.pop();
    }
    let ids: Vec<Uuid> = pages.iter().map(|page| page.id).collect();
    let matters = causes::of_pages(db, &ids).await?;
    let mut subjects: Vec<Uuid> = matters.iter().map(|matter| matter.contact_id).collect();
    subjects.extend(pages.iter().filter_map(|page| page.contact_id));
    subjects.sort_unstable();
    subjects.dedup();
    let last = pages.last().filter(|_| more);
    let listed = ListPagesResponse {
        pages: pages.iter().map(|page| answer::page(page, &matters)).collect(),
        next_page_token: last
            .map(|page| parse::token(page.raised_at.to_jiff(), page.id))
            .unwrap_or_default(),
    };
    Ok((listed, Shown { subjects, purpose: stretch.purpose, fields: PAGE_FIELDS }))
}
