//! Two source processes, two follower processes, a broker and a database, all of
//! which are killed, frozen and robbed while events are appended; then a time of
//! quiet; then the books are compared.

mod chance;
mod checker;
mod fault;
pub mod role;
mod stage;
mod writer;

use std::time::{Duration, Instant};

use self::{chance::Chance, fault::Fault, stage::Stage, writer::Writer};

/// How long the hub may take to come level after the last fault.
const HEAL_WITHIN: Duration = Duration::from_secs(60);

/// What is to be done to it.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Events to be appended.
    pub events: usize,
    /// Faults to be made while they are.
    pub faults: usize,
    /// What chance follows from.
    pub seed: u64,
}

/// Carries out a plan and reports on it.
///
/// # Errors
/// Every broken promise that the checker finds.
pub async fn run(plan: Plan) -> anyhow::Result<()> {
    println!("faults: {} events, {} faults, seed {}", plan.events, plan.faults, plan.seed);
    let began = Instant::now();
    let mut chance = Chance::new(plan.seed);
    let mut stage = Stage::set().await?;
    let writer = Writer::start(&stage, plan.events, chance.next());
    for number in 1..=plan.faults {
        writer.reached(plan.events * number / (plan.faults + 1)).await;
        let fault = Fault::choose(&mut chance);
        println!("{:>7.1}s  fault {number}: {fault:?}", began.elapsed().as_secs_f32());
        fault.make(&mut stage, &mut chance).await?;
    }
    let books = writer.finish().await?;
    println!("{:>7.1}s  every event is written; healing", began.elapsed().as_secs_f32());
    stage.heal().await?;
    let report = checker::check(&stage, &books, HEAL_WITHIN).await?;
    println!("{:>7.1}s  {report}", began.elapsed().as_secs_f32());
    stage.strike().await
}
