//! The people on a contact: referrer, children, adults, and the family's consent.

use access::Personal;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use proto::{
    convert::{from_date, from_timestamp},
    intake::v1 as pb,
    terms::v1 as terms,
};
use runtime::fields::Fields;

use super::NO_CODE;
use crate::domain::{
    codes::{Codes, is_public},
    consent::{Consent, ConsentAnswer, ConsentPurpose},
    contact::{Adult, Child, Referrer},
    nhs_number,
};

fn personal(
    fields: &mut Fields,
    field: String,
    rule: &str,
    text: String,
    most: usize,
) -> Option<Personal<String>> {
    fields.text(&field, rule, text, 0..=most).map(Personal::new)
}

/// Who raises a contact; a professional may not be anonymous (R2).
pub fn referrer(
    fields: &mut Fields,
    referrer: Option<pb::Referrer>,
    codes: &Codes,
) -> Option<Referrer> {
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
    let organisation =
        personal(fields, "referrer.organisation".into(), "R2", referrer.organisation, 200);
    let details =
        personal(fields, "referrer.contact_details".into(), "R28", referrer.contact_details, 200);
    Some(Referrer {
        source: referrer.source,
        name: name?,
        organisation: organisation?,
        contact_details: details?,
        anonymous: referrer.anonymous,
    })
}

/// A child on a contact (R4).
pub fn child_of(
    fields: &mut Fields,
    path: &str,
    child: pb::Child,
    codes: &Codes,
    now: Timestamp,
) -> Option<Child> {
    let birth_date = match child.birth_date {
        None => Some(None),
        Some(day) => birth_date(fields, path, &day, child.unborn, now).map(Some),
    };
    let sex = codes.is_sex(&child.sex);
    fields.holds(&format!("{path}.sex"), "R4", NO_CODE, sex);
    let ethnicity = codes.is_ethnicity(&child.ethnicity);
    fields.holds(&format!("{path}.ethnicity"), "R4", NO_CODE, ethnicity);
    let nhs_number = match child.nhs_number.as_str() {
        "" => Some(None),
        given => {
            let why = "is not an NHS number: ten digits, the last a right check digit";
            fields
                .check(&format!("{path}.nhs_number"), "R4", why, nhs_number::parse(given))
                .map(Some)
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
fn birth_date(
    fields: &mut Fields,
    path: &str,
    day: &terms::Date,
    unborn: bool,
    now: Timestamp,
) -> Option<Date> {
    let field = format!("{path}.birth_date");
    let day = fields.check(&field, "R4", "is not a day that exists", from_date(day))?;
    let today = now.to_zoned(TimeZone::UTC).date().tomorrow().unwrap_or(Date::MAX);
    fields.check(&field, "R4", "lies in the future", (unborn || day <= today).then_some(day))
}

/// An adult who matters (R4).
pub fn adult_of(fields: &mut Fields, path: &str, adult: pb::Adult) -> Option<Adult> {
    let name = personal(fields, format!("{path}.name"), "R4", adult.name, 200);
    let relationship =
        personal(fields, format!("{path}.relationship"), "R4", adult.relationship, 100);
    Some(Adult {
        name: name?,
        relationship: relationship?,
        parental_responsibility: adult.parental_responsibility,
    })
}

/// What was asked of the family (R6).
pub fn consent_of(
    fields: &mut Fields,
    path: &str,
    consent: pb::Consent,
    (children, codes): (usize, &Codes),
    now: Timestamp,
) -> Option<Consent<usize>> {
    let child = match consent.child_index.map(|index| index as usize) {
        None => Some(None),
        Some(place) => {
            let there = (place < children).then_some(Some(place));
            fields.check(
                &format!("{path}.child_index"),
                "R6",
                "names no child of this contact",
                there,
            )
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
    let agency = Some(consent.agency).filter(|agency| !agency.is_empty());
    let known = agency.as_deref().is_none_or(|agency| codes.is_agency(agency));
    fields.holds(&format!("{path}.agency"), "R6", "is not the code of an agency", known);
    Some(Consent {
        child: child?,
        agency,
        purpose: purpose?,
        answer: answer?,
        asked_at: asked_at?,
        how: how?,
        family_told: consent.family_told,
    })
}
