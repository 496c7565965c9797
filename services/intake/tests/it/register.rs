//! History, and who is whom.

use harness::{fields_of, reason_of};
use jiff::SignedDuration;
use proto::{
    intake::v1::{self as pb, MatchReason, MatchState},
    terms::v1::{Date, Purpose},
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    register_stage::{
        NHS, decision, episode, history, joining, known, match_with, matched, open_matches, other,
        register, siblings, undoing, unnumbered,
    },
    stage::{Intake, MORNING, child, nobody_there, referral},
};

const CONFIRM: pb::MatchDecision = pb::MatchDecision::Confirm;
const REJECT: pb::MatchDecision = pb::MatchDecision::Reject;

#[tokio::test]
async fn r8_a_national_number_links_and_history_is_in_front_of_whoever_decides() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "early_help", None).await;
    let first = intake.submit(siblings()).await;
    intake.clock.advance(SignedDuration::from_hours(24 * 120));
    let second = intake.submit(siblings()).await;

    let people = history(&intake, &second.contact_id).await;
    let [chidera, ola, mother] = people.as_slice() else { panic!("three people") };
    assert_eq!(chidera.person_id, second.child_ids[0]);
    let found = match_with(chidera, &first.child_ids[0]).unwrap();
    assert!(found.certain && found.state() == MatchState::Linked && found.decided_by.is_empty());
    let number = found.reasons.iter().find(|it| it.reason() == MatchReason::NhsNumberSame);
    assert!(number.unwrap().bits > 0.0);
    assert_eq!(other(found).name, "Chidera Okafor");
    assert!(match_with(chidera, &case.to_string()).unwrap().certain);
    assert!(match_with(chidera, &second.child_ids[1]).is_none(), "siblings are two");
    assert!(ola.matches.iter().all(|found| other(found).person_id != first.child_ids[0]));

    let [earlier] = chidera.earlier_contacts.as_slice() else { panic!("one earlier contact") };
    assert_eq!((&earlier.contact_id, &earlier.reference), (&first.contact_id, &first.reference));
    let counts = |of: &pb::PersonHistory| {
        [of.contacts_in_3_months, of.contacts_in_6_months, of.contacts_in_12_months]
    };
    assert_eq!(counts(chidera), [0, 1, 1]);
    assert_eq!(counts(mother), [0, 0, 0], "her name alone is not certain");
    let [open] = chidera.episodes.as_slice() else { panic!("one episode") };
    assert_eq!((open.kind(), open.unit.as_str()), (pb::EpisodeKind::EarlyHelp, "Unit 7"));
    assert!(chidera.difference_asked && !mother.difference_asked && !mother.is_child);
    let reads = intake.reads_of(&second.child_ids[0]).await;
    assert!(reads.contains(&"RegisterService.GetHistory".to_owned()));
    assert_eq!(intake.reads_of(&case.to_string()).await, ["RegisterService.GetHistory"]);
    let alone = history(&intake, &first.contact_id).await;
    assert!(alone[0].earlier_contacts.is_empty() && !alone[0].difference_asked);
}

#[tokio::test]
async fn r8_what_is_different_this_time_is_asked_and_every_answer_kept() {
    let intake = Intake::start(*MORNING).await;
    intake.submit(siblings()).await;
    intake.clock.advance(SignedDuration::from_hours(1));
    let second = intake.submit(siblings()).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    let answered = |answer: &str| pb::AnswerDifferenceRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: second.contact_id.clone(),
        child_id: second.child_ids[0].clone(),
        answer: answer.to_owned(),
    };
    let first = answered("The father has left.");
    let id = worker.answer_difference(first.clone()).await.unwrap().into_inner();
    assert!(worker.answer_difference(first).await.unwrap().into_inner() == id);
    intake.clock.advance(SignedDuration::from_mins(1));
    worker.answer_difference(answered("The father is back.")).await.unwrap();
    let people = history(&intake, &second.contact_id).await;
    assert_eq!(people[0].difference.as_ref().unwrap().answer, "The father is back.");
    assert!(people[1].difference_asked && people[1].difference.is_none());
    let [told] = intake.told::<pb::DifferenceAnswered>(&id.difference_id).await.try_into().unwrap();
    assert_eq!(told.child_id, second.child_ids[0]);
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM intake.difference")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(kept, 2);
    let strange = pb::AnswerDifferenceRequest {
        child_id: Uuid::new_v4().to_string(),
        ..answered("Nothing new.")
    };
    let refused = worker.answer_difference(strange).await.err().unwrap();
    nobody_there(&refused, "child_id", "R8");
}

#[tokio::test]
async fn r8_an_uncertain_match_waits_for_a_person_and_what_was_decided_can_be_undone() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(unnumbered()).await;
    intake.clock.advance(SignedDuration::from_hours(1));
    let second = intake.submit(unnumbered()).await;
    let people = history(&intake, &second.contact_id).await;
    let found = match_with(&people[0], &first.child_ids[0]).unwrap();
    assert!(!found.certain && found.state() == MatchState::Proposed);
    assert!(people[0].earlier_contacts.is_empty(), "nothing is merged before a person says so");
    let open = open_matches(&intake).await;
    assert!(open.iter().any(|it| it.match_id == found.match_id));
    assert!(open.windows(2).all(|two| two[0].bits >= two[1].bits), "the surest first");
    assert!(!intake.reads_of(&first.child_ids[0]).await.is_empty());

    let mut worker = register(&intake, "screening_practitioner").await;
    let confirm = decision(found, CONFIRM);
    let confirmed = worker.decide_match(confirm.clone()).await.unwrap().into_inner();
    assert_eq!(confirmed.state(), MatchState::Linked);
    assert!(worker.decide_match(confirm).await.unwrap().into_inner() == confirmed);
    let people = history(&intake, &second.contact_id).await;
    assert_eq!(people[0].earlier_contacts.len(), 1);
    assert!(!match_with(&people[0], &first.child_ids[0]).unwrap().decided_by.is_empty());

    let undo = undoing(&found.match_id, confirmed.revision);
    let undone = worker.undo_match(undo).await.unwrap().into_inner();
    assert_eq!(undone.state(), MatchState::Undone);
    let people = history(&intake, &second.contact_id).await;
    assert!(people[0].earlier_contacts.is_empty());
    let again = worker.undo_match(undoing(&found.match_id, undone.revision)).await.err().unwrap();
    assert_eq!((again.code(), &*reason_of(&again)), (Code::FailedPrecondition, "NOTHING_TO_UNDO"));
    let told: Vec<pb::MatchDecided> = intake.told(&found.match_id).await;
    let states: Vec<_> = told.iter().map(pb::MatchDecided::state).collect();
    assert_eq!(states, [MatchState::Linked, MatchState::Undone]);
    let kept: Vec<String> =
        sqlx::query_scalar("SELECT reason FROM intake.match_decision ORDER BY revision")
            .fetch_all(&intake.database)
            .await
            .unwrap();
    assert_eq!(kept, ["The school says so.", "They are cousins."]);
}

#[tokio::test]
async fn r8_a_rejected_match_is_not_proposed_again_and_waits_again_once_that_is_undone() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(unnumbered()).await;
    let second = intake.submit(unnumbered()).await;
    let people = history(&intake, &second.contact_id).await;
    let found = match_with(&people[0], &first.child_ids[0]).unwrap().clone();
    let mut worker = register(&intake, "screening_practitioner").await;
    let rejected = worker.decide_match(decision(&found, REJECT)).await.unwrap().into_inner();
    sqlx::query("INSERT INTO intake.unmatched (person_id) SELECT id FROM intake.person")
        .execute(&intake.database)
        .await
        .unwrap();
    let open = open_matches(&intake).await;
    assert!(open.iter().all(|it| it.match_id != found.match_id));
    let people = history(&intake, &second.contact_id).await;
    let still = match_with(&people[0], &first.child_ids[0]).unwrap();
    assert_eq!((still.state(), still.revision), (MatchState::Rejected, rejected.revision));
    worker.undo_match(undoing(&found.match_id, rejected.revision)).await.unwrap();
    let open = open_matches(&intake).await;
    assert!(open.iter().any(|it| it.match_id == found.match_id));
}

#[tokio::test]
async fn r8_of_two_who_decide_a_match_at_once_one_is_told_that_it_has_changed() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(unnumbered()).await;
    let second = intake.submit(unnumbered()).await;
    for place in [0, 1] {
        let people = history(&intake, &second.contact_id).await;
        let found = match_with(&people[place], &first.child_ids[place]).unwrap();
        let mut one = register(&intake, "screening_practitioner").await;
        let mut other = register(&intake, "mash_manager").await;
        let (confirmed, rejected) = tokio::join!(
            one.decide_match(decision(found, CONFIRM)),
            other.decide_match(decision(found, REJECT))
        );
        let (done, refused) = match (confirmed, rejected) {
            (Ok(done), Err(refused)) | (Err(refused), Ok(done)) => (done.into_inner(), refused),
            _ => panic!("one of the two"),
        };
        assert_eq!((refused.code(), &*reason_of(&refused)), (Code::Aborted, "STALE_REVISION"));
        let people = history(&intake, &second.contact_id).await;
        let now = match_with(&people[place], &first.child_ids[place]).unwrap();
        assert_eq!((now.state(), now.revision), (done.state(), done.revision));
    }
}

#[tokio::test]
async fn r8_one_child_on_two_contacts_of_the_same_instant_is_linked() {
    let intake = Intake::start(*MORNING).await;
    let receipts = futures_util::future::join_all((0..12).map(|_| intake.submit(siblings()))).await;
    for receipt in &receipts {
        let people = history(&intake, &receipt.contact_id).await;
        for (place, person) in people.iter().take(2).enumerate() {
            let others = receipts.iter().filter(|other| other.contact_id != receipt.contact_id);
            for child in others.map(|other| &other.child_ids[place]) {
                let found = match_with(person, child).unwrap();
                assert_eq!(found.state(), MatchState::Linked);
            }
        }
    }
}

#[tokio::test]
async fn r8_two_entries_are_joined_and_parted_and_a_chain_of_links_is_one_human() {
    let intake = Intake::start(*MORNING).await;
    let mut receipts = Vec::new();
    for name in ["", "Taiwo Balogun", "Agnieszka Nowak"] {
        let mut given = referral();
        given.adults.clear();
        given.consents.clear();
        given.children = vec![pb::Child { name: name.to_owned(), ..child("", 2016) }];
        given.children[0].nhs_number.clear();
        given.children[0].birth_date = None;
        given.children[0].address.clear();
        given.children[0].school.clear();
        receipts.push(intake.submit(given).await);
        intake.clock.advance(SignedDuration::from_hours(1));
    }
    let ids: Vec<&str> = receipts.iter().map(|receipt| receipt.child_ids[0].as_str()).collect();
    let earlier = async |place: usize| {
        let people = history(&intake, &receipts[place].contact_id).await;
        people[0].earlier_contacts.iter().map(|it| it.contact_id.clone()).collect::<Vec<_>>()
    };
    assert!(earlier(2).await.is_empty());
    let mut worker = register(&intake, "screening_practitioner").await;
    worker.join_people(joining(ids[0], ids[1])).await.unwrap();
    let joined = worker.join_people(joining(ids[2], ids[1])).await.unwrap().into_inner();
    let before = [receipts[1].contact_id.clone(), receipts[0].contact_id.clone()];
    assert_eq!(earlier(2).await, before, "however long the chain");
    let twice = worker.join_people(joining(ids[1], ids[2])).await.err().unwrap();
    assert_eq!(reason_of(&twice), "LINKED_ALREADY");

    let parting = pb::PartPeopleRequest {
        request_id: Uuid::new_v4().to_string(),
        one_id: ids[1].to_owned(),
        other_id: ids[2].to_owned(),
        revision: joined.revision,
        reason: "Two girls of one name.".to_owned(),
    };
    let parted = worker.part_people(parting.clone()).await.unwrap().into_inner();
    assert_eq!(parted.match_id, joined.match_id);
    assert!(earlier(2).await.is_empty());
    assert_eq!(earlier(1).await, before[1..]);
    let again = pb::PartPeopleRequest {
        request_id: Uuid::new_v4().to_string(),
        revision: parted.revision,
        ..parting
    };
    assert_eq!(reason_of(&worker.part_people(again).await.err().unwrap()), "NOTHING_TO_UNDO");
    let known = pb::JoinPeopleRequest { revision: parted.revision, ..joining(ids[1], ids[2]) };
    let joined = worker.join_people(known).await.unwrap().into_inner();
    assert_eq!((joined.match_id, joined.revision), (parted.match_id, parted.revision + 1));
    assert_eq!(earlier(2).await, before);
    let nobody = worker.join_people(joining(ids[0], &Uuid::new_v4().to_string())).await;
    assert_eq!(nobody.err().unwrap().code(), Code::NotFound);
}

#[tokio::test]
async fn r8_who_is_corrected_is_matched_again_and_a_lost_certainty_waits_for_a_person() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(siblings()).await;
    let mut given = unnumbered();
    given.children[0].nhs_number = NHS[0].to_owned();
    let second = intake.submit(given).await;
    let people = history(&intake, &second.contact_id).await;
    assert!(match_with(&people[0], &first.child_ids[0]).unwrap().certain);
    let mut worker = intake.as_person("screening_practitioner").await;
    let mut correct = async |revision: i64, place: usize, right: pb::Child| {
        let right = pb::RecordedChild {
            child_id: second.child_ids[place].clone(),
            child: Some(right),
            ..pb::RecordedChild::default()
        };
        let amendment = pb::AmendContactRequest {
            request_id: Uuid::new_v4().to_string(),
            contact_id: second.contact_id.clone(),
            revision,
            reason: "The school telephoned.".to_owned(),
            correction: Some(pb::Correction { part: Some(pb::correction::Part::Child(right)) }),
        };
        worker.amend_contact(amendment).await.unwrap();
    };
    let wrong = pb::Child { nhs_number: String::new(), ..child("Chidera Okafor", 2016) };
    correct(1, 0, wrong).await;
    let people = history(&intake, &second.contact_id).await;
    let loosened = match_with(&people[0], &first.child_ids[0]).unwrap();
    assert!(!loosened.certain && loosened.state() == MatchState::Proposed);
    correct(2, 1, pb::Child { nhs_number: NHS[1].to_owned(), ..child("Ọlá Okafor", 2019) }).await;
    let people = history(&intake, &second.contact_id).await;
    assert!(match_with(&people[1], &first.child_ids[1]).unwrap().certain);
    // One with whom nothing is in common any more waits for a person too.
    let nobody = pb::Child {
        nhs_number: String::new(),
        address: "9 Other Lane, London N16 5XY".to_owned(),
        school: String::new(),
        sex: "M".to_owned(),
        ..child("Piotr Nowak", 2009)
    };
    correct(3, 1, nobody).await;
    let people = history(&intake, &second.contact_id).await;
    let lost = match_with(&people[1], &first.child_ids[1]).unwrap();
    assert!(!lost.certain && lost.state() == MatchState::Proposed);
}

#[tokio::test]
async fn r8_twins_and_a_family_of_eight_stay_who_they_are() {
    let intake = Intake::start(*MORNING).await;
    let names = ["Moshe", "Yosef", "Chaya", "Rivka", "Shlomo", "Shmuel", "Leah", "Mordechai"];
    let family = || {
        let mut given = referral();
        given.children = names
            .iter()
            .zip([2008, 2010, 2012, 2014, 2016, 2018, 2020, 2020])
            .map(|(name, born)| pb::Child {
                nhs_number: String::new(),
                ..child(&format!("{name} Friedman"), born)
            })
            .collect();
        given
    };
    let (first, second) = (intake.submit(family()).await, intake.submit(family()).await);
    let people = history(&intake, &second.contact_id).await;
    for (place, person) in people.iter().take(names.len()).enumerate() {
        let found: Vec<&str> =
            person.matches.iter().map(|found| other(found).person_id.as_str()).collect();
        assert_eq!(found, [first.child_ids[place].as_str()], "{}", names[place]);
    }
}

#[tokio::test]
async fn r8_two_hundred_children_are_matched_each_with_themselves() {
    let intake = Intake::start(*MORNING).await;
    let parts = ["Bo", "Da", "Fe", "Gu", "Ki", "La", "Mo", "Ne", "Pu", "Ri"];
    let name = |number: usize| {
        let (one, other) = (parts[number % 10], parts[number / 10 % 10]);
        format!("{one}{other}na {other}{one}sko{}", parts[number / 100])
    };
    let school = || {
        let mut given = referral();
        given.adults.clear();
        given.consents.clear();
        given.children = (0..200)
            .map(|number| {
                let (month, day) = (1 + number as i32 % 12, 1 + number as i32 / 12);
                let birth_date = Some(Date { year: 2014, month, day });
                let nhs_number = String::new();
                pb::Child { birth_date, nhs_number, ..child(&name(number), 2014) }
            })
            .collect();
        given
    };
    let (first, second) = (intake.submit(school()).await, intake.submit(school()).await);
    let people = history(&intake, &second.contact_id).await;
    for (place, person) in people.iter().enumerate() {
        let best = &person.matches[0];
        assert_eq!(other(best).person_id, first.child_ids[place]);
    }
}

#[tokio::test]
async fn r8_what_cannot_be_matched_loses_no_contact_and_holds_up_nobody() {
    let intake = Intake::start(*MORNING).await;
    sqlx::raw_sql(
        "CREATE FUNCTION intake.fail() RETURNS trigger LANGUAGE plpgsql AS $$ \
         BEGIN RAISE EXCEPTION 'no'; END $$; \
         CREATE TRIGGER fails BEFORE INSERT ON intake.match FOR EACH ROW \
         WHEN (NEW.certain) EXECUTE FUNCTION intake.fail();",
    )
    .execute(&intake.database)
    .await
    .unwrap();
    intake.submit(siblings()).await;
    let lost = intake.submit(siblings()).await;
    let mut first = unnumbered();
    first.children.truncate(1);
    let mut second = first.clone();
    second.request_id = Uuid::new_v4().to_string();
    let known = intake.submit(first).await;
    intake.submit(second).await;
    harness::eventually("others are matched", async || {
        let statement = "SELECT EXISTS (SELECT FROM intake.match WHERE $1 IN (one, other))";
        let child: Uuid = known.child_ids[0].parse().unwrap();
        let found: bool =
            sqlx::query_scalar(statement).bind(child).fetch_one(&intake.database).await.unwrap();
        found.then_some(())
    })
    .await;
    let mut manager = register(&intake, "mash_manager").await;
    let asked = pb::GetHistoryRequest {
        contact_id: lost.contact_id.clone(),
        purpose: Purpose::Screening.into(),
    };
    assert!(manager.get_history(asked).await.unwrap().into_inner().matching_continues);
    sqlx::raw_sql("DROP TRIGGER fails ON intake.match").execute(&intake.database).await.unwrap();
    let people = history(&intake, &lost.contact_id).await;
    assert!(people[0].matches.iter().any(|found| found.certain));
}

#[tokio::test]
async fn r8_bad_requests_to_the_register_name_every_field() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    let refused = worker.get_history(pb::GetHistoryRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["contact_id", "purpose"]);
    let bad = pb::ListOpenMatchesRequest { page_size: 201, ..Default::default() };
    let refused = worker.list_open_matches(bad).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["purpose", "page_size"]);
    let refused = worker.decide_match(pb::DecideMatchRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "match_id", "revision", "decision", "reason"]);
    let refused = worker.undo_match(pb::UndoMatchRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "match_id", "revision", "reason"]);
    let refused = worker.join_people(pb::JoinPeopleRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "one_id", "other_id", "reason"]);
    let themselves = Uuid::new_v4().to_string();
    let refused = worker.join_people(joining(&themselves, &themselves)).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["other_id"]);
    let refused = worker.part_people(pb::PartPeopleRequest::default()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "one_id", "other_id", "revision", "reason"]);
    let bad = pb::AnswerDifferenceRequest { answer: "Nothing.".to_owned(), ..Default::default() };
    let refused = worker.answer_difference(bad).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "contact_id", "child_id", "answer"]);
    matched(&intake).await;
    let nothing = worker.undo_match(undoing(&themselves, 1)).await.err().unwrap();
    assert_eq!(nothing.code(), Code::NotFound);
}
