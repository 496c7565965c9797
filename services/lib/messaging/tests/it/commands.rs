//! Commands that are sent again.

use messaging::command::{BeginError, Begun, BodyHash, CommandKey};
use proto::intake::v1::{RecordBasisRequest, RecordBasisResponse};
use uuid::Uuid;

use crate::toy::Source;

fn key(caller: &str, request_id: Uuid, content: &str) -> CommandKey {
    let request = RecordBasisRequest { contact_id: content.to_owned(), ..Default::default() };
    CommandKey::new(caller, "RecordBasis", request_id, BodyHash::of(&request))
}

fn reply(revision: i64) -> RecordBasisResponse {
    RecordBasisResponse { basis_id: String::new(), revision }
}

#[tokio::test]
async fn r12_a_command_sent_again_gets_the_first_reply() {
    let source = Source::start().await;
    let id = Uuid::new_v4();
    let Begun::First(tx) =
        source.log.begin_command::<RecordBasisResponse>(key("a", id, "x")).await.unwrap()
    else {
        panic!("it is new");
    };
    tx.commit_reply(&reply(7)).await.unwrap();
    let Begun::Again(again) =
        source.log.begin_command::<RecordBasisResponse>(key("a", id, "x")).await.unwrap()
    else {
        panic!("it was done");
    };
    assert!(again == reply(7));
}

#[tokio::test]
async fn r12_twins_wait_for_each_other_and_only_one_is_done() {
    let source = Source::start().await;
    let id = Uuid::new_v4();
    let Begun::First(first) =
        source.log.begin_command::<RecordBasisResponse>(key("a", id, "x")).await.unwrap()
    else {
        panic!("it is new");
    };
    let log = source.log.clone();
    let twin = tokio::task::spawn(async move {
        match log.begin_command::<RecordBasisResponse>(key("a", id, "x")).await.unwrap() {
            Begun::First(_) => panic!("both were done"),
            Begun::Again(reply) => reply,
        }
    });
    tokio::task::yield_now().await;
    first.commit_reply(&reply(1)).await.unwrap();
    assert!(twin.await.unwrap() == reply(1));
}

#[tokio::test]
async fn only_successes_are_kept_and_ids_are_each_callers_own() {
    let source = Source::start().await;
    let id = Uuid::new_v4();
    let Begun::First(refused) =
        source.log.begin_command::<RecordBasisResponse>(key("a", id, "x")).await.unwrap()
    else {
        panic!("it is new");
    };
    drop(refused);
    for caller in ["a", "b"] {
        let begun =
            source.log.begin_command::<RecordBasisResponse>(key(caller, id, "x")).await.unwrap();
        let Begun::First(tx) = begun else { panic!("{caller} did it before") };
        tx.commit_reply(&reply(1)).await.unwrap();
    }
    let other = source.log.begin_command::<RecordBasisResponse>(key("a", id, "y")).await;
    assert!(matches!(other, Err(BeginError::Reused)));
}
