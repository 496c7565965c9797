//! `mash register import`: what a file says, before and after it is sent.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use sqlx::{Connection, PgConnection, Row};
use tokio::runtime::Runtime;

use super::running::{Up, alone, eventually};
use super::{Ended, MASH, mash, temporary};

const HEADINGS: &str = "person_ref,name,birth_date,nhs_number,upn,address,postcode,school,sex,\
                        episode_ref,kind,unit,worker,opened_on,closed_on\n";

fn row(number: usize) -> String {
    format!(
        "P{number},\"Ọlá, {number}\",{:02}/05/2016,,,12 Example Road,E8 1EA,,F,\
         E{number},Section 17,Family Support 3,,2026-09-01,\n",
        1 + number % 28
    )
}

fn write(folder: &Path, text: &[u8]) -> String {
    let file = folder.join("episodes.csv");
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn import(file: &str, more: &[&str]) -> Ended {
    mash(&[&["register", "import", file], more].concat(), &[])
}

#[test]
fn r9_a_dry_run_names_every_bad_row_and_needs_no_hub() {
    let folder = temporary();
    let bad = "P2,Zebedee,31/02/2016,9434765918,,,,,X,=1+1,Section 18,,,01.09.2026,\nP3,Zebedee\n";
    let file = write(folder.path(), [HEADINGS, &row(1), bad, &row(4)].concat().as_bytes());
    let looked = import(&file, &["--dry-run"]);
    assert_eq!(looked.code, Some(1), "{looked:?}");
    assert_eq!(looked.out, "2 rows would be taken, 2 refused\n");
    for field in ["birth_date", "nhs_number", "sex", "episode_ref", "kind", "opened_on"] {
        assert!(looked.err.contains(&format!("row 2: {field} ")), "{field}: {looked:?}");
    }
    assert!(looked.err.contains("row 3: row has not as many cells"), "{looked:?}");
    assert!(!looked.err.contains("Zebedee"), "no cell is named: {looked:?}");
    let good = write(folder.path(), [HEADINGS, &row(1)].concat().as_bytes());
    let looked = import(&good, &["--dry-run"]);
    assert_eq!((looked.code, looked.out.as_str()), (Some(0), "1 rows would be taken, 0 refused\n"));
}

#[test]
fn r9_every_bad_row_is_named_in_a_file_and_the_first_on_the_terminal() {
    let folder = temporary();
    let bad = |number: usize| row(number).replace("Section 17", "Section 18");
    let rows: String = (1..=2_000).map(bad).collect();
    let file = write(folder.path(), [HEADINGS, &rows, &row(2_001)].concat().as_bytes());
    let beside = format!("{file}.refused.csv");
    let elsewhere = folder.path().join("bad rows.csv");
    let elsewhere = elsewhere.to_str().unwrap();
    for (report, more) in
        [(&*beside, &["--dry-run"][..]), (elsewhere, &["--dry-run", "--report", elsewhere])]
    {
        let looked = import(&file, more);
        assert_eq!(looked.out, "1 rows would be taken, 2000 refused\n", "{looked:?}");
        assert!(looked.err.contains("row 50: kind ") && !looked.err.contains("row 51:"));
        let all = format!("and 1950 other bad rows; every bad row is named in {report}");
        assert!(looked.err.contains(&all), "{looked:?}");
        let named = fs::read_to_string(report).unwrap();
        let lines: Vec<&str> = named.lines().collect();
        assert_eq!((lines.len(), lines[0]), (2_001, "row,field,problem"));
        assert!(lines[2_000].starts_with("2000,kind,\""), "{}", lines[2_000]);
        assert!(!named.contains("Ọlá") && !named.contains("Section 18"), "no cell is in it");
    }
    import(&file, &["--dry-run", "--report", &file]).is_refused(&["--report"]);
    // Once no row is bad there is no list of them.
    let good = write(folder.path(), [HEADINGS, &row(1)].concat().as_bytes());
    assert_eq!((good == file, import(&good, &["--dry-run"]).code), (true, Some(0)));
    assert!(!fs::exists(&beside).unwrap());
}

#[test]
fn r9_a_file_that_cannot_be_imported_is_refused_before_anything_is_sent() {
    let folder = temporary();
    let nowhere = folder.path().to_str().unwrap();
    for (text, says) in [
        (HEADINGS.replace(',', ";").into_bytes(), "semicolons"),
        (
            [HEADINGS.as_bytes(), b"P1,Ren\xe9e,,,,,,,,E1,section_17,,,01/09/2026,\n"].concat(),
            "UTF-8",
        ),
        (b"\xff\xfep\0e\0".to_vec(), "UTF-16"),
        (b"name\nAda\n".to_vec(), "no column is headed person_ref"),
    ] {
        let file = write(folder.path(), &text);
        import(&file, &["--folder", nowhere]).is_refused(&[says]);
        import(&file, &["--dry-run"]).is_refused(&[says]);
    }
    import("nowhere.csv", &["--dry-run"]).is_refused(&["nowhere.csv"]);
    let file = write(folder.path(), [HEADINGS, &row(1)].concat().as_bytes());
    let no_hub = import(&file, &["--folder", nowhere]);
    assert!(no_hub.code == Some(1) && no_hub.err.contains("no hub runs in"), "{no_hub:?}");
    import(&file, &["--address", "localhost:1"]).is_refused(&["--authority", "--token-file"]);
}

#[test]
fn r12_an_import_goes_on_when_intake_is_killed_and_again_takes_nothing() {
    let _alone = alone();
    let temporary = temporary();
    let folder = temporary.path().join("hub");
    let up = Up::start(&folder);
    let rows: String = (1..=10_000).map(row).collect();
    let file = write(temporary.path(), [HEADINGS, &rows, "P,,,,,,,,,,,,,,\n"].concat().as_bytes());
    let hub = folder.to_str().unwrap();
    let args = ["register", "import", &file, "--folder", hub];
    let running = Command::new(MASH)
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually("the first rows are taken", || (rows_taken(&up) > 0).then_some(()));
    up.signal("intake", Signal::KILL);
    let imported: Ended = running.wait_with_output().unwrap().into();
    assert_eq!(imported.code, Some(1), "one row is bad: {imported:?}");
    assert!(imported.err.contains("interrupted"), "{imported:?}");
    assert!(imported.err.contains("row 10001: name is missing"), "{imported:?}");
    assert!(imported.out.ends_with(" unchanged, 1 refused\n"), "{imported:?}");
    assert_eq!(rows_taken(&up), 10_000);
    let again = import(&file, &["--folder", hub]);
    assert_eq!(again.out, "0 new, 0 changed, 10000 unchanged, 1 refused\n", "{again:?}");
    let token = up.told["tokens"]["operator"].as_str().unwrap();
    let operator = import(&file, &["--folder", hub, "--token-file", token]);
    assert!(operator.code == Some(1) && operator.err.contains("NOT_ALLOWED"), "{operator:?}");
}

/// Episodes in the register.
fn rows_taken(up: &Up) -> i64 {
    let url = up.state()["databases"]["intake"]["url"].as_str().unwrap().to_owned();
    Runtime::new().unwrap().block_on(async {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let count = sqlx::raw_sql("SELECT count(*) FROM intake.episode");
        count.fetch_one(&mut connection).await.unwrap().get(0)
    })
}
