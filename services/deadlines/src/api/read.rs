//! Reading what shows something of a child's record: the answer, and its row in the read
//! log, of one state of the database. Nothing is answered before that row is committed
//! (R61).

use access::{Caller, Read, log_read};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::{Api, parse::Stretch};
use crate::store::{
    causes::{self, Matter},
    clocks::{self, ClockRow},
    pages::{self, WaitingPage},
};

/// What clocks show of a child's record, for the read log.
const CLOCK_FIELDS: &[&str] = &["clocks", "checks"];
/// What pages show of it.
const PAGE_FIELDS: &[&str] = &["pages", "checks"];

/// A stretch of the pages that wait.
pub struct Found {
    /// The pages.
    pub pages: Vec<WaitingPage>,
    /// What they are about.
    pub matters: Vec<Matter>,
    /// Whether there are more.
    pub more: bool,
}

impl Api {
    /// The clocks of a contact.
    pub(super) async fn read_clocks(
        &self,
        caller: &Caller,
        contact: Uuid,
        purpose: &str,
    ) -> Result<Vec<ClockRow>, sqlx::Error> {
        let mut tx = self.log.begin_read().await?;
        let found = clocks::of_contact(&mut tx, contact).await?;
        let subjects = if found.is_empty() { Vec::new() } else { vec![contact] };
        let action = "DeadlinesService.ListClocks";
        self.log_and_commit(tx, caller, action, (&subjects, purpose, CLOCK_FIELDS)).await?;
        Ok(found)
    }

    /// Pages that wait for somebody.
    pub(super) async fn read_pages(
        &self,
        caller: &Caller,
        stretch: &Stretch,
    ) -> Result<Found, sqlx::Error> {
        let mut tx = self.log.begin_read().await?;
        // One more than asked for says whether there are more.
        let mut pages = pages::waiting(&mut tx, stretch.after, stretch.most + 1).await?;
        let more = pages.len() as i64 > stretch.most;
        if more {
            pages.pop();
        }
        let ids: Vec<Uuid> = pages.iter().map(|page| page.id).collect();
        let matters = causes::of_pages(&mut tx, &ids).await?;
        let mut subjects: Vec<Uuid> = matters.iter().map(|matter| matter.contact_id).collect();
        subjects.extend(pages.iter().filter_map(|page| page.contact_id));
        subjects.sort_unstable();
        subjects.dedup();
        let action = "DeadlinesService.ListPages";
        self.log_and_commit(tx, caller, action, (&subjects, stretch.purpose, PAGE_FIELDS)).await?;
        Ok(Found { pages, matters, more })
    }

    /// Writes one row for the answer; none where it shows no record.
    async fn log_and_commit(
        &self,
        mut tx: Transaction<'static, Postgres>,
        caller: &Caller,
        action: &str,
        (subjects, purpose, fields): (&[Uuid], &str, &[&str]),
    ) -> Result<(), sqlx::Error> {
        if !subjects.is_empty() {
            let at = self.log.clock().now();
            log_read(&mut tx, &Read { at, caller, action, subjects, purpose, fields }).await?;
        }
        tx.commit().await
    }
}
