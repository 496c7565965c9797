//! From `SubmitContact` of a Section 47 contact to the page at a pager (R18), under a
//! steady load, against the commits, the publish and the POST alone.

use std::{fs, time::Duration};

use bench::{
    clock_face::{percentile, print_table, short},
    contact::referral,
    floor_hub::FloorHub,
    ground::{Ground, Place, on_ground},
    load::{Steady, Submitted},
    machine::{Machine, Moment},
    member::{Client, Member},
    receiver::Receiver,
};
use clap::Parser;
use runtime::tasks::Tasks;
use serde::Serialize;
use uuid::Uuid;

/// Every role that a ladder of the protocol pages.
const ROLES: [&str; 4] = ["mash_manager", "service_manager", "head_of_service", "edt"];

/// From a Section 47 contact to its page, beside the floor
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Contacts a second.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// How often each is measured, ours and the floor in turns.
    #[arg(long, default_value_t = 2)]
    rounds: u32,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    pages: usize,
    p50_ms: f64,
    p99_ms: f64,
    floor_p50_ms: f64,
    floor_p99_ms: f64,
    ratio_p99: f64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    on_ground(
        &arguments.place,
        async |ground| {
            let tasks = Tasks::new();
            let measured = measure(ground, &arguments, &tasks).await;
            tasks.stop();
            tasks.finished().await?;
            measured
        },
        print,
    )
    .await
}

fn print(report: &Report) {
    report.machine.print();
    let row = |name: &str, p50: f64, p99: f64| vec![name.to_owned(), short(p50), short(p99)];
    let rows = [
        row("hub", report.p50_ms, report.p99_ms),
        row("floor", report.floor_p50_ms, report.floor_p99_ms),
    ];
    print_table(&["", "p50 ms", "p99 ms"], &rows);
    println!("\n{} pages; p99 is {:.2} times the floor's", report.pages, report.ratio_p99);
}

async fn measure(
    ground: &mut Ground,
    arguments: &Arguments,
    tasks: &Tasks,
) -> anyhow::Result<Report> {
    let before = Moment::now(ground)?;
    let receiver = Receiver::default();
    let pager = receiver.listen(tasks).await?;
    let intake = Member::start(ground, intake::NAME, &intake::MIGRATOR, &[]).await?;
    let settings = deadlines_settings(ground, &intake, &pager)?;
    let _deadlines =
        Member::start(ground, deadlines::NAME, &deadlines::MIGRATOR, &settings).await?;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(intake.client(ground).await?);
    }
    let floor = FloorHub::start(ground, pager, tasks).await?;

    let steady = Steady {
        rate: arguments.rate,
        time: Duration::from_secs(arguments.seconds),
        section_47_in: 5,
    };
    let warm_up = Steady { time: Duration::from_secs(2), ..steady };
    receiver.latencies(&through_hub(&clients, warm_up).await?).await?;
    // References are unique over all rounds.
    let mut submitted_before = 0;
    receiver.latencies(&through_floor(&floor, warm_up, &mut submitted_before).await?).await?;
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        ours.extend(receiver.latencies(&through_hub(&clients, steady).await?).await?);
        let submitted = through_floor(&floor, steady, &mut submitted_before).await?;
        floors.extend(receiver.latencies(&submitted).await?);
        let (p99, floor_p99) = (percentile(&ours, 0.99), percentile(&floors, 0.99));
        eprintln!("round {round}: p99 {p99:.1} ms of {floor_p99:.1} ms");
    }
    let (p99, floor_p99) = (percentile(&ours, 0.99), percentile(&floors, 0.99));
    Ok(Report {
        machine: Machine::describe(ground, before).await?,
        pages: ours.len(),
        p50_ms: percentile(&ours, 0.5),
        p99_ms: p99,
        floor_p50_ms: percentile(&floors, 0.5),
        floor_p99_ms: floor_p99,
        ratio_p99: p99 / floor_p99,
    })
}

/// Where intake is, and a pager for everybody; of the other services it follows none is
/// there, for which it need not wait.
fn deadlines_settings(
    ground: &Ground,
    intake: &Member,
    pager: &str,
) -> anyhow::Result<[(&'static str, String); 4]> {
    let file = ground.folder().join("pagers.toml");
    let secret = format!("whsec_{}", Uuid::new_v4().simple());
    let pagers = ROLES.map(|role| {
        format!("[[pager]]\nrole = {role:?}\nurl = {pager:?}\nsecret = {secret:?}\n\n")
    });
    fs::write(&file, pagers.concat())?;
    let nobody = "localhost:1".to_owned();
    Ok([
        ("MASH_PEER_INTAKE", intake.address.clone()),
        ("MASH_PEER_SCREENING", nobody.clone()),
        ("MASH_PEER_PARTNER_CHECKS", nobody),
        ("MASH_PAGERS", file.display().to_string()),
    ])
}

async fn through_hub(clients: &[Client], load: Steady) -> anyhow::Result<Vec<Submitted>> {
    let mut next = clients.iter().cycle().cloned();
    let submit = |_, section_47| {
        let client = next.next();
        async move {
            let mut client = client.ok_or_else(|| anyhow::anyhow!("nobody submits"))?;
            let receipt = client.submit_contact(referral(section_47)).await?;
            Ok(receipt.into_inner().contact_id.parse()?)
        }
    };
    load.apply(submit).await
}

async fn through_floor(
    floor: &FloorHub,
    load: Steady,
    before: &mut u32,
) -> anyhow::Result<Vec<Submitted>> {
    let first = *before;
    let submitted =
        load.apply(|number, section_47| floor.clone().submit(first + number, section_47)).await?;
    *before += u32::try_from(submitted.len())?;
    Ok(submitted)
}
