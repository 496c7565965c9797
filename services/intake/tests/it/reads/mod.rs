//! Every read that intake answers stands in the read log (R61). An RPC reads where its request
//! has no id of a command; the contracts say which those are, so that none is forgotten here.

mod call;
mod rows;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tonic::Code;
use uuid::Uuid;

use self::{
    rows::rows,
    story::{SEALED_CHILD, SEALED_REFERRER, Story},
};
use crate::stage::{Intake, MORNING, violations};

/// The RPCs of the contracts that are no commands, each with the number of the field in which
/// it is asked why, where there is one.
fn reading() -> BTreeMap<String, Option<i32>> {
    let files = prost_types::FileDescriptorSet::decode(proto::DESCRIPTOR).unwrap().file;
    let ours = files.iter().filter(|file| file.package() == "mash.intake.v1");
    let messages = ours.clone().flat_map(|file| &file.message_type);
    let fields: BTreeMap<String, _> = messages
        .map(|message| (format!(".mash.intake.v1.{}", message.name()), &message.field))
        .collect();
    let mut reading = BTreeMap::new();
    for service in ours.flat_map(|file| &file.service) {
        for rpc in service.method.iter().filter(|rpc| !rpc.client_streaming()) {
            let number = |name| {
                let field = fields[rpc.input_type()].iter().find(|field| field.name() == name);
                field.map(prost_types::FieldDescriptorProto::number)
            };
            if number("request_id").is_none() {
                let name = format!("{}.{}", service.name(), rpc.name());
                reading.insert(name, number("purpose"));
            }
        }
    }
    reading
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
    let named = BTreeSet::from_iter(rows.iter().map(|row| row.rpc.to_owned()));
    assert_eq!(named, reading().into_keys().collect(), "a row for every RPC that reads");
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
        let answered = row.call(&intake).await.map(drop).map_err(|refused| refused.code());
        let expected = if row.shown.is_empty() { Ok(()) } else { Err(Code::Internal) };
        assert_eq!(answered, expected, "{}", row.rpc);
    }
}

#[tokio::test]
async fn r61_nobody_reads_without_a_purpose() {
    let intake = Intake::start(*MORNING).await;
    let (rows, purposes) = (rows(&Story::of(&intake).await), reading());
    let before = last_number(&intake).await;
    for row in rows {
        let Some(field) = purposes[row.rpc] else { continue };
        // The number of a field of this kind, and 0.
        let unsaid = [u8::try_from(field << 3).unwrap(), 0];
        let refused = row.and(&unsaid).call(&intake).await;
        let named = violations(&refused.err().unwrap()).into_iter().map(|(field, _)| field);
        assert_eq!(named.collect::<Vec<_>>(), ["purpose"], "{}", row.rpc);
    }
    assert_eq!(logged(&intake, before).await, []);
}

#[tokio::test]
async fn r2_r4_what_is_sealed_is_in_no_answer_but_to_who_opens_it() {
    let intake = Intake::start(*MORNING).await;
    let story = Story::of(&intake).await;
    let mut answers = vec![("NoticeService.SubmitNotices", story.notice_taken.clone())];
    for row in rows(&story) {
        answers.push((row.rpc, row.call(&intake).await.unwrap()));
    }
    let holds = |bytes: &[u8], word: &str| {
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    };
    for (rpc, answer) in answers {
        for word in SEALED_REFERRER {
            let opens = rpc == "SealService.OpenSealedReferrer";
            assert_eq!(holds(&answer, word), opens, "{rpc} tells {word}");
        }
        let opens = rpc == "SealService.OpenSealedFields";
        assert_eq!(holds(&answer, SEALED_CHILD), opens, "{rpc} tells {SEALED_CHILD}");
    }
}
