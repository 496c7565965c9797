//! What became of the rows: bad ones by number and field, never by what they say.
//!
//! Every bad row is written into a file as it is found, however many there are; the first of
//! them are named on the terminal too.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use proto::intake::v1::{ImportProgress, RowProblem};

/// Bad rows that are named on the terminal: those with the lowest numbers.
const SHOWN: usize = 50;

/// What became of the rows of a file. Its clones are one report: rows are found to be bad where
/// they are read, and where intake answers.
#[derive(Clone)]
pub(super) struct Report(Arc<Mutex<Rows>>);

struct Rows {
    /// Rows that were bad before they were sent, or would be.
    kept_back: i32,
    /// Rows that would be taken.
    sound: i32,
    /// What intake did with those that were sent.
    progress: ImportProgress,
    shown: BTreeMap<i32, Vec<RowProblem>>,
    all: All,
}

/// The file of all bad rows.
struct All {
    path: PathBuf,
    /// None while no row is bad.
    file: Option<BufWriter<File>>,
    /// Nothing more is written: another report has begun in its stead.
    is_over: bool,
}

impl Report {
    /// Begins a report whose bad rows go into the file at `path`; that of a run before is taken
    /// away, so that no row shows that is sound by now.
    pub(super) fn begin(path: &Path) -> anyhow::Result<Self> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| cannot_write(path));
            }
            Ok(()) | Err(_) => {}
        }
        let all = All { path: path.to_owned(), file: None, is_over: false };
        Ok(Self(Arc::new(Mutex::new(Rows {
            kept_back: 0,
            sound: 0,
            progress: ImportProgress::default(),
            shown: BTreeMap::new(),
            all,
        }))))
    }

    /// One more row would be taken.
    pub(super) fn sound(&self) {
        self.rows().sound += 1;
    }

    /// A row is bad, and not sent.
    pub(super) fn refuse(&self, number: i32, problems: Vec<RowProblem>) -> anyhow::Result<()> {
        self.rows().kept_back += 1;
        self.name(number, problems)
    }

    /// A row is bad, which is said here or counted by intake.
    pub(super) fn name(&self, number: i32, problems: Vec<RowProblem>) -> anyhow::Result<()> {
        let mut rows = self.rows();
        let Rows { shown, all, .. } = &mut *rows;
        all.write(number, &problems).with_context(|| cannot_write(&all.path))?;
        shown.insert(number, problems);
        if shown.len() > SHOWN {
            shown.pop_last();
        }
        Ok(())
    }

    /// What intake did with the rows that were sent.
    pub(super) fn end(&self, progress: ImportProgress) {
        self.rows().progress = progress;
    }

    /// The rows are looked at once more, for another report: this one writes nothing any more.
    pub(super) fn give_up(&self) {
        let all = &mut self.rows().all;
        (all.file, all.is_over) = (None, true);
    }

    /// How many rows are bad.
    pub(super) fn refused(&self) -> i32 {
        self.rows().refused()
    }

    /// Names the first bad rows and where all are on standard error, and says the rest on
    /// standard output.
    pub(super) fn print(&self, dry_run: bool) -> anyhow::Result<()> {
        let rows = &mut *self.rows();
        for (number, problems) in &rows.shown {
            for RowProblem { field, description } in problems {
                eprintln!("row {number}: {field} {description}");
            }
        }
        let refused = rows.refused();
        let path = rows.all.path.display();
        if let Some(file) = &mut rows.all.file {
            file.flush().with_context(|| cannot_write(&rows.all.path))?;
            let rest = usize::try_from(refused).unwrap_or_default() - rows.shown.len();
            let more =
                if rest > 0 { format!("and {rest} other bad rows; ") } else { String::new() };
            eprintln!("{more}every bad row is named in {path}");
        }
        if dry_run {
            println!("{} rows would be taken, {refused} refused", rows.sound);
        } else {
            let ImportProgress { created, changed, unchanged, .. } = rows.progress;
            println!("{created} new, {changed} changed, {unchanged} unchanged, {refused} refused");
        }
        Ok(())
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn refused(&self) -> i32 {
        self.kept_back + self.progress.refused
    }
}

impl All {
    /// Writes what is wrong with a row, a line for each field. No cell of the row is written, and
    /// no description has a quotation mark.
    fn write(&mut self, number: i32, problems: &[RowProblem]) -> io::Result<()> {
        if self.is_over {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let mut file = BufWriter::new(File::create(&self.path)?);
                writeln!(file, "row,field,problem")?;
                none.insert(file)
            }
        };
        for RowProblem { field, description } in problems {
            writeln!(file, "{number},{field},\"{}\"", description.replace('"', "'"))?;
        }
        Ok(())
    }
}

fn cannot_write(path: &Path) -> String {
    format!("{} cannot be written: name another file by --report", path.display())
}
