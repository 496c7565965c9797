//! Corrections of when a contact was received, on which every clock and figure runs (R13).

use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, correction::Part},
    terms::v1::{self as terms, ClockEnding},
};
use tonic::Status;

use crate::{
    corrections::amend,
    register_names::open_questions,
    register_open_cases::hand_overs,
    register_stage::{NHS, episode, known, siblings},
    remit::{clock_of, elsewhere, keep, questions, remit},
    stage::{Intake, MORNING, referral, violations},
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn received(at: Timestamp) -> Part {
    Part::ReceivedAt(to_timestamp(at))
}

/// Corrects when a contact at `revision` was received; answers what was told of it.
async fn correct(
    intake: &Intake,
    (contact, revision): (&str, i64),
    at: Timestamp,
) -> Result<pb::ContactAmended, Status> {
    let mut worker = intake.as_person("screening_practitioner").await;
    worker.amend_contact(amend(contact, revision, received(at))).await?;
    Ok(intake.told::<pb::ContactAmended>(contact).await.pop().unwrap())
}

/// A contact that EDT records now, and that was received so long before.
async fn entered(intake: &Intake, before: SignedDuration) -> pb::SubmitContactResponse {
    let received_at = Some(to_timestamp(intake.clock.now() - before));
    let given = pb::SubmitContactRequest { received_at, ..referral() };
    intake.as_person("edt").await.submit_contact(given).await.unwrap().into_inner()
}

#[tokio::test]
async fn r13_a_corrected_receipt_is_told_and_shown_beside_what_stood_there_before() {
    let intake = Intake::start(*MORNING).await;
    let receipt = entered(&intake, HOUR).await;
    intake.clock.advance(HOUR);
    let right = *MORNING - HOUR * 20;
    let told = correct(&intake, (&receipt.contact_id, 1), right).await.unwrap();
    assert_eq!(told.received_at, Some(to_timestamp(right)));
    assert!(told.clocks_started.is_empty() && told.clocks_ended.is_empty());
    let shown = intake.read(&receipt.contact_id).await;
    assert_eq!(shown.received_at, Some(to_timestamp(right)));
    assert_eq!(shown.recorded_at, Some(to_timestamp(*MORNING)));
    let before = shown.amendments[0].before.clone().unwrap().part;
    assert!(before == Some(received(*MORNING - HOUR)));
    assert_eq!(shown.amendments[0].reason, "The school telephoned again.");

    let mut worker = intake.as_person("screening_practitioner").await;
    let concern = Part::Concern("Often hungry on Mondays.".to_owned());
    worker.amend_contact(amend(&receipt.contact_id, 2, concern)).await.unwrap();
    let told = intake.told::<pb::ContactAmended>(&receipt.contact_id).await.remove(1);
    assert_eq!(told.received_at, None, "it was not corrected");
}

#[tokio::test]
async fn r13_a_receipt_in_the_future_or_after_the_recording_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let receipt = entered(&intake, HOUR).await;
    intake.clock.advance(HOUR);
    let second = SignedDuration::from_secs(1);
    for (at, why) in [
        (intake.clock.now() + second, "is not an instant of the past (R13)"),
        (*MORNING + second, "lies after the contact was recorded (R13)"),
    ] {
        let refused = correct(&intake, (&receipt.contact_id, 1), at).await.err().unwrap();
        let named = vec![("correction.received_at".to_owned(), why.to_owned())];
        assert_eq!(violations(&refused), named);
    }
    let shown = intake.read(&receipt.contact_id).await;
    assert_eq!((shown.revision, shown.amendments.len()), (1, 0));
    correct(&intake, (&receipt.contact_id, 1), *MORNING).await.unwrap();
}

#[tokio::test]
async fn r13_r3_the_clock_of_the_remit_runs_from_the_corrected_receipt() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(elsewhere()).await;
    let told = intake.told::<pb::ContactReceived>(&receipt.contact_id).await.remove(0);
    let first = clock_of(&told.clocks_started).unwrap().clone();
    let read = questions(&intake).await.remove(0);

    // Monday at four: an hour of the hub until closing, and three of Tuesday from nine.
    let right = "2026-11-23T16:00:00Z".parse().unwrap();
    let told = correct(&intake, (&receipt.contact_id, 1), right).await.unwrap();
    let [ended] = told.clocks_ended.as_slice() else { panic!("one clock ends") };
    assert_eq!((&ended.clock_id, ended.ending()), (&first.clock_id, ClockEnding::Replaced));
    let clock = clock_of(&told.clocks_started).unwrap().clone();
    let due: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    assert_eq!((clock.started_at, clock.deadline), (told.received_at, Some(to_timestamp(due))));
    assert_eq!(told.remit_reasons.len(), 2);

    // Who read the old deadline reads again; the same instant again replaces nothing.
    let again = correct(&intake, (&receipt.contact_id, 2), right).await.unwrap();
    assert!(again.clocks_started.is_empty() && again.clocks_ended.is_empty());
    let mut manager = remit(&intake, "mash_manager").await;
    let stale = manager.keep_contact(keep(&read)).await.err().unwrap();
    assert_eq!(stale.code(), tonic::Code::Aborted);
    let read = questions(&intake).await.remove(0);
    assert_eq!(read.received_at, Some(to_timestamp(right)));
    assert_eq!(read.due_at, Some(to_timestamp(due)));
    manager.keep_contact(keep(&read)).await.unwrap();
    let kept = intake.told::<pb::ContactKept>(&read.question_id).await.remove(0);
    assert_eq!(kept.clocks_ended[0].clock_id, clock.clock_id);
}

#[tokio::test]
async fn r13_r3_who_was_not_of_age_on_the_corrected_day_is_not_in_question() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.children[0].birth_date = Some(terms::Date { year: 2008, month: 11, day: 24 });
    let receipt = intake.submit(given).await;
    assert_eq!(questions(&intake).await.len(), 1);
    let told = correct(&intake, (&receipt.contact_id, 1), *MORNING - HOUR * 24).await.unwrap();
    assert!(told.remit_reasons.is_empty() && questions(&intake).await.is_empty());
    assert_eq!(told.clocks_ended[0].ending(), ClockEnding::Cancelled);
}

#[tokio::test]
async fn r13_r8_what_is_different_is_asked_of_the_contact_that_was_received_later() {
    let intake = Intake::start(*MORNING).await;
    let submit = async |before: SignedDuration| {
        let received_at = Some(to_timestamp(*MORNING - before));
        let given = pb::SubmitContactRequest { received_at, ..siblings() };
        let submitted = intake.as_person("edt").await.submit_contact(given).await;
        submitted.unwrap().into_inner().contact_id
    };
    let (first, second) = (submit(HOUR * 2).await, submit(HOUR).await);
    let differences = async |contact: &str| {
        open_questions(&intake, contact).await.map_or(0, |(_, differences)| differences)
    };
    assert_eq!((differences(&first).await, differences(&second).await), (0, 2));
    correct(&intake, (&second, 1), *MORNING - HOUR * 3).await.unwrap();
    assert_eq!((differences(&first).await, differences(&second).await), (2, 0));
}

#[tokio::test]
async fn r13_r9_a_hand_over_to_a_unit_that_runs_keeps_its_hour() {
    let intake = Intake::start(*MORNING).await;
    let case = known(&intake, "Chidera Okafor", NHS[0]).await;
    episode(&intake, case, "section_47", None).await;
    let contact = intake.submit(siblings()).await.contact_id;
    let before = hand_overs(&intake).await.remove(0);
    for (revision, hours) in [(1, 20), (2, 1)] {
        correct(&intake, (&contact, revision), *MORNING - HOUR * hours).await.unwrap();
        let after = hand_overs(&intake).await.remove(0);
        assert_eq!(after.pass_due_at, Some(to_timestamp(*MORNING + HOUR)));
        assert_eq!(after.revision, before.revision);
    }
}
