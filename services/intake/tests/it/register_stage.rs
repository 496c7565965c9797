//! The register, as its tests see it.

use harness::{Bearer, eventually};
use jiff::SignedDuration;
use proto::{
    intake::v1::{self as pb, register_service_client::RegisterServiceClient},
    terms::v1::Purpose,
};
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::stage::{Intake, referral};

pub type Register = RegisterServiceClient<InterceptedService<Channel, Bearer>>;

/// Two NHS numbers with right check digits.
pub const NHS: [&str; 2] = ["9434765919", "4010232137"];

/// A client of the register, for a person of a role.
pub async fn register(intake: &Intake, role: &str) -> Register {
    intake.connect(role, RegisterServiceClient::with_interceptor).await
}

/// A referral of the same two siblings, each with their own NHS number.
pub fn siblings() -> pb::SubmitContactRequest {
    let mut given = referral();
    for (child, number) in given.children.iter_mut().zip(NHS) {
        child.nhs_number = number.to_owned();
    }
    given
}

/// A referral of the same two siblings, without any number.
pub fn unnumbered() -> pb::SubmitContactRequest {
    let mut given = referral();
    for child in &mut given.children {
        child.nhs_number.clear();
    }
    given
}

/// Waits until everything in the register is matched.
pub async fn matched(intake: &Intake) {
    eventually("everybody is matched", async || {
        let waits: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM intake.unmatched)")
            .fetch_one(&intake.database)
            .await
            .unwrap();
        (!waits).then_some(())
    })
    .await;
}

/// Moves the clock, and waits until a round of matching is over that looked at somebody since:
/// one that had begun before would take what is put next at its own instant.
pub async fn advance(intake: &Intake, by: SignedDuration) {
    intake.clock.advance(by);
    sqlx::query("INSERT INTO intake.unmatched (person_id) SELECT id FROM intake.person LIMIT 1")
        .execute(&intake.database)
        .await
        .unwrap();
    matched(intake).await;
}

/// What a manager reads of everybody on a contact, once they are matched.
pub async fn history(intake: &Intake, contact: &str) -> Vec<pb::PersonHistory> {
    matched(intake).await;
    let asked = pb::GetHistoryRequest {
        contact_id: contact.to_owned(),
        purpose: Purpose::Screening.into(),
    };
    let read = register(intake, "mash_manager").await.get_history(asked).await;
    let read = read.unwrap().into_inner();
    assert!(!read.matching_continues);
    read.people
}

/// What waits for a person, once everybody is matched.
pub async fn open_matches(intake: &Intake) -> Vec<pb::Match> {
    matched(intake).await;
    let all = pb::ListOpenMatchesRequest {
        purpose: Purpose::Screening.into(),
        page_size: 200,
        page_token: String::new(),
    };
    let mut worker = register(intake, "screening_practitioner").await;
    worker.list_open_matches(all).await.unwrap().into_inner().matches
}

pub fn other(found: &pb::Match) -> &pb::KnownPerson {
    found.other.as_ref().unwrap()
}

/// The match of somebody on a contact with an entry.
pub fn match_with<'a>(person: &'a pb::PersonHistory, entry: &str) -> Option<&'a pb::Match> {
    person.matches.iter().find(|found| other(found).person_id == entry)
}

pub fn decision(found: &pb::Match, decision: pb::MatchDecision) -> pb::DecideMatchRequest {
    pb::DecideMatchRequest {
        request_id: Uuid::new_v4().to_string(),
        match_id: found.match_id.clone(),
        revision: found.revision,
        decision: decision.into(),
        reason: "The school says so.".to_owned(),
    }
}

pub fn undoing(found: &str, revision: i64) -> pb::UndoMatchRequest {
    pb::UndoMatchRequest {
        request_id: Uuid::new_v4().to_string(),
        match_id: found.to_owned(),
        revision,
        reason: "They are cousins.".to_owned(),
    }
}

pub fn joining(one: &str, other: &str) -> pb::JoinPeopleRequest {
    pb::JoinPeopleRequest {
        request_id: Uuid::new_v4().to_string(),
        one_id: one.to_owned(),
        other_id: other.to_owned(),
        reason: "The mother says so.".to_owned(),
        revision: 0,
    }
}

/// Somebody of the case system with this NHS number.
pub async fn known(intake: &Intake, name: &str, nhs_number: &str) -> Uuid {
    let person = Uuid::new_v4();
    sqlx::query(
        "INSERT INTO intake.person (id, name, nhs_number, source_ref, keyed_as) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(person)
    .bind(name)
    .bind(nhs_number)
    .bind(person.to_string())
    .bind(intake::matching::KEYS_VERSION)
    .execute(&intake.database)
    .await
    .unwrap();
    sqlx::query("INSERT INTO intake.person_key (key, person_id) VALUES ($1, $2)")
        .bind(intake::matching::Key::nhs(nhs_number).number)
        .bind(person)
        .execute(&intake.database)
        .await
        .unwrap();
    person
}

/// An episode of theirs that is opened on 1 October.
pub async fn episode(intake: &Intake, person: Uuid, kind: &str, closed_on: Option<&str>) {
    opened_on(intake, person, "2026-10-01", (kind, closed_on)).await;
}

/// An episode of theirs that is opened on a day.
pub async fn opened_on(
    intake: &Intake,
    person: Uuid,
    day: &str,
    (kind, closed_on): (&str, Option<&str>),
) {
    sqlx::query(
        "INSERT INTO intake.episode (id, person_id, kind, unit, worker, opened_on, closed_on) \
         VALUES ($1, $2, $3::intake.episode_kind, 'Unit 7', 'A. Worker', $5::date, $4::date)",
    )
    .bind(Uuid::new_v4())
    .bind(person)
    .bind(kind)
    .bind(closed_on)
    .bind(day)
    .execute(&intake.database)
    .await
    .unwrap();
}
