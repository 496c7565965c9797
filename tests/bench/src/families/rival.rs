//! What Splink and recordlinkage make of the same records: written to files, compared by
//! `python/compare.py` in an environment of its own.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

use super::{measure::Run, record::Record};

/// What one program found.
#[derive(Debug, Deserialize, Serialize)]
pub struct Rival {
    /// Its name and version.
    pub name: String,
    /// Precision of the pairs shown.
    pub precision: f64,
    /// Recall over all contacts whose child is on the register.
    pub recall: f64,
    /// Recall of its own blocking.
    pub recall_of_blocking: f64,
    /// Pairs that it compared.
    pub compared: usize,
    /// How its threshold was chosen.
    pub threshold: String,
}

/// Runs both on the records of a run, in `folder`; makes the environment if it is not there.
///
/// # Errors
/// Where Python, its packages or a file cannot be had.
pub fn compare(run: &Run, folder: &Path) -> anyhow::Result<Vec<Rival>> {
    fs::create_dir_all(folder)?;
    let contacts: Vec<&Record> = run.contacts.iter().map(|contact| &contact.record).collect();
    fs::write(folder.join("contacts.csv"), csv(&contacts))?;
    fs::write(folder.join("register.csv"), csv(&run.register.iter().collect::<Vec<_>>()))?;
    let python = environment(folder)?;
    let script = source().join("compare.py");
    let output = Command::new(python).arg(script).arg(folder).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let last = String::from_utf8(output.stdout)?;
    let last = last.lines().last().context("the comparison printed nothing")?;
    Ok(serde_json::from_str(last)?)
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// The Python of an environment with the pinned packages.
fn environment(folder: &Path) -> anyhow::Result<PathBuf> {
    let home = folder.join("venv");
    let python = home.join("bin/python");
    if !python.exists() {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&home).status()?;
        ensure!(made.success(), "python3 cannot make an environment");
    }
    let needed = source().join("requirements.txt");
    let got = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(needed)
        .status()?;
    ensure!(got.success(), "the packages of requirements.txt cannot be had");
    Ok(python)
}

/// The records as others get them: names in small Latin letters and split at the ends, so
/// that they need not do what only the hub does.
fn csv(records: &[&Record]) -> String {
    let mut text =
        "unique_id,child,first_name,surname,dob,sex,nhs_number,postcode,address,school,adult\n"
            .to_owned();
    for (row, record) in records.iter().enumerate() {
        let folded = any_ascii::any_ascii(&record.name).to_lowercase().replace(',', " ");
        let parts: Vec<&str> = folded.split_whitespace().collect();
        let first = parts.first().copied().unwrap_or_default();
        let last = if parts.len() > 1 { parts[parts.len() - 1] } else { "" };
        let born = record.born.map(|date| date.to_string()).unwrap_or_default();
        let postcode = record.postcode.to_uppercase().replace(' ', "");
        let address = record.address.to_lowercase().replace(',', " ");
        let adult = record.adults.first().map_or("", String::as_str);
        let adult = any_ascii::any_ascii(adult).to_lowercase();
        // A String takes any line.
        let _ = writeln!(
            text,
            "{row},{},{first},{last},{born},{},{},{postcode},{address},{},{adult}",
            record.child,
            record.sex,
            record.nhs_number,
            record.school.to_lowercase(),
        );
    }
    text
}
