//! Every read that intake answers stands in the read log (R61). An RPC reads where its request
//! has no id of a command; the contracts say which those are, so that none is forgotten here.

mod call;
mod rows;
mod story;

use std::collections::BTreeSet;

use prost::Message;
use tonic::Code;
use uuid::Uuid;

use self::{rows::rows, story::Story};
use crate::stage::{Intake, MORNING};

/// The RPCs of the contracts that are no commands.
fn reading() -> BTreeSet<String> {
    let files = prost_types::FileDescriptorSet::decode(proto::DESCRIPTOR).unwrap().file;
    let ours = files.iter().filter(|file| file.package() == "mash.intake.v1");
    let messages = ours.clone().flat_map(|file| &file.message_type);
    let of_a_command = |it: &&prost_types::DescriptorProto| {
        it.field.iter().any(|field| field.name() == "request_id")
    };
    let commands: BTreeSet<String> = messages
        .filter(of_a_command)
        .map(|message| format!(".mash.intake.v1.{}", message.name()))
        .collect();
    let rpcs = ours.flat_map(|file| &file.service).flat_map(|service| {
        let reads = service.method.iter().filter(|rpc| !rpc.client_streaming());
        let reads = reads.filter(|rpc| !commands.contains(rpc.input_type()));
        reads.map(|rpc| format!("{}.{}", service.name(), rpc.name()))
    });
    rpcs.collect()
}

/// What the read log says behind this number: action, subjects, purpose, and how many fields.
async fn logged(intake: &Intake, behind: i64) -> Vec<(String, Vec<Uuid>, String, i32)> {
    sqlx::query_as(
        "SELECT action, subjects, purpose, cardinality(fields) FROM access.read_log
         WHERE number > $1 ORDER BY number",
    )
    .bind(behind)
    .fetch_all(&intake.database)
    .await
    .unwrap()
}

async fn last_number(intake: &Intake) -> i64 {
    let last = "SELECT COALESCE(max(number), 0) FROM access.read_log";
    sqlx::query_scalar(last).fetch_one(&intake.database).await.unwrap()
}

#[tokio::test]
async fn r61_every_read_stands_in_the_read_log() {
    let intake = Intake::start(*MORNING).await;
    let rows = rows(&Story::of(&intake).await);
    let named: BTreeSet<String> = rows.iter().map(|row| row.rpc.to_owned()).collect();
    assert_eq!(named, reading(), "a row for every RPC that reads");
    for row in &rows {
        let before = last_number(&intake).await;
        row.call(&intake).await.unwrap_or_else(|refused| panic!("{}: {refused:?}", row.rpc));
        let logged = logged(&intake, before).await;
        if row.shown.is_empty() {
            assert_eq!(logged, [], "{}", row.rpc);
            continue;
        }
        let [(action, subjects, purpose, fields)] = &logged[..] else {
            panic!("one row, not {logged:?}, for {}", row.rpc)
        };
        assert_eq!((&**action, &**purpose), (row.rpc, row.purpose));
        assert!(*fields > 0, "{action} names what it showed");
        for id in &row.shown {
            assert!(subjects.contains(id), "{action} showed {id}, and logged {subjects:?}");
        }
    }
}

#[tokio::test]
async fn r61_a_read_that_cannot_be_logged_is_not_answered() {
    let intake = Intake::start(*MORNING).await;
    let rows = rows(&Story::of(&intake).await);
    sqlx::query("ALTER TABLE access.read_log ADD CHECK (at < '2020-01-01') NOT VALID")
        .execute(&intake.database)
        .await
        .unwrap();
    for row in rows {
        let answered = row.call(&intake).await.map_err(|refused| refused.code());
        let expected = if row.shown.is_empty() { Ok(()) } else { Err(Code::Internal) };
        assert_eq!(answered, expected, "{}", row.rpc);
    }
}
