//! `mash register`: the register of whom the authority knows, filled from the case system
//! by hand where that system does not send its episodes itself (R8, R9).

mod cells;
mod connect;
mod metered;
mod report;
mod send;
mod sheet;

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use runtime::clock::Clock;
use uuid::Uuid;

use self::cells::Cells;
use self::connect::Place;
use self::report::Report;
use self::send::Files;
use self::sheet::{Sheet, survey};
use crate::cli::WrongInput;

/// What `mash register` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Import episodes and their people from a CSV file of the case system
    Import(Import),
}

/// Import episodes and their people from a CSV file of the case system
#[derive(Args)]
pub(crate) struct Import {
    /// The file: UTF-8, commas, and a row of headings (see the README for the columns)
    file: PathBuf,
    /// The case system; a reference counts within its system
    #[arg(long, default_value = "case-system")]
    system: String,
    /// Only say which rows would be refused
    #[arg(long)]
    dry_run: bool,
    /// The id of the import; unless given, the same for the same file, so that an import
    /// that was broken off goes on when the command is given again
    #[arg(long)]
    import_id: Option<Uuid>,
    /// The file into which every bad row is written, by number and field; unless given, beside
    /// the one that is imported, with `.refused.csv` behind its name
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Does what was asked.
pub(crate) async fn run(command: Command) -> anyhow::Result<()> {
    let Command::Import(import) = command;
    import.run().await
}

impl Import {
    async fn run(self) -> anyhow::Result<()> {
        // The whole file is looked at before anything is sent.
        let survey = survey(open(&self.file)?, &self.system)?;
        let bad_rows = self.bad_rows()?;
        let report = if self.dry_run {
            self.look(&bad_rows)?
        } else {
            let id = self.import_id.unwrap_or(survey.id);
            eprintln!("import {id} of {} rows", survey.rows);
            let client = self.place.connect()?;
            let files = Files { rows: &self.file, bad_rows: &bad_rows };
            send::send(client, (id, &self.system), files, survey.rows).await?
        };
        report.print(self.dry_run)?;
        match report.refused() {
            0 => Ok(()),
            refused => anyhow::bail!("{refused} rows were refused"),
        }
    }

    /// The file for the bad rows: never the one that is imported.
    fn bad_rows(&self) -> Result<PathBuf, WrongInput> {
        let Some(given) = &self.report else {
            let mut name = self.file.clone().into_os_string();
            name.push(".refused.csv");
            return Ok(PathBuf::from(name));
        };
        let same = |file: &Path| file.canonicalize().ok();
        if same(given).is_some_and(|given| same(&self.file) == Some(given)) {
            return Err(WrongInput("--report names the file that is imported".to_owned()));
        }
        Ok(given.clone())
    }

    /// What would be refused.
    fn look(&self, bad_rows: &Path) -> anyhow::Result<Report> {
        let cells = Cells::checked_at(Clock::system().now())?;
        let mut sheet = Sheet::open(open(&self.file)?)?;
        let report = Report::begin(bad_rows)?;
        while let Some((number, row)) = sheet.next()? {
            match cells.read(number, row) {
                Ok(_) => report.sound(),
                Err(problems) => report.refuse(number, problems)?,
            }
        }
        Ok(report)
    }
}

fn open(file: &Path) -> Result<File, WrongInput> {
    File::open(file).map_err(|e| WrongInput(format!("{} cannot be read: {e}", file.display())))
}
