//! The contacts that are submitted: a school's referrals of two children each, of families
//! that differ, as contacts do.

use std::sync::LazyLock;

use jiff::Timestamp;
use proto::{
    convert::{to_date, to_timestamp},
    intake::v1 as pb,
    terms::v1 as terms,
};
use uuid::Uuid;

use crate::families::{
    household::{Child, Family},
    peoples::Peoples,
};

/// How many families contacts are about.
const FAMILIES: u64 = 1_000_000;
/// The borough of [`crate::register`]: some of these children are known.
const SEED: u64 = 11;

static PEOPLES: LazyLock<Option<Peoples>> = LazyLock::new(|| Peoples::embedded().ok());

/// A new contact with an id of its own about children of some family; where `section_47`,
/// with a child in danger, which pages at once (R18).
pub fn referral(section_47: bool) -> pb::SubmitContactRequest {
    let id = Uuid::new_v4();
    let families = PEOPLES.as_ref().map(|peoples| {
        let number = id.as_u64_pair().0 % FAMILIES;
        [number, number + 1].map(|number| Family::new(peoples, SEED, number))
    });
    let families = families.iter().flatten();
    let children =
        families.clone().filter_map(|family| Some(child(family.children.first()?, family)));
    let adult = families.clone().find_map(|family| family.adults.first());
    pb::SubmitContactRequest {
        request_id: id.to_string(),
        channel: terms::Channel::Form.into(),
        referrer: Some(pb::Referrer {
            source: "2A".to_owned(),
            name: "Ayşe Yılmaz".to_owned(),
            organisation: "Clapton Park Primary".to_owned(),
            contact_details: "020 7946 0501".to_owned(),
            ..pb::Referrer::default()
        }),
        children: children.collect(),
        adults: vec![pb::Adult {
            name: adult.cloned().unwrap_or_default(),
            relationship: "mother".to_owned(),
            parental_responsibility: Some(true),
            ..pb::Adult::default()
        }],
        concern: "Often hungry, and afraid to go home on Fridays.".to_owned(),
        factors: vec!["1B".to_owned()],
        significant_harm: section_47,
        immediate_danger: section_47,
        consents: vec![pb::Consent {
            purpose: pb::ConsentPurpose::ShareInformation.into(),
            answer: pb::ConsentAnswer::Agreed.into(),
            asked_at: Some(to_timestamp(Timestamp::UNIX_EPOCH)),
            how: "in person".to_owned(),
            asked_by: "the head of year".to_owned(),
            given_by: pb::ConsentGiver::Parent.into(),
            giver_adult_index: Some(0),
            family_told: true,
            ..pb::Consent::default()
        }],
        ..pb::SubmitContactRequest::default()
    }
}

fn child(child: &Child, family: &Family) -> pb::Child {
    pb::Child {
        name: format!("{} {}", child.first.join(" "), child.last.join(" ")),
        birth_date: Some(to_date(child.born)),
        sex: child.sex.to_string(),
        ethnicity: "NOBT".to_owned(),
        address: format!("{} {}, London", family.home.number, family.home.street),
        postcode: family.home.postcode.clone(),
        school: child.school.clone(),
        nhs_number: child.nhs_number.clone(),
        ..pb::Child::default()
    }
}
