//! Whoever was put on a contact by mistake, and is taken off it (R20).

use harness::{fact_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use prost::{Message, Name};
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, ConsentGap, ConsentPurpose, correction::Part},
    terms::v1::ClockEnding,
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    corrections::amend,
    register_open_cases::{hand_overs, passing, receipt as unit_receipt},
    register_stage::{
        NHS, episode, history, joining, known, match_with, open_matches, register, siblings,
        undoing, unnumbered,
    },
    remit::{elsewhere, questions},
    stage::{Intake, MORNING, agreed, child, referral, violations},
};

fn child_off(child: &str) -> Part {
    let child_id = child.to_owned();
    Part::TakenOffChild(pb::RecordedChild { child_id, ..pb::RecordedChild::default() })
}

fn adult_off(adult: &str) -> Part {
    let adult_id = adult.to_owned();
    Part::TakenOffAdult(pb::RecordedAdult { adult_id, ..pb::RecordedAdult::default() })
}

/// A MASH Manager takes somebody off a contact that stands at `revision`.
async fn take_off(intake: &Intake, contact: &str, revision: i64, part: Part) -> i64 {
    let mut manager = intake.as_person("mash_manager").await;
    let amended = manager.amend_contact(amend(contact, revision, part)).await.unwrap();
    amended.into_inner().revision
}

fn disclosure(contact: &str, children: &[String]) -> pb::GetDisclosureRequest {
    pb::GetDisclosureRequest {
        contact_id: contact.to_owned(),
        child_ids: children.to_vec(),
        agencies: vec!["health".to_owned()],
        basis_id: String::new(),
    }
}

#[tokio::test]
async fn r20_a_child_put_on_by_mistake_is_taken_off_and_what_stood_there_is_kept() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let (contact, wrong) = (&receipt.contact_id, &receipt.child_ids[1]);
    assert_eq!(take_off(&intake, contact, 1, child_off(wrong)).await, 2);
    let shown = intake.read(contact).await;
    let on_it: Vec<_> = shown.children.iter().map(|child| &child.child_id).collect();
    assert_eq!(on_it, [&receipt.child_ids[0]]);
    let [amendment] = shown.amendments.as_slice() else { panic!("one correction") };
    let Some(Part::TakenOffChild(before)) = amendment.before.clone().unwrap().part else {
        panic!("a child was taken off")
    };
    assert!(before.child.as_ref() == Some(&referral().children[1]) && before.child_id == *wrong);
    let [told] = &intake.told::<pb::ContactAmended>(contact).await[..] else { panic!("told once") };
    assert_eq!(told.taken_off_child_ids, std::slice::from_ref(wrong));
    assert!(told.added_child_ids.is_empty() && told.clocks_started.is_empty());
    let words = String::from_utf8_lossy(&told.encode_to_vec()).into_owned();
    assert!(!words.contains("Okafor"));

    // Nothing of this one is told to anybody, nor is it found on the contact again.
    let mut checks = intake.as_checks_for("mash_manager").await;
    let refused = checks.get_disclosure(disclosure(contact, &receipt.child_ids)).await;
    assert_eq!(refused.err().unwrap().code(), Code::NotFound);
    assert!(checks.get_disclosure(disclosure(contact, &receipt.child_ids[..1])).await.is_ok());
    let mut manager = intake.as_person("mash_manager").await;
    let again = manager.amend_contact(amend(contact, 2, child_off(wrong))).await.err().unwrap();
    assert_eq!(again.code(), Code::NotFound);

    // The one who was meant is added in its stead.
    let meant = Part::NewChild(child("Tobi Okafor", 2022));
    let added = manager.amend_contact(amend(contact, 2, meant)).await.unwrap().into_inner();
    let on_it: Vec<_> =
        intake.read(contact).await.children.into_iter().map(|child| child.child_id).collect();
    assert_eq!(on_it, [receipt.child_ids[0].clone(), added.added_id]);
}

#[tokio::test]
async fn r20_who_stands_first_is_taken_off_and_the_places_behind_stay_their_own() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.children.push(child("Tobi Okafor", 2022));
    let receipt = intake.submit(given).await;
    let contact = &receipt.contact_id;
    take_off(&intake, contact, 1, child_off(&receipt.child_ids[0])).await;
    let right = pb::RecordedChild {
        child_id: receipt.child_ids[1].clone(),
        child: Some(child("Ola Okafor-Reid", 2019)),
        ..pb::RecordedChild::default()
    };
    let mut manager = intake.as_person("mash_manager").await;
    manager.amend_contact(amend(contact, 2, Part::Child(right))).await.unwrap();
    let added = Part::NewChild(child("Sade Okafor", 2023));
    manager.amend_contact(amend(contact, 3, added)).await.unwrap();
    let children = intake.read(contact).await.children.into_iter();
    let names: Vec<_> = children.map(|child| child.child.unwrap().name).collect();
    assert_eq!(names, ["Ola Okafor-Reid", "Tobi Okafor", "Sade Okafor"]);
}

#[tokio::test]
async fn r20_a_manager_takes_a_child_off_and_never_the_last_one() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let (contact, wrong) = (&receipt.contact_id, &receipt.child_ids[1]);
    for role in ["screening_practitioner", "edt", "edt_manager"] {
        let mut person = intake.as_person(role).await;
        let off = amend(contact, 1, child_off(wrong));
        let refused = person.amend_contact(off).await.err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role}");
        assert_eq!(reason_of(&refused), "TAKING_OFF_IS_A_MANAGERS", "{role}");
    }
    let bad = amend(contact, 1, child_off("Ọlá"));
    let mut manager = intake.as_person("mash_manager").await;
    let bad = manager.amend_contact(bad).await.err().unwrap();
    assert_eq!(violations(&bad)[0].0, "correction.taken_off_child.child_id");
    let bad = manager.amend_contact(amend(contact, 1, adult_off(""))).await.err().unwrap();
    assert_eq!(violations(&bad)[0].0, "correction.taken_off_adult.adult_id");
    let stranger = amend(contact, 1, adult_off(&Uuid::new_v4().to_string()));
    assert_eq!(manager.amend_contact(stranger).await.err().unwrap().code(), Code::NotFound);
    assert_eq!(intake.read(contact).await.revision, 1);
    assert!(intake.told::<pb::ContactAmended>(contact).await.is_empty());

    take_off(&intake, contact, 1, child_off(wrong)).await;
    let last = amend(contact, 2, child_off(&receipt.child_ids[0]));
    let refused = manager.amend_contact(last).await.err().unwrap();
    assert_eq!(
        (reason_of(&refused), fact_of(&refused, "rule")),
        ("LAST_CHILD".into(), "R20".into())
    );
    assert_eq!(intake.read(contact).await.children.len(), 1);
}

#[tokio::test]
async fn r20_while_the_hub_is_closed_the_duty_manager_of_edt_takes_a_child_off() {
    let night: Timestamp = "2026-11-22T23:00:00Z".parse().unwrap();
    let intake = Intake::start(night).await;
    let receipt = intake.submit(referral()).await;
    let off = amend(&receipt.contact_id, 1, child_off(&receipt.child_ids[1]));
    let mut worker = intake.as_person("edt").await;
    assert!(worker.amend_contact(off.clone()).await.is_err());
    let mut duty = intake.as_person("edt_manager").await;
    duty.amend_contact(off).await.unwrap();
    assert_eq!(intake.read(&receipt.contact_id).await.children.len(), 1);
}

#[tokio::test]
async fn r6_what_was_agreed_about_who_is_taken_off_is_no_agreement_for_the_others() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.consents = vec![
        pb::Consent { child_index: Some(0), ..agreed(ConsentPurpose::ShareInformation) },
        pb::Consent { child_index: Some(1), ..agreed(ConsentPurpose::ShareInformation) },
    ];
    let receipt = intake.submit(given).await;
    let contact = &receipt.contact_id;
    take_off(&intake, contact, 1, child_off(&receipt.child_ids[0])).await;
    let shown = intake.read(contact).await;
    let [consent] = shown.consents.as_slice() else { panic!("one is left") };
    assert_eq!((consent.child_index, consent.is_claim), (Some(0), false));
    let mut checks = intake.as_checks_for("mash_manager").await;
    assert!(checks.get_disclosure(disclosure(contact, &receipt.child_ids[1..])).await.is_ok());
    let added = Part::NewChild(child("Tobi Okafor", 2022));
    let mut manager = intake.as_person("mash_manager").await;
    let added = manager.amend_contact(amend(contact, 2, added)).await.unwrap().into_inner();
    let refused = checks.get_disclosure(disclosure(contact, &[added.added_id])).await;
    assert_eq!(reason_of(&refused.err().unwrap()), "BASIS_REQUIRED");
}

#[tokio::test]
async fn r6_what_an_adult_agreed_to_who_is_taken_off_bears_nothing() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let contact = &receipt.contact_id;
    let mut checks = intake.as_checks_for("mash_manager").await;
    assert!(checks.get_disclosure(disclosure(contact, &receipt.child_ids)).await.is_ok());
    // Whoever corrects may do so: the adult is asked nothing, and decided nothing of.
    let mut worker = intake.as_person("screening_practitioner").await;
    let off = amend(contact, 1, adult_off(&receipt.adult_ids[0]));
    let revision = worker.amend_contact(off).await.unwrap().into_inner().revision;
    let shown = intake.read(contact).await;
    assert_eq!((shown.revision, shown.adults.len()), (revision, 0));
    assert!(shown.consents[0].is_claim && shown.consents[0].gaps().eq([ConsentGap::Giver]));
    let Some(Part::TakenOffAdult(before)) = shown.amendments[0].before.clone().unwrap().part else {
        panic!("an adult was taken off")
    };
    assert!(before.adult.as_ref() == Some(&referral().adults[0]));
    let refused = checks.get_disclosure(disclosure(contact, &receipt.child_ids)).await;
    assert_eq!(fact_of(&refused.err().unwrap(), "consent_lacks"), "giver");
    let [told] = &intake.told::<pb::ConsentChanged>(contact).await[..] else { panic!("told once") };
    assert!(told.lapsed && told.child_ids == receipt.child_ids);
}

#[tokio::test]
async fn r8_a_contact_is_in_nobodys_history_by_who_was_taken_off_it() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(siblings()).await;
    intake.clock.advance(SignedDuration::from_hours(1));
    let second = intake.submit(siblings()).await;
    let people = history(&intake, &first.contact_id).await;
    assert_eq!(people[0].later_contacts.len(), 1);
    take_off(&intake, &second.contact_id, 1, child_off(&second.child_ids[0])).await;
    let people = history(&intake, &first.contact_id).await;
    assert!(people[0].later_contacts.is_empty(), "the child of the first was not on the second");
    assert_eq!(people[1].later_contacts.len(), 1);
    let of_second = history(&intake, &second.contact_id).await;
    assert!(of_second[0].person_id == second.child_ids[1] && of_second.len() == 2);
    // Nor is it found by whoever comes later, with a number or without.
    for given in [siblings(), unnumbered()] {
        intake.clock.advance(SignedDuration::from_hours(1));
        let third = intake.submit(given).await;
        let people = history(&intake, &third.contact_id).await;
        assert!(match_with(&people[0], &second.child_ids[0]).is_none());
        assert!(match_with(&people[0], &first.child_ids[0]).is_some());
    }
}

#[tokio::test]
async fn r8_questions_about_who_was_taken_off_are_open_no_more() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(siblings()).await;
    intake.clock.advance(SignedDuration::from_hours(1));
    let mut given = unnumbered();
    given.adults.clear();
    given.consents.clear();
    let second = intake.submit(given).await;
    let wrong = &second.child_ids[0];
    let about = |open: Vec<pb::Match>| {
        let ids = |found: &pb::Match| {
            [found.one.clone(), found.other.clone()].map(|it| it.unwrap_or_default().person_id)
        };
        open.iter().filter(|found| ids(found).contains(wrong)).count()
    };
    assert_eq!(about(open_matches(&intake).await), 1);
    take_off(&intake, &second.contact_id, 1, child_off(wrong)).await;
    assert_eq!(about(open_matches(&intake).await), 0);
    let people = history(&intake, &first.contact_id).await;
    let found = match_with(&people[0], wrong);
    assert!(found.is_none_or(|it| it.state() == pb::MatchState::Rejected));
    // Nor does anybody open them anew.
    let (id, revision): (Uuid, i64) =
        sqlx::query_as("SELECT id, revision FROM intake.match WHERE $1 IN (one, other)")
            .bind(Uuid::parse_str(wrong).unwrap())
            .fetch_one(&intake.database)
            .await
            .unwrap();
    let mut worker = register(&intake, "screening_practitioner").await;
    let undone = worker.undo_match(undoing(&id.to_string(), revision)).await.err().unwrap();
    let joined = worker.join_people(joining(wrong, &first.child_ids[0])).await.err().unwrap();
    assert_eq!([undone.code(), joined.code()], [Code::NotFound; 2]);
    let told: i32 =
        sqlx::query_scalar("SELECT matches FROM intake.open_questions WHERE contact_id = $1")
            .bind(second.contact_id.parse::<Uuid>().unwrap())
            .fetch_one(&intake.database)
            .await
            .unwrap();
    assert_eq!(told, 1, "the sibling's");
}

/// A contact whose children both have an open case at one unit, and its hand-over.
async fn both_open(intake: &Intake) -> (pb::SubmitContactResponse, pb::UnitHandOver) {
    for (name, number) in ["Chidera Okafor", "Ọlá Okafor"].into_iter().zip(NHS) {
        let case = known(intake, name, number).await;
        episode(intake, case, "section_17", None).await;
    }
    let contact = intake.submit(siblings()).await;
    let [both] = hand_overs(intake).await.try_into().unwrap_or_else(|_| panic!("one hand-over"));
    assert_eq!(both.child_ids, contact.child_ids);
    (contact, both)
}

#[tokio::test]
async fn r9_a_hand_over_of_who_was_taken_off_is_withdrawn_and_a_siblings_begins_anew() {
    let intake = Intake::start(*MORNING).await;
    let (contact, both) = both_open(&intake).await;
    take_off(&intake, &contact.contact_id, 1, child_off(&contact.child_ids[0])).await;
    let told: Vec<pb::UnitHandOverWithdrawn> = intake.told(&both.hand_over_id).await;
    assert_eq!(told[0].child_ids, contact.child_ids);
    let all = hand_overs(&intake).await;
    let standing: Vec<_> = all.iter().filter(|one| one.withdrawn_at.is_none()).collect();
    let [anew] = standing.as_slice() else { panic!("the sibling's alone") };
    assert_eq!(anew.child_ids, contact.child_ids[1..]);
    // Whoever hears of the withdrawal has heard before that the child is not on the contact.
    let order: Vec<String> = sqlx::query_scalar(
        "SELECT type FROM messaging.event WHERE type IN ($1, $2) ORDER BY number",
    )
    .bind(pb::ContactAmended::full_name())
    .bind(pb::UnitHandOverWithdrawn::full_name())
    .fetch_all(&intake.database)
    .await
    .unwrap();
    assert_eq!(order, [pb::ContactAmended::full_name(), pb::UnitHandOverWithdrawn::full_name()]);
}

#[tokio::test]
async fn r9_a_sibling_whom_the_unit_has_stays_there_and_who_was_taken_off_alone_does_not() {
    let intake = Intake::start(*MORNING).await;
    let (contact, both) = both_open(&intake).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    let passed = worker.pass_to_unit(passing(&both)).await.unwrap().into_inner();
    worker.record_unit_receipt(unit_receipt(&both, passed.revision)).await.unwrap();
    take_off(&intake, &contact.contact_id, 1, child_off(&contact.child_ids[0])).await;
    let [stays] = hand_overs(&intake).await.try_into().unwrap_or_else(|_| panic!("one hand-over"));
    assert!(stays.withdrawn_at.is_none() && stays.hand_over_id == both.hand_over_id);
    let mut manager = intake.as_person("mash_manager").await;
    let meant = Part::NewChild(child("Tobi Okafor", 2022));
    manager.amend_contact(amend(&contact.contact_id, 2, meant)).await.unwrap();
    take_off(&intake, &contact.contact_id, 3, child_off(&contact.child_ids[1])).await;
    let [gone] = hand_overs(&intake).await.try_into().unwrap_or_else(|_| panic!("one hand-over"));
    assert!(gone.withdrawn_at.is_some());
}

#[tokio::test]
async fn r7_an_override_that_covers_nobody_any_more_is_ended() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let contact = &receipt.contact_id;
    let mut manager = intake.as_person("mash_manager").await;
    let grounds = pb::OverrideGrounds {
        urgent_concerns: "He was locked out for two nights.".to_owned(),
        risk_of_telling: "His father said that he would send him away.".to_owned(),
    };
    let mut adopted = Vec::new();
    for (revision, children) in [(1, &receipt.child_ids[..1]), (2, &receipt.child_ids[..])] {
        let basis = pb::RecordBasisRequest {
            request_id: Uuid::new_v4().to_string(),
            contact_id: contact.clone(),
            revision,
            child_ids: children.to_vec(),
            basis: Some(pb::record_basis_request::Basis::Override(grounds.clone())),
            evidence: String::new(),
        };
        adopted.push(manager.record_basis(basis).await.unwrap().into_inner().basis_id);
    }
    let revision = take_off(&intake, contact, 3, child_off(&receipt.child_ids[0])).await;
    let [told] = &intake.told::<pb::BasisEnded>(contact).await[..] else { panic!("one is ended") };
    assert!(told.basis_id == adopted[0] && told.clocks_ended.len() == 1);
    let shown = intake.read(contact).await;
    assert_eq!(shown.revision, revision);
    let ended: Vec<_> = shown.bases.iter().map(|basis| basis.ending.is_some()).collect();
    assert_eq!(ended, [true, false]);
}

#[tokio::test]
async fn r61_who_was_taken_off_is_read_with_the_contact_whose_correction_shows_them() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let wrong = &receipt.child_ids[1];
    take_off(&intake, &receipt.contact_id, 1, child_off(wrong)).await;
    let before = intake.reads_of(wrong).await.len();
    intake.read(&receipt.contact_id).await;
    assert_eq!(intake.reads_of(wrong).await.len(), before + 1);
}

#[tokio::test]
async fn r8_two_who_were_one_by_way_of_who_is_taken_off_are_matched_again() {
    let intake = Intake::start(*MORNING).await;
    let mut first = siblings();
    first.children.truncate(1);
    let first = intake.submit(first).await;
    intake.clock.advance(SignedDuration::from_hours(1));
    let second = intake.submit(siblings()).await;
    intake.clock.advance(SignedDuration::from_hours(1));
    let third = intake.submit(siblings()).await;
    let linked = async || {
        let people = history(&intake, &third.contact_id).await;
        people[0].earlier_contacts.iter().map(|it| it.contact_id.clone()).collect::<Vec<_>>()
    };
    let both = [second.contact_id.clone(), first.contact_id.clone()];
    assert_eq!(linked().await, both);
    // The link of the first with the third is the machine's no more: it has only the chain.
    sqlx::query("DELETE FROM intake.match WHERE $1 IN (one, other) AND $2 IN (one, other)")
        .bind(first.child_ids[0].parse::<Uuid>().unwrap())
        .bind(third.child_ids[0].parse::<Uuid>().unwrap())
        .execute(&intake.database)
        .await
        .unwrap();
    assert_eq!(linked().await, both);
    take_off(&intake, &second.contact_id, 1, child_off(&second.child_ids[0])).await;
    assert_eq!(linked().await, std::slice::from_ref(&first.contact_id));
}

#[tokio::test]
async fn r6_a_refusal_of_a_child_who_was_taken_off_is_not_its_siblings() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.consents.push(pb::Consent {
        answer: pb::ConsentAnswer::Refused.into(),
        given_by: pb::ConsentGiver::Child.into(),
        giver_adult_index: None,
        giver_child_index: Some(1),
        asked_at: Some(to_timestamp(*MORNING)),
        ..agreed(ConsentPurpose::ShareInformation)
    });
    let receipt = intake.submit(given).await;
    let contact = &receipt.contact_id;
    take_off(&intake, contact, 1, child_off(&receipt.child_ids[1])).await;
    assert_eq!(intake.read(contact).await.consents.len(), 1);
    let mut checks = intake.as_checks_for("mash_manager").await;
    checks.get_disclosure(disclosure(contact, &receipt.child_ids[..1])).await.unwrap();
}

#[tokio::test]
async fn r3_the_remit_is_in_question_no_more_where_the_child_is_taken_off() {
    let intake = Intake::start(*MORNING).await;
    let contact = intake.submit(elsewhere()).await;
    assert_eq!(questions(&intake).await.len(), 1);
    take_off(&intake, &contact.contact_id, 1, child_off(&contact.child_ids[0])).await;
    assert!(questions(&intake).await.is_empty());
    let told = intake.told::<pb::ContactAmended>(&contact.contact_id).await.remove(0);
    assert!(told.remit_reasons.is_empty());
    assert_eq!(told.clocks_ended[0].ending(), ClockEnding::Cancelled);
}

#[tokio::test]
async fn r2_where_the_child_who_raised_it_is_taken_off_it_may_be_any_childs_own() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.referrer = Some(pb::Referrer {
        source: "1C".to_owned(),
        child_index: Some(1),
        name: "Ọlá Okafor".to_owned(),
        ..pb::Referrer::default()
    });
    given.children.push(child("Tobi Okafor", 2022));
    let receipt = intake.submit(given).await;
    take_off(&intake, &receipt.contact_id, 1, child_off(&receipt.child_ids[1])).await;
    let shown = intake.read(&receipt.contact_id).await;
    let left = [receipt.child_ids[0].clone(), receipt.child_ids[2].clone()];
    assert_eq!(shown.own_contact_child_ids, left);
    assert_eq!(shown.referrer.unwrap().child_index, None);
}

#[tokio::test]
async fn r5_a_place_concerns_nobody_who_was_taken_off() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    let park = pb::Subject {
        kind: pb::SubjectKind::Place.into(),
        name: "The park".to_owned(),
        ..pb::Subject::default()
    };
    given.subjects = vec![pb::ContactSubject {
        child_indexes: vec![0, 1],
        subject: Some(pb::contact_subject::Subject::NewSubject(park)),
    }];
    let receipt = intake.submit(given).await;
    take_off(&intake, &receipt.contact_id, 1, child_off(&receipt.child_ids[0])).await;
    let shown = intake.read(&receipt.contact_id).await;
    assert_eq!(shown.subjects[0].child_ids, receipt.child_ids[1..]);
}
