//! Corrections of who raised a contact, and of the way by which it came (R1, R2).

use jiff::SignedDuration;
use prost::Message;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        self as pb, consent_service_client::ConsentServiceClient, correction::Part,
        referrer_correction::Person, seal_service_client::SealServiceClient,
    },
    terms::v1::{Channel, Date},
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    corrections::amend,
    information_decisions::answer,
    information_requests::{client, question, received},
    stage::{Intake, MORNING, agreed, child, referral, violations},
};

fn nothing() -> pb::ReferrerCorrection {
    pb::ReferrerCorrection::default()
}

fn of(source: &str, name: &str) -> pb::ReferrerCorrection {
    let (source, name) = (Some(source.to_owned()), Some(name.to_owned()));
    pb::ReferrerCorrection { source, name, ..nothing() }
}

fn befores(contact: pb::Contact) -> Vec<pb::ReferrerCorrection> {
    let parts = contact.amendments.into_iter().filter_map(|one| one.before.and_then(|it| it.part));
    let of_referrer = parts.filter_map(|part| match part {
        Part::Referrer(before) => Some(before),
        _ => None,
    });
    of_referrer.collect()
}

#[tokio::test]
async fn r2_a_caller_who_turns_out_to_be_the_child_makes_it_the_childs_own_contact() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.consents.clear();
    given.children = vec![child("Siân Okafor-Reid", 2012)];
    given.referrer = Some(pb::Referrer { source: "1B".to_owned(), ..pb::Referrer::default() });
    let contact = intake.submit(given).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let stranger = pb::ReferrerCorrection {
        person: Some(Person::ChildId(Uuid::new_v4().to_string())),
        ..nothing()
    };
    let refused =
        worker.amend_contact(amend(&contact.contact_id, 1, Part::Referrer(stranger))).await;
    assert_eq!(refused.err().unwrap().code(), Code::NotFound);
    let herself = pb::ReferrerCorrection {
        person: Some(Person::ChildId(contact.child_ids[0].clone())),
        ..of("1C", "Siân Okafor-Reid")
    };
    worker.amend_contact(amend(&contact.contact_id, 1, Part::Referrer(herself))).await.unwrap();
    let shown = intake.read(&contact.contact_id).await;
    assert_eq!(shown.own_contact_child_ids, contact.child_ids);
    let referrer = shown.referrer.clone().unwrap();
    assert_eq!((&*referrer.source, referrer.child_index), ("1C", Some(0)));
    let before = pb::ReferrerCorrection { person: Some(Person::Nobody(true)), ..of("1B", "") };
    assert!(befores(shown) == [before]);
    let told = intake.told::<pb::ContactAmended>(&contact.contact_id).await.remove(0);
    assert_eq!(told.referral_source.as_deref(), Some("1C"));

    // What is asked about her is a manager's to answer from then on.
    let mut asked = question();
    asked.subjects = vec![pb::InformationSubject {
        name: "Siân Okafor-Reid".to_owned(),
        birth_date: Some(Date { year: 2012, month: 5, day: 17 }),
        nhs_number: String::new(),
    }];
    let mut practitioner = client(&intake, "screening_practitioner").await;
    let id = received(&mut practitioner, asked).await.information_request_id;
    let refused = practitioner.answer_information_request(answer(&id)).await.err().unwrap();
    assert_eq!(harness::fact_of(&refused, "rule"), "R2");
}

#[tokio::test]
async fn r2_a_professional_has_a_name_and_what_was_wrong_stays_beside_what_is_right() {
    let intake = Intake::start(*MORNING).await;
    let contact = intake.submit(referral()).await.contact_id;
    let mut worker = intake.as_person("screening_practitioner").await;
    let part = |part| Part::Referrer(part);
    for (bad, field) in [
        (of("2A", " "), "correction.referrer.name"),
        (
            pb::ReferrerCorrection { source: Some("7Z".to_owned()), ..nothing() },
            "correction.referrer.source",
        ),
        (nothing(), "correction.referrer"),
        (
            pb::ReferrerCorrection { person: Some(Person::Nobody(false)), ..nothing() },
            "correction.referrer.nobody",
        ),
    ] {
        let refused = worker.amend_contact(amend(&contact, 1, part(bad))).await.err().unwrap();
        assert_eq!(violations(&refused)[0].0, field);
    }
    let right = pb::ReferrerCorrection {
        organisation: Some("Gayhurst School".to_owned()),
        role: Some("Head of year".to_owned()),
        ..nothing()
    };
    worker.amend_contact(amend(&contact, 1, part(right))).await.unwrap();
    let shown = intake.read(&contact).await;
    let referrer = shown.referrer.clone().unwrap();
    assert_eq!((&*referrer.name, &*referrer.organisation), ("Ayşe Yılmaz", "Gayhurst School"));
    assert_eq!(referrer.role, "Head of year");
    let before = pb::ReferrerCorrection {
        organisation: Some("Clapton Park Primary".to_owned()),
        role: Some(String::new()),
        ..nothing()
    };
    assert!(befores(shown) == [before]);
}

#[tokio::test]
async fn r2_a_correction_of_a_sealed_referrer_stays_under_the_seal_with_what_was_there_before() {
    let intake = Intake::start(*MORNING).await;
    let contact = intake.submit(referral()).await.contact_id;
    let mut worker = intake.as_person("screening_practitioner").await;
    let renamed = pb::ReferrerCorrection { name: Some("Ayşe Demirtaş".to_owned()), ..nothing() };
    worker.amend_contact(amend(&contact, 1, Part::Referrer(renamed))).await.unwrap();
    // She gave no name after all: all that is known of her is sealed.
    let gave_none = pb::ReferrerCorrection { source: Some("9".to_owned()), ..nothing() };
    let sealed = worker.amend_contact(amend(&contact, 2, Part::Referrer(gave_none))).await;
    let teacher = of("2A", "Ayşe Karataş");
    // What she told of consent is a claim now, which is told as a revision of its own.
    let next = sealed.unwrap().into_inner().revision;
    worker.amend_contact(amend(&contact, next, Part::Referrer(teacher))).await.unwrap();

    let shown = intake.read(&contact).await;
    let bytes = shown.encode_to_vec();
    for word in ["Ayşe", "Clapton Park Primary\"", "head of year"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
    let referrer = shown.referrer.unwrap();
    assert_eq!((&*referrer.source, referrer.anonymous, referrer.protected), ("10", false, true));
    let told = intake.told::<pb::ContactAmended>(&contact).await;
    let sources: Vec<_> = told.iter().map(|it| it.referral_source.as_deref()).collect();
    assert_eq!(sources, [None, Some("9"), Some("10")]);

    let mut manager = intake.connect("mash_manager", SealServiceClient::with_interceptor).await;
    let reason = "She must be told of a threat.".to_owned();
    let open = pb::OpenSealedReferrerRequest { contact_id: contact, reason };
    let opened = manager.open_sealed_referrer(open).await.unwrap().into_inner();
    let identity = opened.referrer.unwrap();
    assert_eq!((&*identity.source, &*identity.name), ("2A", "Ayşe Karataş"));
    let name = |name: &str| Some(name.to_owned());
    let earlier: Vec<_> = opened.earlier.into_iter().map(|it| (it.source, it.name)).collect();
    let expected =
        [(None, name("Ayşe Yılmaz")), (name("2A"), None), (name("9"), name("Ayşe Demirtaş"))];
    assert_eq!(earlier, expected);
}

#[tokio::test]
async fn r2_r6_what_the_public_says_was_agreed_is_a_claim_once_it_is_known_to_be_the_public() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let disclose = pb::GetDisclosureRequest {
        contact_id: receipt.contact_id.clone(),
        child_ids: receipt.child_ids.clone(),
        agencies: vec!["health".to_owned()],
        basis_id: String::new(),
    };
    let mut manager = intake.as_checks_for("mash_manager").await;
    assert!(manager.get_disclosure(disclose.clone()).await.is_ok());
    let mut worker = intake.as_person("screening_practitioner").await;
    let neighbour = of("1D", "Ayşe Yılmaz");
    worker.amend_contact(amend(&receipt.contact_id, 1, Part::Referrer(neighbour))).await.unwrap();
    assert!(intake.read(&receipt.contact_id).await.consents.iter().all(|consent| consent.is_claim));
    assert!(manager.get_disclosure(disclose).await.is_err());
    let told = intake.told::<pb::ConsentChanged>(&receipt.contact_id).await;
    let told = told.last().unwrap();
    assert!(told.lapsed && told.service_consent_child_ids.is_empty());
}

#[tokio::test]
async fn r1_the_way_by_which_a_contact_came_is_corrected_and_told() {
    let intake = Intake::start(*MORNING).await;
    let contact = intake.submit(referral()).await.contact_id;
    let mut worker = intake.as_person("screening_practitioner").await;
    let unsaid = Part::Channel(Channel::Unspecified.into());
    let refused = worker.amend_contact(amend(&contact, 1, unsaid)).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "correction.channel");
    let phone = Part::Channel(Channel::Phone.into());
    worker.amend_contact(amend(&contact, 1, phone)).await.unwrap();
    let shown = intake.read(&contact).await;
    assert_eq!(shown.channel(), Channel::Phone);
    let before = shown.amendments[0].before.clone().unwrap().part;
    assert!(before == Some(Part::Channel(Channel::Form.into())));
    let told = intake.told::<pb::ContactAmended>(&contact).await.remove(0);
    assert_eq!(told.channel(), Channel::Phone);
    assert_eq!(told.referral_source, None);
}

/// A contact of the mother herself, who has agreed that it is shared.
async fn of_the_mother(intake: &Intake) -> pb::SubmitContactResponse {
    let mother =
        pb::Referrer { source: "1A".to_owned(), adult_index: Some(0), ..pb::Referrer::default() };
    let mut given = pb::SubmitContactRequest { referrer: Some(mother), ..referral() };
    given.adults.push(pb::Adult { name: "Adaeze Okafor".to_owned(), ..pb::Adult::default() });
    intake.submit(given).await
}

#[tokio::test]
async fn r2_r6_what_a_caller_agreed_to_who_turns_out_to_be_somebody_else_is_a_claim() {
    let intake = Intake::start(*MORNING).await;
    for is_other in [false, true] {
        let receipt = of_the_mother(&intake).await;
        let contact = &*receipt.contact_id;
        let mut worker = intake.as_person("screening_practitioner").await;
        let way_back = Some("020 7946 0999".to_owned());
        let same = pb::ReferrerCorrection {
            contact_details: way_back,
            person: Some(Person::AdultId(receipt.adult_ids[0].clone())),
            ..nothing()
        };
        worker.amend_contact(amend(contact, 1, Part::Referrer(same))).await.unwrap();
        let mut manager = intake.as_checks_for("mash_manager").await;
        let disclose = pb::GetDisclosureRequest {
            contact_id: contact.to_owned(),
            child_ids: receipt.child_ids.clone(),
            agencies: vec!["health".to_owned()],
            basis_id: String::new(),
        };
        manager.get_disclosure(disclose.clone()).await.unwrap();
        let person = match is_other {
            false => Person::Nobody(true),
            true => Person::AdultId(receipt.adult_ids[1].clone()),
        };
        let other = pb::ReferrerCorrection { person: Some(person), ..nothing() };
        worker.amend_contact(amend(contact, 2, Part::Referrer(other))).await.unwrap();
        let shown = intake.read(contact).await.consents.remove(0);
        assert!(shown.is_claim && shown.gaps().eq([pb::ConsentGap::ClaimOfThePublic]));
        let refused = manager.get_disclosure(disclose).await.err().unwrap();
        assert_eq!(harness::fact_of(&refused, "consent_lacks"), "claim_of_the_public");
        let told = intake.told::<pb::ConsentChanged>(contact).await;
        let [told] = &told[..] else { panic!("told once") };
        assert!(told.lapsed && told.child_ids == receipt.child_ids);
    }
}

#[tokio::test]
async fn r2_r6_what_the_hub_asked_for_itself_is_no_claim_of_a_caller_who_is_somebody_else() {
    let intake = Intake::start(*MORNING).await;
    let receipt = of_the_mother(&intake).await;
    intake.clock.advance(SignedDuration::from_hours(1));
    let asked = pb::RecordConsentRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: receipt.contact_id.clone(),
        revision: 1,
        consent: Some(pb::Consent {
            asked_at: Some(to_timestamp(intake.clock.now())),
            ..agreed(pb::ConsentPurpose::ShareInformation)
        }),
    };
    let role = "screening_practitioner";
    let mut worker = intake.connect(role, ConsentServiceClient::with_interceptor).await;
    worker.record_consent(asked).await.unwrap();
    let nobody = pb::ReferrerCorrection { person: Some(Person::Nobody(true)), ..nothing() };
    let mut worker = intake.as_person(role).await;
    worker.amend_contact(amend(&receipt.contact_id, 2, Part::Referrer(nobody))).await.unwrap();
    let shown = intake.read(&receipt.contact_id).await.consents;
    assert_eq!([shown[0].is_claim, shown[1].is_claim], [true, false]);
    // It is told that one is a claim, and nothing stops: the other carries it.
    let told = intake.told::<pb::ConsentChanged>(&receipt.contact_id).await;
    assert!(!told[1].lapsed && told[1].child_ids.is_empty() && told.len() == 2);
}
