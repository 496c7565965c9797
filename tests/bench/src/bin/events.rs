//! Events per second through numbering, feed and follower, against JetStream consumed
//! with one row for each event; and what the numbering's poll costs.

use bench::{
    clock_face::{median, print_table, short},
    events::{Stages, through_floor, through_ours},
    ground::{Ground, Place, on_ground},
    machine::{Machine, Moment},
    poll::{self, Cost},
};
use clap::Parser;
use serde::Serialize;

/// Events per second through the event log's machinery, beside its floor
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Events of each measurement.
    #[arg(long, default_value_t = 50_000)]
    events: i64,
    /// How often each is measured, ours and the floor in turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Measure the numbering's poll instead.
    #[arg(long)]
    poll_proof: bool,
    /// Events behind the poll.
    #[arg(long, default_value_t = 10_000_000)]
    behind: i64,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    events_per_second: Vec<f64>,
    floor_per_second: Vec<f64>,
    ratio: f64,
    stages: Vec<Stages>,
    poll: Vec<Cost>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let measure = async |ground: &mut Ground| measure(ground, &arguments).await;
    on_ground(&arguments.place, measure, |report| {
        report.machine.print();
        if arguments.poll_proof {
            print_poll(&report.poll);
        } else {
            print_events(report);
        }
    })
    .await
}

async fn measure(ground: &Ground, arguments: &Arguments) -> anyhow::Result<Report> {
    let before = Moment::now(ground)?;
    let (mut stages, mut ours, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    let mut poll = Vec::new();
    if arguments.poll_proof {
        poll = poll::prove(ground, arguments.behind).await?;
    } else {
        for round in 1..=arguments.rounds {
            let reached = through_ours(ground, arguments.events).await?;
            stages.push(reached);
            ours.push(arguments.events as f64 / reached.applied);
            let seconds = through_floor(ground, arguments.events).await?;
            floors.push(arguments.events as f64 / seconds);
            eprintln!("round {round}: {ours:.0?} of {floors:.0?}");
        }
    }
    Ok(Report {
        machine: Machine::describe(ground, before).await?,
        ratio: median(&ours) / median(&floors),
        events_per_second: ours,
        floor_per_second: floors,
        stages,
        poll,
    })
}

fn print_events(report: &Report) {
    let row = vec![
        short(median(&report.events_per_second)),
        short(median(&report.floor_per_second)),
        short(report.ratio),
    ];
    print_table(&["events/s", "JetStream + rows/s", "ratio"], &[row]);
    println!();
    let rows = report
        .stages
        .iter()
        .map(|stages| vec![short(stages.numbered), short(stages.published), short(stages.applied)]);
    let head = ["all numbered s", "all published s", "all applied s"];
    print_table(&head, &rows.collect::<Vec<_>>());
}

fn print_poll(costs: &[Cost]) {
    let rows = costs.iter().map(|cost| {
        vec![
            cost.state.clone(),
            short(cost.poll_us),
            cost.poll_pages.to_string(),
            short(cost.numbered_p50_ms),
            short(cost.numbered_p99_ms),
        ]
    });
    let head = ["", "poll us", "pages", "numbered p50 ms", "p99 ms"];
    print_table(&head, &rows.collect::<Vec<_>>());
}
