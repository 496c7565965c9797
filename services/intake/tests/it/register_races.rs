//! The matcher and people, at the same moment (R8, R9).

use proto::intake::v1 as pb;

use crate::{
    register_open_cases::hand_overs,
    register_stage::{episode, history, known, match_with, register, siblings, undoing},
    stage::{Intake, MORNING},
};

const ROUNDS: u64 = 25;

/// An NHS number with its right check digit; none for numbers that have none.
fn nhs_number(number: u64) -> Option<String> {
    let nine = format!("{:09}", 401_023_000 + number);
    let sum: u64 =
        (2..=10).rev().zip(nine.bytes()).map(|(by, digit)| by * u64::from(digit - b'0')).sum();
    match 11 - sum % 11 {
        10 => None,
        11 => Some(format!("{nine}0")),
        check => Some(format!("{nine}{check}")),
    }
}

#[tokio::test]
async fn r9_a_link_undone_while_its_open_case_is_found_leaves_no_hand_over() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = register(&intake, "screening_practitioner").await;
    for number in (0..).filter_map(nhs_number).take(usize::try_from(ROUNDS).unwrap()) {
        let case = known(&intake, "Chidera Okafor", &number).await;
        let mut given = siblings();
        given.children.truncate(1);
        given.children[0].nhs_number.clone_from(&number);
        let contact = intake.submit(given).await;
        let people = history(&intake, &contact.contact_id).await;
        let found = match_with(&people[0], &case.to_string()).unwrap();
        let undo = worker.undo_match(undoing(&found.match_id, found.revision));
        let (undone, ()) = tokio::join!(undo, episode(&intake, case, "section_17", None));
        assert_eq!(undone.unwrap().into_inner().state(), pb::MatchState::Undone);
        let all = hand_overs(&intake).await;
        let of_contact = all.iter().filter(|it| it.contact_id == contact.contact_id);
        let standing = of_contact.filter(|it| it.withdrawn_at.is_none()).count();
        assert_eq!(standing, 0, "a hand-over stands without a ground");
    }
}
