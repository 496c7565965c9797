//! Cases as contacts open them and checks reach them, in any order.
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use harness::reason_of;
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::ContactReceived,
    partner_checks::v1::{AnswerExtent, CheckAnswered},
    screening::v1::{self as pb, CaseOpened, CaseState},
    terms::v1::{Pathway, Purpose, Rag},
};
use tonic::Code;
use uuid::Uuid;

use crate::stage::{MORNING, Screening, answer, contact, flag, initially, requested};

#[tokio::test]
async fn a_contact_opens_a_case_and_it_is_told() {
    let screening = Screening::start(*MORNING).await;
    let given = ContactReceived { significant_harm: true, ..contact(*MORNING) };
    let opened = screening.opened(given.clone()).await;
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!((case.revision, case.state()), (1, CaseState::Undecided));
    assert!(case.section_47 && !case.immediate_danger);
    let children: Vec<_> = case.children.iter().map(|child| child.child_id.clone()).collect();
    assert_eq!(children, given.child_ids);
    let [told] = &screening.told::<CaseOpened>(&opened.id).await[..] else { panic!("told once") };
    assert!(
        told.section_47
            && told.received_at == given.received_at
            && told.child_ids == given.child_ids
    );
}

#[tokio::test]
async fn r12_a_contact_told_twice_is_one_case() {
    let screening = Screening::start(*MORNING).await;
    let given = contact(*MORNING);
    let opened = screening.opened(given.clone()).await;
    screening.hears_of_contact(&opened.id, 2, &given).await;
    let next = screening.opened(contact(*MORNING)).await;
    assert_eq!(rows(&screening, "contact_case").await, 2);
    assert_eq!(rows(&screening, "child").await, 4);
    assert_eq!(screening.told::<CaseOpened>(&opened.id).await.len(), 1);
    assert_ne!(next.id, opened.id);
}

#[tokio::test]
async fn r72_while_undecided_the_clock_of_csc_screening_shows_too() {
    let sunday: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let screening = Screening::start(sunday).await;
    let opened = screening.opened(contact(sunday)).await;
    let case = screening.case(&opened.id).await.unwrap();
    // A form of the weekend runs from Monday's opening (R24).
    let tuesday: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
    assert_eq!(case.screening_deadline, Some(to_timestamp(tuesday)));
    let decision = initially(&opened, Pathway::EarlyHelpScreening);
    screening.as_person("mash_manager").await.decide_initially(decision).await.unwrap();
    assert_eq!(screening.case(&opened.id).await.unwrap().screening_deadline, None);
}

#[tokio::test]
async fn a_check_heard_of_before_its_case_is_there_when_the_case_opens() {
    let screening = Screening::start(*MORNING).await;
    let given = contact(*MORNING);
    let check = Uuid::now_v7().to_string();
    let asked = requested(&given.contact_id, &check, Rag::Amber, *MORNING);
    screening.hears_of_check(&check, 1, &asked).await;
    screening.hears_of_check(&check, 2, &flag(&given.contact_id, &check, *MORNING)).await;
    assert_eq!(rows(&screening, "risk_flag").await, 1);
    assert!(screening.case(&given.contact_id).await.is_none());
    let opened = screening.opened(given).await;
    let case = screening.case(&opened.id).await.unwrap();
    let [known] = &case.checks[..] else { panic!("one check") };
    assert_eq!((known.check_id.clone(), known.rag()), (check, Rag::Red));
}

#[tokio::test]
async fn an_answer_without_a_request_is_kept_and_an_interim_one_leaves_the_check_open() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let (unheard, open) =
        (Uuid::now_v7().to_string(), screening.asked(&opened.id, Rag::Green).await);
    let interim = CheckAnswered {
        extent: AnswerExtent::Interim.into(),
        ..answer(&opened.id, &open, *MORNING)
    };
    screening.hears_of_check(&open, 2, &interim).await;
    screening.hears_of_check(&unheard, 1, &answer(&opened.id, &unheard, *MORNING)).await;
    let case = screening.case(&opened.id).await.unwrap();
    let find = |id: &str| case.checks.iter().find(|check| check.check_id == id).unwrap();
    assert!(find(&open).answered_at.is_none() && find(&open).answer_revision == 0);
    assert!(find(&unheard).answered_at.is_some() && find(&unheard).deadline.is_none());
    let later =
        requested(&opened.id, &unheard, Rag::Green, *MORNING - SignedDuration::from_hours(1));
    screening.hears_of_check(&unheard, 2, &later).await;
    let case = screening.case(&opened.id).await.unwrap();
    assert!(case.checks.iter().all(|check| check.deadline.is_some()));
}

#[tokio::test]
async fn a_command_on_a_contact_without_a_case_is_told_to_wait() {
    let screening = Screening::start(*MORNING).await;
    let given = contact(*MORNING);
    let nobody = crate::stage::Opened { id: given.contact_id, children: given.child_ids };
    let decision = initially(&nobody, Pathway::CscScreening);
    let refused =
        screening.as_person("mash_manager").await.decide_initially(decision).await.err().unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::FailedPrecondition, "CASE_NOT_OPEN_YET")
    );
    let asked = pb::GetCaseStateRequest { contact_id: nobody.id.clone() };
    let refused = screening
        .as_partner_checks("mash_manager")
        .await
        .get_case_state(asked)
        .await
        .err()
        .unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::FailedPrecondition, "CASE_NOT_OPEN_YET")
    );
    let reading = pb::GetCaseRequest { contact_id: nobody.id, purpose: Purpose::Screening.into() };
    let refused = screening.as_person("mash_manager").await.get_case(reading).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn partner_checks_learns_the_state_on_behalf_of_a_manager_and_nobody_else_does() {
    let screening = Screening::start(*MORNING).await;
    let opened =
        screening.opened(ContactReceived { immediate_danger: true, ..contact(*MORNING) }).await;
    let asked = pb::GetCaseStateRequest { contact_id: opened.id.clone() };
    let mut for_manager = screening.as_partner_checks("mash_manager").await;
    let state = for_manager.get_case_state(asked.clone()).await.unwrap().into_inner();
    assert_eq!(state.state(), CaseState::Undecided);
    assert!(state.section_47 && state.child_ids == opened.children);
    let refused =
        screening.as_person("mash_manager").await.get_case_state(asked).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn r61_every_read_stands_in_the_read_log_with_the_children() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    screening.case(&opened.id).await.unwrap();
    screening.as_person("auditor").await.list_cases(pb::ListCasesRequest::default()).await.unwrap();
    let statement = "SELECT subjects FROM access.read_log WHERE action = $1 ORDER BY at LIMIT 1";
    let database = &screening.database;
    let read = |action: &'static str| async move {
        let subjects: Vec<Uuid> =
            sqlx::query_scalar(statement).bind(action).fetch_one(database).await.unwrap();
        subjects.iter().map(Uuid::to_string).collect::<Vec<_>>()
    };
    assert_eq!(read("ScreeningService.GetCase").await, opened.children);
    assert_eq!(read("ScreeningService.ListCases").await, [opened.id]);
}

async fn rows(screening: &Screening, table: &str) -> i64 {
    let statement = format!("SELECT count(*) FROM screening.{table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&screening.database).await.unwrap()
}
