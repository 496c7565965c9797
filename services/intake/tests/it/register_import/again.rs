//! The same import sent again: after it was cut off, at the same time, with other rows.

use futures_util::future::join_all;
use harness::reason_of;
use jiff::{SignedDuration, tz::TimeZone};
use proto::{convert::to_date, intake::v1::import_episodes_response::Part as Answer};
use tonic::Code;

use super::{
    IMPORT, another, case_system, count, counted, episodes, import, parts, people, row, send,
    standing, with,
};
use crate::stage::{Intake, MORNING};

#[tokio::test]
async fn r12_the_same_import_again_takes_nothing_twice_and_names_the_bad_rows_again() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    let rows = || {
        (1..=1_200).map(|number| match number {
            7 | 1_100 => with(number, |row| row.sex = "X".to_owned()),
            _ => row(number),
        })
    };
    let (first, ended) = import(&mut system, IMPORT, rows()).await;
    assert_eq!(counted(&ended), (1_198, 0, 0, 2));
    // Something newer was told meanwhile: an old stream must not undo it.
    import(&mut system, &another(), [with(1, |row| row.unit = "Newer".to_owned())]).await;
    let (again, ended) = import(&mut system, IMPORT, rows()).await;
    assert_eq!(counted(&ended), (0, 0, 1_198, 2));
    assert!(first == again);
    assert_eq!((people(&intake).await, episodes(&intake).await), (1_198, 1_198));
    assert_eq!(count(&intake, "SELECT count(*) FROM intake.episode WHERE unit = 'Newer'").await, 1);
}

#[tokio::test]
async fn r12_a_row_that_was_refused_is_never_counted_as_taken_however_late_it_is_sent_again() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    let later = (intake.clock.now() + SignedDuration::from_hours(72)).to_zoned(TimeZone::UTC);
    let rows = || {
        (1..=3).map(|number| match number {
            2 => with(2, |row| row.closed_on = Some(to_date(later.date()))),
            _ => row(number),
        })
    };
    let (refused, ended) = import(&mut system, IMPORT, rows()).await;
    assert_eq!((refused[0].number, counted(&ended)), (2, (2, 0, 0, 1)));
    intake.clock.advance(SignedDuration::from_hours(96));
    let mut system = case_system(&intake).await;
    let (again, ended) = import(&mut system, IMPORT, rows()).await;
    assert!(refused == again);
    assert_eq!(counted(&ended), (0, 0, 2, 1));
    let (_, ended) = import(&mut system, &another(), rows()).await;
    assert_eq!(counted(&ended), (1, 0, 2, 0), "as of now it is sound");
}

#[tokio::test]
async fn r12_an_import_that_was_cut_off_goes_on_where_it_was() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    // A row that cannot be read ends the stream; the sender's system breaks down.
    let broken = with(701, |row| row.name = "x".repeat(300 * 1024));
    let (answers, end) = send(&mut system, parts(IMPORT, (1..=700).map(row).chain([broken]))).await;
    assert_eq!(reason_of(&end.unwrap_err()), "UNDECODABLE");
    let places = answers.iter().map(|answer| match answer {
        Answer::Progress(progress) => progress.position,
        Answer::Refused(_) | Answer::Ended(_) => panic!("neither refused nor ended"),
    });
    assert_eq!(places.collect::<Vec<_>>(), [500, 700]);
    let half = standing(&mut system, IMPORT).await;
    let progress = half.progress.unwrap();
    assert_eq!((half.system.as_str(), progress.position), ("mosaic", 700));
    assert!(half.ended_at.is_none());

    let (_, ended) = import(&mut system, IMPORT, (1..=900).map(row)).await;
    assert_eq!((ended.position, counted(&ended)), (900, (200, 0, 700, 0)));
    let whole = standing(&mut system, IMPORT).await;
    let progress = whole.progress.unwrap();
    assert_eq!((progress.position, counted(&progress)), (900, (900, 0, 0, 0)));
    assert!(whole.ended_at.is_some());
    assert_eq!(episodes(&intake).await, 900);
}

#[tokio::test]
async fn r12_the_id_of_an_import_with_another_stream_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    import(&mut system, IMPORT, (1..=3).map(row)).await;
    let other = with(2, |row| row.unit = "Another".to_owned());
    let (_, end) = send(&mut system, parts(IMPORT, [row(1), other, row(3), row(4)])).await;
    let refused = end.unwrap_err();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::AlreadyExists, "IMPORT_ID_REUSED"));
    assert_eq!(episodes(&intake).await, 3);
    assert_eq!(standing(&mut system, IMPORT).await.progress.unwrap().position, 3);
}

#[tokio::test]
async fn r12_the_id_of_an_import_with_a_shorter_stream_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    import(&mut system, IMPORT, (1..=1_000).map(row)).await;
    // The next night's file under the same id, with fewer rows.
    let other = (1..=900).map(|number| with(number, |row| row.unit = "Another".to_owned()));
    for shorter in [parts(IMPORT, other), parts(IMPORT, (1..=700).map(row)), parts(IMPORT, [])] {
        let (answers, end) = send(&mut system, shorter).await;
        assert!(!answers.iter().any(|answer| matches!(answer, Answer::Ended(_))));
        assert_eq!(reason_of(&end.unwrap_err()), "IMPORT_ID_REUSED");
    }
    let standing = standing(&mut system, IMPORT).await.progress.unwrap();
    assert_eq!((standing.position, counted(&standing)), (1_000, (1_000, 0, 0, 0)));
    // The stream itself is answered as it was, and one that is longer goes on.
    let (_, again) = import(&mut system, IMPORT, (1..=1_000).map(row)).await;
    assert_eq!(counted(&again), (0, 0, 1_000, 0));
    let (_, longer) = import(&mut system, IMPORT, (1..=1_010).map(row)).await;
    assert_eq!(counted(&longer), (10, 0, 1_000, 0));
}

#[tokio::test]
async fn r12_two_streams_of_one_import_at_once_take_nothing_twice() {
    let intake = Intake::start(*MORNING).await;
    let streams = (0..3).map(async |_| {
        let mut system = case_system(&intake).await;
        import(&mut system, IMPORT, (1..=1_500).map(row)).await.1
    });
    let ended = join_all(streams).await;
    let created: i32 = ended.iter().map(|ended| ended.created).sum();
    let unchanged: i32 = ended.iter().map(|ended| ended.unchanged).sum();
    assert_eq!((created, unchanged), (1_500, 3_000));
    assert_eq!((people(&intake).await, episodes(&intake).await), (1_500, 1_500));
    let mut system = case_system(&intake).await;
    let progress = standing(&mut system, IMPORT).await.progress.unwrap();
    assert_eq!(counted(&progress), (1_500, 0, 0, 0));
}
