//! The demo, as a newcomer runs it.

use std::process::Command;

use crate::hub::program;

/// What a program reads of the demo; `.ci/check-demo` looks at every step.
#[test]
fn the_day_is_played_to_its_end_and_nothing_is_left_running() {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.mash");
    let played =
        Command::new(program()).args(["demo", "--json", "--folder", workspace]).output().unwrap();
    let steps = String::from_utf8(played.stdout).unwrap();
    let complained = String::from_utf8_lossy(&played.stderr);
    assert!(played.status.success(), "{steps}\n{complained}");
    let told = |text: &str| steps.lines().any(|step| step.contains(text));
    for text in [
        "PAGE_CAUSE_SECTION_47",
        "PAGE_CAUSE_RISK_FLAG",
        "\"role\":\"head_of_service\"",
        "BASIS_REQUIRED",
        "answers, late",
        "WITH_UNIT",
        "\"who\":\"cases closed\",\"what\":\"4\"",
    ] {
        assert!(told(text), "{text} is missing in:\n{steps}");
    }
    for name in ["Okafor", "Yıldız", "Rahman", "Adeyemi", "Lindqvist", "Kaya", "Example Road"] {
        assert!(!told(name), "r63: the timeline names somebody: {name}");
    }
}
