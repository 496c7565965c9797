//! The whole record of a contact: people, codes, incident, what a form asks (R2–R6).

use proto::{intake::v1 as pb, terms::v1 as terms};

use crate::stage::{Intake, MORNING, child, referral, violations};

/// A child of whom everything is told.
fn whole_child() -> pb::Child {
    pb::Child {
        ethnicity: "D.D5".to_owned(),
        upn: "A950000178301".to_owned(),
        chosen_name: "Chidi".to_owned(),
        pronouns: "he/him".to_owned(),
        gender: "01".to_owned(),
        religion: "Christian".to_owned(),
        first_language: "Igbo".to_owned(),
        communication_needs: "An interpreter for his mother.".to_owned(),
        disabilities: vec!["HEAR".to_owned(), "AUT".to_owned()],
        postcode: "e81ea".to_owned(),
        uprn: "000010008315".to_owned(),
        description: "Small for his age.".to_owned(),
        ..child("Chidera Okafor", 2016)
    }
}

fn whole() -> pb::SubmitContactRequest {
    pb::SubmitContactRequest {
        children: vec![whole_child(), child("", 2020), unborn()],
        adults: vec![
            pb::Adult {
                name: "Ngozi Okafor".to_owned(),
                relationship: "mother".to_owned(),
                parental_responsibility: Some(true),
                birth_date: Some(terms::Date { year: 1990, month: 2, day: 28 }),
                address: "14 Example Road, London E8".to_owned(),
                postcode: "E8 1EB".to_owned(),
                ..pb::Adult::default()
            },
            pb::Adult {
                description: "A tall man in a red van.".to_owned(),
                ..pb::Adult::default()
            },
        ],
        incident: Some(pb::Incident {
            on: Some(terms::Date { year: 2026, month: 11, day: 20 }),
            time_of_day: "after school".to_owned(),
            place: "Behind the leisure centre.".to_owned(),
        }),
        groundwork: Some(pb::Groundwork {
            spoken_to_family: Some(false),
            needs: "Warm food.".to_owned(),
            framework_considered: Some(true),
            ..pb::Groundwork::default()
        }),
        ..referral()
    }
}

/// Makes one field of a child wrong.
type Spoil = fn(&mut pb::Child);

fn unborn() -> pb::Child {
    pb::Child {
        unborn: true,
        sex: "U".to_owned(),
        ethnicity: "NOBT".to_owned(),
        birth_date: Some(terms::Date { year: 2027, month: 3, day: 1 }),
        ..pb::Child::default()
    }
}

#[tokio::test]
async fn r4_everything_told_of_a_child_is_kept_and_shown() {
    let intake = Intake::start(*MORNING).await;
    let given = whole();
    let receipt = intake.submit(given.clone()).await;
    let contact = intake.read(&receipt.contact_id).await;
    let shown = contact.children[0].clone();
    let written =
        pb::Child { postcode: "E8 1EA".to_owned(), uprn: "10008315".to_owned(), ..whole_child() };
    assert!(shown.child == Some(written), "a child differs from what was given");
    assert_eq!(shown.dfe_ethnicity, "BAFR");
    assert!(contact.incident == given.incident);
    assert!(contact.groundwork == given.groundwork);
    let adults: Vec<_> = contact.adults.iter().map(|adult| adult.adult.clone().unwrap()).collect();
    assert!(adults == given.adults);
    let ids: Vec<_> = contact.adults.iter().map(|adult| adult.adult_id.clone()).collect();
    assert_eq!(ids, receipt.adult_ids);
}

#[tokio::test]
async fn r4_unknown_and_unborn_people_are_types_of_their_own() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(whole()).await;
    let contact = intake.read(&receipt.contact_id).await;
    let kinds: Vec<_> = contact.children.iter().map(pb::RecordedChild::kind).collect();
    use pb::PersonKind::{Known, Unborn, Unknown};
    assert_eq!(kinds, [Known, Unknown, Unborn]);
    let kinds: Vec<_> = contact.adults.iter().map(pb::RecordedAdult::kind).collect();
    assert_eq!(kinds, [Known, Unknown]);
}

#[tokio::test]
async fn r6_what_a_professional_was_asked_and_did_not_tell_shows_and_blocks_nothing() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(whole()).await;
    // Not spoken to, without a reason; no service proposed.
    assert_eq!(receipt.gaps, [1, 3]);
    assert_eq!(intake.read(&receipt.contact_id).await.gaps, receipt.gaps);
    let mut neighbour = referral();
    neighbour.referrer = Some(pb::Referrer { source: "1B".to_owned(), ..pb::Referrer::default() });
    assert_eq!(intake.submit(neighbour).await.gaps, Vec::<i32>::new());
}

#[tokio::test]
async fn r2_a_child_can_be_the_referrer() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.referrer = Some(pb::Referrer {
        source: "1C".to_owned(),
        name: "Chidera Okafor".to_owned(),
        child_index: Some(0),
        ..pb::Referrer::default()
    });
    let receipt = intake.submit(given.clone()).await;
    let shown = intake.read(&receipt.contact_id).await;
    assert!(shown.referrer == given.referrer);
    assert_eq!(shown.own_contact_child_ids, [receipt.child_ids[0].clone()]);
    given.referrer.as_mut().unwrap().protected = true;
    given.request_id = uuid::Uuid::new_v4().to_string();
    let sealed = intake.submit(given.clone()).await;
    assert!(intake.read(&sealed.contact_id).await.own_contact_child_ids.is_empty());

    let referrer = given.referrer.as_mut().unwrap();
    (referrer.child_index, referrer.adult_index) = (Some(7), Some(0));
    let refused = intake.as_person("referrer").await.submit_contact(given).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "referrer.adult_index");
}

#[tokio::test]
async fn r4_an_unborn_child_is_expected_within_what_can_be() {
    let intake = Intake::start(*MORNING).await;
    let days = [
        ((2026, 10, 12), false),
        ((2026, 10, 13), true),
        ((2027, 9, 26), true),
        ((2027, 9, 27), false),
        ((1900, 1, 1), false),
        ((2090, 1, 1), false),
    ];
    for ((year, month, day), right) in days {
        let birth_date = Some(terms::Date { year, month, day });
        let children = vec![pb::Child { birth_date, ..unborn() }];
        let given = pb::SubmitContactRequest { children, consents: Vec::new(), ..referral() };
        let submitted = intake.as_person("referrer").await.submit_contact(given).await;
        let fields = submitted.err().map(|refused| harness::fields_of(&refused));
        let wrong = (!right).then(|| vec!["children[0].birth_date".to_owned()]);
        assert_eq!(fields, wrong, "{year}-{month}-{day}");
    }
}

#[tokio::test]
async fn r4_a_code_or_number_that_is_none_is_named() {
    let intake = Intake::start(*MORNING).await;
    let cases: [(&str, Spoil); 14] = [
        ("upn", |child| child.upn = "A950000178302".to_owned()),
        ("upn_unknown", |child| child.upn_unknown = "UN1".to_owned()),
        ("gender", |child| child.gender = "9".to_owned()),
        ("ethnicity", |child| child.ethnicity = "D.D99".to_owned()),
        ("disabilities[1]", |child| child.disabilities[1] = "DEAF".to_owned()),
        ("disabilities", |child| child.disabilities[0] = "NONE".to_owned()),
        ("disabilities", |child| {
            *child = pb::Child { disabilities: vec!["HEAR".into()], ..unborn() }
        }),
        ("nhs_number", |child| *child = pb::Child { nhs_number: "9434765919".into(), ..unborn() }),
        ("upn", |child| *child = pb::Child { upn: "A950000178301".into(), ..unborn() }),
        ("sex", |child| *child = pb::Child { sex: "M".into(), ..unborn() }),
        ("postcode", |child| child.postcode = "8E 1EA".to_owned()),
        ("uprn", |child| child.uprn = "12 Example Road".to_owned()),
        ("pronouns", |child| child.pronouns = "x".repeat(51)),
        ("description", |child| child.description = "x".repeat(1_001)),
    ];
    for (field, spoil) in cases {
        let mut given = whole();
        spoil(&mut given.children[0]);
        let refused = intake.as_person("referrer").await.submit_contact(given).await;
        let named = violations(&refused.err().unwrap());
        assert_eq!(named.len(), 1, "{field}");
        assert_eq!(named[0].0, format!("children[0].{field}"));
        assert!(named[0].1.ends_with("(R4)"), "{field}");
    }
}

#[tokio::test]
async fn r5_an_incident_of_tomorrow_or_of_no_day_is_refused() {
    let intake = Intake::start(*MORNING).await;
    for (year, month, day) in [(2026, 12, 24), (2026, 2, 30)] {
        let mut given = whole();
        given.incident.as_mut().unwrap().on = Some(terms::Date { year, month, day });
        let refused = intake.as_person("referrer").await.submit_contact(given).await;
        assert_eq!(violations(&refused.err().unwrap())[0].0, "incident.on");
    }
}

#[tokio::test]
async fn r4_a_family_with_one_birth_date_or_eight_first_names_is_kept_as_it_is() {
    let intake = Intake::start(*MORNING).await;
    let names = ["Ade", "Bola", "Chidi", "Dayo", "Ebele", "Femi", "Gbenga", "Hauwa"];
    let children: Vec<_> =
        names.iter().map(|name| child(&format!("{name} Okafor"), 2019)).collect();
    let given = pb::SubmitContactRequest { children, ..referral() };
    let receipt = intake.submit(given.clone()).await;
    let shown = intake.read(&receipt.contact_id).await.children;
    let ids: Vec<_> = shown.iter().map(|child| child.child_id.clone()).collect();
    assert_eq!(ids, receipt.child_ids);
    let mut once = ids.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), names.len());
    let kept: Vec<_> = shown.into_iter().filter_map(|child| child.child).collect();
    assert!(kept == given.children, "a child differs from what was given");
}

#[tokio::test]
async fn r4_a_number_that_two_children_share_is_a_question_and_in_no_disclosure() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.children.push(unborn());
    given.children[1].nhs_number = given.children[0].nhs_number.clone();
    let receipt = intake.submit(given.clone()).await;
    let shown = intake.read(&receipt.contact_id).await;
    let [shared] = shown.shared_numbers.as_slice() else { panic!("one number") };
    assert_eq!(shared.field, "nhs_number");
    assert_eq!(shared.child_ids, receipt.child_ids[..2]);
    assert!(shown.children[1].child.as_ref() == Some(&given.children[1]), "it is kept");

    // Of one child asked about alone it is left out too.
    let disclose = |children: &[String]| pb::GetDisclosureRequest {
        contact_id: receipt.contact_id.clone(),
        child_ids: children.to_vec(),
        agencies: vec!["health".to_owned()],
        basis_id: String::new(),
    };
    let mut manager = intake.as_checks_for("mash_manager").await;
    let alone = manager.get_disclosure(disclose(&receipt.child_ids[..1])).await.unwrap();
    assert_eq!(alone.get_ref().children[0].nhs_number, "");
    let all = manager.get_disclosure(disclose(&receipt.child_ids)).await.unwrap().into_inner();
    let of = |id: &String| all.children.iter().find(|child| child.child_id == *id).unwrap();
    let expected = of(&receipt.child_ids[2]);
    assert!(expected.unborn && expected.birth_date.is_none());
    assert!(expected.expected_date == unborn().birth_date);
    assert!(!of(&receipt.child_ids[0]).unborn && of(&receipt.child_ids[0]).birth_date.is_some());
}

#[tokio::test]
async fn r4_parental_responsibility_may_be_unknown() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    let adult =
        |parental_responsibility| pb::Adult { parental_responsibility, ..Default::default() };
    given.adults = vec![adult(Some(true)), adult(Some(false)), adult(None)];
    let receipt = intake.submit(given.clone()).await;
    let shown = intake.read(&receipt.contact_id).await.adults;
    let shown: Vec<_> = shown.into_iter().filter_map(|adult| adult.adult).collect();
    assert!(shown == given.adults);
}
