//! A short run of the program `faults`, with another seed each time.

use std::process::Command;

use uuid::Uuid;

#[test]
fn every_event_accepted_is_applied_once_and_in_order_under_faults() {
    let (seed, _) = Uuid::new_v4().as_u64_pair();
    let run = Command::new(env!("CARGO_BIN_EXE_faults"))
        .args(["run", "--events", "500", "--faults", "10", "--seed", &seed.to_string()])
        .output()
        .unwrap();
    // It begins with the seed, by which a failure can be had again.
    let (said, complained) =
        (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}\n{complained}");
    println!("{said}");
}
