//! The read log and the refusals in a real database.

use std::convert::Infallible;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use access::{Caller, Person, Read, RefusalLog, Role, System, log_read};
use http::{Request, Response};
use jiff::Timestamp;
use sqlx::{Executor, PgPool};
use tonic::body::Body;
use tower::{Layer, ServiceExt, service_fn};
use uuid::Uuid;

use crate::database::Database;
use crate::identity::{IdentityProvider, START};

fn manager() -> Person {
    Person::new("user-7", vec![Role::MashManager]).unwrap()
}

fn read<'a>(caller: &'a Caller, subjects: &'a [Uuid], purpose: &'a str) -> Read<'a> {
    Read {
        at: Timestamp::from_second(START).unwrap(),
        caller,
        action: "IntakeService.GetContact",
        subjects,
        purpose,
        fields: &["concern", "children.name"],
    }
}

async fn reads(pool: &PgPool) -> i64 {
    sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM access.read_log"#)
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn r61_a_read_is_logged_in_the_readers_transaction() {
    let database = Database::start().await;
    let child = Uuid::from_u128(7);
    let service = System::Service("partner-checks".to_owned());
    let caller = Caller::on_behalf(service, manager());

    let mut transaction = database.pool.begin().await.unwrap();
    log_read(&mut transaction, &read(&caller, &[child], "screening")).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(reads(&database.pool).await, 0, "no commit, no row");

    let mut transaction = database.pool.begin().await.unwrap();
    log_read(&mut transaction, &read(&caller, &[child], "screening")).await.unwrap();
    transaction.commit().await.unwrap();
    let row = sqlx::query!(
        "SELECT at, actor, via, action, subjects, purpose, fields FROM access.read_log"
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    assert_eq!(row.at.to_jiff().as_second(), START);
    assert_eq!(row.actor, "user-7");
    assert_eq!(row.via.as_deref(), Some("/service/partner-checks"));
    assert_eq!(row.action, "IntakeService.GetContact");
    assert_eq!(row.subjects, [child]);
    assert_eq!(row.purpose, "screening");
    assert_eq!(row.fields, ["concern", "children.name"]);
}

#[tokio::test]
async fn r61_a_read_without_a_purpose_or_a_subject_is_not_logged_and_so_not_answered() {
    let database = Database::start().await;
    let caller = Caller::person(manager());
    let child = [Uuid::from_u128(7)];
    for (subjects, purpose) in [(&child[..], ""), (&[], "screening")] {
        let mut connection = database.pool.acquire().await.unwrap();
        let refused = log_read(&mut connection, &read(&caller, subjects, purpose)).await;
        assert!(refused.unwrap_err().as_database_error().unwrap().is_check_violation());
    }
    assert_eq!(reads(&database.pool).await, 0);
}

#[tokio::test]
async fn r62_both_logs_can_be_added_to_and_not_changed() {
    let database = Database::start().await;
    let mut connection = database.pool.acquire().await.unwrap();
    let caller = Caller::person(manager());
    let child = [Uuid::from_u128(7)];
    log_read(&mut connection, &read(&caller, &child, "screening")).await.unwrap();
    for statement in [
        "UPDATE access.read_log SET actor = 'nobody'",
        "DELETE FROM access.read_log",
        "TRUNCATE access.read_log CASCADE",
        "UPDATE access.refusal SET actor = 'nobody'",
        "DELETE FROM access.refusal",
        "TRUNCATE access.refusal",
    ] {
        let error = connection.execute(statement).await.unwrap_err();
        let text = error.as_database_error().unwrap().message().to_owned();
        assert!(text.ends_with("can only be added to"), "{statement}: {text}");
    }
    assert_eq!(reads(&database.pool).await, 1);
}

/// Asks for figures with this token; the gRPC status.
async fn figures(provider: &IdentityProvider, log: RefusalLog, token: Option<String>) -> String {
    let handler = service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(
            Response::builder().header("grpc-status", "0").body(Body::empty()).unwrap(),
        )
    });
    let mut request = Request::builder().uri("/mash.reporting.v1.ReportingService/GetFigures");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let layer = provider.guard(log).layer("reporting");
    let answer = layer.layer(handler).oneshot(request.body(()).unwrap()).await.unwrap();
    answer.headers()["grpc-status"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_refusal_of_somebody_known_is_kept_and_one_of_nobody_is_not() {
    let database = Database::start().await;
    let provider = IdentityProvider::new();
    let log = RefusalLog::Database(database.pool.clone());
    assert_eq!(figures(&provider, log.clone(), None).await, "16");
    assert_eq!(figures(&provider, log.clone(), Some(provider.token("board"))).await, "0");
    assert_eq!(figures(&provider, log.clone(), Some(provider.token("referrer"))).await, "7");
    // One row, so neither of the calls before left one.
    let row = sqlx::query!("SELECT at, actor, via, action, api, reason FROM access.refusal")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    let [row] = &row[..] else { panic!("{} rows", row.len()) };
    assert_eq!(row.at.to_jiff().as_second(), START);
    assert_eq!(row.actor, "user-1");
    assert_eq!(row.via, None);
    assert_eq!(row.action, "ReportingService.GetFigures");
    assert_eq!(row.api, "reporting");
    assert_eq!(row.reason, "NOT_ALLOWED");

    database.pool.close().await;
    let refused = figures(&provider, log, Some(provider.token("referrer"))).await;
    assert_eq!(refused, "7", "a row that cannot be written changes nothing for the caller");
}

#[tokio::test]
async fn a_refusal_is_kept_though_the_caller_hangs_up() {
    let database = Database::start().await;
    let provider = IdentityProvider::new();
    let log = RefusalLog::Database(database.pool.clone());
    let mut call = Box::pin(figures(&provider, log, Some(provider.token("referrer"))));
    let waits = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_pending())).await;
    assert!(waits, "the row is being written when the caller hangs up");
    drop(call);
    let kept = async {
        let statement = "SELECT 1 FROM access.refusal";
        while database.pool.fetch_optional(statement).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), kept).await.unwrap();
}
