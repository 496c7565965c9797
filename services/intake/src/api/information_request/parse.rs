//! Requests for information into values that cannot be wrong; every bad field is named
//! at once. What decides one is read in `deciding`, what takes one back or corrects it in
//! `correcting`.

mod correcting;
mod deciding;

use access::Personal;
use jiff::{Timestamp, tz::TimeZone};
use proto::{
    convert::{from_date, from_timestamp, to_timestamp},
    intake::v1 as pb,
    terms::v1 as terms,
};
use runtime::fields::{Fields, each, optional, unless_empty, unless_zero};
use service::edge::Asked;
use tonic::Status;
use uuid::Uuid;

pub use self::{
    correcting::{corrected, taken_back},
    deciding::{answered, refused},
};
use crate::{
    api::{
        page::{Page, Paged, Place},
        parse::{NO_NHS_NUMBER, received_at},
        receipt, widths,
    },
    domain::{
        information_request::{
            AnswerBasis, Kind, NewRequest, Requester, Subject, Verification, state::State,
        },
        nhs_number,
        receipt::Receipt,
    },
    store::information_requests::list::Behind,
};

/// Which request a command is on, at the revision that was read.
type On = (Uuid, i64);

/// The most people that one request is about.
const MOST_SUBJECTS: usize = 50;

/// Reads a request that is received at `now` (R55).
pub fn received(
    request: pb::ReceiveInformationRequestRequest,
    now: Timestamp,
) -> Asked<NewRequest> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let received_at = received_at(&mut fields, request.received_at, now);
    let kind = kind(&mut fields, "kind", request.kind);
    let requester = requester(&mut fields, request.requester);
    let authority = sealed(&mut fields, "authority", request.authority, 1..=widths::REASON);
    let least = usize::from(!kind.is_some_and(Kind::is_for_governance));
    let purpose = sealed(&mut fields, "purpose", request.purpose, least..=widths::REASON);
    let asked_for = sealed(&mut fields, "asked_for", request.asked_for, 1..=widths::MESSAGE);
    let named_basis = optional(unless_zero(request.named_basis), |number| {
        basis(&mut fields, "named_basis", number)
    });
    let least = usize::from(kind != Some(Kind::FreedomOfInformation));
    let some = (least..=MOST_SUBJECTS).contains(&request.subjects.len());
    fields.holds("subjects", "R55", "must be 1 to 50", some);
    let subjects = each(request.subjects, |place, about| {
        subject(&mut fields, &format!("subjects[{place}]"), about, now)
    });
    let verification =
        optional(unless_zero(request.verification), |how| verification(&mut fields, how));
    let whole = || {
        let request = NewRequest {
            received_at: received_at?,
            kind: kind?,
            requester: requester?,
            authority: authority?,
            purpose: purpose?,
            asked_for: asked_for?,
            named_basis: named_basis?,
            subjects: subjects?,
            verification: verification?,
        };
        Some((request_id?, request))
    };
    fields.whole(whole())
}

/// Reads how it was made sure who asks (R55).
pub fn verified(request: pb::VerifyRequesterRequest) -> Asked<(On, Verification)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = (&*request.information_request_id, request.revision);
    let on = fields.target("information_request_id", "R55", on);
    let how = verification(&mut fields, request.verification);
    let whole = || Some((request_id?, (on?, how?)));
    fields.whole(whole())
}

/// Reads the date that a manager sets (R55).
pub fn dated(
    request: pb::DateInformationRequestRequest,
    now: Timestamp,
) -> Asked<(On, Timestamp, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = (&*request.information_request_id, request.revision);
    let on = fields.target("information_request_id", "R55", on);
    let deadline = request.deadline.as_ref().and_then(from_timestamp);
    let deadline = deadline.filter(|at| *at > now);
    fields.check("deadline", "R55", "is not an instant to come", deadline);
    let reason = sealed(&mut fields, "reason", request.reason, 1..=widths::REASON);
    let whole = || Some((request_id?, (on?, deadline?, reason?)));
    fields.whole(whole())
}

/// Reads to which unit a request is passed; none for information governance.
pub fn passed(request: pb::PassInformationRequestRequest) -> Asked<(On, Option<Personal<String>>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = (&*request.information_request_id, request.revision);
    let on = fields.target("information_request_id", "R55", on);
    let unit = fields.text("unit", "R54", request.unit, 0..=widths::NAME);
    let unit = unit.map(Personal::unless_empty);
    let whole = || Some((request_id?, (on?, unit?)));
    fields.whole(whole())
}

/// Reads who has a request, since when or since now (R54).
pub fn receipt(
    request: pb::RecordInformationRequestReceiptRequest,
    now: Timestamp,
) -> Asked<(On, Receipt)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = (&*request.information_request_id, request.revision);
    let on = fields.target("information_request_id", "R55", on);
    let at = request.receipt_at.unwrap_or_else(|| to_timestamp(now));
    let at = ("receipt_at", Some(&at));
    let receipt = receipt::told(&mut fields, "R54", at, request.received_by, now);
    let whole = || Some((request_id?, (on?, receipt?)));
    fields.whole(whole())
}

/// Reads which request is wanted, and why (R61).
pub fn get(request: pb::GetInformationRequestRequest) -> Result<(Uuid, terms::Purpose), Status> {
    let mut fields = Fields::new();
    let wanted = fields.id("information_request_id", "R55", &request.information_request_id);
    let purpose = fields.code("purpose", "R61", request.purpose);
    fields.whole(wanted.zip(purpose))
}

/// Which stretch of the list is wanted.
pub struct Stretch {
    /// In which states.
    pub states: Vec<State>,
    /// From behind this line; `None` from the beginning.
    pub behind: Option<Behind>,
    /// The page of it.
    pub page: Page,
}

/// Reads which stretch of the list is wanted; without a state, of all that are not over.
pub fn list(request: pb::ListInformationRequestsRequest) -> Result<Stretch, Status> {
    let mut fields = Fields::new();
    let states = each(request.states, |place, number| {
        state(&mut fields, &format!("states[{place}]"), number)
    });
    let states = states.map(|states| match states.is_empty() {
        true => State::NOT_OVER.to_vec(),
        false => states,
    });
    let page =
        Page::read(&mut fields, Paged::InformationRequests, request.page_size, &request.page_token);
    let behind = optional(page.and_then(|page| page.behind), |place| {
        fields.check("page_token", "R55", "is not a token of an answer before", behind(place))
    });
    let whole = || Some(Stretch { states: states?, behind: behind?, page: page? });
    fields.whole(whole())
}

/// The line of this place; `None` where its instant is none.
fn behind(place: Place) -> Option<Behind> {
    let deadline = Timestamp::from_microsecond(place.order).ok()?;
    Some(Behind { dated: place.done, deadline, id: place.id })
}

fn sealed(
    fields: &mut Fields,
    field: &str,
    text: String,
    length: std::ops::RangeInclusive<usize>,
) -> Option<Personal<String>> {
    fields.text(field, "R55", text, length).map(Personal::new)
}

fn kind(fields: &mut Fields, field: &str, number: i32) -> Option<Kind> {
    match fields.code(field, "R55", number)? {
        pb::InformationRequestKind::Unspecified => None,
        pb::InformationRequestKind::Routine => Some(Kind::Routine),
        pb::InformationRequestKind::UrgentChildProtection => Some(Kind::UrgentChildProtection),
        pb::InformationRequestKind::Court => Some(Kind::Court),
        pb::InformationRequestKind::SubjectAccess => Some(Kind::SubjectAccess),
        pb::InformationRequestKind::FreedomOfInformation => Some(Kind::FreedomOfInformation),
    }
}

fn verification(fields: &mut Fields, number: i32) -> Option<Verification> {
    match fields.code("verification", "R55", number)? {
        pb::RequesterVerification::Unspecified => None,
        pb::RequesterVerification::CallBack => Some(Verification::CallBack),
        pb::RequesterVerification::SecureEmail => Some(Verification::SecureEmail),
        pb::RequesterVerification::IdentityDocument => Some(Verification::IdentityDocument),
        pb::RequesterVerification::CourtSeal => Some(Verification::CourtSeal),
    }
}

fn basis(fields: &mut Fields, field: &str, number: i32) -> Option<AnswerBasis> {
    match fields.code(field, "R38", number)? {
        terms::BasisKind::Unspecified => None,
        terms::BasisKind::Consent => Some(AnswerBasis::Consent),
        terms::BasisKind::Override => Some(AnswerBasis::Override),
        terms::BasisKind::PublicInterest => Some(AnswerBasis::PublicInterest),
        terms::BasisKind::Section47 => Some(AnswerBasis::Section47),
        terms::BasisKind::CourtOrder => Some(AnswerBasis::CourtOrder),
    }
}

fn state(fields: &mut Fields, field: &str, number: i32) -> Option<State> {
    match fields.code(field, "R55", number)? {
        pb::InformationRequestState::Unspecified => None,
        pb::InformationRequestState::Received => Some(State::Received),
        pb::InformationRequestState::PassedToUnit => Some(State::PassedToUnit),
        pb::InformationRequestState::ReceivedByUnit => Some(State::ReceivedByUnit),
        pb::InformationRequestState::PassedToGovernance => Some(State::PassedToGovernance),
        pb::InformationRequestState::ReceivedByGovernance => Some(State::ReceivedByGovernance),
        pb::InformationRequestState::Answered => Some(State::Answered),
        pb::InformationRequestState::Refused => Some(State::Refused),
    }
}

/// Reads who asks (R55).
fn requester(fields: &mut Fields, requester: Option<pb::Requester>) -> Option<Requester> {
    let requester = fields.check("requester", "R55", "is missing", requester)?;
    let mut named = |field: &str, text, least| {
        sealed(fields, &format!("requester.{field}"), text, least..=widths::NAME)
    };
    let name = named("name", requester.name, 1);
    let organisation = named("organisation", requester.organisation, 0);
    let capacity = named("capacity", requester.capacity, 1);
    let contact_details = named("contact_details", requester.contact_details, 1);
    let country = country(fields, "requester.country", requester.country);
    Some(Requester {
        name: name?,
        organisation: organisation?,
        capacity: capacity?,
        contact_details: contact_details?,
        country: country?,
    })
}

fn country(fields: &mut Fields, field: &str, code: String) -> Option<String> {
    let is_code = code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase());
    fields.check(field, "R56", "is not a country in two capital letters", is_code.then_some(code))
}

/// Reads somebody a request is about.
fn subject(
    fields: &mut Fields,
    path: &str,
    subject: pb::InformationSubject,
    now: Timestamp,
) -> Option<Subject> {
    let name = sealed(fields, &format!("{path}.name"), subject.name, 1..=widths::NAME);
    let birth_date = optional(subject.birth_date, |day| {
        let today = now.to_zoned(TimeZone::UTC).date();
        let day = from_date(&day).filter(|day| *day <= today);
        fields.check(&format!("{path}.birth_date"), "R55", "is not a day of the past", day)
    });
    let nhs_number = optional(unless_empty(subject.nhs_number), |given| {
        let number = nhs_number::parse(&given);
        fields.check(&format!("{path}.nhs_number"), "R4", NO_NHS_NUMBER, number)
    });
    Some(Subject {
        name: name?,
        birth_date: birth_date?.map(Personal::new),
        nhs_number: nhs_number?.map(Personal::new),
    })
}
