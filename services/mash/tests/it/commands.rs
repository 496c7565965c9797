//! The commands that need no hub.

use super::{mash, temporary};

fn due(from: &str, amount: &str, basis: &str) -> super::Ended {
    let args = ["calendar", "due", "--from", from, "--amount", amount, "--basis", basis];
    mash(&args, &[])
}

#[test]
fn r24_four_hub_hours_before_christmas_are_due_after_it() {
    let due = due("2026-12-24T15:00", "4", "hub_hours");
    assert_eq!((due.code, due.out.as_str()), (Some(0), "2026-12-29T11:00:00+00:00\n"));
    assert_eq!(due.err, "");
}

#[test]
fn r55_days_and_hours_are_reckoned_in_local_time() {
    for (from, amount, basis, at) in [
        ("2026-07-01T09:00", "4h", "elapsed", "2026-07-01T13:00:00+01:00\n"),
        ("2026-07-01T09:00:00Z", "90m", "elapsed", "2026-07-01T11:30:00+01:00\n"),
        ("2026-12-24T15:00", "1", "working_days", "2026-12-29T17:00:00+00:00\n"),
    ] {
        assert_eq!(due(from, amount, basis).out, at, "{from} {amount} {basis}");
    }
}

#[test]
fn what_cannot_be_reckoned_is_refused_by_the_name_of_its_flag() {
    due("yesterday", "4", "hub_hours").is_refused(&["--from", "yesterday"]);
    due("2026-12-24T15:00", "4d", "elapsed").is_refused(&["--amount", "4d"]);
    due("2026-12-24T15:00", "4", "days").is_refused(&["--basis"]);
    mash(&["calendar", "due"], &[]).is_refused(&["--from", "--amount", "--basis"]);
}

#[test]
fn a_command_that_is_none_is_refused() {
    mash(&[], &[]).is_refused(&["Usage: mash"]);
    mash(&["serve", "nobody"], &[]).is_refused(&["nobody", "intake"]);
    mash(&["migrate", "nobody"], &[]).is_refused(&["nobody", "intake"]);
    mash(&["migrate", "intake"], &[]).is_refused(&["MASH_MIGRATE_DATABASE_URL is missing"]);
}

#[test]
fn r59_a_protocol_file_is_checked_by_line_and_key() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/protocol/hackney.toml");
    let good = mash(&["protocol", "check", file], &[]);
    assert_eq!((good.code, good.err.as_str()), (Some(0), ""));
    assert!(good.out.contains("protocol 2025.1 of hackney, 5 agencies"), "{}", good.out);

    let folder = temporary();
    let holidays =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/calendars/bank-holidays.json");
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace("../calendars/bank-holidays.json", holidays);
    for (was, becomes, said) in [
        ("opens = \"09:00\"", "opens = \"nine\"", ":24: calendar.hours.opens"),
        ("[deadlines]", "[dead_lines]", "dead_lines: unknown table"),
        ("zone = ", "area = ", "calendar.area"),
        ("agencies = [", "agents = [", "agencies"),
    ] {
        let bad = folder.path().join("bad.toml");
        std::fs::write(&bad, text.replace(was, becomes)).unwrap();
        let checked = mash(&["protocol", "check", bad.to_str().unwrap()], &[]);
        checked.is_refused(&["bad.toml", said]);
    }
    mash(&["protocol", "check", "nowhere.toml"], &[]).is_refused(&["nowhere.toml", "No such file"]);
}

#[test]
fn without_a_hub_the_events_commands_say_so() {
    let folder = temporary();
    let folder = folder.path().to_str().unwrap();
    for command in [vec!["verify"], vec!["parked", "list"]] {
        let asked = [vec!["events"], command, vec!["--folder", folder]].concat();
        let ended = mash(&asked, &[]);
        assert_eq!(ended.code, Some(1));
        assert!(ended.err.contains("no hub runs in"), "{ended:?}");
    }
}

#[test]
fn a_hub_that_cannot_start_says_why() {
    let folder = temporary();
    let folder = folder.path().to_str().unwrap();
    let nowhere = mash(&["up", "--folder", folder, "--protocol", "nowhere.toml"], &[]);
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.err.contains("cannot find nowhere.toml"), "{nowhere:?}");
    let server = mash(
        &["up", "--folder", folder, "--nats-server", "/bin/true", "--postgres-bin", "/nowhere"],
        &[],
    );
    assert_eq!(server.code, Some(1));
    assert!(server.err.contains("/nowhere/postgres does not run"), "{server:?}");
}
