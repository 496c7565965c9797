//! The contact that is submitted again and again: a school's referral of two siblings.

use proto::{intake::v1 as pb, terms::v1 as terms};
use uuid::Uuid;

/// A new contact with an id of its own; where `section_47`, with a child in danger,
/// which pages at once (R18).
pub fn referral(section_47: bool) -> pb::SubmitContactRequest {
    pb::SubmitContactRequest {
        request_id: Uuid::new_v4().to_string(),
        channel: terms::Channel::Form.into(),
        referrer: Some(pb::Referrer {
            source: "2A".to_owned(),
            name: "Ayşe Yılmaz".to_owned(),
            organisation: "Clapton Park Primary".to_owned(),
            contact_details: "020 7946 0501".to_owned(),
            ..pb::Referrer::default()
        }),
        children: vec![child("Chidera Okafor", 2016), child("Ọlá Okafor", 2019)],
        adults: vec![pb::Adult {
            name: "Ngozi Okafor".to_owned(),
            relationship: "mother".to_owned(),
            parental_responsibility: true,
            ..pb::Adult::default()
        }],
        concern: "Often hungry, and afraid to go home on Fridays.".to_owned(),
        factors: vec!["1B".to_owned()],
        significant_harm: section_47,
        immediate_danger: section_47,
        consents: vec![pb::Consent {
            purpose: pb::ConsentPurpose::ShareInformation.into(),
            answer: pb::ConsentAnswer::Agreed.into(),
            how: "in person".to_owned(),
            family_told: true,
            ..pb::Consent::default()
        }],
        ..pb::SubmitContactRequest::default()
    }
}

fn child(name: &str, born: i32) -> pb::Child {
    pb::Child {
        name: name.to_owned(),
        birth_date: Some(terms::Date { year: born, month: 5, day: 17 }),
        sex: "F".to_owned(),
        ethnicity: "BAFR".to_owned(),
        address: "12 Example Road, London E8".to_owned(),
        school: "Clapton Park Primary".to_owned(),
        nhs_number: "9434765919".to_owned(),
        ..pb::Child::default()
    }
}
