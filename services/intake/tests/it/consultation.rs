//! The consultation line (R51–R53): what a caller is told, and what is never kept.

use std::{collections::BTreeMap, time::Duration};

use harness::{Bearer, Stage, fields_of, reason_of};
use jiff::Timestamp;
use proto::{
    intake::v1::{
        self as pb, ConsultationAdvice, ConsultationDanger, ConsultationStep, SafeguardingLead,
        consultation_service_client::ConsultationServiceClient,
    },
    terms::v1::{Date, Purpose},
};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::stage::{Intake, MORNING, in_register, referral};

pub type Client = ConsultationServiceClient<InterceptedService<Channel, Bearer>>;

/// A client of somebody new with this role.
async fn line(intake: &Intake, role: &str) -> Client {
    let (hour, now) = (Duration::from_secs(3600), intake.clock.now());
    let token = Stage::shared().signer().mint(&[role], Uuid::new_v4(), hour, now).unwrap();
    let bearer = Bearer::of(&token);
    let channel = Stage::shared().channel(&intake.place.address).await;
    ConsultationServiceClient::with_interceptor(channel, bearer)
}

pub async fn adviser(intake: &Intake) -> Client {
    line(intake, "consultation_adviser").await
}

/// A teacher who has consulted their lead.
fn call() -> pb::BeginConsultationRequest {
    pb::BeginConsultationRequest {
        request_id: Uuid::new_v4().to_string(),
        danger: ConsultationDanger::None.into(),
        contact: None,
        caller_agency: "school".to_owned(),
        caller_role: "teacher".to_owned(),
        lead: SafeguardingLead::Consulted.into(),
    }
}

/// A caller of whom nothing was asked yet but the first question.
pub fn in_danger(contact: Option<pb::SubmitContactRequest>) -> pb::BeginConsultationRequest {
    pb::BeginConsultationRequest {
        request_id: Uuid::new_v4().to_string(),
        danger: ConsultationDanger::Immediate.into(),
        contact,
        ..pb::BeginConsultationRequest::default()
    }
}

fn ending(begun: &pb::BeginConsultationResponse) -> pb::EndConsultationRequest {
    pb::EndConsultationRequest {
        request_id: Uuid::new_v4().to_string(),
        consultation_id: begun.consultation_id.clone(),
        revision: begun.revision,
        theme: "neglect".to_owned(),
        advice: vec![
            ConsultationAdvice::TalkToFamily.into(),
            ConsultationAdvice::MakeReferral.into(),
        ],
        became_contact: false,
        minutes: 12,
    }
}

pub async fn concern_of(intake: &Intake, contact: &pb::SubmitContactResponse) -> pb::Contact {
    let request = pb::GetContactRequest {
        contact_id: contact.contact_id.clone(),
        purpose: Purpose::Screening.into(),
        reference: String::new(),
    };
    let mut manager = intake.as_person("mash_manager").await;
    manager.get_contact(request).await.unwrap().into_inner().contact.unwrap()
}

#[tokio::test]
async fn r51_danger_opens_a_contact_there_and_then() {
    let intake = Intake::start(*MORNING).await;
    let mut client = adviser(&intake).await;
    let request = in_danger(None);
    let reply = client.begin_consultation(request.clone()).await.unwrap().into_inner();
    assert_eq!(reply.step(), ConsultationStep::Call999);
    assert!(reply.contact_is_whole && reply.keep_own_record);
    let contact = reply.contact.clone().unwrap();
    assert!(contact.call_999 && !contact.call_edt);
    let shown = concern_of(&intake, &contact).await;
    assert!(shown.immediate_danger && shown.significant_harm);
    assert_eq!((shown.children.len(), shown.reference), (1, contact.reference));
    // The same call sent again opens no second contact.
    assert!(client.begin_consultation(request).await.unwrap().into_inner() == reply);
    let contacts: i64 = sqlx::query_scalar("SELECT count(*) FROM intake.contact")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(contacts, 1);
}

#[tokio::test]
async fn r51_what_is_known_goes_with_the_contact_and_the_words_say_call_999() {
    let intake = Intake::start("2026-11-22T23:00:00Z".parse().unwrap()).await;
    let mut request = in_danger(Some(referral()));
    request.danger = ConsultationDanger::SignificantHarm.into();
    let reply = adviser(&intake).await.begin_consultation(request).await.unwrap().into_inner();
    let contact = reply.contact.unwrap();
    assert!(reply.contact_is_whole && contact.call_999 && contact.call_edt);
    let shown = concern_of(&intake, &contact).await;
    assert_eq!(shown.concern, referral().concern);
    assert_eq!(shown.children.len(), 2);
    assert!(shown.significant_harm && !shown.immediate_danger);
    // In hub hours too the words say what the step says.
    for (now, out_of_hours) in [("2026-11-22T23:00:00Z", true), ("2026-11-24T10:00:00Z", false)] {
        let intake = Intake::start(now.parse().unwrap()).await;
        let mut request = in_danger(None);
        request.danger = ConsultationDanger::SignificantHarm.into();
        let reply = adviser(&intake).await.begin_consultation(request).await.unwrap().into_inner();
        let contact = reply.contact.unwrap();
        assert_eq!(reply.step, i32::from(ConsultationStep::Call999), "{now}");
        assert!(contact.advice[0].contains("999"), "{now}: {:?}", contact.advice);
        assert_eq!(contact.advice.len(), 1 + usize::from(out_of_hours), "{now}");
        assert_eq!(contact.edt_telephone.is_empty(), !out_of_hours, "{now}");
    }
}

#[tokio::test]
async fn r51_in_danger_nothing_that_is_wrong_is_refused() {
    let intake = Intake::start(*MORNING).await;
    let mut client = adviser(&intake).await;
    let mut wrong = referral();
    wrong.children[0].sex = "X".to_owned();
    let mut request = in_danger(Some(wrong.clone()));
    request.caller_agency = "a school that nobody has listed".to_owned();
    let reply = client.begin_consultation(request).await.unwrap().into_inner();
    assert!(!reply.contact_is_whole);
    let concern = concern_of(&intake, &reply.contact.unwrap()).await.concern;
    assert!(concern.starts_with(&wrong.concern) && concern.ends_with("sex: X"), "{concern}");

    wrong.concern = "a\0b".to_owned();
    let reply = client.begin_consultation(in_danger(Some(wrong))).await.unwrap().into_inner();
    assert!(!reply.contact_is_whole);
    assert!(!concern_of(&intake, &reply.contact.unwrap()).await.concern.is_empty());
}

#[tokio::test]
async fn r51_in_danger_a_place_that_is_not_on_record_is_left_out() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.subjects = vec![pb::ContactSubject {
        subject: Some(pb::contact_subject::Subject::SubjectId(Uuid::new_v4().to_string())),
        child_indexes: vec![0],
    }];
    let reply = adviser(&intake).await.begin_consultation(in_danger(Some(given))).await.unwrap();
    let reply = reply.into_inner();
    assert!(!reply.contact_is_whole);
    let shown = concern_of(&intake, &reply.contact.unwrap()).await;
    assert!(shown.subjects.is_empty() && shown.children.len() == 2);
}

#[tokio::test]
async fn r53_nothing_leads_from_a_call_to_its_contact() {
    let intake = Intake::start("2026-11-24T10:07:31Z".parse().unwrap()).await;
    let reply = adviser(&intake).await.begin_consultation(in_danger(None)).await.unwrap();
    let reply = reply.into_inner();
    assert_eq!((&*reply.consultation_id, reply.revision), ("", 0));
    let (id, begun_at, row): (Uuid, jiff_sqlx::Timestamp, String) =
        sqlx::query_as("SELECT id, begun_at, consultation::text FROM intake.consultation")
            .fetch_one(&intake.database)
            .await
            .unwrap();
    let quarter: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
    assert_eq!(begun_at.to_jiff(), quarter);
    let contact = reply.contact.unwrap();
    for linking in [&contact.contact_id, &contact.reference, &contact.child_ids[0]] {
        assert!(!row.contains(linking.as_str()), "{row}");
    }
    // Whoever answered recorded the contact: the log does not say who, and what is kept of
    // the command is not kept as a call's.
    let named: Option<String> = sqlx::query_scalar("SELECT answered_by FROM intake.consultation")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    let rpcs: Vec<String> = sqlx::query_scalar("SELECT rpc FROM messaging.command")
        .fetch_all(&intake.database)
        .await
        .unwrap();
    assert_eq!((named, rpcs), (None, vec!["SubmitContact".to_owned()]));
    // Neither the kept reply nor the event log, which share the contact's time, know it.
    let id = id.to_string();
    let replies: Vec<Vec<u8>> = sqlx::query_scalar("SELECT reply FROM messaging.command")
        .fetch_all(&intake.database)
        .await
        .unwrap();
    let holds = |reply: &Vec<u8>| reply.windows(id.len()).any(|part| part == id.as_bytes());
    assert!(replies.len() == 1 && !replies.iter().any(holds));
    let events: Vec<String> = sqlx::query_scalar("SELECT type FROM messaging.event")
        .fetch_all(&intake.database)
        .await
        .unwrap();
    assert_eq!(events, ["mash.intake.v1.ContactReceived"]);
}

#[tokio::test]
async fn r51_who_has_not_asked_their_lead_is_to_call_back() {
    let intake = Intake::start(*MORNING).await;
    let mut client = adviser(&intake).await;
    let request =
        pb::BeginConsultationRequest { lead: SafeguardingLead::NotConsulted.into(), ..call() };
    let reply = client.begin_consultation(request).await.unwrap().into_inner();
    assert_eq!(reply.step(), ConsultationStep::CallBack);
    assert!(reply.consultation_id.is_empty() && reply.contact.is_none());
    for lead in
        [SafeguardingLead::Consulted, SafeguardingLead::IsCaller, SafeguardingLead::NoneThere]
    {
        let request = pb::BeginConsultationRequest { lead: lead.into(), ..call() };
        let reply = client.begin_consultation(request).await.unwrap().into_inner();
        assert_eq!(reply.step(), ConsultationStep::Advise, "{lead:?}");
    }
}

#[tokio::test]
async fn r10_who_calls_the_line_or_asks_for_information_outside_hours_is_given_edts_number() {
    for (now, number) in [("2026-11-22T23:00:00Z", "020 8356 2710"), ("2026-11-24T10:00:00Z", "")] {
        let intake = Intake::start(now.parse().unwrap()).await;
        let mut client = adviser(&intake).await;
        for lead in [SafeguardingLead::Consulted, SafeguardingLead::NotConsulted] {
            let request = pb::BeginConsultationRequest { lead: lead.into(), ..call() };
            let reply = client.begin_consultation(request).await.unwrap().into_inner();
            assert_eq!(reply.edt_telephone, number, "{lead:?}");
            assert_eq!(reply.advice.len(), usize::from(!number.is_empty()));
            assert!(reply.advice.iter().all(|line| line.contains(number)));
            if lead == SafeguardingLead::Consulted {
                let reply = client.end_consultation(ending(&reply)).await.unwrap().into_inner();
                let told = (&*reply.edt_telephone, reply.advice.is_empty());
                assert_eq!(told, (number, number.is_empty()));
            }
        }
        let reply = client.look_up_open_case(about("Chidera Okafor")).await.unwrap().into_inner();
        assert_eq!((&*reply.edt_telephone, reply.advice.is_empty()), (number, number.is_empty()));
        let mut desk = crate::information_requests::client(&intake, "mash_manager").await;
        let request = pb::ReceiveInformationRequestRequest {
            received_at: Some(proto::convert::to_timestamp(intake.clock.now())),
            ..crate::information_requests::question()
        };
        let reply = crate::information_requests::received(&mut desk, request).await;
        assert_eq!((&*reply.edt_telephone, reply.advice.is_empty()), (number, number.is_empty()));
    }
}

#[tokio::test]
async fn r51_only_staff_marked_experienced_answer() {
    let intake = Intake::start(*MORNING).await;
    for role in ["screening_practitioner", "mash_manager", "referrer"] {
        let mut client = line(&intake, role).await;
        let refused = client.begin_consultation(call()).await.err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role}");
    }
}

#[tokio::test]
async fn r53_a_call_is_ended_once_by_whoever_answers_it() {
    let intake = Intake::start(*MORNING).await;
    let mut client = adviser(&intake).await;
    let begun = client.begin_consultation(call()).await.unwrap().into_inner();
    let other = adviser(&intake).await.end_consultation(ending(&begun)).await.err().unwrap();
    assert_eq!(other.code(), Code::NotFound);
    let end = ending(&begun);
    let reply = client.end_consultation(end.clone()).await.unwrap().into_inner();
    assert!(reply.keep_own_record && reply.revision == 2);
    assert!(client.end_consultation(end.clone()).await.unwrap().into_inner() == reply);

    let stale = client.end_consultation(ending(&begun)).await.err().unwrap();
    assert_eq!((stale.code(), &*reason_of(&stale)), (Code::Aborted, "STALE_REVISION"));
    let again = pb::EndConsultationRequest { revision: 2, ..ending(&begun) };
    let over = client.end_consultation(again).await.err().unwrap();
    assert_eq!(
        (over.code(), &*reason_of(&over)),
        (Code::FailedPrecondition, "CONSULTATION_IS_OVER")
    );
    let reused = pb::EndConsultationRequest { minutes: 13, ..end };
    let reused = client.end_consultation(reused).await.err().unwrap();
    assert_eq!(reason_of(&reused), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn r53_every_bad_field_of_a_call_is_named() {
    let intake = Intake::start(*MORNING).await;
    let mut client = adviser(&intake).await;
    let request = pb::BeginConsultationRequest {
        request_id: "1".to_owned(),
        contact: Some(referral()),
        caller_agency: "Clapton Park Primary".to_owned(),
        caller_role: String::new(),
        lead: 77,
        ..call()
    };
    let refused = client.begin_consultation(request).await.err().unwrap();
    assert_eq!(
        fields_of(&refused),
        ["request_id", "contact", "caller_agency", "caller_role", "lead"]
    );
    let request = pb::BeginConsultationRequest { danger: 0, ..call() };
    let refused = client.begin_consultation(request).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["danger"]);

    let begun = client.begin_consultation(call()).await.unwrap().into_inner();
    let request = pb::EndConsultationRequest {
        request_id: String::new(),
        consultation_id: "call".to_owned(),
        revision: 0,
        theme: "Amara is often hungry".to_owned(),
        advice: Vec::new(),
        minutes: 0,
        ..ending(&begun)
    };
    let refused = client.end_consultation(request).await.err().unwrap();
    let expected = ["request_id", "consultation_id", "revision", "theme", "advice", "minutes"];
    assert_eq!(fields_of(&refused), expected);
    let twice = pb::EndConsultationRequest { advice: vec![2, 2], ..ending(&begun) };
    assert_eq!(fields_of(&client.end_consultation(twice).await.err().unwrap()), ["advice[1]"]);

    let request = pb::LookUpOpenCaseRequest {
        called_back: true,
        name: String::new(),
        birth_date: None,
        nhs_number: String::new(),
    };
    let refused = client.look_up_open_case(request.clone()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["name", "birth_date"]);
    let request = pb::LookUpOpenCaseRequest { nhs_number: "9434765918".to_owned(), ..request };
    assert_eq!(fields_of(&client.look_up_open_case(request).await.err().unwrap()), ["nhs_number"]);
}

/// Somebody in the register with an episode at a unit, or closed.
async fn known(intake: &Intake, name: &str, kind: &str, closed_on: Option<&str>) -> Uuid {
    with_number(intake, name, "", (kind, closed_on)).await
}

/// The same with an NHS number.
async fn with_number(
    intake: &Intake,
    name: &str,
    nhs_number: &str,
    (kind, closed_on): (&str, Option<&str>),
) -> Uuid {
    let person = in_register(intake, name, Some("2016-05-17"), nhs_number).await;
    sqlx::query(
        "INSERT INTO intake.episode (id, person_id, kind, unit, opened_on, closed_on)
         VALUES ($1, $2, $3::intake.episode_kind, 'Unit 7', '2026-01-05', $4::date)",
    )
    .bind(Uuid::new_v4())
    .bind(person)
    .bind(kind)
    .bind(closed_on)
    .execute(&intake.database)
    .await
    .unwrap();
    person
}

fn about(name: &str) -> pb::LookUpOpenCaseRequest {
    pb::LookUpOpenCaseRequest {
        called_back: true,
        name: name.to_owned(),
        birth_date: Some(Date { year: 2016, month: 5, day: 17 }),
        nhs_number: String::new(),
    }
}

#[tokio::test]
async fn r52_a_verified_caller_is_told_open_or_not_and_the_unit() {
    let intake = Intake::start(*MORNING).await;
    let person = known(&intake, "Chidera Okafor", "section_17", None).await;
    known(&intake, "Ọlá Okafor", "section_47", Some("2026-11-24")).await;
    known(&intake, "Zoë Müller", "early_help", None).await;
    let mut client = adviser(&intake).await;
    let unverified = pb::LookUpOpenCaseRequest { called_back: false, ..about("Chidera Okafor") };
    let refused = client.look_up_open_case(unverified).await.err().unwrap();
    assert_eq!(reason_of(&refused), "CALLER_NOT_VERIFIED");

    let reply = client.look_up_open_case(about(" chidera okafor ")).await.unwrap().into_inner();
    assert_eq!((reply.open, reply.units), (true, vec!["Unit 7".to_owned()]));
    // Closed today; early help; nobody: not open, and no unit.
    for name in ["Ọlá Okafor", "Zoë Müller", "Nobody"] {
        let reply = client.look_up_open_case(about(name)).await.unwrap().into_inner();
        assert_eq!((reply.open, reply.units.len()), (false, 0), "{name}");
    }
    let read: Vec<(Vec<Uuid>, String, String)> =
        sqlx::query_as("SELECT subjects, action, purpose FROM access.read_log ORDER BY number")
            .fetch_all(&intake.database)
            .await
            .unwrap();
    let look_up = ("ConsultationService.LookUpOpenCase".to_owned(), "CONSULTATION".to_owned());
    assert_eq!(read[0], (vec![person], look_up.0.clone(), look_up.1.clone()));
    assert_eq!(read[3], (vec![Uuid::nil()], look_up.0, look_up.1));
    assert_eq!(read.len(), 4, "the refused look-up showed nothing");
}

#[tokio::test]
async fn r52_a_child_is_found_however_the_name_is_spelt_and_a_doubt_is_told_as_one() {
    let intake = Intake::start(*MORNING).await;
    let sian = known(&intake, "Siân Okafor-Reid", "section_17", None).await;
    known(&intake, "Mohammed Ali", "section_47", None).await;
    let mut client = adviser(&intake).await;
    for name in ["Sian Okafor Reid", "OKAFOR-REID, Siân", "Mohammed Ali"] {
        let reply = client.look_up_open_case(about(name)).await.unwrap().into_inner();
        assert_eq!((reply.open, reply.perhaps), (true, false), "{name}");
        assert_eq!(reply.units, ["Unit 7"], "{name}");
    }
    // Who has one name less may be her, or somebody else of that birth date.
    let reply = client.look_up_open_case(about("Sian Okafor")).await.unwrap().into_inner();
    assert_eq!((reply.open, reply.perhaps, reply.units.len()), (false, true, 0));
    assert_eq!(intake.reads_of(&sian.to_string()).await.len(), 3);
    let reply = client.look_up_open_case(about("Nobody Else")).await.unwrap().into_inner();
    assert!(!reply.open && !reply.perhaps);
}

#[tokio::test]
async fn r52_a_look_up_stands_in_the_read_log_and_nowhere_else() {
    let intake = Intake::start(*MORNING).await;
    known(&intake, "Chidera Okafor", "section_17", None).await;
    let mut adviser = adviser(&intake).await;
    let before = rows_of_all_tables(&intake).await;
    adviser.look_up_open_case(about("Chidera Okafor")).await.unwrap();
    let after = rows_of_all_tables(&intake).await;
    assert_eq!(after["access.read_log"], before["access.read_log"] + 1);
    // The chain that seals the read log follows by itself.
    let of_the_log = ["access.read_log", "access.read_seal", "access.unsealed"];
    for (table, rows) in after.iter().filter(|(table, _)| !of_the_log.contains(&table.as_str())) {
        assert_eq!(*rows, before[table], "{table}");
    }
}

/// How many rows each table of intake's database has.
async fn rows_of_all_tables(intake: &Intake) -> BTreeMap<String, i64> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
         WHERE schemaname IN ('access', 'intake', 'messaging')",
    )
    .fetch_all(&intake.database)
    .await
    .unwrap();
    assert!(tables.len() > 30, "the tables are read");
    let mut counted = BTreeMap::new();
    for table in tables {
        let count = format!("SELECT count(*) FROM {table}");
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(&intake.database).await;
        counted.insert(table, rows.unwrap());
    }
    counted
}

#[tokio::test]
async fn r52_another_nhs_number_is_another_child() {
    let intake = Intake::start(*MORNING).await;
    with_number(&intake, "Chidera Okafor", "9434765919", ("section_17", None)).await;
    let mut client = adviser(&intake).await;
    for (number, open) in [("", true), ("943 476 5919", true), ("9434765870", false)] {
        let request =
            pb::LookUpOpenCaseRequest { nhs_number: number.to_owned(), ..about("Chidera Okafor") };
        let reply = client.look_up_open_case(request).await.unwrap().into_inner();
        assert_eq!(reply.open, open, "{number}");
    }
}
