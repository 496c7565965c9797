//! Contacts accepted per second by a real intake process, against what PostgreSQL does
//! with the same statements alone.

#![expect(clippy::disallowed_methods, reason = "looks at the tables from outside")]

use std::time::Duration;

use bench::{
    clock_face::{median, print_table, short},
    ground::{Ground, Place, on_ground},
    load::closed_loop,
    machine::{Machine, Moment},
    member::Member,
    pgbench,
    statements::submit_script,
};
use clap::Parser;
use serde::Serialize;
use sqlx::PgPool;
use tokio::time::sleep;

/// Contacts accepted per second, beside pgbench with the same statements
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Numbers of connections.
    #[arg(long, value_delimiter = ',', default_value = "1,8,16")]
    connections: Vec<usize>,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How often each is measured, intake and pgbench in turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    figures: Vec<Figure>,
}

#[derive(Serialize)]
struct Figure {
    connections: usize,
    contacts_per_second: Vec<f64>,
    floor_per_second: Vec<f64>,
    ratio: f64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    on_ground(&arguments.place, async |ground| measure(ground, &arguments).await, print).await
}

fn print(report: &Report) {
    report.machine.print();
    let head = ["connections", "contacts/s", "pgbench/s", "ratio"];
    let rows = report.figures.iter().map(|figure| {
        vec![
            figure.connections.to_string(),
            short(median(&figure.contacts_per_second)),
            short(median(&figure.floor_per_second)),
            short(figure.ratio),
        ]
    });
    print_table(&head, &rows.collect::<Vec<_>>());
}

async fn measure(ground: &mut Ground, arguments: &Arguments) -> anyhow::Result<Report> {
    let before = Moment::now(ground)?;
    // The floor has tables of its own beside intake's, so that no process numbers and
    // publishes what pgbench writes.
    let floor = ground.database("floor").await?;
    service::migrate(&floor, &intake::MIGRATOR).await?;
    let intake = Member::start(ground, intake::NAME, &intake::MIGRATOR, &[]).await?;
    let most = arguments.connections.iter().max().copied().unwrap_or(1);
    let mut clients = Vec::new();
    for _ in 0..most {
        clients.push(intake.client(ground).await?);
    }
    let log = PgPool::connect(&intake.database).await?;
    let (script, time) = (submit_script(), Duration::from_secs(arguments.seconds));
    let warm_up = Duration::from_secs(2);
    closed_loop(&clients, warm_up).await?;
    pgbench::run(ground, &floor, &script, most, warm_up).await?;

    let mut figures = Vec::new();
    for &connections in &arguments.connections {
        let (mut ours, mut floors) = (Vec::new(), Vec::new());
        for round in 1..=arguments.rounds {
            ours.push(closed_loop(&clients[..connections], time).await?);
            level(&log).await?;
            floors.push(pgbench::run(ground, &floor, &script, connections, time).await?);
            eprintln!("{connections} connections, round {round}: {ours:.0?} of {floors:.0?}");
        }
        figures.push(Figure {
            connections,
            ratio: median(&ours) / median(&floors),
            contacts_per_second: ours,
            floor_per_second: floors,
        });
    }
    let machine = Machine::describe(ground, before).await?;
    Ok(Report { machine, figures })
}

/// Waits until every event is published, so that intake rests while the floor is measured.
async fn level(log: &PgPool) -> anyhow::Result<()> {
    let statement = "SELECT NOT EXISTS (SELECT FROM messaging.waiting) AND published = position \
         FROM messaging.publisher, messaging.head";
    while !sqlx::query_scalar::<_, bool>(statement).fetch_one(log).await? {
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
