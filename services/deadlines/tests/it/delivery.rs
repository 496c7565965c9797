//! Pagers that are slow, fail or are away.
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use std::time::Duration;

use harness::eventually;
use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::{
    pager::Manner,
    stage::{Hub, MORNING, contact, minutes, pagers_file, red_check},
};

const OUTCOMES: &str = "SELECT count(*) FROM deadlines.attempt";

async fn attempts(hub: &Hub, number: i64) {
    eventually("attempts are made", async || (hub.count(OUTCOMES).await == number).then_some(()))
        .await;
}

#[tokio::test]
async fn a_pager_that_fails_is_tried_again_under_the_same_id_until_it_takes_the_page() {
    let hub = Hub::start(*MORNING).await;
    hub.pagers.behave("mash_manager", Manner::status(500));
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    attempts(&hub, 1).await;
    for (tries, wait) in [(2, 1), (3, 2), (4, 5)] {
        hub.advance(SignedDuration::from_secs(wait));
        attempts(&hub, tries).await;
    }
    hub.pagers.behave("mash_manager", Manner::status(204));
    hub.advance(SignedDuration::from_secs(10));
    attempts(&hub, 5).await;
    hub.advance(SignedDuration::from_secs(60));
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    attempts(&hub, 6).await;
    let calls = hub.pagers.calls();
    assert!(
        calls[..5].iter().all(|call| call.id == calls[0].id && call.message == calls[0].message)
    );
    assert_ne!(calls[5].id, calls[0].id);
    let at: Vec<i64> = calls[..5].iter().map(|call| call.timestamp - calls[0].timestamp).collect();
    assert_eq!(at, [0, 1, 3, 8, 18], "each attempt has its own instant");
    assert_eq!(hub.waiting_pages().await[0].deliveries, 1);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_a_pager_can_ask_for_a_minute_at_most() {
    let hub = Hub::start(*MORNING).await;
    hub.pagers.behave("mash_manager", Manner { retry_after: Some(86_400), ..Manner::status(302) });
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    attempts(&hub, 1).await;
    hub.advance(SignedDuration::from_secs(60));
    attempts(&hub, 2).await;
    assert_eq!(hub.count("SELECT count(*) FROM deadlines.attempt WHERE outcome = '302'").await, 2);
}

#[tokio::test]
async fn a_slow_pager_holds_up_no_other() {
    let hub = Hub::start(*MORNING).await;
    hub.pagers.behave("police", Manner { after: Duration::from_secs(30), ..Manner::WELL });
    for _ in 0..20 {
        hub.tell(&red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING - minutes(240))).await;
    }
    hub.paged("mash_manager", 20).await;
    let police = "SELECT count(*) FROM deadlines.delivery WHERE endpoint = 'agency_duty:police/1'
                  AND delivered_at IS NOT NULL";
    assert_eq!(hub.count(police).await, 0, "the slow one has none yet");
}

#[tokio::test]
async fn r18_the_backlog_of_a_pager_that_hangs_stands_before_no_danger() {
    let hub = Hub::start(*MORNING).await;
    for role in ["mash_manager", "service_manager", "head_of_service"] {
        hub.pagers.behave(role, Manner { after: Duration::from_secs(60), ..Manner::WELL });
    }
    for _ in 0..12 {
        hub.tell(&red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING - minutes(240))).await;
    }
    hub.heard().await;
    let raised = "SELECT count(*) FROM deadlines.page WHERE cause = 'red_check_overdue'";
    eventually("all are raised", async || (hub.count(raised).await == 12).then_some(())).await;
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.heard().await;
    for _ in 0..12 {
        hub.advance(minutes(5));
        let late = "SELECT count(*) FROM deadlines.page WHERE next_climb_at <= $1";
        let now = hub.clock.now().to_sqlx();
        eventually("all have climbed", async || {
            let late = sqlx::query_scalar::<_, i64>(late).bind(now);
            (late.fetch_one(&hub.database).await.unwrap() == 0).then_some(())
        })
        .await;
    }
    let most = "SELECT coalesce(max(owed), 0) FROM (
        SELECT count(*) AS owed FROM deadlines.delivery WHERE done_at IS NULL GROUP BY page_id, endpoint
    ) AS page_and_pager";
    assert_eq!(hub.count(most).await, 1, "a pager is owed the last telling of a page");

    let id = Uuid::new_v4();
    hub.tell(&contact(id, true, false)).await;
    hub.heard().await;
    let first_try = eventually("the danger is told", async || {
        let calls = hub.pagers.calls();
        calls.into_iter().find(|call| call.message["data"]["contact_id"] == id.to_string())
    });
    tokio::time::timeout(Duration::from_secs(3), first_try).await.expect("at once");
}

#[tokio::test]
async fn a_pager_that_is_away_is_tried_again_and_the_others_are_told() {
    let mut hub = Hub::without_deadlines(*MORNING).await;
    let roles = ["mash_manager", "service_manager", "head_of_service", "edt", "unit_manager"];
    let file = pagers_file(&hub.pagers, &roles);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let first = text.split("[[pager]]").nth(1).unwrap();
    let away = first.replace(&hub.pagers.url("mash_manager"), &format!("http://{nobody}/"));
    std::fs::write(&file, format!("[[pager]]{away}{text}")).unwrap();
    hub.place.vars.iter_mut().find(|(key, _)| key == "MASH_PAGERS").unwrap().1 = file;
    hub.start_deadlines().await;
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.paged("mash_manager", 1).await;
    attempts(&hub, 2).await;
    hub.advance(SignedDuration::from_secs(1));
    attempts(&hub, 3).await;
    assert_eq!(
        hub.count("SELECT count(*) FROM deadlines.attempt WHERE outcome = 'UNREACHABLE'").await,
        2
    );
}

#[tokio::test]
async fn an_acknowledged_page_is_not_tried_again() {
    let hub = Hub::start(*MORNING).await;
    hub.pagers.behave("mash_manager", Manner::status(503));
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    attempts(&hub, 1).await;
    let page = hub.waiting_pages().await.remove(0);
    hub.acknowledge(&page.page_id).await;
    hub.advance(SignedDuration::from_secs(120));
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    attempts(&hub, 2).await;
    let calls = hub.pagers.calls();
    assert_ne!(calls[0].id, calls[1].id);
}

#[tokio::test]
async fn a_ladder_that_nobody_can_be_reached_on_stops_the_start() {
    let hub = Hub::without_deadlines(*MORNING).await;
    let mut vars = hub.place.vars.clone();
    let file = pagers_file(&hub.pagers, &["mash_manager", "service_manager", "head_of_service"]);
    vars.iter_mut().find(|(key, _)| key == "MASH_PAGERS").unwrap().1 = file;
    let config = deadlines::config::read(runtime::settings::Settings::given(vars)).unwrap();
    let tasks = runtime::tasks::Tasks::new();
    let error =
        deadlines::run(config, hub.clock.clone(), tasks.clone()).await.unwrap_err().to_string();
    tasks.stop();
    assert!(error.contains("role = \"edt\""), "{error}");
}
