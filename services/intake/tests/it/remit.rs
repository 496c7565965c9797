//! Contacts whose remit is in question, until a manager answers (R3).

use harness::{Bearer, eventually};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{self as pb, remit_service_client::RemitServiceClient},
    terms::v1::{self as terms, ClockEnding, ClockKind, ClockStart, Purpose},
};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::stage::{Intake, MORNING, child, referral, violations};

type Remit = RemitServiceClient<InterceptedService<Channel, Bearer>>;

pub async fn remit(intake: &Intake, role: &str) -> Remit {
    intake.connect(role, RemitServiceClient::with_interceptor).await
}

/// A child of another area who is of age too, and a sibling of whom nothing is in question.
pub fn elsewhere() -> pb::SubmitContactRequest {
    let mut given = referral();
    given.children[0].outside_area = true;
    given.children[0].birth_date = Some(terms::Date { year: 2008, month: 5, day: 17 });
    given
}

pub async fn questions(intake: &Intake) -> Vec<pb::OpenRemitQuestion> {
    let list = pb::ListRemitQuestionsRequest {
        purpose: Purpose::Screening.into(),
        page_size: 0,
        page_token: String::new(),
    };
    let listed = remit(intake, "mash_manager").await.list_remit_questions(list).await;
    listed.unwrap().into_inner().questions
}

pub fn keep(question: &pb::OpenRemitQuestion) -> pb::KeepContactRequest {
    pb::KeepContactRequest {
        request_id: Uuid::new_v4().to_string(),
        question_id: question.question_id.clone(),
        revision: question.revision,
        reason: "He stays with his aunt here.".to_owned(),
    }
}

pub fn clock_of(clocks: &[ClockStart]) -> Option<&ClockStart> {
    clocks.iter().find(|clock| clock.kind() == ClockKind::RemitDecision)
}

fn amend_child(
    contact: &str,
    revision: i64,
    id: &str,
    child: pb::Child,
) -> pb::AmendContactRequest {
    let part = pb::correction::Part::Child(pb::RecordedChild {
        child_id: id.to_owned(),
        child: Some(child),
        ..pb::RecordedChild::default()
    });
    pb::AmendContactRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        revision,
        reason: "The school telephoned again.".to_owned(),
        correction: Some(pb::Correction { part: Some(part) }),
    }
}

#[tokio::test]
async fn r3_a_remit_in_question_is_told_and_listed_until_a_manager_keeps_the_contact() {
    use pb::RemitReason::{Adult, OutsideArea};
    let intake = Intake::start(*MORNING).await;
    intake.submit(referral()).await;
    assert!(questions(&intake).await.is_empty());
    let receipt = intake.submit(elsewhere()).await;
    let told = intake.told::<pb::ContactReceived>(&receipt.contact_id).await.remove(0);
    assert_eq!(told.remit_reasons().collect::<Vec<_>>(), [Adult, OutsideArea]);
    let clock = clock_of(&told.clocks_started).unwrap();
    // Received at ten: within four hours of the hub.
    let due: Timestamp = "2026-11-24T14:00:00Z".parse().unwrap();
    assert_eq!((clock.started_at, clock.deadline), (told.received_at, Some(to_timestamp(due))));

    let [question] = &questions(&intake).await[..] else { panic!("one question") };
    assert_eq!(question.contact_id, receipt.contact_id);
    let reasons: Vec<_> = question.questions.iter().map(pb::RemitQuestion::reason).collect();
    assert_eq!(reasons, [Adult, OutsideArea]);
    assert!(question.questions.iter().all(|one| one.child_id == receipt.child_ids[0]));

    let mut worker = remit(&intake, "screening_practitioner").await;
    let refused = worker.keep_contact(keep(question)).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut manager = remit(&intake, "mash_manager").await;
    let bad = pb::KeepContactRequest { reason: "no".to_owned(), ..keep(question) };
    let bad = manager.keep_contact(bad).await.err().unwrap();
    assert_eq!(violations(&bad)[0].0, "reason");
    manager.keep_contact(keep(question)).await.unwrap();
    let kept = intake.told::<pb::ContactKept>(&question.question_id).await.remove(0);
    assert_eq!(kept.clocks_ended[0].clock_id, clock.clock_id);
    assert_eq!(kept.clocks_ended[0].ending(), ClockEnding::Met);
    assert!(questions(&intake).await.is_empty());
    let shown = intake.read(&receipt.contact_id).await.remit_answers.remove(0);
    assert_eq!(shown.ending(), pb::RemitEnding::Kept);
    assert_eq!(shown.reason, "He stays with his aunt here.");
    let again = manager.keep_contact(keep(question)).await.err().unwrap();
    assert_eq!(again.code(), Code::NotFound);
}

#[tokio::test]
async fn r3_a_correction_raises_the_question_and_settles_it() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(referral()).await;
    let (contact, first) = (&receipt.contact_id, &receipt.child_ids[0]);
    intake.clock.advance(SignedDuration::from_mins(10));
    let mut worker = intake.as_person("screening_practitioner").await;
    let adult = child("Chidera Okafor", 2007);
    worker.amend_contact(amend_child(contact, 1, first, adult.clone())).await.unwrap();
    let told = intake.told::<pb::ContactAmended>(contact).await.remove(0);
    assert_eq!(told.remit_reasons().collect::<Vec<_>>(), [pb::RemitReason::Adult]);
    let clock = clock_of(&told.clocks_started).unwrap().clone();
    assert_eq!(clock.started_at, Some(to_timestamp(intake.clock.now())));
    assert_eq!(questions(&intake).await.len(), 1);

    let young = child("Chidera Okafor", 2016);
    worker.amend_contact(amend_child(contact, 2, first, young.clone())).await.unwrap();
    let told = intake.told::<pb::ContactAmended>(contact).await.remove(1);
    assert_eq!(told.clocks_ended[0].clock_id, clock.clock_id);
    assert_eq!(told.clocks_ended[0].ending(), ClockEnding::Cancelled);
    assert!(told.remit_reasons.is_empty() && questions(&intake).await.is_empty());

    // What a manager was asked once is not asked again; what is new is.
    worker.amend_contact(amend_child(contact, 3, first, adult.clone())).await.unwrap();
    assert!(questions(&intake).await.is_empty());
    let both = pb::Child { outside_area: true, ..adult };
    worker.amend_contact(amend_child(contact, 4, first, both)).await.unwrap();
    let both_read = questions(&intake).await.remove(0);
    assert_eq!(both_read.questions.len(), 2);

    // Who decides on what they read before a correction is refused.
    let grown = pb::Child { outside_area: true, ..child("Chidera Okafor", 2016) };
    worker.amend_contact(amend_child(contact, 5, first, grown)).await.unwrap();
    let mut manager = remit(&intake, "mash_manager").await;
    let stale = manager.keep_contact(keep(&both_read)).await.err().unwrap();
    assert_eq!(stale.code(), Code::Aborted);
    let [read] = &questions(&intake).await[..] else { panic!("one question") };
    assert_eq!(read.questions.len(), 1);
    manager.keep_contact(keep(read)).await.unwrap();
}

#[tokio::test]
async fn r3_a_correction_while_a_manager_keeps_the_contact_waits_and_asks_nothing_again() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(elsewhere()).await;
    let question = questions(&intake).await.remove(0);
    // The manager's transaction, as it stands before its commit.
    let mut keeping = intake.database.begin().await.unwrap();
    let kept = "UPDATE intake.remit_question SET revision = 2, answer = 'kept', words = 'He stays \
                here.', answered_by = 'a manager', answered_at = now() WHERE id = $1";
    let id: Uuid = question.question_id.parse().unwrap();
    sqlx::query(kept).bind(id).execute(&mut *keeping).await.unwrap();
    let mut worker = intake.as_person("screening_practitioner").await;
    let (contact, first) = (&receipt.contact_id, &receipt.child_ids[0]);
    let grown = pb::Child { outside_area: true, ..child("Chidera Okafor", 2016) };
    let amending = worker.amend_contact(amend_child(contact, 1, first, grown));
    let waits = async || {
        let waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock')";
        let waits: bool = sqlx::query_scalar(waiting).fetch_one(&intake.database).await.unwrap();
        waits.then_some(())
    };
    let committing = async {
        eventually("the correction waits for the manager", waits).await;
        keeping.commit().await.unwrap();
    };
    let (amended, ()) = tokio::join!(amending, committing);
    amended.unwrap();
    assert!(questions(&intake).await.is_empty());
    let shown = intake.read(contact).await;
    let endings: Vec<_> = shown.remit_answers.iter().map(pb::RemitAnswer::ending).collect();
    assert_eq!((shown.revision, endings), (2, vec![pb::RemitEnding::Kept]));
}

#[tokio::test]
async fn r3_the_question_ends_when_each_child_in_question_is_passed_on() {
    let intake = Intake::start(*MORNING).await;
    let mut given = elsewhere();
    given.children[1].outside_area = true;
    let receipt = intake.submit(given).await;
    let mut manager = remit(&intake, "mash_manager").await;
    let mut ended = Vec::new();
    for child in &receipt.child_ids {
        let pass = pb::PassToAuthorityRequest {
            request_id: Uuid::new_v4().to_string(),
            contact_id: receipt.contact_id.clone(),
            child_ids: vec![child.clone()],
            authority: "211".to_owned(),
            way: pb::SecureWay::System.into(),
            information: "The child lives there.".to_owned(),
            acted_first: String::new(),
            authority_name: String::new(),
        };
        let passed = manager.pass_to_authority(pass).await.unwrap().into_inner();
        let told = intake.told::<pb::PassedToAuthority>(&passed.hand_over_id).await.remove(0);
        ended.push(told.clocks_ended.len());
    }
    assert_eq!(ended, [0, 1]);
    assert!(questions(&intake).await.is_empty());
    let shown = intake.read(&receipt.contact_id).await.remit_answers.remove(0);
    assert_eq!(shown.ending(), pb::RemitEnding::PassedOn);
}
