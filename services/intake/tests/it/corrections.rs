//! Corrections of a contact: visible, with what stood there before.

use harness::{fact_of, reason_of};
use prost::Message;
use proto::{
    intake::v1::{self as pb, correction::Part, seal_service_client::SealServiceClient},
    terms::v1::ClockKind,
};
use tonic::Code;
use uuid::Uuid;

use crate::stage::{Intake, MORNING, child, referral, violations};

pub fn amend(contact: &str, revision: i64, part: Part) -> pb::AmendContactRequest {
    pb::AmendContactRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        revision,
        reason: "The school telephoned again.".to_owned(),
        correction: Some(pb::Correction { part: Some(part) }),
    }
}

#[tokio::test]
async fn r5_a_correction_keeps_what_was_there_before_with_who_and_why() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let concern = Part::Concern("Often hungry on Mondays.".to_owned());
    let amended = worker.amend_contact(amend(&receipt.contact_id, 1, concern)).await.unwrap();
    assert_eq!(amended.get_ref().revision, 2);
    let right = pb::RecordedChild {
        child_id: receipt.child_ids[0].clone(),
        child: Some(child("Chidera Okafor-Reid", 2015)),
        ..pb::RecordedChild::default()
    };
    worker.amend_contact(amend(&receipt.contact_id, 2, Part::Child(right))).await.unwrap();

    let contact = intake.read(&receipt.contact_id).await;
    assert_eq!((contact.revision, contact.concern.as_str()), (3, "Often hungry on Mondays."));
    assert_eq!(contact.children[0].child.as_ref().unwrap().name, "Chidera Okafor-Reid");
    let before: Vec<_> = contact.amendments.iter().map(|one| one.before.clone().unwrap()).collect();
    assert!(before[0].part == Some(Part::Concern(referral().concern)));
    let Some(Part::Child(old)) = &before[1].part else { panic!("a child stood there") };
    assert!(old.child.as_ref() == Some(&referral().children[0]));
    assert_eq!(contact.amendments[0].reason, "The school telephoned again.");
    let actor: String = sqlx::query_scalar("SELECT DISTINCT amended_by FROM intake.amendment")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(contact.amendments[1].amended_by, actor);
}

#[tokio::test]
async fn r18_a_correction_that_makes_a_contact_urgent_says_so() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let urgency = |harm, danger| {
        Part::Urgency(pb::Urgency { significant_harm: harm, immediate_danger: danger })
    };
    let told = worker.amend_contact(amend(&receipt.contact_id, 1, urgency(true, true))).await;
    assert!(told.unwrap().get_ref().advice[0].contains("999"));
    worker.amend_contact(amend(&receipt.contact_id, 2, urgency(true, false))).await.unwrap();
    let told = intake.told::<pb::ContactAmended>(&receipt.contact_id).await;
    let urgent: Vec<_> = told.iter().map(|event| event.became_urgent).collect();
    assert_eq!(urgent, [true, false]);
    assert!(told[0].immediate_danger && !told[1].immediate_danger);
}

#[tokio::test]
async fn r5_r18_danger_that_is_added_to_harm_is_told_like_a_new_contacts() {
    let night = "2026-11-24T22:00:00Z".parse().unwrap();
    let intake = Intake::start(night).await;
    let given = pb::SubmitContactRequest { significant_harm: true, ..referral() };
    let contact = intake.submit(given).await.contact_id;
    let mut worker = intake.as_person("edt").await;
    let handed = async || {
        let statement = "SELECT count(*) FROM intake.hand_over WHERE automatic";
        sqlx::query_scalar::<_, i64>(statement).fetch_one(&intake.database).await.unwrap()
    };
    let urgency = |harm, danger| {
        Part::Urgency(pb::Urgency { significant_harm: harm, immediate_danger: danger })
    };
    assert_eq!(handed().await, 1);
    let danger = worker.amend_contact(amend(&contact, 1, urgency(true, true))).await.unwrap();
    let advice = danger.into_inner().advice;
    assert!(advice[0].contains("999") && advice[1].contains("020 8356 2710"), "{advice:?}");
    assert_eq!(handed().await, 2);
    // Said again it is no other trigger, and whoever says it is told what to do.
    let again = worker.amend_contact(amend(&contact, 2, urgency(true, true))).await.unwrap();
    assert!(again.into_inner().advice[0].contains("999"));
    assert_eq!(handed().await, 2);
    worker.amend_contact(amend(&contact, 3, urgency(false, false))).await.unwrap();
    worker.amend_contact(amend(&contact, 4, urgency(true, false))).await.unwrap();
    assert_eq!(handed().await, 3);
    let told = intake.told::<pb::ContactAmended>(&contact).await;
    let told: Vec<_> = told.iter().map(|it| (it.became_urgent, it.newly_in_danger)).collect();
    assert_eq!(told, [(true, true), (false, false), (false, false), (true, false)]);
}

#[tokio::test]
async fn r12_a_correction_of_what_was_read_long_ago_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let factors = || Part::Factors(pb::Factors { factors: vec!["16A".to_owned()] });
    worker.amend_contact(amend(&receipt.contact_id, 1, factors())).await.unwrap();
    let late = worker.amend_contact(amend(&receipt.contact_id, 1, factors())).await;
    assert_eq!(late.err().unwrap().code(), Code::Aborted);
    assert_eq!(intake.read(&receipt.contact_id).await.amendments.len(), 1);
}

#[tokio::test]
async fn r20_a_child_who_was_missed_is_added_and_somebody_decides_on_it() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let missed = pb::Child {
        sealed: Some(pb::SealedFields {
            gender_identity: "a girl".to_owned(),
            ..pb::SealedFields::default()
        }),
        ..child("Tobi Okafor", 2022)
    };
    let part = Part::NewChild(missed.clone());
    let amended = worker.amend_contact(amend(&receipt.contact_id, 1, part)).await.unwrap();
    let added = amended.into_inner().added_id;
    let shown = intake.read(&receipt.contact_id).await;
    assert_eq!(shown.children[2].child_id, added);
    assert!(shown.children[2].child == Some(pb::Child { sealed: None, ..missed }));
    assert!(shown.children[2].has_sealed_fields);
    let before = shown.amendments[0].before.clone().unwrap().part;
    let Some(Part::Child(nothing)) = before else { panic!("a child was added") };
    assert!(nothing.child_id == added && nothing.child.is_none());
    let told = intake.told::<pb::ContactAmended>(&receipt.contact_id).await.remove(0);
    assert_eq!(told.added_child_ids, std::slice::from_ref(&added));
    let [clock] = told.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!(clock.kind(), ClockKind::InitialDecision);

    // What the family agreed to before it was there is not agreed for it.
    let disclose = |children: Vec<String>| pb::GetDisclosureRequest {
        contact_id: receipt.contact_id.clone(),
        child_ids: children,
        agencies: vec!["health".to_owned()],
        basis_id: String::new(),
    };
    let mut manager = intake.as_checks_for("mash_manager").await;
    assert!(manager.get_disclosure(disclose(receipt.child_ids.clone())).await.is_ok());
    assert!(manager.get_disclosure(disclose(vec![added])).await.is_err());
}

#[tokio::test]
async fn r4_an_adult_who_was_missed_is_added() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let aunt = pb::Adult { name: "Ife Bello".to_owned(), ..pb::Adult::default() };
    let part = Part::NewAdult(aunt.clone());
    let amended = worker.amend_contact(amend(&receipt.contact_id, 1, part)).await.unwrap();
    let shown = intake.read(&receipt.contact_id).await.adults.remove(1);
    assert_eq!(shown.adult_id, amended.get_ref().added_id);
    assert!(shown.adult == Some(aunt));
}

#[tokio::test]
async fn r6_the_gaps_of_a_form_are_filled_later() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    assert_eq!(receipt.gaps.len(), 4);
    let mut worker = intake.as_person("screening_practitioner").await;
    let told = pb::Groundwork {
        spoken_to_family: Some(true),
        needs: "Warm food.".to_owned(),
        proposed_service: "Early help".to_owned(),
        framework_considered: Some(true),
        why_not_spoken: String::new(),
        why_not_considered: String::new(),
    };
    let part = Part::Groundwork(told.clone());
    worker.amend_contact(amend(&receipt.contact_id, 1, part)).await.unwrap();
    let shown = intake.read(&receipt.contact_id).await;
    assert!(shown.gaps.is_empty() && shown.groundwork == Some(told));
    let before = shown.amendments[0].before.clone().unwrap().part;
    assert!(before == Some(Part::Groundwork(pb::Groundwork::default())));
}

#[tokio::test]
async fn r2_a_referrer_who_asks_later_to_be_protected_is_sealed_with_what_was_there_before() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let referrer = |contact_details: Option<&str>, protect| {
        let contact_details = contact_details.map(str::to_owned);
        let nothing = pb::ReferrerCorrection::default();
        Part::Referrer(pb::ReferrerCorrection { contact_details, protect, ..nothing })
    };
    let details = referrer(Some("020 7946 0999"), false);
    worker.amend_contact(amend(&receipt.contact_id, 1, details)).await.unwrap();
    let shown = intake.read(&receipt.contact_id).await;
    assert_eq!(shown.referrer.unwrap().contact_details, "020 7946 0999");
    let before = shown.amendments[0].before.clone().unwrap().part;
    assert!(before == Some(referrer(Some("020 7946 0501"), false)));
    let told = intake.told::<pb::ContactAmended>(&receipt.contact_id).await.remove(0);
    assert_eq!(told.referrer_unreachable, Some(false));

    worker.amend_contact(amend(&receipt.contact_id, 2, referrer(None, true))).await.unwrap();
    let shown = intake.read(&receipt.contact_id).await;
    let bytes = shown.encode_to_vec();
    for word in ["7946 0999", "7946 0501", "Ayşe", "head of year"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
    assert!(shown.referrer.unwrap().protected);
    assert_eq!(shown.consents[0].asked_by, "the referrer");
    let nothing = amend(&receipt.contact_id, 3, referrer(None, false));
    let refused = worker.amend_contact(nothing).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "correction.referrer");
    let mut manager = intake.connect("mash_manager", SealServiceClient::with_interceptor).await;
    let open = pb::OpenSealedReferrerRequest {
        contact_id: receipt.contact_id,
        reason: "She must be told of a threat.".to_owned(),
    };
    let opened = manager.open_sealed_referrer(open).await.unwrap().into_inner();
    let identity = opened.referrer.unwrap();
    assert_eq!((&*identity.name, &*identity.source), ("Ayşe Yılmaz", "2A"));
    assert_eq!(identity.contact_details, "020 7946 0999");
    assert_eq!(opened.earlier_contact_details, ["020 7946 0501"]);
    assert_eq!(opened.askers[0].asked_by, "the head of year");
}

#[tokio::test]
async fn r5_a_place_is_linked_to_a_contact_later_and_taken_off_again() {
    use pb::contact_subject::Subject;
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let park = pb::Subject {
        kind: pb::SubjectKind::Place.into(),
        name: "The park".to_owned(),
        ..pb::Subject::default()
    };
    let link = |subject, child| {
        let child_indexes = vec![child];
        Part::LinkSubject(pb::ContactSubject { child_indexes, subject: Some(subject) })
    };
    let stranger = amend(&receipt.contact_id, 1, link(Subject::NewSubject(park.clone()), 7));
    assert_eq!(worker.amend_contact(stranger).await.err().unwrap().code(), Code::NotFound);
    let linked = link(Subject::NewSubject(park.clone()), 1);
    worker.amend_contact(amend(&receipt.contact_id, 1, linked)).await.unwrap();
    let shown = intake.read(&receipt.contact_id).await;
    let [subject] = shown.subjects.as_slice() else { panic!("one subject") };
    assert!(subject.subject == Some(park) && subject.child_ids == receipt.child_ids[1..]);
    let id = subject.subject_id.clone();
    let known = link(Subject::SubjectId(id.clone()), 0);
    let twice = worker.amend_contact(amend(&receipt.contact_id, 2, known)).await.err().unwrap();
    let linked = ("correction.link_subject.subject_id".into(), "is linked already (R5)".into());
    assert_eq!(violations(&twice), [linked]);
    let nowhere = link(Subject::SubjectId(Uuid::new_v4().to_string()), 0);
    let nowhere = worker.amend_contact(amend(&receipt.contact_id, 2, nowhere)).await;
    assert_eq!(nowhere.err().unwrap().code(), Code::NotFound);

    let off = Part::UnlinkSubject(id.clone());
    worker.amend_contact(amend(&receipt.contact_id, 2, off.clone())).await.unwrap();
    let shown = intake.read(&receipt.contact_id).await;
    assert!(shown.subjects.is_empty());
    let before: Vec<_> = shown
        .amendments
        .into_iter()
        .filter_map(|one| one.before.and_then(|one| one.part))
        .collect();
    assert!(before == [off.clone(), link(Subject::SubjectId(id), 1)]);
    let again = worker.amend_contact(amend(&receipt.contact_id, 3, off)).await;
    assert_eq!(again.err().unwrap().code(), Code::NotFound);
}

#[tokio::test]
async fn r5_a_subject_linked_later_stands_behind_the_others_and_there_is_room_for_fifty() {
    use pb::contact_subject::Subject;
    let intake = Intake::start(*MORNING).await;
    let place = |name: &str| {
        let subject = pb::Subject {
            kind: pb::SubjectKind::Place.into(),
            name: name.to_owned(),
            ..pb::Subject::default()
        };
        let subject = Some(Subject::NewSubject(subject));
        pb::ContactSubject { child_indexes: vec![0], subject }
    };
    let mut given = referral();
    given.subjects = (0..50).map(|number| place(&format!("Place {number:02}"))).collect();
    let receipt = intake.submit(given).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let more = amend(&receipt.contact_id, 1, Part::LinkSubject(place("One too many")));
    let refused = worker.amend_contact(more).await.err().unwrap();
    let told = (reason_of(&refused), fact_of(&refused, "field"));
    assert_eq!(told, ("TOO_MANY_SUBJECTS".into(), "correction.link_subject".into()));
    // One from the middle goes, and what comes then stands last, not beside the last.
    let off = Part::UnlinkSubject(receipt.subject_ids[7].clone());
    worker.amend_contact(amend(&receipt.contact_id, 1, off)).await.unwrap();
    let new = Part::LinkSubject(place("A new place"));
    worker.amend_contact(amend(&receipt.contact_id, 2, new)).await.unwrap();
    let places: Vec<i32> =
        sqlx::query_scalar("SELECT place FROM intake.contact_subject ORDER BY place")
            .fetch_all(&intake.database)
            .await
            .unwrap();
    let expected: Vec<i32> = (0..=50).filter(|place| *place != 7).collect();
    assert_eq!(places, expected);
}
