//! Contacts at a steady rate, with 100,000 people in the register to be matched with: none
//! may be lost, and the slowest is held against the same rows written by pgbench.

#![expect(clippy::disallowed_methods, reason = "looks at the tables from outside")]

use std::{collections::HashSet, time::Duration};

use bench::{
    clock_face::{millis, percentile, print_table, short},
    contact::referral,
    ground::{Ground, Place, on_ground},
    load::closed_loop,
    machine::{Machine, Moment},
    member::{Client, Member},
    pgbench,
    register::Register,
    statements::submit_script,
};
use clap::Parser;
use serde::Serialize;
use sqlx::PgPool;
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use uuid::Uuid;

/// Contacts at a steady rate against a large register, beside pgbench at the same rate
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Contacts a second.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// For how long, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// People in the register.
    #[arg(long, default_value_t = 100_000)]
    people: u64,
    /// Connections of those who submit.
    #[arg(long, default_value_t = 16)]
    connections: usize,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    accepted: usize,
    /// Contacts that were answered and are not in the event log.
    lost: usize,
    p50_ms: f64,
    p99_ms: f64,
    floor_p50_ms: f64,
    floor_p99_ms: f64,
    ratio_p99: f64,
    /// Seconds from the last contact until everybody was matched.
    matched_after_s: f64,
    most_per_second: f64,
    floor_most_per_second: f64,
    ratio_most: f64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    on_ground(&arguments.place, async |ground| measure(ground, &arguments).await, print).await
}

fn print(report: &Report) {
    report.machine.print();
    println!("{} accepted, {} lost", report.accepted, report.lost);
    println!("everybody was matched {} s after the last", short(report.matched_after_s));
    let head = ["", "hub", "pgbench", "ratio"];
    let row = |name: &str, figures: [f64; 3]| {
        [name.to_owned()].into_iter().chain(figures.map(short)).collect::<Vec<_>>()
    };
    let p50 = report.p50_ms / report.floor_p50_ms;
    let rows = [
        row("p50 ms", [report.p50_ms, report.floor_p50_ms, p50]),
        row("p99 ms", [report.p99_ms, report.floor_p99_ms, report.ratio_p99]),
        row("most/s", [report.most_per_second, report.floor_most_per_second, report.ratio_most]),
    ];
    print_table(&head, &rows);
}

async fn measure(ground: &mut Ground, arguments: &Arguments) -> anyhow::Result<Report> {
    let before = Moment::now(ground)?;
    let floor = ground.database("floor").await?;
    service::migrate(&floor, &intake::MIGRATOR).await?;
    let intake = Member::start(ground, intake::NAME, &intake::MIGRATOR, &[]).await?;
    let database = PgPool::connect(&intake.database).await?;
    Register::new()?.fill(&database, arguments.people).await?;
    eprintln!("{} people are registered", arguments.people);
    let mut clients = Vec::new();
    for _ in 0..arguments.connections {
        clients.push(intake.client(ground).await?);
    }
    let (warm_up, time) = (Duration::from_secs(3), Duration::from_secs(arguments.seconds));
    closed_loop(&clients, warm_up).await?;
    matched(&database).await?;

    let submitted = at_rate(&clients, arguments.rate, time).await?;
    let after = Instant::now();
    matched(&database).await?;
    let matched_after_s = after.elapsed().as_secs_f64();
    let lost = lost(&database, &submitted).await?;
    let script = submit_script();
    let floors =
        pgbench::latencies(ground, &floor, &script, arguments.connections, arguments.rate, time)
            .await?;

    let short_time = Duration::from_secs(10);
    let most_per_second = closed_loop(&clients, short_time).await?;
    matched(&database).await?;
    let connections = arguments.connections;
    let most = pgbench::run(ground, &floor, &script, connections, short_time).await?;
    let times: Vec<f64> = submitted.iter().map(|(_, time)| millis(*time)).collect();
    let (p99_ms, floor_p99_ms) = (percentile(&times, 0.99), percentile(&floors, 0.99));
    Ok(Report {
        machine: Machine::describe(ground, before).await?,
        accepted: submitted.len(),
        lost,
        p50_ms: percentile(&times, 0.5),
        p99_ms,
        floor_p50_ms: percentile(&floors, 0.5),
        floor_p99_ms,
        ratio_p99: p99_ms / floor_p99_ms,
        matched_after_s,
        most_per_second,
        floor_most_per_second: most,
        ratio_most: most_per_second / most,
    })
}

/// Submits at this rate whether intake answers or not; gives each contact and the time from
/// when it was to be sent to its answer.
async fn at_rate(
    clients: &[Client],
    rate: u32,
    time: Duration,
) -> anyhow::Result<Vec<(Uuid, Duration)>> {
    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut under_way = JoinSet::new();
    let number = rate as usize * time.as_secs() as usize;
    for client in clients.iter().cycle().take(number) {
        let due = ticks.tick().await;
        let mut client = client.clone();
        under_way.spawn(async move {
            let receipt = client.submit_contact(referral(false)).await?.into_inner();
            anyhow::Ok((receipt.contact_id.parse()?, due.elapsed()))
        });
    }
    let mut submitted = Vec::with_capacity(number);
    while let Some(done) = under_way.join_next().await {
        submitted.push(done??);
    }
    Ok(submitted)
}

/// Waits until everybody who was put into the register is matched.
async fn matched(database: &PgPool) -> anyhow::Result<()> {
    let statement = "SELECT NOT EXISTS (SELECT FROM intake.unmatched)";
    while !sqlx::query_scalar::<_, bool>(statement).fetch_one(database).await? {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// How many that were answered are not in the event log.
async fn lost(database: &PgPool, submitted: &[(Uuid, Duration)]) -> anyhow::Result<usize> {
    let statement = "SELECT aggregate FROM messaging.event JOIN messaging.position USING (number) \
         WHERE type = 'mash.intake.v1.ContactReceived'";
    sleep(Duration::from_secs(1)).await;
    let there: Vec<Uuid> = sqlx::query_scalar(statement).fetch_all(database).await?;
    let there: HashSet<Uuid> = there.into_iter().collect();
    Ok(submitted.iter().filter(|(contact, _)| !there.contains(contact)).count())
}
