//! Requests about hand-overs into values that cannot be wrong.

use access::Personal;
use jiff::Timestamp;
use proto::{convert::from_timestamp, intake::v1 as pb, terms::v1::Purpose};
use runtime::fields::Fields;
use tonic::Status;
use uuid::Uuid;

use crate::{
    api::{page::Page, parse::id},
    domain::hand_over::{Content, Direction},
};

/// The longest words, in characters.
const LONGEST: usize = 4_000;

/// A contact to hand over: request id, contact, what is handed over.
pub type NewHandOver = (Uuid, Uuid, Content);
/// A hand-over that is taken: request id, hand-over and revision.
pub type Taking = (Uuid, (Uuid, i64));

/// Reads what the team is asked.
pub fn to_edt(request: pb::HandOverToEdtRequest) -> Result<NewHandOver, Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let contact = id(&mut fields, "contact_id", "R10", &request.contact_id);
    let asked = fields.text("asked", "R10", request.asked, 1..=LONGEST);
    let whole = || Some((request_id?, contact?, Content::Asked(Personal::new(asked?))));
    whole().ok_or_else(|| fields.refuse())
}

/// Reads what the team did, as it says at `now`.
pub fn from_edt(
    request: pb::HandOverFromEdtRequest,
    now: Timestamp,
) -> Result<NewHandOver, Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let contact = id(&mut fields, "contact_id", "R10", &request.contact_id);
    let acted_at = request.acted_at.as_ref().and_then(from_timestamp).filter(|at| *at <= now);
    let acted_at = fields.check("acted_at", "R10", "is not an instant of the past", acted_at);
    let done = fields.text("done", "R10", request.done, 1..=LONGEST);
    let left_to_do = fields.text("left_to_do", "R10", request.left_to_do, 0..=LONGEST);
    let whole = || {
        let content = Content::Done {
            acted_at: acted_at?,
            done: Personal::new(done?),
            left_to_do: Personal::new(left_to_do?),
        };
        Some((request_id?, contact?, content))
    };
    whole().ok_or_else(|| fields.refuse())
}

/// Reads which hand-over the team has.
pub fn receipt(request: &pb::ReceiveHandOverRequest) -> Result<Taking, Status> {
    let mut fields = Fields::new();
    let taking = taking(&mut fields, &request.request_id, &request.hand_over_id, request.revision);
    taking.ok_or_else(|| fields.refuse())
}

/// What the hub says of what the team did: request id, hand-over and revision, words.
pub type Review = (Uuid, (Uuid, i64), Personal<String>);

/// Reads what the hub says of what the team did.
pub fn review(request: pb::ReviewHandOverRequest) -> Result<Review, Status> {
    let mut fields = Fields::new();
    let taking = taking(&mut fields, &request.request_id, &request.hand_over_id, request.revision);
    let review = fields.text("review", "R10", request.review, 1..=LONGEST);
    let whole = || {
        let (request_id, hand_over) = taking?;
        Some((request_id, hand_over, Personal::new(review?)))
    };
    whole().ok_or_else(|| fields.refuse())
}

fn taking(fields: &mut Fields, request_id: &str, hand_over: &str, revision: i64) -> Option<Taking> {
    let request_id = id(fields, "request_id", "R12", request_id);
    let hand_over = id(fields, "hand_over_id", "R10", hand_over);
    let revision = Some(revision).filter(|revision| *revision > 0);
    let revision = fields.check("revision", "R10", "is missing", revision);
    Some((request_id?, (hand_over?, revision?)))
}

/// Reads which hand-overs are wanted, and why (R61).
pub fn list(request: &pb::ListHandOversRequest) -> Result<(Direction, Purpose, Page), Status> {
    let mut fields = Fields::new();
    let direction = match fields.code("direction", "R10", request.direction) {
        Some(pb::HandOverDirection::ToEdt) => Some(Direction::ToEdt),
        Some(pb::HandOverDirection::FromEdt) => Some(Direction::FromEdt),
        Some(pb::HandOverDirection::Unspecified) | None => None,
    };
    let purpose = fields.code("purpose", "R61", request.purpose);
    let page = Page::read(&mut fields, "R10", request.page_size, &request.page_token);
    let whole = || Some((direction?, purpose?, page?));
    whole().ok_or_else(|| fields.refuse())
}
