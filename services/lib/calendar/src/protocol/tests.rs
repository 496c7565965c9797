use std::collections::BTreeMap;

use jiff::civil::date;
use serde::Deserialize;

use super::*;
use crate::ladder::Ladder;
use crate::{Length, Timescale};

fn refused(text: &str) -> String {
    Protocol::parse("test.toml", text).unwrap_err().to_string()
}

/// Hackney's file with one line replaced, and the number of that line.
fn with_line(old: &str, new: &str) -> (String, usize) {
    let line = HACKNEY.lines().position(|line| line == old).unwrap() + 1;
    (HACKNEY.replace(old, new), line)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Timescales {
    timescales: BTreeMap<String, Timescale>,
    office_hours_channels: Vec<String>,
}

#[test]
fn r59_the_file_is_in_force_from_its_first_day() {
    let protocol = Protocol::embedded().unwrap();
    assert_eq!((protocol.authority(), protocol.version()), ("hackney", "2025.1"));
    assert_eq!(protocol.approval().unwrap().date, date(2024, 12, 2));
    assert!(!protocol.in_force_on(date(2024, 12, 31)));
    assert!(protocol.in_force_on(date(2025, 1, 1)));
}

#[test]
fn r59_without_approval_it_never_comes_into_force() {
    let line = HACKNEY.lines().find(|line| line.starts_with("approval")).unwrap();
    let unapproved = Protocol::parse("test.toml", &HACKNEY.replace(line, "")).unwrap();
    assert!(!unapproved.in_force_on(date(2026, 1, 1)));

    let late = HACKNEY.replace("date = 2024-12-02", "date = 2025-06-01");
    let late = Protocol::parse("test.toml", &late).unwrap();
    assert!(!late.in_force_on(date(2025, 5, 31)) && late.in_force_on(date(2025, 6, 1)));

    let nameless = HACKNEY.replace(r#"person = "Independent chair""#, r#"person = " ""#);
    assert!(refused(&nameless).contains("protocol.approval.person"));
}

#[test]
fn r58_both_files_read_from_disk_with_the_holidays_beside_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../deploy/protocol");
    for name in ["hackney.toml", "demo.toml"] {
        let protocol = Protocol::read(&folder.join(name)).unwrap();
        assert_eq!(protocol.calendar().holidays_end(), date(2028, 12, 31), "{name}");
    }
    let error = Protocol::read(&folder.join("nowhere.toml")).unwrap_err();
    assert!(matches!(error, ProtocolError::Unreadable { .. }), "{error}");
}

#[test]
fn the_demo_has_the_same_tables_and_keys() {
    fn keys(prefix: &str, value: &toml::Value, into: &mut Vec<String>) {
        if let Some(table) = value.as_table() {
            for (key, value) in table {
                keys(&format!("{prefix}.{key}"), value, into);
            }
        } else if let Some(array) =
            value.as_array().filter(|array| array.iter().all(toml::Value::is_table))
        {
            for (position, value) in array.iter().enumerate() {
                keys(&format!("{prefix}.{position}"), value, into);
            }
        } else {
            into.push(prefix.to_owned());
        }
    }
    let [hackney, demo] = [HACKNEY, DEMO].map(|text| {
        let mut found = Vec::new();
        keys("", &toml::Value::Table(text.parse().unwrap()), &mut found);
        found
    });
    assert_eq!(hackney, demo);
    assert!(hackney.contains(&".deadlines.ladders.section_47.steps.0.wait".to_owned()));
}

#[test]
fn the_demo_is_always_open() {
    let protocol = Protocol::embedded_demo().unwrap();
    for instant in [
        "2026-12-25T03:00:00Z",
        "2026-03-29T00:59:59Z",
        "2026-03-29T01:00:00Z",
        "2026-11-21T23:59:59Z",
    ] {
        assert!(protocol.calendar().is_open(instant.parse().unwrap()), "{instant}");
    }
}

#[test]
fn a_service_reads_its_own_table() {
    let screening: Timescales = Protocol::embedded().unwrap().table("screening").unwrap();
    let day = Length::Elapsed("24h".parse().unwrap());
    assert_eq!(screening.timescales["csc_screening"], Timescale::unwarned(day));
    assert_eq!(screening.office_hours_channels, ["form", "email", "mail", "system"]);
}

#[test]
fn r18_r43_every_ladder_reads_and_only_the_reminder_is_told_once() {
    #[derive(Deserialize)]
    struct Deadlines {
        section_47_decision: Timescale,
        ladders: BTreeMap<String, Ladder>,
    }
    for protocol in [Protocol::embedded(), Protocol::embedded_demo()] {
        let deadlines: Deadlines = protocol.unwrap().table("deadlines").unwrap();
        assert_eq!(deadlines.section_47_decision.length, Length::Elapsed("1h".parse().unwrap()));
        let told_once: Vec<&String> = deadlines
            .ladders
            .iter()
            .filter(|(_, ladder)| !ladder.acknowledge())
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            (deadlines.ladders.len(), told_once),
            (8, vec![&"red_check_reminder".to_owned()])
        );
    }
}

#[test]
fn errors_name_file_line_and_key() {
    for (old, new, key, problem) in [
        (
            r#"zone = "Europe/London""#,
            r#"zone = "Europe/Hackney""#,
            "calendar.zone",
            "`Europe/Hackney`",
        ),
        (
            r#"closing_warning = "2h""#,
            r#"closing_warning = "two""#,
            "calendar.closing_warning",
            "`two`",
        ),
        (
            r#"closing_warning = "2h""#,
            r#"closing_warnings = "2h""#,
            "calendar.closing_warnings",
            "unknown field",
        ),
        (
            r#"division = "england-and-wales""#,
            r#"division = "wales""#,
            "calendar.division",
            "`wales`",
        ),
        (
            "in_force_from = 2025-01-01",
            r#"in_force_from = "soon""#,
            "protocol.in_force_from",
            "invalid type",
        ),
        (
            "in_force_from = 2025-01-01",
            "in_force_from = 2025-01-01T00:00:00",
            "protocol.in_force_from",
            "not a day",
        ),
        ("[intake.timescales]", "[intakes.timescales]", "intakes.timescales", "unknown table"),
    ] {
        let (text, line) = with_line(old, new);
        let error = refused(&text);
        assert!(error.starts_with(&format!("test.toml:{line}: {key}: ")), "{error}");
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn errors_in_a_services_table_name_file_line_and_key() {
    let (text, line) = with_line(
        r#"csc_screening = { amount = "24h", basis = "elapsed" }"#,
        r#"csc_screening = { amount = "24x", basis = "elapsed" }"#,
    );
    let protocol = Protocol::parse("test.toml", &text).unwrap();
    let error = protocol.table::<Timescales>("screening").unwrap_err().to_string();
    let place = format!("test.toml:{line}: screening.timescales.csc_screening.amount: `24x`");
    assert!(error.starts_with(&place), "{error}");

    let (text, line) = with_line("[screening]", "[screening]\nretries = 3");
    let protocol = Protocol::parse("test.toml", &text).unwrap();
    let error = protocol.table::<Timescales>("screening").unwrap_err().to_string();
    let place = format!("test.toml:{}: screening.retries: unknown field", line + 1);
    assert!(error.starts_with(&place), "{error}");
}

#[test]
fn what_is_no_toml_or_missing_says_so() {
    assert!(refused("[protocol").starts_with("test.toml:1: "));
    assert_eq!(refused(""), "test.toml: the table [protocol] is missing");
    let (text, line) = with_line(r#"zone = "Europe/London""#, "");
    let header = HACKNEY.lines().position(|line| line == "[calendar]").unwrap() + 1;
    assert!(header < line);
    assert!(
        refused(&text).starts_with(&format!("test.toml:{header}: calendar: missing field `zone`"))
    );
    let protocol = Protocol::embedded().unwrap();
    let error = protocol.table::<Timescales>("reporting").unwrap_err();
    assert_eq!(error.to_string(), "embedded hackney.toml: the table [reporting] is missing");
}

#[test]
fn r58_a_holidays_file_that_is_not_there_is_named_by_its_key() {
    let folder = std::env::temp_dir().join(format!("calendar-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("hackney.toml");
    std::fs::write(&file, HACKNEY).unwrap();
    let error = Protocol::read(&file).unwrap_err().to_string();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(
        error.contains("hackney.toml:") && error.contains("calendar.holidays: cannot be read"),
        "{error}"
    );
}
