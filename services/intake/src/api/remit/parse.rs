//! Requests about what is passed on into values that cannot be wrong.

use access::Personal;
use jiff::Timestamp;
use proto::intake::v1 as pb;
use runtime::fields::Fields;
use service::edge::Asked;
use uuid::Uuid;

use crate::{
    api::{receipt, widths},
    domain::{
        authority::{Authority, AuthorityFault},
        hand_over::{Passing, SecureWay},
        receipt::Receipt,
    },
};

/// Reads what is passed to another authority than `own`: the contact, what.
pub fn passing(request: pb::PassToAuthorityRequest, own: &str) -> Asked<(Uuid, Passing)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", "R3", &request.contact_id);
    let children = fields.ids("child_ids", "R3", &request.child_ids);
    fields.holds("child_ids", "R3", "is empty", !request.child_ids.is_empty());
    let authority = authority(&mut fields, (&request.authority, request.authority_name), own);
    let way = secure_way(&mut fields, request.way);
    let information = fields.text("information", "R44", request.information, 1..=widths::MESSAGE);
    let acted_first = fields.text("acted_first", "R3", request.acted_first, 0..=widths::MESSAGE);
    let whole = || {
        let passing = Passing {
            children: children?,
            authority: authority?,
            way: way?,
            information: Personal::new(information?),
            acted_first: Personal::new(acted_first?),
        };
        Some((request_id?, (contact?, passing)))
    };
    fields.whole(whole())
}

/// Reads another authority than `own`, by its code and name (R3).
fn authority(fields: &mut Fields, (code, name): (&str, String), own: &str) -> Option<Authority> {
    let name = fields.text("authority_name", "R3", name, 0..=widths::NAME)?;
    fields.holds("authority", "R3", "is this authority", code != own);
    match Authority::parse(code, Personal::new(name)) {
        Ok(authority) => Some(authority),
        Err(fault) => {
            let field = match fault {
                AuthorityFault::Code => "authority",
                AuthorityFault::NoName | AuthorityFault::NameToo => "authority_name",
            };
            fields.violation(field, "R3", &fault.to_string());
            None
        }
    }
}

/// Reads the secure way by which somebody was told (R73).
pub fn secure_way(fields: &mut Fields, way: i32) -> Option<SecureWay> {
    match fields.code("way", "R73", way) {
        Some(pb::SecureWay::Email) => Some(SecureWay::Email),
        Some(pb::SecureWay::Telephone) => Some(SecureWay::Telephone),
        Some(pb::SecureWay::System) => Some(SecureWay::System),
        Some(pb::SecureWay::Unspecified) | None => None,
    }
}

/// Reads the receipt of another authority, as it is told at `now`: of what was passed on, at
/// which revision.
pub fn receipt(request: pb::RecordReceiptRequest, now: Timestamp) -> Asked<((Uuid, i64), Receipt)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let passed = (&*request.hand_over_id, request.revision);
    let passed = fields.target("hand_over_id", "R3", passed);
    let at = ("received_at", request.received_at.as_ref());
    let receipt = receipt::told(&mut fields, "R3", at, request.received_by, now);
    let whole = || Some((request_id?, (passed?, receipt?)));
    fields.whole(whole())
}

/// Reads what is taken back from another authority, and why.
pub fn taking_back(
    request: pb::TakeBackFromAuthorityRequest,
) -> Asked<((Uuid, i64), Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let passed = (&*request.hand_over_id, request.revision);
    let passed = fields.target("hand_over_id", "R3", passed);
    let reason = fields.text("reason", "R3", request.reason, 1..=widths::REASON);
    let whole = || Some((request_id?, (passed?, Personal::new(reason?))));
    fields.whole(whole())
}

/// Reads that a contact is kept (R3): the question and its revision, why.
pub fn keeping(request: pb::KeepContactRequest) -> Asked<((Uuid, i64), Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let question = (&*request.question_id, request.revision);
    let question = fields.target("question_id", "R3", question);
    let reason = fields.text("reason", "R3", request.reason, 10..=widths::REASON);
    let whole = || Some((request_id?, (question?, Personal::new(reason?))));
    fields.whole(whole())
}
