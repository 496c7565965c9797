//! What a child told the hub: whoever else is on that contact, and whatever is corrected of it, an
//! answer that could show it is a manager's (R2).

use harness::{fact_of, reason_of};
use proto::{
    intake::v1::{self as pb, correction::Part, referrer_correction::Person},
    terms::v1::Date,
};

use crate::{
    corrections::amend,
    information_decisions::answer,
    information_requests::{client, question, received},
    stage::{Intake, MORNING, child, referral},
};

/// A girl raises a contact about herself and her brother; their father is on it.
fn raised_by(source: &str, child_index: Option<u32>) -> pb::SubmitContactRequest {
    let mut given = referral();
    given.consents.clear();
    given.children = vec![child("Amara Bello", 2012), child("Benjamin Bello", 2018)];
    given.adults[0] = pb::Adult {
        name: "Olumide Bello".to_owned(),
        relationship: "father".to_owned(),
        birth_date: Some(Date { year: 1985, month: 2, day: 3 }),
        ..pb::Adult::default()
    };
    given.referrer = Some(pb::Referrer {
        source: source.to_owned(),
        name: "Amara Bello".to_owned(),
        child_index,
        ..pb::Referrer::default()
    });
    given
}

/// By which rule a practitioner may not answer what is asked about somebody.
async fn refused_by(intake: &Intake, name: &str, born: (i32, i32, i32)) -> Option<String> {
    let mut asked = question();
    let (year, month, day) = born;
    asked.subjects = vec![pb::InformationSubject {
        name: name.to_owned(),
        birth_date: Some(Date { year, month, day }),
        nhs_number: String::new(),
    }];
    let mut practitioner = client(intake, "screening_practitioner").await;
    let id = received(&mut practitioner, asked).await.information_request_id;
    let refused = practitioner.answer_information_request(answer(&id)).await.err()?;
    assert_eq!(reason_of(&refused), "MANAGER_REQUIRED");
    let mut manager = client(intake, "mash_manager").await;
    manager.answer_information_request(answer(&id)).await.unwrap();
    Some(fact_of(&refused, "rule"))
}

const AMARA: (&str, (i32, i32, i32)) = ("Amara Bello", (2012, 5, 17));
const BEN: (&str, (i32, i32, i32)) = ("Benjamin Bello", (2018, 5, 17));
const FATHER: (&str, (i32, i32, i32)) = ("Olumide Bello", (1985, 2, 3));

#[tokio::test]
async fn r2_what_a_child_told_is_shown_through_no_brother_and_no_parent_without_a_manager() {
    for (source, child_index, own) in
        [("1C", Some(0), true), ("1C", None, true), ("1B", None, false)]
    {
        let intake = Intake::start(*MORNING).await;
        let contact = intake.submit(raised_by(source, child_index)).await;
        let marked = intake.read(&contact.contact_id).await.own_contact_child_ids;
        assert_eq!(!marked.is_empty(), own, "{source}");
        for (name, born) in [AMARA, BEN, FATHER] {
            let rule = refused_by(&intake, name, born).await;
            assert_eq!(rule.as_deref(), own.then_some("R2"), "{source} {name}");
        }
    }
}

#[tokio::test]
async fn r2_that_it_was_nobody_on_the_contact_after_all_clears_no_childs_own_contact() {
    let intake = Intake::start(*MORNING).await;
    let contact = intake.submit(raised_by("1C", Some(0))).await;
    let nobody = pb::ReferrerCorrection {
        source: Some("1B".to_owned()),
        person: Some(Person::Nobody(true)),
        ..pb::ReferrerCorrection::default()
    };
    let correct = amend(&contact.contact_id, 1, Part::Referrer(nobody));
    intake.as_person("screening_practitioner").await.amend_contact(correct).await.unwrap();
    let shown = intake.read(&contact.contact_id).await;
    assert_eq!(shown.referrer.unwrap().child_index, None);
    assert_eq!(shown.own_contact_child_ids, contact.child_ids[..1]);
    for (name, born) in [AMARA, BEN, FATHER] {
        assert_eq!(refused_by(&intake, name, born).await.as_deref(), Some("R2"), "{name}");
    }
}

#[tokio::test]
async fn r2_who_was_taken_off_what_a_child_told_is_asked_about_through_a_manager_too() {
    let intake = Intake::start(*MORNING).await;
    let mut own = raised_by("1C", Some(0));
    own.children[1].chosen_name = "Benita Bello".to_owned();
    let own = intake.submit(own).await;
    let other = pb::SubmitContactRequest {
        children: vec![child("Tobias Harper", 2014), child("Chloe Harper", 2016)],
        ..raised_by("1B", None)
    };
    let other = intake.submit(other).await;
    let mut manager = intake.as_person("mash_manager").await;
    for contact in [&own, &other] {
        let child_id = contact.child_ids[1].clone();
        let off = pb::RecordedChild { child_id, ..pb::RecordedChild::default() };
        let off = amend(&contact.contact_id, 1, Part::TakenOffChild(off));
        manager.amend_contact(off).await.unwrap();
    }
    for (name, rule) in
        [("Benjamin Bello", Some("R2")), ("Benita Bello", Some("R2")), ("Chloe Harper", None)]
    {
        let born = if rule.is_some() { BEN.1 } else { (2016, 5, 17) };
        assert_eq!(refused_by(&intake, name, born).await.as_deref(), rule, "{name}");
    }
}
