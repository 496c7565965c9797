//! Requests about the register into values that cannot be wrong.

use access::Personal;
use jiff::Timestamp;
use proto::{intake::v1 as pb, terms::v1::Purpose};
use runtime::fields::{Fields, unless_empty};
use service::edge::Asked;
use tonic::Status;
use uuid::Uuid;

use crate::{
    api::{receipt, remit::parse::secure_way, widths},
    commands::register::take_back::Handing,
    domain::{hand_over::SecureWay, receipt::Receipt, register::Decision},
};

/// The shortest answer to what is different, in characters: a word is none.
const SHORTEST_ANSWER: usize = 10;

/// A record and the revision that was read.
type Revised = (Uuid, i64);
/// Two entries of the register, or a contact and a child on it.
type Two = (Uuid, Uuid);

/// Reads whose history is wanted, and why (R61).
pub fn history(request: pb::GetHistoryRequest) -> Result<(Uuid, Purpose), Status> {
    let mut fields = Fields::new();
    let contact = fields.id("contact_id", "R8", &request.contact_id);
    let purpose = fields.code("purpose", "R61", request.purpose);
    fields.whole(contact.zip(purpose))
}

/// Reads what a person says of a match.
pub fn decision(request: pb::DecideMatchRequest) -> Asked<(Revised, Decision, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let found = fields.target("match_id", "R8", (&request.match_id, request.revision));
    let decision = match fields.code("decision", "R8", request.decision) {
        Some(pb::MatchDecision::Confirm) => Some(Decision::Confirm),
        Some(pb::MatchDecision::Reject) => Some(Decision::Reject),
        Some(pb::MatchDecision::Unspecified) | None => None,
    };
    let reason = reason(&mut fields, request.reason);
    let whole = || Some((request_id?, (found?, decision?, reason?)));
    fields.whole(whole())
}

/// Reads which decision was wrong.
pub fn undoing(request: pb::UndoMatchRequest) -> Asked<(Revised, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let found = fields.target("match_id", "R8", (&request.match_id, request.revision));
    let reason = reason(&mut fields, request.reason);
    let whole = || Some((request_id?, (found?, reason?)));
    fields.whole(whole())
}

/// Reads which two are one.
pub fn joining(request: pb::JoinPeopleRequest) -> Asked<(Two, Option<i64>, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let pair = pair(&mut fields, &request.one_id, &request.other_id);
    fields.holds("revision", "R8", "is below 0", request.revision >= 0);
    let read = Some(request.revision).filter(|revision| *revision > 0);
    let reason = reason(&mut fields, request.reason);
    let whole = || Some((request_id?, (pair?, read, reason?)));
    fields.whole(whole())
}

/// Reads which two are two after all.
pub fn parting(request: pb::PartPeopleRequest) -> Asked<(Two, i64, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let pair = pair(&mut fields, &request.one_id, &request.other_id);
    let revision = fields.revision("revision", "R8", request.revision);
    let reason = reason(&mut fields, request.reason);
    let whole = || Some((request_id?, (pair?, revision?, reason?)));
    fields.whole(whole())
}

/// Reads what is different this time: of which contact's child, and the answer.
pub fn difference(request: pb::AnswerDifferenceRequest) -> Asked<(Two, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", "R8", &request.contact_id);
    let child = fields.id("child_id", "R8", &request.child_id);
    let answer = fields.text("answer", "R8", request.answer, SHORTEST_ANSWER..=widths::REASON);
    let whole = || Some((request_id?, ((contact?, child?), Personal::new(answer?))));
    fields.whole(whole())
}

/// That a unit was told: when, how, and which where it is named.
type Passing = (Timestamp, SecureWay, Option<String>);

/// Reads when and how which unit was told, as it is said at `now`.
pub fn passing(request: pb::PassToUnitRequest, now: Timestamp) -> Asked<(Revised, Passing)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let passed = (&*request.hand_over_id, request.revision);
    let passed = fields.target("hand_over_id", "R9", passed);
    let at = fields.past("passed_at", "R9", request.passed_at.as_ref(), now);
    let way = secure_way(&mut fields, request.way);
    let unit = fields.text("unit", "R9", request.unit, 0..=widths::NAME);
    let whole = || Some((request_id?, (passed?, (at?, way?, unless_empty(unit?)))));
    fields.whole(whole())
}

/// Reads a unit's receipt, as it is told at `now`: of which hand-over.
pub fn receipt(request: pb::RecordUnitReceiptRequest, now: Timestamp) -> Asked<(Revised, Receipt)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let passed = (&*request.hand_over_id, request.revision);
    let passed = fields.target("hand_over_id", "R9", passed);
    let at = ("received_at", request.received_at.as_ref());
    let receipt = receipt::told(&mut fields, "R9", at, request.received_by, now);
    let whole = || Some((request_id?, (passed?, receipt?)));
    fields.whole(whole())
}

/// Which children of a hand-over, all where none is named, and why.
type TakingBack = (Vec<Uuid>, Personal<String>);

/// Reads who is taken back of which hand-over.
pub fn taking_back(request: pb::TakeBackFromUnitRequest) -> Asked<(Revised, TakingBack)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let of = (&*request.hand_over_id, request.revision);
    let of = fields.target("hand_over_id", "R9", of);
    let children = fields.ids("child_ids", "R9", &request.child_ids);
    let reason = fields.text("reason", "R9", request.reason, 1..=widths::REASON);
    let whole = || Some((request_id?, (of?, (children?, Personal::new(reason?)))));
    fields.whole(whole())
}

/// Reads whom a person hands to which unit.
pub fn handing(request: pb::HandToUnitRequest) -> Asked<Handing> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", "R9", &request.contact_id);
    let children = fields.ids("child_ids", "R9", &request.child_ids);
    fields.holds("child_ids", "R9", "is empty", !request.child_ids.is_empty());
    let unit = fields.text("unit", "R9", request.unit, 1..=widths::NAME);
    let reason = fields.text("reason", "R9", request.reason, 1..=widths::REASON);
    let whole = || {
        let (contact, children, unit) = (contact?, children?, unit?);
        let reason = Personal::new(reason?);
        Some((request_id?, Handing { contact, children, unit, reason }))
    };
    fields.whole(whole())
}

/// Two entries that are not the same one.
fn pair(fields: &mut Fields, one: &str, other: &str) -> Option<Two> {
    let pair = (fields.id("one_id", "R8", one), fields.id("other_id", "R8", other));
    let (one, other) = (pair.0?, pair.1?);
    let pair = (one != other).then_some((one, other));
    fields.check("other_id", "R8", "is the same person of the register", pair)
}

fn reason(fields: &mut Fields, reason: String) -> Option<Personal<String>> {
    fields.text("reason", "R8", reason, 1..=widths::REASON).map(Personal::new)
}
