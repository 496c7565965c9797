//! What became of the rows: bad ones by number and field, never by what they say.

use std::collections::BTreeMap;

use proto::intake::v1::{ImportProgress, RowProblem};

/// Bad rows that are named; the rest is counted.
const MOST_NAMED: usize = 1_000;

/// What became of the rows of a file.
#[derive(Default)]
pub(super) struct Report {
    /// Rows that were bad before they were sent, or would be.
    kept_back: i32,
    /// Rows that would be taken.
    sound: i32,
    /// What intake did with those that were sent.
    progress: ImportProgress,
    named: BTreeMap<i32, Vec<RowProblem>>,
}

impl Report {
    /// One more row would be taken.
    pub(super) fn sound(&mut self) {
        self.sound += 1;
    }

    /// A row is bad, and not sent.
    pub(super) fn refuse(&mut self, number: i32, problems: Vec<RowProblem>) {
        self.kept_back += 1;
        self.name(number, problems);
    }

    /// A row is bad, which is said here or counted by intake.
    pub(super) fn name(&mut self, number: i32, problems: Vec<RowProblem>) {
        if self.named.len() < MOST_NAMED {
            self.named.insert(number, problems);
        }
    }

    /// What intake did with the rows that were sent.
    pub(super) fn end(&mut self, progress: ImportProgress) {
        self.progress = progress;
    }

    /// Adds what became of the rows before they were sent.
    pub(super) fn add(&mut self, read: Self) {
        self.kept_back += read.kept_back;
        for (number, problems) in read.named {
            self.name(number, problems);
        }
    }

    /// How many rows are bad.
    pub(super) fn refused(&self) -> i32 {
        self.kept_back + self.progress.refused
    }

    /// Names the bad rows on standard error, and says the rest on standard output.
    pub(super) fn print(&self, dry_run: bool) {
        for (number, problems) in &self.named {
            for RowProblem { field, description } in problems {
                eprintln!("row {number}: {field} {description}");
            }
        }
        let rest = usize::try_from(self.refused()).unwrap_or_default() - self.named.len();
        if rest > 0 {
            eprintln!("and {rest} other bad rows");
        }
        let refused = self.refused();
        if dry_run {
            println!("{} rows would be taken, {refused} refused", self.sound);
        } else {
            let ImportProgress { created, changed, unchanged, .. } = self.progress;
            println!("{created} new, {changed} changed, {unchanged} unchanged, {refused} refused");
        }
    }
}
