//! Requests about the register into values that cannot be wrong.

use access::Personal;
use jiff::Timestamp;
use proto::{convert::from_timestamp, intake::v1 as pb, terms::v1::Purpose};
use runtime::fields::Fields;
use tonic::Status;
use uuid::Uuid;

use crate::{
    api::{page::Page, parse::id, remit::parse::secure_way},
    domain::{hand_over::SecureWay, register::Decision},
};

/// The longest reason or answer, in characters.
const LONGEST: usize = 2_000;
/// The longest name of who received something, in characters.
const LONGEST_NAME: usize = 200;
/// The shortest answer to what is different, in characters: a word is none.
const SHORTEST_ANSWER: usize = 10;

/// A record and the revision that was read.
type Revised = (Uuid, i64);
/// Two entries of the register, or a contact and a child on it.
type Two = (Uuid, Uuid);

/// Reads whose history is wanted, and why (R61).
pub fn history(request: &pb::GetHistoryRequest) -> Result<(Uuid, Purpose), Status> {
    let mut fields = Fields::new();
    let contact = id(&mut fields, "contact_id", "R8", &request.contact_id);
    let purpose = fields.code("purpose", "R61", request.purpose);
    contact.zip(purpose).ok_or_else(|| fields.refuse())
}

/// Reads which page of a list is wanted, and why (R61).
pub fn list(purpose: i32, size: i32, token: &str) -> Result<(Purpose, Page), Status> {
    let mut fields = Fields::new();
    let purpose = fields.code("purpose", "R61", purpose);
    let page = Page::read(&mut fields, "R8", size, token);
    purpose.zip(page).ok_or_else(|| fields.refuse())
}

/// Reads what a person says of a match.
pub fn decision(
    request: pb::DecideMatchRequest,
) -> Result<(Uuid, Revised, Decision, Personal<String>), Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let found = revised(&mut fields, "match_id", "R8", &request.match_id, request.revision);
    let decision = match fields.code("decision", "R8", request.decision) {
        Some(pb::MatchDecision::Confirm) => Some(Decision::Confirm),
        Some(pb::MatchDecision::Reject) => Some(Decision::Reject),
        Some(pb::MatchDecision::Unspecified) | None => None,
    };
    let reason = reason(&mut fields, request.reason);
    let whole = || Some((request_id?, found?, decision?, reason?));
    whole().ok_or_else(|| fields.refuse())
}

/// Reads which decision was wrong.
pub fn undoing(request: pb::UndoMatchRequest) -> Result<(Uuid, Revised, Personal<String>), Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let found = revised(&mut fields, "match_id", "R8", &request.match_id, request.revision);
    let reason = reason(&mut fields, request.reason);
    let whole = || Some((request_id?, found?, reason?));
    whole().ok_or_else(|| fields.refuse())
}

/// Reads which two are one.
pub fn joining(
    request: pb::JoinPeopleRequest,
) -> Result<(Uuid, Two, Option<i64>, Personal<String>), Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let pair = pair(&mut fields, &request.one_id, &request.other_id);
    fields.holds("revision", "R8", "is below 0", request.revision >= 0);
    let read = Some(request.revision).filter(|revision| *revision > 0);
    let reason = reason(&mut fields, request.reason);
    let whole = || Some((request_id?, pair?, read, reason?)).filter(|_| request.revision >= 0);
    whole().ok_or_else(|| fields.refuse())
}

/// Reads which two are two after all.
pub fn parting(
    request: pb::PartPeopleRequest,
) -> Result<(Uuid, Two, i64, Personal<String>), Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let pair = pair(&mut fields, &request.one_id, &request.other_id);
    let revision = revision(&mut fields, "R8", request.revision);
    let reason = reason(&mut fields, request.reason);
    let whole = || Some((request_id?, pair?, revision?, reason?));
    whole().ok_or_else(|| fields.refuse())
}

/// Reads what is different this time: of which contact's child, and the answer.
pub fn difference(
    request: pb::AnswerDifferenceRequest,
) -> Result<(Uuid, Two, Personal<String>), Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let contact = id(&mut fields, "contact_id", "R8", &request.contact_id);
    let child = id(&mut fields, "child_id", "R8", &request.child_id);
    let answer = fields.text("answer", "R8", request.answer, SHORTEST_ANSWER..=LONGEST);
    let whole = || Some((request_id?, (contact?, child?), Personal::new(answer?)));
    whole().ok_or_else(|| fields.refuse())
}

/// That a unit was told: when, how, and which where it is named.
type Passing = (Timestamp, SecureWay, Option<String>);

/// Reads when and how which unit was told, as it is said at `now`.
pub fn passing(
    request: &pb::PassToUnitRequest,
    now: Timestamp,
) -> Result<(Uuid, Revised, Passing), Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let passed =
        revised(&mut fields, "hand_over_id", "R9", &request.hand_over_id, request.revision);
    let at = past(&mut fields, "passed_at", request.passed_at.as_ref(), now);
    let way = secure_way(&mut fields, request.way);
    let unit = fields.text("unit", "R9", request.unit.clone(), 0..=LONGEST_NAME);
    let named = |unit: String| Some(unit).filter(|unit| !unit.is_empty());
    let whole = || Some((request_id?, passed?, (at?, way?, named(unit?))));
    whole().ok_or_else(|| fields.refuse())
}

/// A unit's receipt: request id, hand-over, when and by whom.
pub type Receipt = (Uuid, Revised, (Timestamp, Personal<String>));

/// Reads a unit's receipt, as it is told at `now`.
pub fn receipt(request: pb::RecordUnitReceiptRequest, now: Timestamp) -> Result<Receipt, Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let passed =
        revised(&mut fields, "hand_over_id", "R9", &request.hand_over_id, request.revision);
    let at = past(&mut fields, "received_at", request.received_at.as_ref(), now);
    let by = fields.text("received_by", "R9", request.received_by, 1..=LONGEST_NAME);
    let whole = || Some((request_id?, passed?, (at?, Personal::new(by?))));
    whole().ok_or_else(|| fields.refuse())
}

fn past(
    fields: &mut Fields,
    field: &str,
    at: Option<&prost_types::Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let at = at.and_then(from_timestamp).filter(|at| *at <= now);
    fields.check(field, "R9", "is not an instant of the past", at)
}

fn revised(
    fields: &mut Fields,
    field: &str,
    rule: &str,
    record: &str,
    revision: i64,
) -> Option<Revised> {
    let record = id(fields, field, rule, record);
    record.zip(self::revision(fields, rule, revision))
}

fn revision(fields: &mut Fields, rule: &str, revision: i64) -> Option<i64> {
    let revision = Some(revision).filter(|revision| *revision > 0);
    fields.check("revision", rule, "is missing", revision)
}

/// Two entries that are not the same one.
fn pair(fields: &mut Fields, one: &str, other: &str) -> Option<Two> {
    let pair = (id(fields, "one_id", "R8", one), id(fields, "other_id", "R8", other));
    let (one, other) = (pair.0?, pair.1?);
    let pair = (one != other).then_some((one, other));
    fields.check("other_id", "R8", "is the same person of the register", pair)
}

fn reason(fields: &mut Fields, reason: String) -> Option<Personal<String>> {
    fields.text("reason", "R8", reason, 1..=LONGEST).map(Personal::new)
}
