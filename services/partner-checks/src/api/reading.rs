//! Reading for people: each read and its row in the read log are one transaction (R61).

use access::{Caller, Read, log_read};
use jiff::Timestamp;
use messaging::store_failure;
use proto::{
    partner_checks::v1::{Check, Disclosure, ListChecksResponse, Partner},
    terms::v1::Purpose,
};
use runtime::refusal::internal;
use sqlx::PgConnection;
use tonic::Status;
use uuid::Uuid;

use super::{Api, answer, parse::Page};
use crate::store::{agreements, answers, checks, disclosures, watched};

/// The fields of a child's record that the checks of a contact show, for the read log.
const CHECK_FIELDS: &[&str] = &["checks", "answers", "risk_flags"];
/// The fields of a child's record that a list of checks shows.
const LIST_FIELDS: &[&str] = &["checks"];
/// The fields of a child's record that the disclosures on a contact show.
const DISCLOSURE_FIELDS: &[&str] = &["disclosures"];

/// Who reads, why, and when.
pub struct Reader<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// Why (R61).
    pub purpose: Purpose,
    /// When.
    pub at: Timestamp,
}

impl Api {
    /// The checks of a contact with what came back.
    pub(super) async fn checks_of_contact(
        &self,
        reader: &Reader<'_>,
        contact: Uuid,
    ) -> Result<ListChecksResponse, Status> {
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let read = async {
            let checks = checks::of_contact(&mut tx, contact).await?;
            let answers = answers::of_contact(&mut tx, contact).await?;
            let flags = answers::flags_of_contact(&mut tx, contact).await?;
            let agreements = agreements::latest(&mut tx).await?;
            log(&mut tx, reader, "PartnerChecksService.ListChecks", &[contact], CHECK_FIELDS)
                .await?;
            tx.commit().await?;
            Ok((checks, answers, flags, agreements))
        };
        let (checks, answers, flags, agreements) =
            read.await.map_err(|error| store_failure(&error))?;
        let checks = answer::checks(checks, answers, flags, &self.rules, reader.at);
        Ok(ListChecksResponse {
            checks: checks.map_err(|error| internal(&error))?,
            partners: answer::partners(&agreements, &self.rules, reader.at),
            next_page_token: String::new(),
        })
    }

    /// A stretch of the checks that need a person now (R43, R46).
    pub(super) async fn checks_needing_attention(
        &self,
        reader: &Reader<'_>,
        page: &Page,
    ) -> Result<ListChecksResponse, Status> {
        let watch = self.rules.watch(reader.at);
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let read = async {
            // One more than asked for tells whether there is a next stretch.
            let size = page.size + 1;
            let mut checks = watched::needing_attention(&mut tx, &watch, page.after, size).await?;
            let next = page.next_after(&mut checks, |check| check.id);
            let agreements = agreements::latest(&mut tx).await?;
            let mut contacts: Vec<Uuid> = checks.iter().map(|check| check.contact).collect();
            contacts.sort_unstable();
            contacts.dedup();
            if !contacts.is_empty() {
                log(&mut tx, reader, "PartnerChecksService.ListChecks", &contacts, LIST_FIELDS)
                    .await?;
            }
            tx.commit().await?;
            Ok((checks, agreements, next))
        };
        let (checks, agreements, next) = read.await.map_err(|error| store_failure(&error))?;
        let shown = |check| answer::check(check, &self.rules, reader.at);
        let checks: Vec<Check> = checks.into_iter().map(shown).collect();
        let partners: Vec<Partner> = answer::partners(&agreements, &self.rules, reader.at);
        let next_page_token = next.map(|id| id.to_string()).unwrap_or_default();
        Ok(ListChecksResponse { checks, partners, next_page_token })
    }

    /// What left the hub about a contact (R44).
    pub(super) async fn disclosures_of_contact(
        &self,
        reader: &Reader<'_>,
        contact: Uuid,
    ) -> Result<Vec<Disclosure>, sqlx::Error> {
        let mut tx = self.log.begin_read().await?;
        let disclosures = disclosures::of_contact(&mut tx, contact).await?;
        let action = "PartnerChecksService.ListDisclosures";
        log(&mut tx, reader, action, &[contact], DISCLOSURE_FIELDS).await?;
        tx.commit().await?;
        Ok(disclosures.into_iter().map(answer::disclosure).collect())
    }
}

/// Notes a read of what is held of these contacts and of the children their checks are
/// about.
async fn log(
    tx: &mut PgConnection,
    reader: &Reader<'_>,
    action: &str,
    contacts: &[Uuid],
    fields: &[&str],
) -> Result<(), sqlx::Error> {
    let children = checks::child_ids(tx, contacts).await?;
    let subjects: Vec<Uuid> = contacts.iter().copied().chain(children).collect();
    let (at, caller, purpose) = (reader.at, reader.caller, reader.purpose.as_str_name());
    log_read(tx, &Read { at, caller, action, subjects: &subjects, purpose, fields }).await
}
