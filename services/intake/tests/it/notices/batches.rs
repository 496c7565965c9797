//! Batches as they are sent, cut off, sent again, and wrong.

use futures_util::{StreamExt, stream};
use harness::{fields_of, reason_of};
use proto::intake::v1::{self as pb, submit_notices_request, submit_notices_response::Part};
use tonic::Code;
use uuid::Uuid;

use super::{
    BATCH, POLICE, as_person, header, notice, parts, send, sender, sent, summary, taken, with,
};
use crate::stage::{Intake, MORNING, referral};

fn refused(part: &Part) -> (i32, Vec<&str>) {
    match part {
        Part::Refused(refused) => {
            let fields = refused.problems.iter().map(|problem| problem.field.as_str());
            (refused.number, fields.collect())
        }
        Part::Taken(_) | Part::Summary(_) => panic!("not refused"),
    }
}

async fn count(intake: &Intake, table: &str) -> i64 {
    let statement = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(statement).fetch_one(&intake.database).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r14_of_ten_thousand_notices_the_broken_ones_are_named_and_the_rest_are_contacts() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    let is_broken = |number: i32| number % 100 == 7;
    let all = (1..=10_000).map(|number| match is_broken(number) {
        true => with(number, |contact| contact.children[0].sex = "X".to_owned()),
        false => notice(number),
    });
    let answers = sent(&mut police, all).await;
    assert_eq!(summary(&answers), (9_900, 0, 100));
    assert_eq!(answers.len(), 10_001);
    for (number, answer) in (1..).zip(&answers[..10_000]) {
        match is_broken(number) {
            true => assert_eq!(refused(answer), (number, vec!["contact.children[0].sex"])),
            false => assert_eq!(taken(answer).number, number),
        }
    }
    assert_eq!(count(&intake, "intake.contact").await, 9_900);
    assert_eq!(count(&intake, "intake.notice").await, 9_900);
}

#[tokio::test]
async fn r14_the_same_batch_again_goes_on_where_it_was_and_makes_nothing_twice() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    let first = sent(&mut police, (1..=3).map(notice)).await;
    let again = sent(&mut police, (1..=5).map(notice)).await;
    assert_eq!(summary(&again), (2, 3, 0));
    for (before, now) in first[..3].iter().zip(&again) {
        assert!(pb::NoticeTaken { again: true, ..taken(before).clone() } == *taken(now));
    }
    assert_eq!(count(&intake, "intake.contact").await, 5);
    // Another system's batch of the same name is another batch.
    let mut health = sender(&intake, Uuid::from_u128(2)).await;
    assert_eq!(summary(&sent(&mut health, [notice(1)]).await), (1, 0, 0));
}

#[tokio::test]
async fn r14_two_streams_of_one_batch_at_once_make_nothing_twice() {
    let intake = Intake::start(*MORNING).await;
    let streams = (0..3).map(async |_| {
        let mut police = sender(&intake, POLICE).await;
        let (taken, again, refused) = summary(&sent(&mut police, (1..=20).map(notice)).await);
        assert_eq!((taken + again, refused), (20, 0));
        taken
    });
    let taken: i32 = futures_util::future::join_all(streams).await.into_iter().sum();
    assert_eq!(taken, 20);
    assert_eq!(count(&intake, "intake.contact").await, 20);
}

#[tokio::test]
async fn r14_what_was_answered_before_the_sender_hung_up_is_safe() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    let open = stream::iter(parts([notice(1)])).chain(stream::pending());
    let mut answers = police.submit_notices(open).await.unwrap().into_inner();
    let answer = answers.next().await.unwrap().unwrap().part.unwrap();
    drop(answers);
    let again = sent(&mut police, (1..=2).map(notice)).await;
    assert_eq!(summary(&again), (1, 1, 0));
    assert_eq!(taken(&answer).contact_id, taken(&again[0]).contact_id);
}

#[tokio::test]
async fn r14_a_problem_of_one_notice_names_its_number_and_its_fields() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    let answers = sent(
        &mut police,
        [
            notice(1),
            notice(1),
            notice(0),
            notice(20_001),
            pb::Notice { number: 2, contact: None },
            with(3, |contact| {
                contact.request_id = Uuid::new_v4().to_string();
                contact.channel = 77;
                contact.referrer.as_mut().unwrap().source = "2A".to_owned();
            }),
            with(4, |contact| {
                contact.concern = String::new();
                contact.factors = vec!["18A".to_owned()];
            }),
            with(5, |contact| contact.concern = "a\0b".to_owned()),
            with(6, |contact| contact.referrer = None),
            notice(7),
        ],
    )
    .await;
    assert_eq!(summary(&answers), (2, 0, 8));
    assert_eq!(
        answers[1..9].iter().map(refused).collect::<Vec<_>>(),
        [
            (1, vec!["number"]),
            (0, vec!["number"]),
            (20_001, vec!["number"]),
            (2, vec!["contact"]),
            (3, vec!["contact.request_id", "contact.channel", "contact.referrer.source"]),
            (4, vec!["contact.concern", "contact.factors[0]"]),
            (5, vec!["contact.concern"]),
            (6, vec!["contact.referrer"]),
        ]
    );
    assert_eq!(taken(&answers[9]).number, 7);
    assert_eq!(count(&intake, "intake.contact").await, 2);
}

#[tokio::test]
async fn r14_a_place_that_is_nowhere_or_named_twice_keeps_out_its_own_notice_only() {
    let intake = Intake::start("2026-11-24T22:00:00Z".parse().unwrap()).await;
    let place = pb::Subject {
        kind: pb::SubjectKind::Place.into(),
        name: "Clapton Square".to_owned(),
        ..pb::Subject::default()
    };
    let about = |subject| pb::ContactSubject { subject: Some(subject), child_indexes: vec![0] };
    let named = |id: &str| about(pb::contact_subject::Subject::SubjectId(id.to_owned()));
    let new = about(pb::contact_subject::Subject::NewSubject(place));
    let given = pb::SubmitContactRequest { subjects: vec![new], ..referral() };
    let known = intake.submit(given).await.subject_ids.remove(0);
    let mut police = sender(&intake, POLICE).await;
    let stranger = Uuid::new_v4().to_string();
    let batch = || {
        [
            with(1, |contact| {
                contact.subjects = vec![named(&stranger)];
                contact.immediate_danger = true;
            }),
            with(2, |contact| contact.subjects = vec![named(&known), named(&known)]),
            with(3, |contact| contact.subjects = vec![named(&known)]),
            with(4, |contact| contact.immediate_danger = true),
        ]
    };
    // The same batch again ends no sooner.
    for again in [false, true] {
        let answers = sent(&mut police, batch()).await;
        assert_eq!(refused(&answers[0]), (1, vec!["contact.subjects[0].subject_id"]));
        assert_eq!(refused(&answers[1]), (2, vec!["contact.subjects[1].subject_id"]));
        assert_eq!([taken(&answers[2]).again, taken(&answers[3]).again], [again; 2]);
        // Who sends what says danger is told what to do, whether it is taken or not, and the
        // hub being closed everybody is given EDT's number (R5, R10).
        let Part::Refused(urgent) = &answers[0] else { panic!("refused") };
        for (advice, edt) in [
            (&urgent.advice, &urgent.edt_telephone),
            (&taken(&answers[3]).advice, &taken(&answers[3]).edt_telephone),
        ] {
            assert!(advice[0].contains("999") && advice[1].contains(edt.as_str()), "{advice:?}");
            assert_eq!(edt, "020 8356 2710");
        }
        let Part::Refused(quiet) = &answers[1] else { panic!("refused") };
        for advice in [&quiet.advice, &taken(&answers[2]).advice] {
            assert!(advice.len() == 1 && advice[0].contains("020 8356 2710"), "{advice:?}");
        }
        assert_eq!(quiet.edt_telephone, taken(&answers[2]).edt_telephone);
        assert_eq!(quiet.edt_telephone, "020 8356 2710");
    }
    crate::start::answers(&intake, "/metrics", "mash_notices_refused{urgent=\"true\"} 2").await;
    crate::start::answers(&intake, "/metrics", "mash_notices_refused{urgent=\"false\"} 2").await;
}

#[tokio::test]
async fn r14_a_number_sent_again_with_other_content_is_a_problem() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    sent(&mut police, [notice(1)]).await;
    let other = with(1, |contact| contact.concern = "Something else.".to_owned());
    let answers = sent(&mut police, [other, notice(2)]).await;
    assert_eq!(refused(&answers[0]), (1, vec!["number"]));
    assert_eq!(summary(&answers), (1, 0, 1));
}

#[tokio::test]
async fn r14_a_batch_that_is_none_is_refused_and_what_was_answered_stays() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    let notice_part = || parts([notice(1)]).pop().unwrap();
    for no_batch in [vec![], vec![notice_part()], vec![pb::SubmitNoticesRequest { part: None }]] {
        let (answers, end) = send(&mut police, no_batch).await;
        assert!(answers.is_empty());
        assert_eq!(reason_of(&end.unwrap_err()), "BATCH_OUT_OF_ORDER");
    }
    let bad = pb::BatchHeader { batch_id: "1".to_owned(), referral_source: "99".to_owned() };
    let bad = pb::SubmitNoticesRequest { part: Some(submit_notices_request::Part::Header(bad)) };
    let refused = send(&mut police, vec![bad]).await.1.unwrap_err();
    assert_eq!(fields_of(&refused), ["header.batch_id", "header.referral_source"]);
    let public = pb::BatchHeader { batch_id: BATCH.to_owned(), referral_source: "1B".to_owned() };
    let public =
        pb::SubmitNoticesRequest { part: Some(submit_notices_request::Part::Header(public)) };
    let refused = send(&mut police, vec![public]).await.1.unwrap_err();
    assert_eq!(fields_of(&refused).len(), 1);
    let (answers, end) = send(&mut police, vec![header(), notice_part(), header()]).await;
    assert_eq!(taken(&answers[0]).number, 1);
    assert_eq!(reason_of(&end.unwrap_err()), "BATCH_OUT_OF_ORDER");
    let huge = with(2, |contact| contact.concern = "x".repeat(1024 * 1024));
    let (answers, end) = send(&mut police, parts([notice(1), huge])).await;
    assert!(taken(&answers[0]).again);
    assert_eq!(reason_of(&end.unwrap_err()), "UNDECODABLE");
    assert_eq!(count(&intake, "intake.contact").await, 1);
}

#[tokio::test]
async fn r14_a_batch_has_at_most_twenty_thousand_notices() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    let empty = (0..20_001).map(|_| pb::Notice { number: 0, contact: None });
    let (answers, end) = send(&mut police, parts(empty)).await;
    assert_eq!(answers.len(), 20_000);
    assert_eq!(reason_of(&end.unwrap_err()), "BATCH_TOO_LARGE");
}

#[tokio::test]
async fn r14_only_a_system_that_sends_notices_may() {
    let intake = Intake::start(*MORNING).await;
    let mut referrer = as_person(&intake, "referrer").await;
    let refused = send(&mut referrer, parts([notice(1)])).await.1.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut police = sender(&intake, POLICE).await;
    let listed = police.list_notices(pb::ListNoticesRequest::default()).await;
    assert_eq!(listed.err().unwrap().code(), Code::PermissionDenied);
}
