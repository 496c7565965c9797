//! From a row of the case system to the hand-over of a contact's child (R9).

use proto::intake::v1 as pb;

use super::{IMPORT, another, case_system, day, import, with};
use crate::{
    register_open_cases::hand_overs,
    register_stage::{NHS, siblings},
    stage::{Intake, MORNING},
};

/// A row about an episode of the first or the second of the siblings.
fn open(sibling: usize) -> pb::EpisodeRow {
    with(1, |row| {
        row.person_ref = format!("P{sibling}");
        row.nhs_number = NHS[sibling].to_owned();
        row.name = ["Chidera Okafor", "Ọlá Okafor"][sibling].to_owned();
        row.birth_date = day([2016, 2019][sibling], 5, 17);
    })
}

#[tokio::test]
async fn r9_an_imported_episode_leads_to_the_hand_over_of_a_contacts_child() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    import(&mut system, IMPORT, [open(0)]).await;
    let contact = intake.submit(siblings()).await;
    let all = hand_overs(&intake).await;
    let [found] = all.as_slice() else { panic!("one hand-over") };
    assert_eq!((&found.contact_id, &*found.unit), (&contact.contact_id, "Family Support 3"));
    assert_eq!(found.child_ids, contact.child_ids[..1]);
}

#[tokio::test]
async fn r9_an_episode_that_goes_to_somebody_else_is_taken_from_whom_it_was_of() {
    let intake = Intake::start(*MORNING).await;
    let mut system = case_system(&intake).await;
    import(&mut system, IMPORT, [open(0)]).await;
    let contact = intake.submit(siblings()).await;
    assert_eq!(hand_overs(&intake).await[0].child_ids, contact.child_ids[..1]);
    import(&mut system, &another(), [open(1)]).await;
    let all = hand_overs(&intake).await;
    let of = |child: usize| {
        let [one] = all
            .iter()
            .filter(|it| it.child_ids == [contact.child_ids[child].clone()])
            .collect::<Vec<_>>()[..]
        else {
            panic!("one hand-over of each")
        };
        one.withdrawn_at.is_some()
    };
    assert_eq!((of(0), of(1)), (true, false));
}
