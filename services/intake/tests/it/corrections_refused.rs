//! Corrections that are refused: every bad field of every part is named with its rule, and
//! nothing is changed by any of them.

use harness::{fact_of, reason_of};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        self as pb, contact_subject::Subject, correction::Part, referrer_correction::Person,
    },
    terms::v1::Date,
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    contract::{fields_at, is_within},
    corrections::amend,
    stage::{Intake, MORNING, child, nobody_there, referral, violations},
};

/// A correction of what is sealed of somebody, where it names nobody itself.
fn unseen(sealed: pb::SealedFieldsCorrection) -> Part {
    let child_id = Some(sealed.child_id.clone()).filter(|id| !id.is_empty());
    let child_id = child_id.unwrap_or_else(|| Uuid::new_v4().to_string());
    Part::SealedFields(pb::SealedFieldsCorrection { child_id, ..sealed })
}

fn gender(identity: &str) -> pb::SealedFieldsCorrection {
    let gender_identity = Some(identity.to_owned());
    pb::SealedFieldsCorrection { gender_identity, ..Default::default() }
}

/// A bad field, its rule, and a correction in which it is the only one.
type Bad = (String, &'static str, Part);

fn long(most: usize) -> String {
    "ß".repeat(most + 1)
}

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// Makes one field of it wrong.
type Spoil<T> = (&'static str, fn(&mut T));

const CHILD: [Spoil<pb::Child>; 21] = [
    ("name", |it| it.name = long(200)),
    ("birth_date", |it| it.birth_date = day(2026, 2, 30)),
    ("birth_date", |it| it.birth_date = day(2026, 11, 26)),
    ("sex", |it| it.sex = "X".to_owned()),
    ("ethnicity", |it| it.ethnicity = "D.D99".to_owned()),
    ("address", |it| it.address = long(500)),
    ("school", |it| it.school = long(200)),
    ("nhs_number", |it| it.nhs_number = "9434765918".to_owned()),
    ("upn", |it| it.upn = "A950000178302".to_owned()),
    ("upn_unknown", |it| it.upn_unknown = "UN99".to_owned()),
    ("chosen_name", |it| it.chosen_name = long(200)),
    ("pronouns", |it| it.pronouns = long(50)),
    ("gender", |it| it.gender = "9".to_owned()),
    ("religion", |it| it.religion = long(100)),
    ("first_language", |it| it.first_language = long(100)),
    ("communication_needs", |it| it.communication_needs = long(500)),
    ("disabilities[0]", |it| it.disabilities = vec!["DEAF".to_owned()]),
    ("postcode", |it| it.postcode = "8E 1EA".to_owned()),
    ("uprn", |it| it.uprn = "12 Example Road".to_owned()),
    ("description", |it| it.description = long(1_000)),
    ("birth_date", |it| {
        let sex = "U".to_owned();
        *it = pb::Child { unborn: true, sex, birth_date: day(2027, 10, 1), ..it.clone() };
        it.nhs_number.clear();
    }),
];

const SEALED: [Spoil<pb::SealedFields>; 3] = [
    ("sexual_orientation", |it| it.sexual_orientation = long(100)),
    ("gender_identity", |it| it.gender_identity = long(100)),
    ("trans_history", |it| it.trans_history = long(1_000)),
];

const ADULT: [Spoil<pb::Adult>; 7] = [
    ("name", |it| it.name = long(200)),
    ("relationship", |it| it.relationship = long(100)),
    ("birth_date", |it| it.birth_date = day(1990, 2, 29)),
    ("birth_date", |it| it.birth_date = day(2026, 11, 26)),
    ("address", |it| it.address = long(500)),
    ("postcode", |it| it.postcode = "E8".to_owned()),
    ("description", |it| it.description = long(1_000)),
];

const INCIDENT: [Spoil<pb::Incident>; 4] = [
    ("on", |it| it.on = day(2026, 2, 30)),
    ("on", |it| it.on = day(2026, 11, 26)),
    ("time_of_day", |it| it.time_of_day = long(100)),
    ("place", |it| it.place = long(500)),
];

const GROUNDWORK: [Spoil<pb::Groundwork>; 4] = [
    ("needs", |it| it.needs = long(2_000)),
    ("proposed_service", |it| it.proposed_service = long(200)),
    ("why_not_spoken", |it| it.why_not_spoken = long(2_000)),
    ("why_not_considered", |it| it.why_not_considered = long(2_000)),
];

const REFERRER: [Spoil<pb::ReferrerCorrection>; 7] = [
    ("source", |it| it.source = Some("99".to_owned())),
    ("name", |it| it.name = Some(long(200))),
    ("organisation", |it| it.organisation = Some(long(200))),
    ("role", |it| it.role = Some(long(100))),
    ("nobody", |it| it.person = Some(Person::Nobody(false))),
    ("child_id", |it| it.person = Some(Person::ChildId("1".to_owned()))),
    ("adult_id", |it| it.person = Some(Person::AdultId("1".to_owned()))),
];

const SUBJECT: [Spoil<pb::Subject>; 6] = [
    ("kind", |it| it.kind = 0),
    ("kind", |it| it.kind = 99),
    ("name", |it| it.name = " ".to_owned()),
    ("name", |it| it.name = long(200)),
    ("description", |it| it.description = long(2_000)),
    ("address", |it| it.address = long(500)),
];

/// One bad correction for each way of spoiling it.
fn spoilt<'a, T: Clone>(
    (path, rule): (&'a str, &'static str),
    good: &'a T,
    ways: &'a [Spoil<T>],
    part: impl Fn(T) -> Part + 'a,
) -> impl Iterator<Item = Bad> + 'a {
    ways.iter().map(move |(field, spoil)| {
        let mut bad = good.clone();
        spoil(&mut bad);
        (format!("{path}.{field}"), rule, part(bad))
    })
}

fn park() -> pb::Subject {
    pb::Subject {
        kind: pb::SubjectKind::Place.into(),
        name: "The park".to_owned(),
        ..pb::Subject::default()
    }
}

fn link(subject: Option<Subject>, child: u32) -> Part {
    Part::LinkSubject(pb::ContactSubject { child_indexes: vec![child], subject })
}

fn recorded_child(id: &str, child: Option<pb::Child>) -> Part {
    Part::Child(pb::RecordedChild { child_id: id.to_owned(), child, ..Default::default() })
}

fn recorded_adult(id: &str, adult: Option<pb::Adult>) -> Part {
    Part::Adult(pb::RecordedAdult { adult_id: id.to_owned(), adult, ..Default::default() })
}

/// The bad fields of whoever is taken off, and of what is sealed.
fn bad_ids_and_seals() -> Vec<Bad> {
    let id = || "1".to_owned();
    let child = pb::RecordedChild { child_id: id(), ..Default::default() };
    let adult = pb::RecordedAdult { adult_id: id(), ..Default::default() };
    let (orientation, history) = (Some(long(100)), Some(long(1_000)));
    let bad = [
        ("taken_off_child.child_id", "R20", Part::TakenOffChild(child)),
        ("taken_off_adult.adult_id", "R4", Part::TakenOffAdult(adult)),
    ];
    let nothing = pb::SealedFieldsCorrection::default;
    let sealed = [
        ("sealed_fields", nothing()),
        (
            "sealed_fields.child_id",
            pb::SealedFieldsCorrection { child_id: id(), ..gender("a girl") },
        ),
        (
            "sealed_fields.sexual_orientation",
            pb::SealedFieldsCorrection { sexual_orientation: orientation, ..nothing() },
        ),
        ("sealed_fields.gender_identity", gender(&long(100))),
        (
            "sealed_fields.trans_history",
            pb::SealedFieldsCorrection { trans_history: history, ..nothing() },
        ),
    ];
    let sealed = sealed.map(|(field, it)| (field, "R4", unseen(it)));
    let all = bad.into_iter().chain(sealed);
    all.map(|(field, rule, part)| (format!("correction.{field}"), rule, part)).collect()
}

/// Every part with each of its fields bad, on a contact with this child and adult.
fn every_bad_field(a_child: &str, an_adult: &str) -> Vec<Bad> {
    let (known, adult) = (child("Chidera Okafor", 2016), pb::Adult::default());
    let factors = |codes: &[&str]| {
        Part::Factors(pb::Factors { factors: codes.iter().map(|&code| code.to_owned()).collect() })
    };
    let sealed = pb::Child { sealed: Some(pb::SealedFields::default()), ..known.clone() };
    let details = pb::ReferrerCorrection { contact_details: Some(long(200)), ..Default::default() };
    let single = [
        ("concern", "R5", Part::Concern(" ".to_owned())),
        ("concern", "R5", Part::Concern(long(20_000))),
        ("concern", "R5", Part::Concern("a\0b".to_owned())),
        ("factors.factors[1]", "R5", factors(&["1B", "18A"])),
        ("factors.factors[1]", "R5", factors(&["1B", "1B"])),
        ("factors.factors[0]", "R5", factors(&["21", "1B"])),
        ("child.child_id", "R4", recorded_child("1", Some(known.clone()))),
        ("child.child", "R4", recorded_child(a_child, None)),
        ("child.child.sealed", "R4", recorded_child(a_child, Some(sealed))),
        ("adult.adult_id", "R4", recorded_adult("1", Some(adult.clone()))),
        ("adult.adult", "R4", recorded_adult(an_adult, None)),
        ("referrer", "R2", Part::Referrer(pb::ReferrerCorrection::default())),
        ("referrer.contact_details", "R28", Part::Referrer(details)),
        ("link_subject.child_indexes", "R5", link(Some(Subject::NewSubject(park())), 200)),
        ("link_subject.subject", "R5", link(None, 0)),
        ("link_subject.subject_id", "R5", link(Some(Subject::SubjectId("1".to_owned())), 0)),
        ("unlink_subject", "R5", Part::UnlinkSubject("1".to_owned())),
        (
            "received_at",
            "R13",
            Part::ReceivedAt(to_timestamp(*MORNING + jiff::SignedDuration::from_hours(1))),
        ),
        ("channel", "R1", Part::Channel(0)),
        ("channel", "R1", Part::Channel(99)),
    ];
    let single = single.map(|(field, rule, part)| (format!("correction.{field}"), rule, part));
    let mut all = Vec::from(single);
    all.extend(bad_ids_and_seals());
    let of_child = |it| recorded_child(a_child, Some(it));
    all.extend(spoilt(("correction.child.child", "R4"), &known, &CHILD, of_child));
    all.extend(spoilt(("correction.new_child", "R4"), &known, &CHILD, Part::NewChild));
    let with_sealed = |it| Part::NewChild(pb::Child { sealed: Some(it), ..known.clone() });
    let nothing = pb::SealedFields::default();
    all.extend(spoilt(("correction.new_child.sealed", "R4"), &nothing, &SEALED, with_sealed));
    let of_adult = |it| recorded_adult(an_adult, Some(it));
    all.extend(spoilt(("correction.adult.adult", "R4"), &adult, &ADULT, of_adult));
    all.extend(spoilt(("correction.new_adult", "R4"), &adult, &ADULT, Part::NewAdult));
    let nothing = pb::Incident::default();
    all.extend(spoilt(("correction.incident", "R5"), &nothing, &INCIDENT, Part::Incident));
    let nothing = pb::Groundwork::default();
    all.extend(spoilt(("correction.groundwork", "R6"), &nothing, &GROUNDWORK, Part::Groundwork));
    let nothing = pb::ReferrerCorrection::default();
    all.extend(spoilt(("correction.referrer", "R2"), &nothing, &REFERRER, Part::Referrer));
    let new = |it| link(Some(Subject::NewSubject(it)), 0);
    all.extend(spoilt(("correction.link_subject.new_subject", "R5"), &park(), &SUBJECT, new));
    all
}

/// What a correction holds.
const HOLDS: [(&str, &str); 12] = [
    ("correction", "Correction"),
    ("correction.child.child", "Child"),
    ("correction.new_child", "Child"),
    ("correction.new_child.sealed", "SealedFields"),
    ("correction.adult.adult", "Adult"),
    ("correction.new_adult", "Adult"),
    ("correction.incident", "Incident"),
    ("correction.groundwork", "Groundwork"),
    ("correction.referrer", "ReferrerCorrection"),
    ("correction.sealed_fields", "SealedFieldsCorrection"),
    ("correction.link_subject", "ContactSubject"),
    ("correction.link_subject.new_subject", "Subject"),
];

/// Nothing of a contact has changed since it was submitted.
async fn unchanged(intake: &Intake, contact: &str, before: &pb::Contact) {
    assert!(intake.read(contact).await == *before, "the contact has changed");
    assert!(intake.told::<pb::ContactAmended>(contact).await.is_empty());
}

#[tokio::test]
async fn r5_a_bad_correction_is_named_and_changes_nothing() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let before = intake.read(&receipt.contact_id).await;
    let bad = every_bad_field(&receipt.child_ids[0], &receipt.adult_ids[0]);
    for field in fields_at(&HOLDS) {
        // Urgency is a yes or no, twice.
        let tried = bad.iter().any(|(path, ..)| is_within(path, &field));
        assert!(tried || field == "correction.urgency", "no row for {field}");
    }
    let mut worker = intake.as_person("screening_practitioner").await;
    for (field, rule, part) in bad {
        let refused = worker.amend_contact(amend(&receipt.contact_id, 1, part)).await;
        let Err(refused) = refused else { panic!("{field} is taken") };
        let [(named, why)] = &violations(&refused)[..] else { panic!("{field}: {refused:?}") };
        assert_eq!(*named, field, "{why}");
        assert!(why.ends_with(&format!("({rule})")), "{field} {why}");
    }
    unchanged(&intake, &receipt.contact_id, &before).await;
}

#[tokio::test]
async fn r5_a_correction_says_of_which_contact_what_and_why() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let before = intake.read(&receipt.contact_id).await;
    let spoil: [Spoil<pb::AmendContactRequest>; 7] = [
        ("request_id", |it| it.request_id = "1".to_owned()),
        ("contact_id", |it| it.contact_id = "1".to_owned()),
        ("revision", |it| it.revision = 0),
        ("reason", |it| it.reason = "wrong".to_owned()),
        ("reason", |it| it.reason = long(2_000)),
        ("correction", |it| it.correction = None),
        ("correction", |it| it.correction = Some(pb::Correction { part: None })),
    ];
    let mut worker = intake.as_person("screening_practitioner").await;
    for (field, spoil) in spoil {
        let mut asked = amend(&receipt.contact_id, 1, Part::Concern("Often hungry.".to_owned()));
        spoil(&mut asked);
        let refused = worker.amend_contact(asked).await.err().unwrap();
        let named: Vec<_> = violations(&refused).into_iter().map(|bad| bad.0).collect();
        assert_eq!(named, [field]);
    }
    unchanged(&intake, &receipt.contact_id, &before).await;
}

#[tokio::test]
async fn r5_a_correction_of_who_is_not_on_the_contact_changes_nothing() {
    let intake = Intake::start(*MORNING).await;
    let other = intake.submit(referral()).await;
    let given = pb::SubmitContactRequest { adults: Vec::new(), consents: Vec::new(), ..referral() };
    let receipt = intake.submit(given).await;
    let before = intake.read(&receipt.contact_id).await;
    let (stranger, grown) = (&other.child_ids[0], &other.adult_ids[0]);
    let is = |person| {
        Part::Referrer(pb::ReferrerCorrection { person: Some(person), ..Default::default() })
    };
    let nowhere = Uuid::new_v4().to_string();
    let professional = |source: &str, name: &str| {
        let (source, name) = (Some(source.to_owned()), Some(name.to_owned()));
        Part::Referrer(pb::ReferrerCorrection { source, name, ..Default::default() })
    };
    let off = |child: &String| pb::RecordedChild { child_id: child.clone(), ..Default::default() };
    let gone = |adult: &String| pb::RecordedAdult { adult_id: adult.clone(), ..Default::default() };
    let mut worker = intake.as_person("mash_manager").await;
    for (field, rule, part) in [
        ("child.child_id", "R4", recorded_child(stranger, Some(child("C", 2016)))),
        ("adult.adult_id", "R4", recorded_adult(grown, Some(pb::Adult::default()))),
        ("taken_off_child.child_id", "R20", Part::TakenOffChild(off(stranger))),
        ("taken_off_adult.adult_id", "R4", Part::TakenOffAdult(gone(grown))),
        ("referrer.child_id", "R2", is(Person::ChildId(stranger.clone()))),
        ("referrer.adult_id", "R2", is(Person::AdultId(grown.clone()))),
    ] {
        let refused = worker.amend_contact(amend(&receipt.contact_id, 1, part)).await;
        nobody_there(&refused.err().unwrap(), &format!("correction.{field}"), rule);
    }
    use Code::{InvalidArgument, NotFound};
    let cases = [
        (NotFound, link(Some(Subject::NewSubject(park())), 2)),
        (NotFound, link(Some(Subject::SubjectId(nowhere.clone())), 0)),
        (NotFound, Part::UnlinkSubject(nowhere)),
        (InvalidArgument, professional("2A", " ")),
    ];
    for (place, (code, part)) in cases.into_iter().enumerate() {
        let refused = worker.amend_contact(amend(&receipt.contact_id, 1, part)).await;
        assert_eq!(refused.err().unwrap().code(), code, "case {place}");
    }
    unchanged(&intake, &receipt.contact_id, &before).await;
    let subjects: i64 = sqlx::query_scalar("SELECT count(*) FROM intake.subject")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(subjects, 0, "no place is left over");
}

#[tokio::test]
async fn r4_nobody_is_added_to_a_contact_of_two_hundred() {
    let intake = Intake::start(*MORNING).await;
    let given = pb::SubmitContactRequest {
        children: vec![child("Twin", 2020); 200],
        adults: vec![pb::Adult::default(); 200],
        consents: Vec::new(),
        ..referral()
    };
    let receipt = intake.submit(given).await;
    let mut worker = intake.as_person("screening_practitioner").await;
    for (part, field) in [
        (Part::NewChild(child("Twin", 2020)), "correction.new_child"),
        (Part::NewAdult(pb::Adult::default()), "correction.new_adult"),
    ] {
        let refused =
            worker.amend_contact(amend(&receipt.contact_id, 1, part)).await.err().unwrap();
        assert_eq!(reason_of(&refused), "TOO_MANY_PEOPLE");
        assert_eq!(fact_of(&refused, "field"), field);
    }
    let shown = intake.read(&receipt.contact_id).await;
    assert_eq!((shown.revision, shown.children.len(), shown.adults.len()), (1, 200, 200));
}
