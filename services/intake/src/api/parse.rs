//! Requests into values that cannot be wrong; every bad field is named at once.

use access::Personal;
use jiff::{Timestamp, civil::Date};
use proto::{
    convert::{from_date, from_id, from_timestamp},
    intake::v1::{self as pb, record_basis_request},
    terms::v1 as terms,
};
use runtime::fields::Fields;
use tonic::Status;
use uuid::Uuid;

use crate::domain::{
    basis::{BasisKind, NewBasis},
    codes::{Codes, is_public},
    consent::{Consent, ConsentAnswer, ConsentPurpose},
    contact::{Adult, Channel, Child, NewContact, OverrideGrounds, Referrer},
    nhs_number,
};

/// The most children, and the most adults, of one contact.
const MOST_PEOPLE: usize = 200;
/// The longest concern, in characters.
const LONGEST_CONCERN: usize = 20_000;
/// The longest reasons, in characters.
const LONGEST_REASONS: usize = 2_000;

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
    fields.check("children", "R4", "must be 1 to 200", (1..=MOST_PEOPLE).contains(&number).then_some(()));
    let children = each(request.children, |place, child| {
        child_of(&mut fields, &format!("children[{place}]"), child, codes, now)
    });
    fields.check("adults", "R4", "must be at most 200", (request.adults.len() <= MOST_PEOPLE).then_some(()));
    let adults = each(request.adults, |place, adult| adult_of(&mut fields, &format!("adults[{place}]"), adult));
    let concern = fields.text("concern", "R5", request.concern, 1..=LONGEST_CONCERN);
    for (place, factor) in request.factors.iter().enumerate() {
        let known = codes.is_factor(factor).then_some(());
        fields.check(&format!("factors[{place}]"), "R5", "is not a national code", known);
    }
    let consents = each(request.consents, |place, consent| {
        consent_of(&mut fields, &format!("consents[{place}]"), consent, number, now)
    });
    let grounds = request.override_evidence.map(|grounds| grounds_of(&mut fields, "override_evidence", grounds));
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

/// Reads a basis to record: request id, contact, revision, basis.
pub fn basis(request: pb::RecordBasisRequest) -> Result<(Uuid, Uuid, i64, NewBasis), Status> {
    let mut fields = Fields::new();
    let request_id = id(&mut fields, "request_id", "R12", &request.request_id);
    let contact = id(&mut fields, "contact_id", "R38", &request.contact_id);
    let revision = Some(request.revision).filter(|revision| *revision > 0);
    fields.check("revision", "R38", "is missing", revision);
    let children = ids(&mut fields, "child_ids", "R38", &request.child_ids);
    let grounds = basis_words(&mut fields, request.basis);
    let whole = || {
        let (kind, reasons, further) = grounds?;
        let basis = NewBasis { kind, child_ids: children?, reasons, further };
        Some((request_id?, contact?, revision?, basis))
    };
    whole().ok_or_else(|| fields.refuse())
}

type BasisWords = (BasisKind, Personal<String>, Option<Personal<String>>);

/// What each kind of basis demands. An override demands both its grounds (R7).
fn basis_words(fields: &mut Fields, basis: Option<record_basis_request::Basis>) -> Option<BasisWords> {
    use record_basis_request::Basis;
    let length = 1..=LONGEST_REASONS;
    match fields.check("basis", "R38", "is missing", basis)? {
        Basis::Override(grounds) => {
            let grounds = grounds_of(fields, "override", grounds)?;
            Some((BasisKind::Override, grounds.urgent_concerns, Some(grounds.risk_of_telling)))
        }
        Basis::PublicInterest(interest) => {
            let reasons = fields.text("public_interest.reasons", "R38", interest.reasons, length.clone());
            let position =
                fields.text("public_interest.consent_position", "R38", interest.consent_position, length);
            Some((BasisKind::PublicInterest, Personal::new(reasons?), Some(Personal::new(position?))))
        }
        Basis::Section47(cause) => {
            let reasons = fields.text("section_47.reasons", "R38", cause.reasons, length)?;
            Some((BasisKind::Section47, Personal::new(reasons), None))
        }
        Basis::CourtOrder(order) => {
            let order = fields.text("court_order.order", "R38", order.order, 1..=200)?;
            Some((BasisKind::CourtOrder, Personal::new(order), None))
        }
    }
}

/// Which identity is to be disclosed, to whom, on what.
pub struct Asked {
    /// The contact.
    pub contact: Uuid,
    /// The children.
    pub children: Vec<Uuid>,
    /// Codes of the agencies.
    pub agencies: Vec<String>,
    /// A basis on record; `None` to rest on consent.
    pub basis: Option<Uuid>,
}

/// Reads a question for an identity to disclose.
pub fn disclosure(request: pb::GetDisclosureRequest) -> Result<Asked, Status> {
    let mut fields = Fields::new();
    let contact = id(&mut fields, "contact_id", "R38", &request.contact_id);
    let children = ids(&mut fields, "child_ids", "R38", &request.child_ids);
    fields.check("child_ids", "R38", "is empty", (!request.child_ids.is_empty()).then_some(()));
    fields.check("agencies", "R38", "is empty", (!request.agencies.is_empty()).then_some(()));
    let basis = match request.basis_id.as_str() {
        "" => Some(None),
        named => id(&mut fields, "basis_id", "R38", named).map(Some),
    };
    let whole = || Some(Asked { contact: contact?, children: children?, agencies: request.agencies, basis: basis? });
    match whole() {
        Some(asked) if fields.good() => Ok(asked),
        _ => Err(fields.refuse()),
    }
}

fn id(fields: &mut Fields, field: &str, rule: &str, text: &str) -> Option<Uuid> {
    fields.check(field, rule, "is not a UUID", from_id(text))
}

fn ids(fields: &mut Fields, field: &str, rule: &str, texts: &[String]) -> Option<Vec<Uuid>> {
    let mut ids: Vec<Uuid> = texts.iter().map(|text| id(fields, field, rule, text)).collect::<Option<_>>()?;
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

/// Reads every item, also behind a bad one, so that each violation is named.
fn each<T, U>(items: Vec<T>, mut read: impl FnMut(usize, T) -> Option<U>) -> Option<Vec<U>> {
    let read: Vec<Option<U>> = items.into_iter().enumerate().map(|(place, item)| read(place, item)).collect();
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

fn personal(fields: &mut Fields, field: String, rule: &str, text: String, most: usize) -> Option<Personal<String>> {
    fields.text(&field, rule, text, 0..=most).map(Personal::new)
}

fn referrer(fields: &mut Fields, referrer: Option<pb::Referrer>, codes: &Codes) -> Option<Referrer> {
    let referrer = fields.check("referrer", "R2", "is missing", referrer)?;
    let known = codes.is_referral_source(&referrer.source).then_some(());
    fields.check("referrer.source", "R2", "is not a national code", known);
    let professional = known.is_some() && !is_public(&referrer.source);
    if referrer.anonymous && professional {
        fields.violation("referrer.anonymous", "R2", "a professional may not be anonymous");
    }
    if professional && referrer.name.trim().is_empty() {
        fields.violation("referrer.name", "R2", "is missing: a professional gives a name");
    }
    let name = personal(fields, "referrer.name".into(), "R2", referrer.name, 200);
    let organisation = personal(fields, "referrer.organisation".into(), "R2", referrer.organisation, 200);
    let details = personal(fields, "referrer.contact_details".into(), "R28", referrer.contact_details, 200);
    Some(Referrer {
        source: referrer.source,
        name: name?,
        organisation: organisation?,
        contact_details: details?,
        anonymous: referrer.anonymous,
    })
}

fn child_of(fields: &mut Fields, path: &str, child: pb::Child, codes: &Codes, now: Timestamp) -> Option<Child> {
    let birth_date = match child.birth_date {
        None => Some(None),
        Some(day) => birth_date(fields, path, &day, child.unborn, now).map(Some),
    };
    let sex = codes.is_sex(&child.sex).then_some(());
    fields.check(&format!("{path}.sex"), "R4", "is not a national code", sex);
    let ethnicity = codes.is_ethnicity(&child.ethnicity).then_some(());
    fields.check(&format!("{path}.ethnicity"), "R4", "is not a national code", ethnicity);
    let nhs_number = match child.nhs_number.as_str() {
        "" => Some(None),
        given => {
            let why = "is not an NHS number: ten digits, the last a right check digit";
            fields.check(&format!("{path}.nhs_number"), "R4", why, nhs_number::parse(given)).map(Some)
        }
    };
    let name = personal(fields, format!("{path}.name"), "R4", child.name, 200);
    let address = personal(fields, format!("{path}.address"), "R4", child.address, 500);
    let school = personal(fields, format!("{path}.school"), "R4", child.school, 200);
    Some(Child {
        name: name?,
        birth_date: birth_date?.map(Personal::new),
        unborn: child.unborn,
        sex: child.sex,
        ethnicity: child.ethnicity,
        address: address?,
        outside_area: child.outside_area,
        school: school?,
        nhs_number: nhs_number?.map(Personal::new),
    })
}

/// A birth date exists and is not in the future. The expected date of an unborn
/// child may be either; a day of grace covers the zone.
fn birth_date(fields: &mut Fields, path: &str, day: &terms::Date, unborn: bool, now: Timestamp) -> Option<Date> {
    let field = format!("{path}.birth_date");
    let day = fields.check(&field, "R4", "is not a day that exists", from_date(day))?;
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap_or(Date::MAX);
    fields.check(&field, "R4", "lies in the future", (unborn || day <= today).then_some(day))
}

fn adult_of(fields: &mut Fields, path: &str, adult: pb::Adult) -> Option<Adult> {
    let name = personal(fields, format!("{path}.name"), "R4", adult.name, 200);
    let relationship = personal(fields, format!("{path}.relationship"), "R4", adult.relationship, 100);
    Some(Adult {
        name: name?,
        relationship: relationship?,
        parental_responsibility: adult.parental_responsibility,
    })
}

fn consent_of(
    fields: &mut Fields,
    path: &str,
    consent: pb::Consent,
    children: usize,
    now: Timestamp,
) -> Option<Consent<usize>> {
    let child = match consent.child_index.map(|index| index as usize) {
        None => Some(None),
        Some(place) => {
            let there = (place < children).then_some(Some(place));
            fields.check(&format!("{path}.child_index"), "R6", "names no child of this contact", there)
        }
    };
    let purpose = match fields.code(&format!("{path}.purpose"), "R6", consent.purpose) {
        Some(pb::ConsentPurpose::ShareInformation) => Some(ConsentPurpose::ShareInformation),
        Some(pb::ConsentPurpose::Service) => Some(ConsentPurpose::Service),
        Some(pb::ConsentPurpose::Unspecified) | None => None,
    };
    let answer = match fields.code(&format!("{path}.answer"), "R6", consent.answer) {
        Some(pb::ConsentAnswer::Agreed) => Some(ConsentAnswer::Agreed),
        Some(pb::ConsentAnswer::Refused) => Some(ConsentAnswer::Refused),
        Some(pb::ConsentAnswer::NotSought) => Some(ConsentAnswer::NotSought),
        Some(pb::ConsentAnswer::Unspecified) | None => None,
    };
    let asked_at = match &consent.asked_at {
        None => Some(None),
        Some(at) => {
            let at = from_timestamp(at).filter(|at| *at <= now).map(Some);
            fields.check(&format!("{path}.asked_at"), "R6", "is not an instant of the past", at)
        }
    };
    let how = personal(fields, format!("{path}.how"), "R6", consent.how, 200);
    let agency = fields.text(&format!("{path}.agency"), "R6", consent.agency, 0..=50);
    Some(Consent {
        child: child?,
        agency: Some(agency?).filter(|agency| !agency.is_empty()),
        purpose: purpose?,
        answer: answer?,
        asked_at: asked_at?,
        how: how?,
        family_told: consent.family_told,
    })
}

/// Both grounds of an override must hold; one alone is refused, and the refusal
/// says which is missing (R7).
fn grounds_of(fields: &mut Fields, path: &str, grounds: pb::OverrideGrounds) -> Option<OverrideGrounds> {
    let length = 1..=LONGEST_REASONS;
    let urgent = fields.text(&format!("{path}.urgent_concerns"), "R7", grounds.urgent_concerns, length.clone());
    let risk = fields.text(&format!("{path}.risk_of_telling"), "R7", grounds.risk_of_telling, length);
    Some(OverrideGrounds {
        urgent_concerns: Personal::new(urgent?),
        risk_of_telling: Personal::new(risk?),
    })
}
