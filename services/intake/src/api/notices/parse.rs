//! Requests about notices into values that cannot be wrong.

use access::Personal;
use jiff::Timestamp;
use proto::intake::v1 as pb;
use runtime::fields::{Fields, optional};
use service::edge::Asked;
use tonic::Status;
use uuid::Uuid;

use crate::{
    api::{
        page::{Page, Paged, Place},
        widths,
    },
    domain::{
        codes::{Codes, is_public},
        notice::Priority,
    },
    store::notices::Behind,
};

/// The most days of the backlog, and those of who does not say.
const MOST_DAYS: i32 = 31;
const USUAL_DAYS: i32 = 7;

/// What a whole batch has in common.
pub struct Header {
    /// The batch, as its sender names it.
    pub batch: Uuid,
    /// National referral-source code of the sender.
    pub referral_source: String,
}

/// Reads the header of a batch.
pub fn header(header: pb::BatchHeader, codes: &Codes) -> Result<Header, Status> {
    let mut fields = Fields::new();
    let batch = fields.id("header.batch_id", "R14", &header.batch_id);
    let known = codes.is_referral_source(&header.referral_source);
    fields.holds("header.referral_source", "R2", "is not a national code", known);
    let agency = !is_public(&header.referral_source);
    fields.holds("header.referral_source", "R14", "is the public's, not an agency's", agency);
    fields.whole(batch.map(|batch| Header { batch, referral_source: header.referral_source }))
}

/// A priority as a person sees it: notice and revision, priority, reason.
pub type Confirmation = ((Uuid, i64), Priority, Option<Personal<String>>);

/// Reads a priority as a person sees it.
pub fn confirmation(request: pb::ConfirmPriorityRequest) -> Asked<Confirmation> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let notice = fields.target("notice_id", "R14", (&request.notice_id, request.revision));
    let priority = match fields.code("priority", "R14", request.priority) {
        Some(pb::NoticePriority::Urgent) => Some(Priority::Urgent),
        Some(pb::NoticePriority::High) => Some(Priority::High),
        Some(pb::NoticePriority::Medium) => Some(Priority::Medium),
        Some(pb::NoticePriority::Low) => Some(Priority::Low),
        Some(pb::NoticePriority::Unspecified) | None => None,
    };
    let reason = fields.text("reason", "R14", request.reason, 0..=widths::REASON);
    let reason = reason.map(Personal::unless_empty);
    let whole = || Some((request_id?, (notice?, priority?, reason?)));
    fields.whole(whole())
}

/// Reads which page of the list is wanted.
pub fn list(request: pb::ListNoticesRequest) -> Result<(Page, Option<Behind>), Status> {
    let mut fields = Fields::new();
    let page = Page::read(&mut fields, Paged::Notices, request.page_size, &request.page_token);
    let behind = optional(page.and_then(|page| page.behind), |place| {
        fields.check("page_token", "R14", "is not a token of an answer before", behind(place))
    });
    fields.whole(page.zip(behind))
}

fn behind(place: Place) -> Option<Behind> {
    Some(Behind {
        confirmed: place.done,
        priority: *Priority::ALL.get(usize::from(place.rank))?,
        received_at: Timestamp::from_microsecond(place.order).ok()?,
        id: place.id,
    })
}

/// Reads how many days of the backlog are wanted.
pub fn backlog(request: pb::GetBacklogRequest) -> Result<i32, Status> {
    let mut fields = Fields::new();
    let days = if request.days == 0 { USUAL_DAYS } else { request.days };
    let days = Some(days).filter(|days| (1..=MOST_DAYS).contains(days));
    let days = fields.check("days", "R14", "must be 1 to 31, or 0", days);
    fields.whole(days)
}
