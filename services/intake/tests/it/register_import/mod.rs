//! Episodes of the case system: taken in row by row, each once, the bad ones named.

mod again;
mod open_cases;
mod rows;
mod turns;

use futures_util::{StreamExt, stream};
use harness::Bearer;
use proto::{
    intake::v1::{
        self as pb, EpisodeKind, import_episodes_request as sent,
        import_episodes_response::Part as Answer,
        register_import_service_client::RegisterImportServiceClient,
    },
    terms::v1::Date,
};
use tonic::{Status, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::stage::Intake;

pub type Client = RegisterImportServiceClient<InterceptedService<Channel, Bearer>>;

pub const IMPORT: &str = "018f4e9e-0000-7000-8000-0000000000c1";

pub async fn case_system(intake: &Intake) -> Client {
    intake.connect("case_system", RegisterImportServiceClient::with_interceptor).await
}

fn part(part: sent::Part) -> pb::ImportEpisodesRequest {
    pb::ImportEpisodesRequest { part: Some(part) }
}

fn header(import: &str) -> pb::ImportEpisodesRequest {
    let (import_id, system) = (import.to_owned(), "mosaic".to_owned());
    part(sent::Part::Header(pb::ImportHeader { import_id, system }))
}

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// A row of which nothing is said that another row does not say too, but its references.
pub fn row(number: i32) -> pb::EpisodeRow {
    pb::EpisodeRow {
        number,
        person_ref: format!("P{number}"),
        name: "Chidera Okafor".to_owned(),
        birth_date: day(2016, 5, 17),
        address: "12 Example Road, London".to_owned(),
        postcode: "E8 1EA".to_owned(),
        school: "Clapton Park Primary".to_owned(),
        sex: "F".to_owned(),
        episode_ref: format!("E{number}"),
        kind: EpisodeKind::Section17.into(),
        unit: "Family Support 3".to_owned(),
        worker: "A. Worker".to_owned(),
        opened_on: day(2026, 9, 1),
        ..pb::EpisodeRow::default()
    }
}

fn with(number: i32, change: impl FnOnce(&mut pb::EpisodeRow)) -> pb::EpisodeRow {
    let mut row = row(number);
    change(&mut row);
    row
}

fn parts(
    import: &str,
    rows: impl IntoIterator<Item = pb::EpisodeRow>,
) -> Vec<pb::ImportEpisodesRequest> {
    let rows = rows.into_iter().map(|row| part(sent::Part::Row(row)));
    std::iter::once(header(import)).chain(rows).collect()
}

/// The answers to a stream, and what ended it.
async fn send(
    client: &mut Client,
    parts: Vec<pb::ImportEpisodesRequest>,
) -> (Vec<Answer>, Result<(), Status>) {
    let mut answers = match client.import_episodes(stream::iter(parts)).await {
        Ok(answers) => answers.into_inner(),
        Err(refused) => return (Vec::new(), Err(refused)),
    };
    let mut seen = Vec::new();
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(answer) => seen.push(answer.part.unwrap()),
            Err(ended) => return (seen, Err(ended)),
        }
    }
    (seen, Ok(()))
}

/// The bad rows of a stream that ends well, and how it ended.
pub async fn import(
    client: &mut Client,
    import: &str,
    rows: impl IntoIterator<Item = pb::EpisodeRow>,
) -> (Vec<pb::RowRefused>, pb::ImportProgress) {
    let (answers, end) = send(client, parts(import, rows)).await;
    end.unwrap();
    let mut refused = Vec::new();
    let mut ended = None;
    for answer in answers {
        assert!(ended.is_none(), "nothing is said behind the end");
        match answer {
            Answer::Refused(row) => refused.push(row),
            Answer::Progress(_) => {}
            Answer::Ended(progress) => ended = Some(progress),
        }
    }
    (refused, ended.unwrap())
}

/// Created, changed, unchanged, refused.
fn counted(progress: &pb::ImportProgress) -> (i32, i32, i32, i32) {
    (progress.created, progress.changed, progress.unchanged, progress.refused)
}

async fn standing(client: &mut Client, import: &str) -> pb::GetImportResponse {
    let request = pb::GetImportRequest { import_id: import.to_owned() };
    client.get_import(request).await.unwrap().into_inner()
}

async fn count(intake: &Intake, what: &'static str) -> i64 {
    sqlx::query_scalar(what).fetch_one(&intake.database).await.unwrap()
}

async fn episodes(intake: &Intake) -> i64 {
    count(intake, "SELECT count(*) FROM intake.episode").await
}

async fn people(intake: &Intake) -> i64 {
    count(intake, "SELECT count(*) FROM intake.person").await
}

/// An id of another import.
fn another() -> String {
    Uuid::new_v4().to_string()
}
