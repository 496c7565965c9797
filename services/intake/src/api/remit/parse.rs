//! Requests about what is passed on into values that cannot be wrong.

use access::Personal;
use jiff::Timestamp;
use proto::{convert::from_timestamp, intake::v1 as pb, terms::v1::Purpose};
use runtime::fields::Fields;
use tonic::Status;
use uuid::Uuid;

use crate::{
    api::{
        page::Page,
        parse::{id, ids},
    },
    domain::{
        authority::Authority,
        hand_over::{Passing, SecureWay},
    },
};

/// The longest words, in characters.
const LONGEST: usize = 4_000;
/// The longest name of who received it, in characters.
const LONGEST_NAME: usize = 200;

/// Reads what is passed to another authority than `own`: request id, contact, what.
pub fn passing(
    request: pb::PassToAuthorityRequest,
    own: &str,
) -> Result<(Uuid, Uuid, Passing), Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let contact = id(&mut fields, "contact_id", "R3", &request.contact_id);
    let children = ids(&mut fields, "child_ids", "R3", &request.child_ids);
    fields.holds("child_ids", "R3", "is empty", !request.child_ids.is_empty());
    let authority = Authority::parse(&request.authority).filter(|other| other.as_str() != own);
    let why = "is not the three digits of another authority";
    let authority = fields.check("authority", "R3", why, authority);
    let way = secure_way(&mut fields, request.way);
    let information = fields.text("information", "R44", request.information, 1..=LONGEST);
    let acted_first = fields.text("acted_first", "R3", request.acted_first, 0..=LONGEST);
    let whole = || {
        let passing = Passing {
            children: children?,
            authority: authority?,
            way: way?,
            information: Personal::new(information?),
            acted_first: Personal::new(acted_first?),
        };
        Some((request_id?, contact?, passing))
    };
    match whole() {
        Some(whole) if fields.good() => Ok(whole),
        _ => Err(fields.refuse()),
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

/// A receipt: request id, what was passed on and its revision, when and by whom.
pub type Receipt = (Uuid, (Uuid, i64), (Timestamp, Personal<String>));

/// Reads the receipt of another authority, as it is told at `now`.
pub fn receipt(request: pb::RecordReceiptRequest, now: Timestamp) -> Result<Receipt, Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let passed = id(&mut fields, "hand_over_id", "R3", &request.hand_over_id);
    let revision = Some(request.revision).filter(|revision| *revision > 0);
    let revision = fields.check("revision", "R3", "is missing", revision);
    let at = request.received_at.as_ref().and_then(from_timestamp).filter(|at| *at <= now);
    let at = fields.check("received_at", "R3", "is not an instant of the past", at);
    let by = fields.text("received_by", "R3", request.received_by, 1..=LONGEST_NAME);
    let whole = || Some((request_id?, (passed?, revision?), (at?, Personal::new(by?))));
    whole().ok_or_else(|| fields.refuse())
}

/// Reads which page is wanted, and why (R61).
pub fn list(request: &pb::ListPassedOnRequest) -> Result<(Purpose, Page), Status> {
    let mut fields = Fields::new();
    let purpose = fields.code("purpose", "R61", request.purpose);
    let page = Page::read(&mut fields, "R3", request.page_size, &request.page_token);
    purpose.zip(page).ok_or_else(|| fields.refuse())
}

/// That a contact is kept: request id, the question and its revision, why.
pub type Keeping = (Uuid, (Uuid, i64), Personal<String>);

/// Reads that a contact is kept (R3).
pub fn keeping(request: pb::KeepContactRequest) -> Result<Keeping, Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let question = id(&mut fields, "question_id", "R3", &request.question_id);
    let revision = Some(request.revision).filter(|revision| *revision > 0);
    let revision = fields.check("revision", "R3", "is missing", revision);
    let reason = fields.text("reason", "R3", request.reason, 10..=2_000);
    let whole = || Some((request_id?, (question?, revision?), Personal::new(reason?)));
    whole().ok_or_else(|| fields.refuse())
}

/// Reads which page of the questions is wanted, and why (R61).
pub fn list_questions(request: &pb::ListRemitQuestionsRequest) -> Result<(Purpose, Page), Status> {
    let mut fields = Fields::new();
    let purpose = fields.code("purpose", "R61", request.purpose);
    let page = Page::read(&mut fields, "R3", request.page_size, &request.page_token);
    purpose.zip(page).ok_or_else(|| fields.refuse())
}
