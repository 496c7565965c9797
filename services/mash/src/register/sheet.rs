//! A CSV file of episodes (R9), row by row: what is none that can be imported is refused
//! whole, in words that say how it is to be saved.

use std::fs::File;
use std::io::Read;
use std::time::UNIX_EPOCH;

use csv::{ByteRecord, ReaderBuilder, Trim};
use sha2::Digest;
use uuid::{Builder, Uuid};

use super::metered::{LARGEST_ROW, Metered, RowTooLarge};
use crate::cli::WrongInput;

/// The headings, in any order.
pub(super) const COLUMNS: [&str; 15] = [
    "person_ref",
    "name",
    "birth_date",
    "nhs_number",
    "upn",
    "address",
    "postcode",
    "school",
    "sex",
    "episode_ref",
    "kind",
    "unit",
    "worker",
    "opened_on",
    "closed_on",
];
/// The most rows of an import.
const MOST_ROWS: i32 = 1_000_000;
/// What is read of a file at once.
const BUFFER: usize = 16 * 1024;

/// The cells of a row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    cells: &'a ByteRecord,
    places: &'a [usize; COLUMNS.len()],
    headings: usize,
}

impl Row<'_> {
    /// The cell under a heading; empty where the row ends before it.
    pub(super) fn cell(&self, heading: &str) -> &str {
        let place = COLUMNS.iter().position(|column| *column == heading);
        let cell = place.and_then(|place| self.cells.get(self.places[place]));
        cell.and_then(|cell| std::str::from_utf8(cell).ok()).unwrap_or_default()
    }

    /// Whether it has as many cells as there are headings.
    pub(super) fn is_whole(&self) -> bool {
        self.cells.len() == self.headings
    }
}

/// A file that is being read.
pub(super) struct Sheet<R> {
    reader: csv::Reader<Metered<R>>,
    places: [usize; COLUMNS.len()],
    headings: usize,
    row: ByteRecord,
    number: i32,
}

impl<R: Read> Sheet<R> {
    /// Reads the headings.
    ///
    /// # Errors
    /// Where the file is no CSV file with these headings.
    pub(super) fn open(source: R) -> Result<Self, WrongInput> {
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .trim(Trim::All)
            .buffer_capacity(BUFFER)
            .from_reader(Metered::of(source));
        let headings = reader.byte_headers().map_err(|e| wrong(0, &e))?.clone();
        let places = places(&headings)?;
        let headings = headings.len();
        Ok(Self { reader, places, headings, row: ByteRecord::new(), number: 0 })
    }

    /// The next row and its number: 1 is the one below the headings; empty rows have none.
    ///
    /// # Errors
    /// Where the file is broken off, not UTF-8, or too large.
    pub(super) fn next(&mut self) -> Result<Option<(i32, Row<'_>)>, WrongInput> {
        let number = self.number + 1;
        if !self.read(number)? {
            return Ok(None);
        }
        if self.row.iter().any(|cell| std::str::from_utf8(cell).is_err()) {
            let what = format!("row {number} is not UTF-8: save the file as “CSV UTF-8”");
            return Err(WrongInput(what));
        }
        if number > MOST_ROWS {
            return Err(WrongInput(format!("there are more than {MOST_ROWS} rows")));
        }
        self.number = number;
        let row = Row { cells: &self.row, places: &self.places, headings: self.headings };
        Ok(Some((number, row)))
    }

    /// Reads until a row that has something in it; `false` at the end.
    fn read(&mut self, number: i32) -> Result<bool, WrongInput> {
        loop {
            self.reader.get_mut().next_row();
            let read = self.reader.read_byte_record(&mut self.row);
            let is_there = read.map_err(|e| wrong(number, &e))?;
            if !is_there || self.row.iter().any(|cell| !cell.is_empty()) {
                return Ok(is_there);
            }
        }
    }
}

/// Where each column stands.
fn places(headings: &ByteRecord) -> Result<[usize; COLUMNS.len()], WrongInput> {
    let first = headings.get(0).unwrap_or_default();
    if first.starts_with(b"PK\x03\x04") {
        return Err(WrongInput("the file is a workbook: save it as “CSV UTF-8”".to_owned()));
    }
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") || first.contains(&0) {
        return Err(WrongInput("the file is UTF-16: save it as “CSV UTF-8”".to_owned()));
    }
    for (delimiter, name) in [(b';', "semicolons"), (b'\t', "tabs"), (b'|', "bars")] {
        if headings.len() == 1 && first.contains(&delimiter) {
            let what = format!("the columns are separated by {name}: save the file with commas");
            return Err(WrongInput(what));
        }
    }
    let find = |column: &str| headings.iter().filter(|it| *it == column.as_bytes()).count();
    let none = COLUMNS.iter().filter(|column| find(column) == 0);
    let twice = COLUMNS.iter().filter(|column| find(column) > 1);
    let is_unknown = |heading: &&[u8]| !COLUMNS.iter().any(|column| column.as_bytes() == *heading);
    // A heading that is none may be a cell of a person: its place is named, not its text.
    let unknown = headings.iter().enumerate().filter(|(_, heading)| is_unknown(heading));
    let problems: Vec<String> = none
        .map(|column| format!("no column is headed {column}"))
        .chain(twice.map(|column| format!("two columns are headed {column}")))
        .chain(
            unknown.map(|(place, _)| format!("the heading of column {} is not known", place + 1)),
        )
        .collect();
    if !problems.is_empty() {
        return Err(WrongInput(problems.join("\n")));
    }
    let place = |column: &str| headings.iter().position(|it| it == column.as_bytes());
    Ok(COLUMNS.map(|column| place(column).unwrap_or_default()))
}

fn wrong(number: i32, error: &csv::Error) -> WrongInput {
    if let csv::ErrorKind::Io(cause) = error.kind()
        && cause.get_ref().is_some_and(|cause| cause.is::<RowTooLarge>())
    {
        let what = format!(
            "row {number} is larger than {LARGEST_ROW} bytes: is a quotation mark left open?"
        );
        return WrongInput(what);
    }
    // The reader's own words may hold a cell.
    WrongInput(format!("the file cannot be read at row {number}"))
}

/// What a whole file is.
pub(super) struct Survey {
    /// The id of an import of it: the same for the same file, another one when the file is
    /// written anew, be it with the same content, for that may come after something else.
    pub(super) id: Uuid,
    /// How many rows it has.
    pub(super) rows: i32,
}

/// Looks at a whole file of a system.
///
/// # Errors
/// Where it cannot be imported.
pub(super) fn survey(file: File, system: &str) -> Result<Survey, WrongInput> {
    let written = file.metadata().and_then(|metadata| metadata.modified()).ok();
    let written = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let mut sheet = Sheet::open(file)?;
    while sheet.next()?.is_some() {}
    let rows = sheet.number;
    let hash = sheet.reader.into_inner().into_hash();
    let hash = hash.chain_update(written.as_nanos().to_be_bytes()).chain_update(system).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Ok(Survey { id: Builder::from_custom_bytes(bytes).into_uuid(), rows })
}

#[cfg(test)]
mod tests;
