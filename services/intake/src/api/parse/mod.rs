//! Requests into values that cannot be wrong; every bad field is named at once.

mod basis;
mod people;

use access::Personal;
use jiff::Timestamp;
use proto::{
    convert::{from_id, from_timestamp},
    intake::v1 as pb,
    terms::v1 as terms,
};
use runtime::fields::Fields;
use tonic::Status;
use uuid::Uuid;

pub use self::basis::{basis, disclosure};
use self::{
    basis::grounds_of,
    people::{adult_of, child_of, consent_of, referrer},
};
use crate::domain::{
    codes::Codes,
    contact::{Channel, NewContact},
};

/// The most children, and the most adults, of one contact.
const MOST_PEOPLE: usize = 200;
/// The longest concern, in characters.
const LONGEST_CONCERN: usize = 20_000;
/// What is said of a code that no national list holds.
const NO_CODE: &str = "is not a national code";

/// Reads a contact that is submitted at `now`.
pub fn contact(
    request: pb::SubmitContactRequest,
    codes: &Codes,
    now: Timestamp,
) -> Result<(Uuid, NewContact), Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let channel = channel(&mut fields, request.channel);
    let received_at = received_at(&mut fields, request.received_at, now);
    let referrer = referrer(&mut fields, request.referrer, codes);
    let number = request.children.len();
    let some = (1..=MOST_PEOPLE).contains(&number);
    fields.holds("children", "R4", "must be 1 to 200", some);
    let children = each(request.children, |place, child| {
        let path = format!("children[{place}]");
        child_of(&mut fields, &path, child, codes, now)
    });
    let few = request.adults.len() <= MOST_PEOPLE;
    fields.holds("adults", "R4", "must be at most 200", few);
    let adults = each(request.adults, |place, adult| {
        adult_of(&mut fields, &format!("adults[{place}]"), adult)
    });
    let concern = fields.text("concern", "R5", request.concern, 1..=LONGEST_CONCERN);
    for (place, factor) in request.factors.iter().enumerate() {
        let path = format!("factors[{place}]");
        fields.holds(&path, "R5", NO_CODE, codes.is_factor(factor));
    }
    let consents = each(request.consents, |place, consent| {
        let path = format!("consents[{place}]");
        consent_of(&mut fields, &path, consent, (number, codes), now)
    });
    let grounds = request
        .override_evidence
        .map(|grounds| grounds_of(&mut fields, "override_evidence", grounds));
    let whole = || {
        let contact = NewContact {
            channel: channel?,
            received_at: received_at?,
            referrer: referrer?,
            children: children?,
            adults: adults?,
            concern: Personal::new(concern?),
            factors: request.factors,
            significant_harm: request.significant_harm,
            immediate_danger: request.immediate_danger,
            consents: consents?,
            override_evidence: grounds.map_or(Some(None), |grounds| grounds.map(Some))?,
        };
        Some((request_id?, contact))
    };
    match whole() {
        Some(whole) if fields.good() => Ok(whole),
        _ => Err(fields.refuse()),
    }
}

/// Reads which contact is wanted, and why (R61).
pub fn get_contact(request: &pb::GetContactRequest) -> Result<(Uuid, terms::Purpose), Status> {
    let mut fields = Fields::new();
    let contact = id(&mut fields, "contact_id", "R12", &request.contact_id);
    let purpose = fields.code("purpose", "R61", request.purpose);
    contact.zip(purpose).ok_or_else(|| fields.refuse())
}

fn id(fields: &mut Fields, field: &str, rule: &str, text: &str) -> Option<Uuid> {
    fields.check(field, rule, "is not a UUID", from_id(text))
}

fn ids(fields: &mut Fields, field: &str, rule: &str, texts: &[String]) -> Option<Vec<Uuid>> {
    let mut ids: Vec<Uuid> =
        texts.iter().map(|text| id(fields, field, rule, text)).collect::<Option<_>>()?;
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

/// Reads every item, also behind a bad one, so that each violation is named.
fn each<T, U>(items: Vec<T>, mut read: impl FnMut(usize, T) -> Option<U>) -> Option<Vec<U>> {
    let read: Vec<Option<U>> =
        items.into_iter().enumerate().map(|(place, item)| read(place, item)).collect();
    read.into_iter().collect()
}

fn channel(fields: &mut Fields, number: i32) -> Option<Channel> {
    match fields.code("channel", "R1", number)? {
        terms::Channel::Unspecified => None,
        terms::Channel::Form => Some(Channel::Form),
        terms::Channel::Phone => Some(Channel::Phone),
        terms::Channel::Email => Some(Channel::Email),
        terms::Channel::Mail => Some(Channel::Mail),
        terms::Channel::WalkIn => Some(Channel::WalkIn),
        terms::Channel::System => Some(Channel::System),
    }
}

fn received_at(
    fields: &mut Fields,
    at: Option<prost_types::Timestamp>,
    now: Timestamp,
) -> Option<Option<Timestamp>> {
    let Some(at) = at else { return Some(None) };
    let at = fields.check("received_at", "R13", "is not an instant", from_timestamp(&at))?;
    fields.check("received_at", "R13", "lies in the future", (at <= now).then_some(Some(at)))
}
