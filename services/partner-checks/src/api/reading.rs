//! What people are shown of checks, and of what was disclosed, with what each answer shows of
//! children's records (R61).

use jiff::Timestamp;
use proto::partner_checks::v1::{ListChecksResponse, ListDisclosuresResponse};
use runtime::refusal::internal;
use service::edge::{Shown, Unread};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{answer, parse::Page};
use crate::{
    protocol::Rules,
    store::{agreements, answers, checks, disclosures, watched},
};

/// The fields of a child's record that the checks of a contact show, for the read log.
const CHECK_FIELDS: &[&str] = &["checks", "answers", "risk_flags"];
/// The fields of a child's record that a list of checks shows.
const LIST_FIELDS: &[&str] = &["checks"];
/// The fields of a child's record that the disclosures on a contact show.
const DISCLOSURE_FIELDS: &[&str] = &["disclosures"];

/// Under which protocol something is read, why (R61), and when.
type Reading<'a> = (&'a Rules, &'static str, Timestamp);

/// The checks of a contact with what came back.
pub async fn of_contact(
    db: &mut PgConnection,
    contact: Uuid,
    (rules, purpose, now): Reading<'_>,
) -> Result<(ListChecksResponse, Shown), Unread> {
    let checks = checks::of_contact(db, contact).await?;
    let answers = answers::of_contact(db, contact).await?;
    let flags = answers::flags_of_contact(db, contact).await?;
    let agreements = agreements::latest(db).await?;
    let subjects = subjects(db, vec![contact]).await?;
    let checks = answer::checks(checks, answers, flags, rules, now);
    let listed = ListChecksResponse {
        checks: checks.map_err(|error| internal(&error))?,
        partners: answer::partners(&agreements, rules, now),
        next_page_token: String::new(),
    };
    Ok((listed, Shown { subjects, purpose, fields: CHECK_FIELDS }))
}

/// A stretch of the checks that need a person now (R43, R46).
pub async fn needing_attention(
    db: &mut PgConnection,
    page: &Page,
    (rules, purpose, now): Reading<'_>,
) -> Result<(ListChecksResponse, Shown), Unread> {
    // One more than asked for tells whether there is a next stretch.
    let (watch, size) = (rules.watch(now), page.size + 1);
    let mut checks = watched::needing_attention(db, &watch, page.after, size).await?;
    let next = page.next_after(&mut checks, |check| check.id);
    let agreements = agreements::latest(db).await?;
    let mut contacts: Vec<Uuid> = checks.iter().map(|check| check.contact).collect();
    contacts.sort_unstable();
    contacts.dedup();
    let subjects = subjects(db, contacts).await?;
    let listed = ListChecksResponse {
        checks: checks.into_iter().map(|check| answer::check(check, rules, now)).collect(),
        partners: answer::partners(&agreements, rules, now),
        next_page_token: next.map(|id| id.to_string()).unwrap_or_default(),
    };
    Ok((listed, Shown { subjects, purpose, fields: LIST_FIELDS }))
}

/// What left the hub about a contact (R44).
pub async fn disclosures(
    db: &mut PgConnection,
    contact: Uuid,
    purpose: &'static str,
) -> Result<(ListDisclosuresResponse, Shown), Unread> {
    let disclosures = disclosures::of_contact(db, contact).await?;
    let disclosures = disclosures.into_iter().map(answer::disclosure).collect();
    let subjects = subjects(db, vec![contact]).await?;
    let shown = Shown { subjects, purpose, fields: DISCLOSURE_FIELDS };
    Ok((ListDisclosuresResponse { disclosures }, shown))
}

/// These contacts, and the children whom their checks are about.
async fn subjects(
    db: &mut PgConnection,
    mut contacts: Vec<Uuid>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let children = checks::child_ids(db, &contacts).await?;
    contacts.extend(children);
    Ok(contacts)
}
