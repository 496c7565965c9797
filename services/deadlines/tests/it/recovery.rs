//! Nothing is missed because a process was down, nothing is done twice because there
//! are two (R60), and finding what is due costs the same with a full table.
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use harness::eventually;
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    deadlines::v1 as pb,
    screening::v1::InitialDecisionMade,
    terms::v1::{ClockKind, ClockStart, Rag},
};
use uuid::Uuid;

use crate::stage::{Hub, MORNING, clock_end, contact, minutes, red_check};

#[tokio::test]
async fn r60_after_a_restart_what_is_due_fires_at_once_and_red_first() {
    let mut hub = Hub::start(*MORNING).await;
    let mut amber = red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING - minutes(1));
    amber.clocks_started[0].rag = Rag::Amber.into();
    amber.clocks_started[0].warnings.clear();
    hub.tell(&amber).await;
    for _ in 0..20 {
        hub.tell(&red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING)).await;
    }
    hub.heard().await;
    hub.stop_deadlines().await;
    hub.advance(minutes(24 * 60));
    hub.start_deadlines().await;

    let ran_out = hub.has_told::<pb::ClockRanOut>(21).await;
    assert!(
        ran_out[..20].iter().all(|clock| clock.rag() == Rag::Red),
        "RED fires before what was due earlier"
    );
    let now = Some(to_timestamp(hub.clock.now()));
    assert!(
        ran_out.iter().all(|clock| clock.fired_at == now && clock.deadline != now),
        "and says how late it is"
    );
    assert_eq!(hub.has_told::<pb::ClockWarned>(40).await.len(), 40);
}

#[tokio::test]
async fn r60_a_page_climbs_on_after_a_restart() {
    let mut hub = Hub::start(*MORNING).await;
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.paged("mash_manager", 1).await;
    hub.stop_deadlines().await;
    hub.advance(minutes(60));
    hub.start_deadlines().await;
    assert_eq!(hub.paged("service_manager", 1).await, ["page.climbed"]);
    assert!(hub.pagers.types("head_of_service").is_empty(), "everybody has the time of their step");
}

#[tokio::test]
async fn r60_two_instances_fire_each_timer_and_send_each_page_once() {
    let mut hub = Hub::start(*MORNING).await;
    hub.start_deadlines().await;
    let ids: Vec<Uuid> = (0..60).map(|_| Uuid::new_v4()).collect();
    for id in &ids {
        hub.tell(&red_check(*id, Uuid::new_v4(), *MORNING)).await;
        hub.tell(&red_check(*id, Uuid::new_v4(), *MORNING)).await;
    }
    hub.heard().await;
    for (at, warned) in [(30, 120), (150, 240)] {
        hub.advance(minutes(at));
        hub.has_told::<pb::ClockWarned>(warned).await;
        hub.paged("police", warned).await;
    }
    hub.advance(minutes(60));
    let ran_out = hub.has_told::<pb::ClockRanOut>(120).await;
    let clocks: std::collections::HashSet<_> =
        ran_out.iter().map(|clock| clock.clock_id.as_str()).collect();
    assert_eq!(clocks.len(), 120);
    // Both checks of a contact are one page (R43), whichever instance fired them.
    hub.paged("mash_manager", 60).await;
    let fired = "SELECT count(*) FROM deadlines.timer WHERE fired_at IS NOT NULL";
    eventually("all has fired", async || (hub.count(fired).await == 360).then_some(())).await;
}

#[tokio::test]
async fn r43_two_instances_that_fire_for_one_contact_at_once_raise_one_page() {
    let mut hub = Hub::start(*MORNING).await;
    hub.start_deadlines().await;
    for turn in 0..6 {
        let id = Uuid::new_v4();
        let mut asked = red_check(id, Uuid::new_v4(), hub.clock.now() - minutes(180));
        asked.clocks_started[0].warnings.clear();
        // More than one transaction fires, so that both instances have some.
        let clock = asked.clocks_started[0].clone();
        let another = || ClockStart { clock_id: Uuid::new_v4().to_string(), ..clock.clone() };
        asked.clocks_started.extend(std::iter::repeat_with(another).take(299));
        hub.tell(&asked).await;
        hub.heard().await;
        hub.advance(minutes(60));
        hub.has_told::<pb::ClockRanOut>(300 * (turn + 1)).await;
    }
    let pages = "SELECT count(*) FROM deadlines.page WHERE cause = 'red_check_overdue'";
    assert_eq!(hub.count(pages).await, 6);
    assert_eq!(
        hub.count("SELECT count(*) FROM deadlines.cause WHERE cause = 'red_check_overdue'").await,
        1800
    );
}

#[tokio::test]
async fn a_timer_that_cannot_fire_holds_up_no_other() {
    let hub = Hub::start(*MORNING).await;
    let poison = "ALTER TABLE deadlines.timer ADD CONSTRAINT poison
        CHECK (fired_at IS NULL OR clock_id <> '00000000-0000-0000-0000-000000000000')";
    sqlx::raw_sql(poison).execute(&hub.database).await.unwrap();
    hub.tell(&red_check(Uuid::new_v4(), Uuid::nil(), *MORNING - minutes(300))).await;
    for later in 0..5 {
        let requested = *MORNING - minutes(240) - SignedDuration::from_secs(later);
        hub.tell(&red_check(Uuid::new_v4(), Uuid::new_v4(), requested)).await;
    }
    hub.heard().await;
    hub.paged("mash_manager", 5).await;
    hub.has_told::<pb::ClockRanOut>(5).await;
    hub.advance(minutes(10));
    hub.paged("service_manager", 5).await;
    sqlx::raw_sql("ALTER TABLE deadlines.timer DROP CONSTRAINT poison")
        .execute(&hub.database)
        .await
        .unwrap();
    hub.advance(minutes(1));
    hub.paged("mash_manager", 6).await;
}

#[tokio::test]
async fn r60_a_hundred_timers_that_cannot_fire_hold_up_none_behind_them() {
    let hub = Hub::start(*MORNING).await;
    let poison = "CREATE FUNCTION deadlines.poison() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION 'poison'; END $$;
        CREATE TRIGGER poison BEFORE UPDATE OF fired_at ON deadlines.timer FOR EACH ROW
            WHEN (NEW.clock_id::text LIKE '00000000-%') EXECUTE FUNCTION deadlines.poison()";
    sqlx::raw_sql(poison).execute(&hub.database).await.unwrap();
    let mut asked = red_check(Uuid::new_v4(), Uuid::nil(), *MORNING - minutes(60));
    asked.clocks_started[0].warnings.clear();
    let clock = asked.clocks_started[0].clone();
    asked.clocks_started = (0..150)
        .map(|number| ClockStart { clock_id: Uuid::from_u128(number).to_string(), ..clock.clone() })
        .collect();
    hub.tell(&asked).await;
    let good = Uuid::new_v4();
    hub.tell(&red_check(Uuid::new_v4(), good, *MORNING)).await;
    hub.heard().await;
    hub.advance(minutes(240));
    let ran_out = hub.has_told::<pb::ClockRanOut>(1).await;
    assert_eq!(ran_out[0].clock_id, good.to_string());
    hub.paged("mash_manager", 1).await;

    sqlx::raw_sql("DROP TRIGGER poison ON deadlines.timer").execute(&hub.database).await.unwrap();
    hub.advance(minutes(1));
    hub.has_told::<pb::ClockRanOut>(151).await;
}

#[tokio::test]
async fn r43_an_acknowledgement_waits_for_the_facts_of_its_own_contact_only() {
    let hub = Hub::start(*MORNING).await;
    let id = Uuid::new_v4();
    hub.tell(&contact(id, true, false)).await;
    hub.heard().await;
    let page = hub.waiting_pages().await.remove(0);
    // A batch that goes on for long: its first event is taken in, its second one waits.
    let (busy, held) = (Uuid::new_v4(), Uuid::new_v4());
    let mut other = hub.database.begin().await.unwrap();
    let hold = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))";
    sqlx::query(hold).bind(held).execute(&mut *other).await.unwrap();
    hub.tell(&contact(busy, false, false)).await;
    hub.tell(&contact(held, false, false)).await;
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    eventually("a follower waits", async || (hub.count(waiting).await > 0).then_some(())).await;
    hub.acknowledge(&page.page_id).await;
    assert_eq!(hub.count(waiting).await, 1, "it waits still");
    other.commit().await.unwrap();
    hub.heard().await;
}

#[tokio::test]
async fn starts_and_ends_that_two_logs_tell_at_the_same_time_all_meet() {
    let mut hub = Hub::without_deadlines(*MORNING).await;
    let clocks: Vec<(Uuid, Uuid)> = (0..400).map(|_| (Uuid::new_v4(), Uuid::new_v4())).collect();
    for (id, clock) in &clocks {
        let mut received = contact(*id, false, false);
        received.clocks_started = red_check(*id, *clock, *MORNING).clocks_started;
        received.clocks_started[0].kind = ClockKind::InitialDecision.into();
        hub.tell(&received).await;
    }
    // The other way round, so that each log has what the other has not told yet.
    for (id, clock) in clocks.iter().rev() {
        hub.tell(&InitialDecisionMade {
            contact_id: id.to_string(),
            decided_at: Some(to_timestamp(*MORNING)),
            clocks_ended: vec![clock_end(*clock, *MORNING)],
            ..InitialDecisionMade::default()
        })
        .await;
    }
    hub.start_deadlines().await;
    hub.heard().await;
    assert_eq!(hub.count("SELECT count(*) FROM deadlines.clock WHERE state = 'met'").await, 400);
    let pending =
        "SELECT count(*) FROM deadlines.timer WHERE fired_at IS NULL AND cancelled_at IS NULL";
    assert_eq!(hub.count(pending).await, 0);
}

#[tokio::test]
async fn the_same_facts_again_change_nothing() {
    let hub = Hub::start(*MORNING).await;
    let (id, clock) = (Uuid::new_v4(), Uuid::new_v4());
    for _ in 0..2 {
        hub.tell(&contact(id, true, false)).await;
        hub.tell(&red_check(id, clock, *MORNING - minutes(240))).await;
    }
    hub.heard().await;
    hub.has_told::<pb::ClockRanOut>(1).await;
    // One for the danger, one for the check that is overdue.
    hub.paged("mash_manager", 2).await;
    assert_eq!(hub.count("SELECT count(*) FROM deadlines.timer").await, 3);
}

#[tokio::test]
async fn any_kind_of_clock_is_kept_and_told_when_it_runs_out() {
    let hub = Hub::start(*MORNING).await;
    let id = Uuid::new_v4();
    let mut received = contact(id, false, false);
    received.clocks_started = red_check(id, Uuid::new_v4(), *MORNING - minutes(240)).clocks_started;
    received.clocks_started[0].kind = ClockKind::InitialDecision.into();
    received.clocks_started[0].rag = Rag::Unspecified.into();
    hub.tell(&received).await;
    let ran_out = hub.has_told::<pb::ClockRanOut>(1).await;
    assert_eq!(ran_out[0].kind(), ClockKind::InitialDecision);
    assert!(hub.told::<pb::PageRaised>().await.is_empty());
}

#[tokio::test]
async fn r59_a_clock_keeps_the_protocol_version_it_was_started_under() {
    let hub = Hub::start(*MORNING).await;
    let mut asked = red_check(Uuid::new_v4(), Uuid::new_v4(), *MORNING);
    asked.clocks_started[0].protocol_version = "2024.7".to_owned();
    hub.tell(&asked).await;
    hub.heard().await;
    assert_eq!(
        hub.count("SELECT count(*) FROM deadlines.clock WHERE protocol_version = '2024.7'").await,
        1
    );
}

#[tokio::test]
async fn what_is_due_is_found_by_the_index_alone() {
    let mut hub = Hub::start(*MORNING).await;
    hub.stop_deadlines().await;
    let fill = "WITH clock AS (
            INSERT INTO deadlines.clock (id, contact_id, kind, started_at, deadline, protocol_version)
            SELECT gen_random_uuid(), gen_random_uuid(), 'check', '2026-11-24', '2026-11-25', '1'
            FROM generate_series(1, 20000) RETURNING id
        ) INSERT INTO deadlines.timer (clock_id, kind, due, try_at, urgent)
        SELECT id, 'deadline', '2026-11-25', timestamptz '2026-11-25' + random() * interval '9 days',
               random() < 0.5
        FROM clock";
    sqlx::query(fill).execute(&hub.database).await.unwrap();
    sqlx::query("ANALYZE deadlines.timer, deadlines.clock").execute(&hub.database).await.unwrap();
    // The statement as the ticker sends it.
    let source = include_str!("../../src/store/locks.rs");
    let claim = source.split("pub async fn due_timers(").nth(1).unwrap();
    let statement = claim.split("r#\"").nth(1).unwrap().split("\"#").next().unwrap();
    for volatile in ["now()", "clock_timestamp", "random"] {
        assert!(!statement.contains(volatile), "{volatile}");
    }
    let explain = format!("PREPARE claim AS {statement}");
    let mut connection = hub.database.acquire().await.unwrap();
    sqlx::raw_sql("SET plan_cache_mode = force_generic_plan")
        .execute(&mut *connection)
        .await
        .unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(explain)).execute(&mut *connection).await.unwrap();
    let plan: Vec<String> =
        sqlx::query_scalar("EXPLAIN EXECUTE claim(true, '2026-11-25T00:10:00Z', 100)")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("Index Scan using timer_due"), "{plan}");
    assert!(plan.contains("Index Cond: ((urgent = $1) AND (try_at <= $2))"), "{plan}");
    assert!(!plan.contains("Seq Scan on timer"), "{plan}");
}
