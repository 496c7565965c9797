//! Hand-overs to units: when they are withdrawn, from when they are timed, and which unit
//! they name (R9).

use harness::{fact_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{convert::to_timestamp, intake::v1 as pb, terms::v1::ClockStart};
use uuid::Uuid;

use crate::{
    register_open_cases::{hand_overs, passing, receipt},
    register_stage::{
        NHS, advance, decision, episode, history, known, match_with, opened_on, register, siblings,
        undoing, unnumbered,
    },
    stage::{Intake, MORNING},
};

/// Two siblings of the case system, both with an open case at Unit 7.
pub async fn both_open(intake: &Intake) -> [Uuid; 2] {
    let mut cases = Vec::new();
    for (name, number) in ["Chidera Okafor", "Ọlá Okafor"].into_iter().zip(NHS) {
        let case = known(intake, name, number).await;
        episode(intake, case, "section_17", None).await;
        cases.push(case);
    }
    cases.try_into().unwrap()
}

/// The only hand-over there is.
async fn the_one(intake: &Intake) -> pb::UnitHandOver {
    hand_overs(intake).await.try_into().map(|[one]: [_; 1]| one).unwrap_or_else(|_| panic!("one"))
}

/// Undoes the match of a child of a contact with an entry.
async fn undo(intake: &Intake, contact: &str, child: usize, entry: Uuid) {
    let people = history(intake, contact).await;
    let found = match_with(&people[child], &entry.to_string()).unwrap();
    let mut worker = register(intake, "screening_practitioner").await;
    worker.undo_match(undoing(&found.match_id, found.revision)).await.unwrap();
}

#[tokio::test]
async fn r9_a_wrong_match_is_undone_after_the_receipt_too_and_the_sibling_begins_anew() {
    let intake = Intake::start(*MORNING).await;
    let [chidera, _] = both_open(&intake).await;
    let contact = intake.submit(siblings()).await;
    let found = the_one(&intake).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    let passed = worker.pass_to_unit(passing(&found)).await.unwrap().into_inner();
    worker.record_unit_receipt(receipt(&found, passed.revision)).await.unwrap();

    intake.clock.advance(SignedDuration::from_hours(1));
    undo(&intake, &contact.contact_id, 0, chidera).await;
    let now = Some(to_timestamp(intake.clock.now()));
    let all = hand_overs(&intake).await;
    let before = all.iter().find(|it| it.hand_over_id == found.hand_over_id).unwrap();
    assert!(before.withdrawn_at == now && before.received_at.is_some());
    let told: Vec<pb::UnitHandOverWithdrawn> = intake.told(&found.hand_over_id).await;
    assert!(told[0].received_at == before.received_at && told[0].clocks_ended.is_empty());
    assert_eq!(told[0].child_ids, found.child_ids);
    let [anew] = all.iter().filter(|it| it.withdrawn_at.is_none()).collect::<Vec<_>>()[..] else {
        panic!("one begins anew")
    };
    assert_eq!((&*anew.child_ids, anew.found_at), (&contact.child_ids[1..], now));
    assert!(anew.passed_at.is_none());
}

#[tokio::test]
async fn r9_the_sibling_of_who_is_undone_before_the_unit_was_told_keeps_the_clock() {
    let intake = Intake::start(*MORNING).await;
    let [chidera, _] = both_open(&intake).await;
    let contact = intake.submit(siblings()).await;
    let found = the_one(&intake).await;
    intake.clock.advance(SignedDuration::from_mins(30));
    undo(&intake, &contact.contact_id, 0, chidera).await;
    let all = hand_overs(&intake).await;
    let anew = all.iter().find(|it| it.withdrawn_at.is_none()).unwrap();
    assert_eq!((all.len(), &*anew.child_ids), (2, &contact.child_ids[1..]));
    assert_eq!(anew.pass_due_at, found.pass_due_at);
}

/// The clock that began when an open case was found.
async fn passing_clock(intake: &Intake, hand_over: &pb::UnitHandOver) -> ClockStart {
    let told: Vec<pb::OpenCaseFound> = intake.told(&hand_over.hand_over_id).await;
    told[0].clocks_started[0].clone()
}

fn received(at: &str, urgent: bool) -> pb::SubmitContactRequest {
    pb::SubmitContactRequest {
        received_at: Some(to_timestamp(at.parse::<Timestamp>().unwrap())),
        significant_harm: urgent,
        ..siblings()
    }
}

#[tokio::test]
async fn r9_the_hour_runs_from_the_receipt_of_the_contact_or_the_opening_after_it() {
    for (at, urgent, from) in [
        ("2026-11-24T09:20:00Z", false, "2026-11-24T09:20:00Z"),
        ("2026-11-23T20:00:00Z", false, "2026-11-24T09:00:00Z"),
        ("2026-11-23T20:00:00Z", true, "2026-11-23T20:00:00Z"),
    ] {
        let intake = Intake::start(*MORNING).await;
        let case = known(&intake, "Chidera Okafor", NHS[0]).await;
        episode(&intake, case, "section_17", None).await;
        let mut worker = intake.as_person("screening_practitioner").await;
        worker.submit_contact(received(at, urgent)).await.unwrap();
        let found = the_one(&intake).await;
        let clock = passing_clock(&intake, &found).await;
        let from: Timestamp = from.parse().unwrap();
        assert_eq!(clock.started_at, Some(to_timestamp(from)), "{at}");
        let due = Some(to_timestamp(from + SignedDuration::from_hours(1)));
        assert_eq!((clock.deadline, found.pass_due_at), (due, due));
        assert_eq!(found.found_at, Some(to_timestamp(*MORNING)));
    }
}

#[tokio::test]
async fn r9_the_hour_runs_from_whoever_had_to_tell_first() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    let contact = intake.submit(siblings()).await;
    let uncertain = intake.submit(unnumbered()).await;
    assert!(hand_overs(&intake).await.is_empty());
    intake.clock.advance(SignedDuration::from_hours(1));
    let heard = Some(to_timestamp(intake.clock.now()));
    episode(&intake, case, "section_17", None).await;
    let found = the_one(&intake).await;
    assert_eq!(found.contact_id, contact.contact_id);
    assert_eq!(passing_clock(&intake, &found).await.started_at, heard);

    intake.clock.advance(SignedDuration::from_hours(1));
    let confirmed = Some(to_timestamp(intake.clock.now()));
    let people = history(&intake, &uncertain.contact_id).await;
    let waits = match_with(&people[0], &contact.child_ids[0]).unwrap();
    let mut worker = register(&intake, "screening_practitioner").await;
    worker.decide_match(decision(waits, pb::MatchDecision::Confirm)).await.unwrap();
    let all = hand_overs(&intake).await;
    let found = all.iter().find(|it| it.contact_id == uncertain.contact_id).unwrap();
    assert_eq!(passing_clock(&intake, found).await.started_at, confirmed);
}

#[tokio::test]
async fn r9_what_is_heard_of_by_night_is_timed_from_the_opening_unless_it_is_urgent() {
    // Opened before the contact, or on its day, and heard of at two in the night after it.
    let (night, opening) = ("2026-11-25T02:00:00Z", "2026-11-25T09:00:00Z");
    for (urgent, day, from) in [
        (false, "2026-10-01", opening),
        (true, "2026-10-01", night),
        (false, "2026-11-24", opening),
        (true, "2026-11-24", opening),
    ] {
        let intake = Intake::start(*MORNING).await;
        let case = known(&intake, "Chidera Okafor", NHS[0]).await;
        intake.submit(received("2026-11-24T10:00:00Z", urgent)).await;
        assert!(hand_overs(&intake).await.is_empty());
        advance(&intake, SignedDuration::from_hours(16)).await;
        assert_eq!(intake.clock.now(), night.parse().unwrap());
        opened_on(&intake, case, day, ("section_47", None)).await;
        let found = the_one(&intake).await;
        let from = from.parse::<Timestamp>().unwrap();
        let clock = passing_clock(&intake, &found).await;
        assert_eq!(clock.started_at, Some(to_timestamp(from)), "{urgent} {day}");
        let due = Some(to_timestamp(from + SignedDuration::from_hours(1)));
        assert_eq!((clock.deadline, found.pass_due_at), (due, due));
        assert_eq!(found.found_at, Some(to_timestamp(intake.clock.now())), "it shows at once");
    }
}

#[tokio::test]
async fn r9_r18_section_47_that_was_recorded_makes_what_is_heard_of_by_night_urgent() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    let contact = intake.submit(siblings()).await;
    hand_overs(&intake).await;
    let mut manager = intake.as_person("mash_manager").await;
    let suspicion = pb::RecordBasisRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.contact_id,
        revision: 1,
        child_ids: contact.child_ids[1..].to_vec(),
        basis: Some(pb::record_basis_request::Basis::Section47(pb::Section47 {
            reasons: "Bruises of many ages, and no account of them.".to_owned(),
        })),
        ..pb::RecordBasisRequest::default()
    };
    manager.record_basis(suspicion).await.unwrap();
    advance(&intake, SignedDuration::from_hours(16)).await;
    episode(&intake, case, "section_17", None).await;
    let found = the_one(&intake).await;
    let at_once = Some(to_timestamp(intake.clock.now()));
    assert_eq!(passing_clock(&intake, &found).await.started_at, at_once);
}

#[tokio::test]
async fn r9_a_case_of_the_day_that_is_known_when_the_contact_comes_is_timed_from_its_receipt() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    opened_on(&intake, case, "2026-11-24", ("section_17", None)).await;
    intake.submit(siblings()).await;
    let found = the_one(&intake).await;
    let in_an_hour = Some(to_timestamp(*MORNING + SignedDuration::from_hours(1)));
    assert_eq!(found.pass_due_at, in_an_hour);
}

#[tokio::test]
async fn r9_a_contact_that_is_entered_late_is_handed_over_by_the_day_of_its_entry() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    // Opened on 1 October, after the letter came.
    episode(&intake, case, "section_17", None).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    let late = worker.submit_contact(received("2026-09-14T10:00:00Z", false)).await.unwrap();
    let found = the_one(&intake).await;
    assert_eq!(found.contact_id, late.into_inner().contact_id);
    // However old it is: what lost its ground is withdrawn.
    intake.clock.advance(SignedDuration::from_hours(24 * 40));
    undo(&intake, &found.contact_id, 0, case).await;
    assert!(the_one(&intake).await.withdrawn_at.is_some());
}

#[tokio::test]
async fn r9_the_unit_follows_the_episode_until_one_was_told_and_who_was_told_is_kept() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "section_17", None).await;
    intake.submit(siblings()).await;
    let found = the_one(&intake).await;
    let moves = async |unit: &str| {
        sqlx::query("UPDATE intake.episode SET unit = $1")
            .bind(unit)
            .execute(&intake.database)
            .await
            .unwrap();
    };
    moves("Unit 9").await;
    let followed = the_one(&intake).await;
    assert_eq!((&*followed.unit, followed.revision), ("Unit 9", found.revision + 1));
    assert_eq!(intake.told::<pb::HandOverUnitChanged>(&found.hand_over_id).await.len(), 1);
    let mut worker = register(&intake, "screening_practitioner").await;
    let stale = worker.pass_to_unit(passing(&found)).await.err().unwrap();
    assert_eq!(reason_of(&stale), "STALE_REVISION");
    let before = Some(to_timestamp(*MORNING - SignedDuration::from_mins(1)));
    let early = pb::PassToUnitRequest { passed_at: before, ..passing(&followed) };
    let early = worker.pass_to_unit(early).await.err().unwrap();
    let told = (reason_of(&early), fact_of(&early, "field"));
    assert_eq!(told, ("PASSED_BEFORE_FOUND".into(), "passed_at".into()));
    let other = pb::PassToUnitRequest { unit: "Duty, Unit 12".to_owned(), ..passing(&followed) };
    worker.pass_to_unit(other).await.unwrap();
    moves("Unit 3").await;
    let passed = the_one(&intake).await;
    assert_eq!((&*passed.unit, &*passed.unit_told), ("Unit 9", "Duty, Unit 12"));
}
