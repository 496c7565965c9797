//! A contact in danger of which a field cannot be read (R51): nobody on it is lost, and its
//! words are kept, but for those that are sealed (R2).

use harness::fields_of;
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, child_asked::State, contact_subject::Subject},
    terms::v1::Date,
};
use uuid::Uuid;

use crate::{
    consultation::{adviser, concern_of, in_danger},
    contract::{fields_at, is_within},
    stage::{Intake, MORNING, referral},
};

/// Spoils the field of this path, and what of it stands in the concern afterwards.
type Case = (&'static str, fn(&mut Given), &'static str);
type Given = pb::SubmitContactRequest;

fn long(word: &str) -> String {
    word.repeat(20_001_usize.div_ceil(word.chars().count()))
}

fn no_day() -> Option<Date> {
    Some(Date { year: 2016, month: 2, day: 30 })
}

fn later() -> Option<prost_types::Timestamp> {
    Some(to_timestamp(*MORNING + SignedDuration::from_secs(1)))
}

fn referrer(it: &mut Given) -> &mut pb::Referrer {
    it.referrer.as_mut().unwrap()
}

fn asked(it: &mut Given, state: Option<State>) {
    it.consents[0].child_asked = Some(pb::ChildAsked { state });
}

/// Adds a place, as it is after `change`.
fn place(it: &mut Given, change: fn(&mut pb::Subject)) {
    let mut place = pb::Subject {
        kind: pb::SubjectKind::Place.into(),
        name: "Clapton Pond".to_owned(),
        ..pb::Subject::default()
    };
    change(&mut place);
    let subject = Some(Subject::NewSubject(place));
    it.subjects.push(pb::ContactSubject { subject, child_indexes: vec![0] });
}

const REFERRER: &[Case] = &[
    ("received_at", |it| it.received_at = later(), ""),
    ("referrer", |it| it.referrer = None, ""),
    ("referrer.source", |it| referrer(it).source = "school".into(), "source: school"),
    ("referrer.anonymous", |it| referrer(it).anonymous = true, ""),
    ("referrer.name", |it| referrer(it).name = String::new(), ""),
    ("referrer.name", |it| referrer(it).name = long("Ayşe "), "name: Ayşe"),
    ("referrer.organisation", |it| referrer(it).organisation = long("school "), "organisation: s"),
    ("referrer.role", |it| referrer(it).role = long("head "), "role: head"),
    ("referrer.contact_details", |it| referrer(it).contact_details = long("020 "), "number: 020"),
    ("referrer.child_index", |it| referrer(it).child_index = Some(9), ""),
    ("referrer.adult_index", |it| referrer(it).adult_index = Some(9), ""),
];

const CHILDREN: &[Case] = &[
    ("children", |it| it.children.clear(), ""),
    ("children", |it| it.children = vec![it.children[0].clone(); 201], "another child: Chidera"),
    ("children[0].birth_date", |it| it.children[0].birth_date = no_day(), "birth: 2016-2-30"),
    ("children[0].sex", |it| it.children[0].sex = "girl".into(), "sex: girl"),
    ("children[0].ethnicity", |it| it.children[0].ethnicity = "Igbo".into(), "ethnicity: Igbo"),
    ("children[0].gender", |it| it.children[0].gender = "she".into(), "gender: she"),
    ("children[0].upn_unknown", |it| it.children[0].upn_unknown = "lost".into(), "UPN: lost"),
    (
        "children[0].disabilities",
        |it| it.children[0].disabilities = vec!["NONE".into(), "AUT".into()],
        "disabilities: NONE, AUT",
    ),
    (
        "children[0].disabilities[0]",
        |it| it.children[0].disabilities = vec!["asthma".into()],
        "disabilities: asthma",
    ),
    ("children[0].nhs_number", |it| it.children[0].nhs_number = "94347".into(), "number: 94347"),
    ("children[0].upn", |it| it.children[0].upn = "H80".into(), "UPN: H80"),
    ("children[0].postcode", |it| it.children[0].postcode = "the park".into(), "code: the park"),
    ("children[0].uprn", |it| it.children[0].uprn = "flat".into(), "UPRN: flat"),
    ("children[0].name", |it| it.children[0].name = long("Ada "), "name: Ada Ada"),
    ("children[0].chosen_name", |it| it.children[0].chosen_name = long("Chi "), "name: Chi"),
    ("children[0].pronouns", |it| it.children[0].pronouns = long("she "), "pronouns: she"),
    ("children[0].address", |it| it.children[0].address = long("12 "), "address: 12"),
    ("children[0].school", |it| it.children[0].school = long("Clapton "), "school: Clapton"),
    ("children[0].religion", |it| it.children[0].religion = long("none "), "religion: none"),
    (
        "children[0].first_language",
        |it| it.children[0].first_language = long("Igbo "),
        "language: I",
    ),
    (
        "children[0].communication_needs",
        |it| it.children[0].communication_needs = long("signs "),
        "needs: signs",
    ),
    ("children[0].description", |it| it.children[0].description = long("tall "), "tion: tall"),
];

const SEALED: &[Case] = &[
    (
        "children[0].sealed.sexual_orientation",
        |it| sealed(it).sexual_orientation = long("secret "),
        "",
    ),
    ("children[0].sealed.gender_identity", |it| sealed(it).gender_identity = long("secret "), ""),
    ("children[0].sealed.trans_history", |it| sealed(it).trans_history = long("secret "), ""),
];

fn sealed(it: &mut Given) -> &mut pb::SealedFields {
    it.children[0].sealed.get_or_insert_default()
}

const ADULTS: &[Case] = &[
    ("adults", |it| it.adults = vec![it.adults[0].clone(); 201], "another adult: Ngozi"),
    ("adults[0].name", |it| it.adults[0].name = long("Ngozi "), "name: Ngozi Ngozi"),
    ("adults[0].relationship", |it| it.adults[0].relationship = long("aunt "), "ship: aunt"),
    ("adults[0].birth_date", |it| it.adults[0].birth_date = no_day(), "birth: 2016-2-30"),
    ("adults[0].address", |it| it.adults[0].address = long("12 "), "address: 12"),
    ("adults[0].postcode", |it| it.adults[0].postcode = "the park".into(), "code: the park"),
    ("adults[0].description", |it| it.adults[0].description = long("tall "), "tion: tall"),
];

const CONSENT: &str = "consent: CONSENT_ANSWER_AGREED";
const CONSENTS: &[Case] = &[
    ("consents[0].child_index", |it| it.consents[0].child_index = Some(9), CONSENT),
    ("consents[0].adult_index", |it| it.consents[0].adult_index = Some(9), CONSENT),
    ("consents[0].purpose", |it| it.consents[0].purpose = 0, CONSENT),
    ("consents[0].answer", |it| it.consents[0].answer = 77, "consent: CONSENT_ANSWER"),
    (
        "consents[0].giver_child_index",
        |it| {
            it.consents[0].giver_child_index = Some(9);
            (it.consents[0].giver_adult_index, it.consents[0].given_by) = (None, 0);
        },
        CONSENT,
    ),
    ("consents[0].giver_adult_index", |it| it.consents[0].giver_adult_index = Some(9), CONSENT),
    ("consents[0].given_by", |it| it.consents[0].given_by = pb::ConsentGiver::Child.into(), ""),
    ("consents[0].child_asked", |it| asked(it, None), CONSENT),
    (
        "consents[0].child_asked.answer",
        |it| asked(it, Some(State::Answer(pb::ConsentAnswer::NotSought.into()))),
        CONSENT,
    ),
    ("consents[0].child_asked.not_of_age", |it| asked(it, Some(State::NotOfAge(false))), CONSENT),
    (
        "consents[0].child_asked.not_asked_because",
        |it| asked(it, Some(State::NotAskedBecause(String::new()))),
        CONSENT,
    ),
    ("consents[0].asked_at", |it| it.consents[0].asked_at = later(), ""),
    ("consents[0].how", |it| it.consents[0].how = long("letter "), "asked for: letter"),
    ("consents[0].asked_by", |it| it.consents[0].asked_by = long("nurse "), "consent: nurse"),
    ("consents[0].withdrawn_at", |it| it.consents[0].withdrawn_at = later(), CONSENT),
    ("consents[0].agency", |it| it.consents[0].agency = "social club".into(), "social club"),
];

const REST: &[Case] = &[
    ("concern", |it| it.concern = long("ä"), "ää"),
    ("concern", |it| it.concern = String::new(), "a child is in danger"),
    ("factors[0]", |it| it.factors[0] = "hungry".into(), "factor: hungry"),
    ("factors[1]", |it| it.factors.push("21".into()), "factor: 21"),
    ("subjects", |it| (0..51).for_each(|_| place(it, |_| ())), "another place or group: Clapton"),
    (
        "subjects[0].child_indexes",
        |it| {
            place(it, |_| ());
            it.subjects[0].child_indexes = vec![9];
        },
        "",
    ),
    ("subjects[0].subject", |it| it.subjects = vec![pb::ContactSubject::default()], ""),
    (
        "subjects[0].subject_id",
        |it| {
            let subject = Some(Subject::SubjectId("the pond".into()));
            it.subjects = vec![pb::ContactSubject { subject, child_indexes: Vec::new() }];
        },
        "",
    ),
    (
        "subjects[1].subject_id",
        |it| {
            let subject = Some(Subject::SubjectId(Uuid::nil().to_string()));
            it.subjects = vec![pb::ContactSubject { subject, child_indexes: Vec::new() }; 2];
        },
        "",
    ),
    ("subjects[0].new_subject.kind", |it| place(it, |it| it.kind = 0), "Clapton Pond"),
    (
        "subjects[0].new_subject.name",
        |it| place(it, |it| (it.name, it.address) = (String::new(), "E5".into())),
        "E5",
    ),
    ("subjects[0].new_subject.name", |it| place(it, |it| it.name = long("pond ")), "group: pond"),
    (
        "subjects[0].new_subject.description",
        |it| place(it, |it| it.description = long("dark ")),
        "Clapton Pond: dark",
    ),
    (
        "subjects[0].new_subject.address",
        |it| place(it, |it| it.address = long("E5 ")),
        "Clapton Pond: E5",
    ),
    ("incident.on", |it| it.incident.get_or_insert_default().on = no_day(), "incident: 2016-2-30"),
    (
        "incident.time_of_day",
        |it| it.incident.get_or_insert_default().time_of_day = long("noon "),
        "incident: noon",
    ),
    ("incident.place", |it| it.incident.get_or_insert_default().place = long("pond "), "ent: pond"),
    ("groundwork.needs", |it| it.groundwork.get_or_insert_default().needs = long("food "), "food"),
    (
        "groundwork.proposed_service",
        |it| it.groundwork.get_or_insert_default().proposed_service = long("club "),
        "proposed: club",
    ),
    (
        "groundwork.why_not_spoken",
        |it| it.groundwork.get_or_insert_default().why_not_spoken = long("no "),
        "spoken to: no",
    ),
    (
        "groundwork.why_not_considered",
        |it| it.groundwork.get_or_insert_default().why_not_considered = long("no "),
        "considered: no",
    ),
    (
        "override_evidence.urgent_concerns",
        |it| it.override_evidence.get_or_insert_default().risk_of_telling = "He hits her.".into(),
        "family: He hits her.",
    ),
    (
        "override_evidence.risk_of_telling",
        |it| it.override_evidence.get_or_insert_default().urgent_concerns = "Bruises.".into(),
        "concerns: Bruises.",
    ),
];

/// The names of people as a contact holds them.
fn held<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let held = |name: &String| name.replace('\0', "").chars().take(200).collect();
    names.take(200).map(held).collect()
}

async fn nobody_is_lost(cases: &[Case]) {
    let intake = Intake::start(*MORNING).await;
    let (mut client, mut desk) = (adviser(&intake).await, intake.as_person("mash_manager").await);
    for (path, spoil, kept) in cases {
        let mut given = referral();
        spoil(&mut given);
        let refused = desk.submit_contact(given.clone()).await.err().unwrap();
        assert_eq!(fields_of(&refused), [*path], "the case is about this field");
        let mut with_nul = given.clone();
        with_nul.children.iter_mut().for_each(|child| child.name.insert(3, '\0'));
        for given in [given, with_nul] {
            let mut children = held(given.children.iter().map(|it| &it.name));
            let adults = held(given.adults.iter().map(|it| &it.name));
            if children.is_empty() {
                children.push(String::new());
            }
            let reply = client.begin_consultation(in_danger(Some(given))).await.unwrap();
            let reply = reply.into_inner();
            assert!(!reply.contact_is_whole, "{path}");
            let shown = concern_of(&intake, &reply.contact.unwrap()).await;
            let there = shown.children.iter().map(|it| &it.child.as_ref().unwrap().name);
            assert_eq!(held(there), children, "{path}");
            let there = shown.adults.iter().map(|it| &it.adult.as_ref().unwrap().name);
            assert_eq!(held(there), adults, "{path}");
            assert!(shown.concern.contains(kept), "{path}: {}", shown.concern);
            assert!(!shown.concern.contains("secret"), "{path}: {}", shown.concern);
        }
    }
}

/// What a contact in danger holds.
const HOLDS: [(&str, &str); 12] = [
    ("", "SubmitContactRequest"),
    ("referrer", "Referrer"),
    ("children[0]", "Child"),
    ("children[0].sealed", "SealedFields"),
    ("adults[0]", "Adult"),
    ("consents[0]", "Consent"),
    ("consents[0].child_asked", "ChildAsked"),
    ("subjects[0]", "ContactSubject"),
    ("subjects[0].new_subject", "Subject"),
    ("incident", "Incident"),
    ("groundwork", "Groundwork"),
    ("override_evidence", "OverrideGrounds"),
];

#[test]
fn r51_every_field_that_can_be_bad_is_left_out_in_a_test() {
    let tried = [REFERRER, CHILDREN, SEALED, ADULTS, CONSENTS, REST].concat();
    // The call's own; and what the hub says of a consent, which nobody reads here.
    let other = [
        "request_id",
        "channel",
        "consents[0].consent_id",
        "consents[0].gaps",
        "consents[0].withdrawn_by",
    ];
    for field in fields_at(&HOLDS) {
        let tried = tried.iter().any(|(path, ..)| is_within(path, &field));
        assert!(tried || other.contains(&&*field), "no case for {field}");
    }
}

#[tokio::test]
async fn r51_whatever_of_a_referrer_cannot_be_read_nobody_is_lost() {
    nobody_is_lost(REFERRER).await;
}

#[tokio::test]
async fn r51_whatever_of_a_child_or_adult_cannot_be_read_nobody_is_lost() {
    nobody_is_lost(CHILDREN).await;
    nobody_is_lost(SEALED).await;
    nobody_is_lost(ADULTS).await;
}

#[tokio::test]
async fn r51_whatever_of_a_consent_cannot_be_read_nobody_is_lost() {
    nobody_is_lost(CONSENTS).await;
}

#[tokio::test]
async fn r51_whatever_of_the_rest_cannot_be_read_nobody_is_lost() {
    nobody_is_lost(REST).await;
}

#[tokio::test]
async fn r2_r51_what_is_sealed_is_no_word_of_the_concern() {
    let intake = Intake::start(*MORNING).await;
    let mut client = adviser(&intake).await;
    let seals: [fn(&mut pb::Referrer); 3] = [
        |it| it.protected = true,
        |it| (it.source, it.anonymous) = ("1B".into(), true),
        // Who says "anonymous" is, without a tick.
        |it| it.source = "9".into(),
    ];
    for (seal, at) in seals.into_iter().zip(1..) {
        let mut given = referral();
        sealed(&mut given).gender_identity = long("secret ");
        given.consents[0].asked_by = long("secret ");
        let referrer = given.referrer.as_mut().unwrap();
        seal(referrer);
        referrer.name = long("secret ");
        referrer.organisation = long("secret ");
        referrer.role = long("secret ");
        referrer.contact_details = long("secret ");
        let reply = client.begin_consultation(in_danger(Some(given))).await.unwrap().into_inner();
        assert!(!reply.contact_is_whole);
        let shown = concern_of(&intake, &reply.contact.unwrap()).await;
        assert_eq!(shown.concern, referral().concern, "{at}");
        let referrer = shown.referrer.unwrap();
        assert!(referrer.protected || referrer.anonymous);
        assert_eq!(shown.consents[0].asked_by, "the referrer");
    }
}
