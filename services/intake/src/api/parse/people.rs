//! The people on a contact: referrer, children, adults.

use access::Personal;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use proto::{convert::from_date, intake::v1 as pb, terms::v1 as terms};
use runtime::fields::{Fields, optional, unless_empty};

use super::personal;
use crate::{
    api::widths,
    domain::{
        child_codes::{Coded, Fault},
        codes::{Codes, NO_CODE},
        contact::{Adult, Child, SealedFields},
        nhs_number, postcode,
        referrer::{self, PersonPlace, Referrer, is_anonymous},
        upn, uprn,
    },
};

/// How far ahead a child may be expected.
pub const EXPECTED_WITHIN: SignedDuration = SignedDuration::from_hours(24 * 305);
/// How long a child may be overdue, or its birth untold, when a contact is received.
const OVERDUE_BY: SignedDuration = SignedDuration::from_hours(24 * 42);

/// Why a text is no NHS number.
pub const NO_NHS_NUMBER: &str = "is not an NHS number: ten digits, the last a right check digit";

/// How many people a contact has: children, adults.
pub type Numbers = (usize, usize);

/// Who raises a contact; a professional may not be anonymous, and the source "anonymous" says
/// that they are (R2).
pub fn referrer(
    fields: &mut Fields,
    referrer: Option<pb::Referrer>,
    codes: &Codes,
    numbers: Numbers,
) -> Option<Referrer> {
    let referrer = fields.check("referrer", "R2", "is missing", referrer)?;
    let known = codes.is_referral_source(&referrer.source);
    fields.holds("referrer.source", "R2", NO_CODE, known);
    if known {
        for fault in referrer::faults(&referrer.source, referrer.anonymous, &referrer.name) {
            let field = match fault {
                referrer::Fault::Anonymous => "referrer.anonymous",
                referrer::Fault::NoName => "referrer.name",
            };
            fields.violation(field, "R2", &fault.to_string());
        }
    }
    let person = person_of(fields, &referrer, numbers);
    let mut text = |field: &str, rule, text, most| {
        personal(fields, format!("referrer.{field}"), rule, text, most)
    };
    let name = text("name", "R2", referrer.name, widths::NAME);
    let organisation = text("organisation", "R2", referrer.organisation, widths::NAME);
    let role = text("role", "R2", referrer.role, widths::ROLE);
    let details = text("contact_details", "R28", referrer.contact_details, widths::CONTACT_DETAILS);
    let anonymous = is_anonymous(&referrer.source, referrer.anonymous);
    Some(Referrer {
        source: referrer.source,
        name: name?,
        organisation: organisation?,
        role: role?,
        contact_details: details?,
        anonymous,
        protected: referrer.protected,
        person: person?,
    })
}

/// The child or adult who is the same human as the referrer (R2).
fn person_of(
    fields: &mut Fields,
    referrer: &pb::Referrer,
    (children, adults): Numbers,
) -> Option<Option<PersonPlace>> {
    match (referrer.child_index, referrer.adult_index) {
        (None, None) => Some(None),
        (Some(child), None) => {
            let there = place(child, children).map(|child| Some(PersonPlace::Child(child)));
            fields.check("referrer.child_index", "R2", "names no child of this contact", there)
        }
        (None, Some(adult)) => {
            let there = place(adult, adults).map(|adult| Some(PersonPlace::Adult(adult)));
            fields.check("referrer.adult_index", "R2", "names no adult of this contact", there)
        }
        (Some(_), Some(_)) => {
            let why = "is given beside child_index: nobody is both";
            fields.check("referrer.adult_index", "R2", why, None)
        }
    }
}

/// A place that is among so many.
pub fn place(index: u32, number: usize) -> Option<usize> {
    usize::try_from(index).ok().filter(|place| *place < number)
}

/// A child on a contact (R4) that was received at `since`; `None` where that is not known here.
pub fn child_of(
    fields: &mut Fields,
    path: &str,
    child: pb::Child,
    codes: &Codes,
    (since, now): (Option<Timestamp>, Timestamp),
) -> Option<Child> {
    let birth_date = optional(child.birth_date, |day| match child.unborn {
        true => expected_date(fields, path, &day, (since, now)),
        false => birth_date(fields, path, &day, now),
    });
    let coded = Coded {
        unborn: child.unborn,
        sex: &child.sex,
        ethnicity: &child.ethnicity,
        gender: &child.gender,
        upn_unknown: &child.upn_unknown,
        disabilities: &child.disabilities,
        has_upn: !child.upn.is_empty(),
        has_nhs_number: !child.nhs_number.is_empty(),
    };
    for Fault { field, why } in coded.faults(codes) {
        fields.violation(&format!("{path}.{field}"), "R4", why);
    }
    let nhs_number = number(fields, path, "nhs_number", &child.nhs_number, nhs_number::parse);
    let upn = number(fields, path, "upn", &child.upn, upn::parse);
    let postcode = number(fields, path, "postcode", &child.postcode, postcode::parse);
    let uprn = number(fields, path, "uprn", &child.uprn, uprn::parse);
    let sealed = optional(child.sealed, |sealed| sealed_of(fields, path, sealed));
    let mut text =
        |field: &str, text, most| personal(fields, format!("{path}.{field}"), "R4", text, most);
    let name = text("name", child.name, widths::NAME);
    let chosen_name = text("chosen_name", child.chosen_name, widths::NAME);
    let pronouns = text("pronouns", child.pronouns, widths::PRONOUNS);
    let address = text("address", child.address, widths::ADDRESS);
    let school = text("school", child.school, widths::NAME);
    let religion = text("religion", child.religion, widths::RELIGION);
    let first_language = text("first_language", child.first_language, widths::LANGUAGE);
    let communication_needs =
        text("communication_needs", child.communication_needs, widths::COMMUNICATION_NEEDS);
    let description = text("description", child.description, widths::DESCRIPTION);
    Some(Child {
        name: name?,
        birth_date: birth_date?.map(Personal::new),
        unborn: child.unborn,
        sex: child.sex,
        ethnicity: child.ethnicity,
        address: address?,
        outside_area: child.outside_area,
        school: school?,
        nhs_number: nhs_number?,
        upn: upn?,
        upn_unknown: unless_empty(child.upn_unknown),
        chosen_name: chosen_name?,
        pronouns: pronouns?,
        gender: unless_empty(child.gender),
        religion: religion?,
        first_language: first_language?,
        communication_needs: communication_needs?,
        disabilities: child.disabilities,
        postcode: postcode?,
        uprn: uprn?,
        description: description?,
        sealed: sealed?,
    })
}

/// A number or postcode that is empty, or right.
pub fn number(
    fields: &mut Fields,
    path: &str,
    field: &str,
    text: &str,
    parse: fn(&str) -> Option<String>,
) -> Option<Option<Personal<String>>> {
    let why = match field {
        "nhs_number" => NO_NHS_NUMBER,
        "upn" => "is not a UPN: thirteen characters, the first a right check letter",
        "postcode" => "is not a postcode",
        _ => "is not a UPRN: one to twelve digits",
    };
    optional(unless_empty(text), |text| {
        let parsed = parse(text).map(Personal::new);
        fields.check(&format!("{path}.{field}"), "R4", why, parsed)
    })
}

fn sealed_of(fields: &mut Fields, path: &str, sealed: pb::SealedFields) -> Option<SealedFields> {
    let mut text = |field: &str, text, most| {
        personal(fields, format!("{path}.sealed.{field}"), "R4", text, most)
    };
    let sexual_orientation = text("sexual_orientation", sealed.sexual_orientation, widths::SEALED);
    let gender_identity = text("gender_identity", sealed.gender_identity, widths::SEALED);
    let trans_history = text("trans_history", sealed.trans_history, widths::TRANS_HISTORY);
    Some(SealedFields {
        sexual_orientation: sexual_orientation?,
        gender_identity: gender_identity?,
        trans_history: trans_history?,
    })
}

/// A birth date exists and is not in the future; a day of grace covers the zone.
fn birth_date(fields: &mut Fields, path: &str, day: &terms::Date, now: Timestamp) -> Option<Date> {
    let field = format!("{path}.birth_date");
    let day = fields.check(&field, "R4", "is not a day that exists", from_date(day))?;
    fields.check(&field, "R4", "lies in the future", (day <= latest_day(now)).then_some(day))
}

/// The day on which an unborn child is expected: not more than ten months ahead, as with what
/// is imported, nor so long before the contact was received that the child was born by then. A
/// correction may leave a day that has passed since.
fn expected_date(
    fields: &mut Fields,
    path: &str,
    day: &terms::Date,
    (since, now): (Option<Timestamp>, Timestamp),
) -> Option<Date> {
    let field = format!("{path}.birth_date");
    let day = fields.check(&field, "R4", "is not a day that exists", from_date(day))?;
    let latest = latest_day(now.saturating_add(EXPECTED_WITHIN).unwrap_or(now));
    fields.holds(&field, "R4", "lies more than ten months ahead", day <= latest);
    let earliest = since.and_then(|since| since.saturating_sub(OVERDUE_BY).ok());
    let due = earliest.is_none_or(|earliest| day >= earliest.to_zoned(TimeZone::UTC).date());
    fields.check(
        &field,
        "R4",
        "lies more than six weeks before it was received",
        due.then_some(day),
    )
}

/// The latest day that can be today somewhere.
pub fn latest_day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date().tomorrow().unwrap_or(Date::MAX)
}

/// An adult who matters (R4).
pub fn adult_of(
    fields: &mut Fields,
    path: &str,
    adult: pb::Adult,
    now: Timestamp,
) -> Option<Adult> {
    let birth_date = optional(adult.birth_date, |day| birth_date(fields, path, &day, now));
    let postcode = number(fields, path, "postcode", &adult.postcode, postcode::parse);
    let mut text =
        |field: &str, text, most| personal(fields, format!("{path}.{field}"), "R4", text, most);
    let name = text("name", adult.name, widths::NAME);
    let relationship = text("relationship", adult.relationship, widths::ROLE);
    let address = text("address", adult.address, widths::ADDRESS);
    let description = text("description", adult.description, widths::DESCRIPTION);
    Some(Adult {
        name: name?,
        relationship: relationship?,
        parental_responsibility: adult.parental_responsibility,
        birth_date: birth_date?.map(Personal::new),
        address: address?,
        postcode: postcode?,
        description: description?,
    })
}
