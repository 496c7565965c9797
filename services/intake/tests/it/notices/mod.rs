//! Notices in bulk: taken in one by one, sorted for people, and none closed by machine.

mod batches;
mod known;
mod order;

use std::time::Duration;

use futures_util::{StreamExt, stream};
use harness::{Bearer, Stage};
use prost::Message;
use proto::intake::v1::{
    self as pb, notice_service_client::NoticeServiceClient, submit_notices_request,
    submit_notices_response::Part,
};
use tonic::{Status, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::stage::{Intake, child, referral};

type Client = NoticeServiceClient<InterceptedService<Channel, Bearer>>;

/// The system of the police, by its opaque id.
const POLICE: Uuid = Uuid::from_u128(0x9011ce);
const BATCH: &str = "018f4e9e-0000-7000-8000-0000000000b1";

async fn sender(intake: &Intake, subject: Uuid) -> Client {
    let hour = Duration::from_secs(3600);
    let signer = Stage::shared().signer();
    let token = signer.mint(&["notice_sender"], subject, hour, intake.clock.now()).unwrap();
    let channel = Stage::shared().channel(&intake.place.address).await;
    NoticeServiceClient::with_interceptor(channel, Bearer::of(&token))
}

async fn as_person(intake: &Intake, role: &str) -> Client {
    let channel = Stage::shared().channel(&intake.place.address).await;
    let bearer = Stage::shared().person(role, intake.clock.now());
    NoticeServiceClient::with_interceptor(channel, bearer)
}

fn header() -> pb::SubmitNoticesRequest {
    let header = pb::BatchHeader { batch_id: BATCH.to_owned(), referral_source: "6".to_owned() };
    pb::SubmitNoticesRequest { part: Some(submit_notices_request::Part::Header(header)) }
}

/// A notice of the police about one child, of whom nothing is said.
fn notice(number: i32) -> pb::Notice {
    let mut contact = pb::SubmitContactRequest {
        request_id: String::new(),
        channel: 0,
        children: vec![pb::Child { nhs_number: nhs_number(number), ..child("A Child", 2014) }],
        factors: Vec::new(),
        ..referral()
    };
    contact.referrer.as_mut().unwrap().source = String::new();
    pb::Notice { number, contact: Some(contact) }
}

fn with(number: i32, change: impl FnOnce(&mut pb::SubmitContactRequest)) -> pb::Notice {
    let mut notice = notice(number);
    change(notice.contact.as_mut().unwrap());
    notice
}

/// A right NHS number, another one for each number.
fn nhs_number(number: i32) -> String {
    let first = format!("{:09}", 400_000_000 + i64::from(number) * 7);
    let digits = first.bytes().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits.zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    match (11 - sum % 11) % 11 {
        10 => String::new(),
        check => format!("{first}{check}"),
    }
}

fn parts(notices: impl IntoIterator<Item = pb::Notice>) -> Vec<pb::SubmitNoticesRequest> {
    let notices = notices.into_iter().map(|notice| pb::SubmitNoticesRequest {
        part: Some(submit_notices_request::Part::Notice(notice)),
    });
    std::iter::once(header()).chain(notices).collect()
}

/// The answers to a batch, and what ended it.
async fn send(
    client: &mut Client,
    parts: Vec<pb::SubmitNoticesRequest>,
) -> (Vec<Part>, Result<(), Status>) {
    let mut answers = match client.submit_notices(stream::iter(parts)).await {
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

/// The answers to a batch of one notice, as bytes.
pub async fn send_one(intake: &Intake, contact: pb::SubmitContactRequest) -> Vec<u8> {
    let mut police = sender(intake, POLICE).await;
    let notice = pb::Notice { number: 1, contact: Some(contact) };
    let answers = sent(&mut police, [notice]).await;
    assert_eq!(taken(&answers[0]).number, 1);
    let parts = answers.into_iter().map(|part| pb::SubmitNoticesResponse { part: Some(part) });
    parts.flat_map(|answer| answer.encode_to_vec()).collect()
}

/// The answers to a batch that ends well.
async fn sent(client: &mut Client, notices: impl IntoIterator<Item = pb::Notice>) -> Vec<Part> {
    let (answers, end) = send(client, parts(notices)).await;
    end.unwrap();
    answers
}

fn taken(part: &Part) -> &pb::NoticeTaken {
    match part {
        Part::Taken(taken) => taken,
        Part::Refused(_) | Part::Summary(_) => panic!("not taken"),
    }
}

fn summary(answers: &[Part]) -> (i32, i32, i32) {
    match answers.last() {
        Some(Part::Summary(summary)) => (summary.taken, summary.again, summary.refused),
        _ => panic!("no summary"),
    }
}
