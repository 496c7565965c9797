//! Contacts about as many people as there can be on one (R4, R8): a school, a hostel.

use std::collections::BTreeSet;

use proto::{
    intake::v1::{self as pb, MatchReason},
    terms::v1::{Date, Purpose},
};

use crate::{
    register_stage::{matched, other, register},
    stage::{Intake, MORNING, child, referral},
};

/// As many children and as many adults as a contact can have.
const MOST: usize = 200;

/// First and family name of each of so many families.
fn family(number: usize) -> (String, String) {
    let parts = ["Bo", "Da", "Fe", "Gu", "Ki", "La", "Mo", "Ne", "Pu", "Ri"];
    let (one, other) = (parts[number % 10], parts[number / 10 % 10]);
    let end = ["sko", "vich"][number / 100];
    (format!("{one}{other}na"), format!("{other}{}{end}", one.to_lowercase()))
}

/// A contact about all of them: each child has one parent there, and nobody says where the
/// parents live.
fn school() -> pb::SubmitContactRequest {
    let mut given = referral();
    given.children = (0..MOST)
        .map(|number| {
            let (first, family) = family(number);
            let (month, day) = (1 + number as i32 % 12, 1 + number as i32 / 12);
            pb::Child {
                birth_date: Some(Date { year: 2014, month, day }),
                nhs_number: String::new(),
                ..child(&format!("{first} {family}"), 2014)
            }
        })
        .collect();
    let parent = |number: usize| pb::Adult {
        name: format!("{}ta {}", family(number).0, family(number).1),
        ..given.adults[0].clone()
    };
    given.adults = (0..MOST).map(parent).collect();
    given
}

#[tokio::test]
async fn r4_r8_two_hundred_children_with_two_hundred_adults_are_told_of_twice() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(school()).await;
    let second = intake.submit(school()).await;
    matched(&intake).await;
    let asked = pb::GetHistoryRequest {
        contact_id: second.contact_id.clone(),
        purpose: Purpose::Screening.into(),
    };
    let mut manager = register(&intake, "mash_manager").await;
    let history = manager.get_history(asked).await.unwrap().into_inner();
    assert!(!history.matching_continues && history.more_live_near);
    assert_eq!(history.people.len(), 2 * MOST);
    let here: BTreeSet<&str> =
        history.people.iter().map(|person| person.person_id.as_str()).collect();
    for (place, person) in history.people.iter().take(MOST).enumerate() {
        let best = &person.matches[0];
        assert_eq!(other(best).person_id, first.child_ids[place]);
        let one = best.one.as_ref().unwrap();
        assert_eq!(one.household.len(), 10, "no more than can live together");
        let own = &school().adults[place].name;
        assert!(one.household.contains(own), "{own} bears the name of {}", one.name);
        assert!(best.reasons.iter().any(|it| it.reason() == MatchReason::HouseholdSame));
        assert_eq!(person.related.len(), 10, "those who are linked most");
        let related = person.related.iter().map(|it| it.person.as_ref().unwrap());
        assert!(related.clone().all(|it| !here.contains(it.person_id.as_str())));
    }
}
