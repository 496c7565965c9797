//! Finding who may be the child of a contact, in a register of ten thousand people and of a
//! million: the same statement as intake's, for the same children.

use std::{collections::BTreeMap, time::Duration};

use bench::{
    clock_face::{median, millis, percentile, print_table, short},
    ground::{Ground, Place, on_ground},
    machine::{Machine, Moment},
    register::Register,
};
use clap::Parser;
use intake::matching::Key;
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use tokio::time::Instant;
use uuid::Uuid;

/// PostgreSQL's own memory in megabytes: less than its manual recommends of this machine's, and
/// more than the index takes. With the default of 128 the larger register is not held in it.
const BUFFERS: u32 = 4096;

/// Finding candidates for one contact, in a small and a large register
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    place: Place,
    /// People in each register.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    people: Vec<u64>,
    /// Children asked about in each.
    #[arg(long, default_value_t = 2_000)]
    asked: u64,
    /// How often each register is asked, in turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    figures: Vec<Figure>,
}

#[derive(Serialize)]
struct Figure {
    people: u64,
    candidates_p50: f64,
    candidates_p99: f64,
    p50_ms: f64,
    p99_ms: f64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let place = arguments.place.clone().or_buffers(BUFFERS);
    on_ground(&place, async |ground| measure(ground, &arguments).await, print).await
}

fn print(report: &Report) {
    report.machine.print();
    let head = ["people", "candidates p50", "candidates p99", "p50 ms", "p99 ms"];
    let rows = report.figures.iter().map(|figure| {
        vec![
            figure.people.to_string(),
            short(figure.candidates_p50),
            short(figure.candidates_p99),
            short(figure.p50_ms),
            short(figure.p99_ms),
        ]
    });
    print_table(&head, &rows.collect::<Vec<_>>());
}

async fn measure(ground: &mut Ground, arguments: &Arguments) -> anyhow::Result<Report> {
    let before = Moment::now(ground)?;
    let mut registers = Vec::new();
    for &people in &arguments.people {
        let url = ground.database(&format!("register_{people}")).await?;
        service::migrate(&url, &intake::MIGRATOR).await?;
        let (database, mut register) = (PgPool::connect(&url).await?, Register::new()?);
        register.fill(&database, people).await?;
        eprintln!("{people} people are registered");
        registers.push((people, database, register));
    }
    let mut figures = BTreeMap::<u64, Vec<Figure>>::new();
    // In turns, so that whatever else the machine does slows none of them alone.
    for _ in 0..arguments.rounds {
        for (people, database, register) in &registers {
            // Twice: what is measured is a register in use, not a cold one.
            ask(database, register, arguments.asked / 4).await?;
            let figure = ask(database, register, arguments.asked).await?;
            figures.entry(*people).or_default().push(figure);
        }
    }
    let figures = figures.into_iter().map(|(people, rounds)| Figure::of(people, &rounds));
    let figures = figures.collect();
    Ok(Report { machine: Machine::describe(ground, before).await?, figures })
}

impl Figure {
    /// The median of the rounds.
    fn of(people: u64, rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(&rounds.iter().map(figure).collect::<Vec<_>>());
        Self {
            people,
            candidates_p50: of(|round| round.candidates_p50),
            candidates_p99: of(|round| round.candidates_p99),
            p50_ms: of(|round| round.p50_ms),
            p99_ms: of(|round| round.p99_ms),
        }
    }
}

/// Asks about so many children, one after the other.
async fn ask(database: &PgPool, register: &Register, asked: u64) -> anyhow::Result<Figure> {
    let mut connection = database.acquire().await?;
    plan_as_intake(&mut connection).await?;
    let (mut times, mut numbers): (Vec<Duration>, Vec<f64>) = Default::default();
    for number in 0..asked {
        // Spread over all who are registered, and as many again who are not.
        let record = register.asked(number.wrapping_mul(7_919));
        let keys: Vec<Key> = record.person(register.matcher()).keys().asked.into_iter().collect();
        let entries = vec![Uuid::nil(); keys.len()];
        let began = Instant::now();
        let found = intake::candidates(&mut connection, (&entries, &keys)).await?;
        times.push(began.elapsed());
        numbers.push(found.len() as f64);
    }
    let times: Vec<f64> = times.into_iter().map(millis).collect();
    Ok(Figure {
        people: 0,
        candidates_p50: percentile(&numbers, 0.5),
        candidates_p99: percentile(&numbers, 0.99),
        p50_ms: percentile(&times, 0.5),
        p99_ms: percentile(&times, 0.99),
    })
}

/// Intake plans anew each time while it holds the register's lock, and here nobody else asks.
#[expect(clippy::disallowed_methods, reason = "a setting, not rows")]
async fn plan_as_intake(connection: &mut PgConnection) -> anyhow::Result<()> {
    sqlx::query("SET plan_cache_mode = force_custom_plan").execute(connection).await?;
    Ok(())
}
