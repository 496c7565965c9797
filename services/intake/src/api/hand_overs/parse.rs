//! Requests about hand-overs into values that cannot be wrong.

use access::Personal;
use jiff::Timestamp;
use proto::{intake::v1 as pb, terms::v1::Purpose};
use runtime::fields::Fields;
use service::edge::Asked;
use tonic::Status;
use uuid::Uuid;

use crate::{
    api::{
        page::{Page, Paged},
        widths,
    },
    domain::hand_over::{Content, Direction},
};

/// Reads what the team is asked, of which contact.
pub fn to_edt(request: pb::HandOverToEdtRequest) -> Asked<(Uuid, Content)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", "R10", &request.contact_id);
    let asked = fields.text("asked", "R10", request.asked, 1..=widths::MESSAGE);
    let whole = || Some((request_id?, (contact?, Content::Asked(Personal::new(asked?)))));
    fields.whole(whole())
}

/// Reads what the team did about which contact, as it says at `now`.
pub fn from_edt(request: pb::HandOverFromEdtRequest, now: Timestamp) -> Asked<(Uuid, Content)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", "R10", &request.contact_id);
    let acted_at = fields.past("acted_at", "R10", request.acted_at.as_ref(), now);
    let done = fields.text("done", "R10", request.done, 1..=widths::MESSAGE);
    let left_to_do = fields.text("left_to_do", "R10", request.left_to_do, 0..=widths::MESSAGE);
    let whole = || {
        let content = Content::Done {
            acted_at: acted_at?,
            done: Personal::new(done?),
            left_to_do: Personal::new(left_to_do?),
        };
        Some((request_id?, (contact?, content)))
    };
    fields.whole(whole())
}

/// Reads which hand-over the team has, at which revision.
pub fn receipt(request: pb::ReceiveHandOverRequest) -> Asked<(Uuid, i64)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let taken = fields.target("hand_over_id", "R10", (&request.hand_over_id, request.revision));
    fields.whole(request_id.zip(taken))
}

/// Reads which receipt of the team is undone, and why.
pub fn undoing(request: pb::UndoReceiptRequest) -> Asked<((Uuid, i64), Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let of = fields.target("hand_over_id", "R10", (&request.hand_over_id, request.revision));
    let reason = fields.text("reason", "R10", request.reason, 1..=widths::REASON);
    let whole = || Some((request_id?, (of?, Personal::new(reason?))));
    fields.whole(whole())
}

/// Reads what the hub says of what the team did.
pub fn review(request: pb::ReviewHandOverRequest) -> Asked<((Uuid, i64), Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let taken = fields.target("hand_over_id", "R10", (&request.hand_over_id, request.revision));
    let review = fields.text("review", "R10", request.review, 1..=widths::MESSAGE);
    let whole = || Some((request_id?, (taken?, Personal::new(review?))));
    fields.whole(whole())
}

/// Reads which hand-overs are wanted, and why (R61).
pub fn list(request: pb::ListHandOversRequest) -> Result<(Direction, Purpose, Page), Status> {
    let mut fields = Fields::new();
    let direction = match fields.code("direction", "R10", request.direction) {
        Some(pb::HandOverDirection::ToEdt) => Some(Direction::ToEdt),
        Some(pb::HandOverDirection::FromEdt) => Some(Direction::FromEdt),
        Some(pb::HandOverDirection::Unspecified) | None => None,
    };
    let purpose = fields.code("purpose", "R61", request.purpose);
    let list = match direction {
        Some(Direction::ToEdt) | None => Paged::ToEdt,
        Some(Direction::FromEdt) => Paged::FromEdt,
    };
    let page = Page::read(&mut fields, list, request.page_size, &request.page_token);
    let whole = || Some((direction?, purpose?, page?));
    fields.whole(whole())
}
