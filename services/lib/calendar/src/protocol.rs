//! The protocol file: an authority's times, names and lists, as data (R59).
//!
//! This crate reads the header and the calendar; each service reads its own table with
//! its own types ([`Protocol::table`]), all of them with `deny_unknown_fields`. What is
//! wrong is said with file, line and key, so that whoever wrote the file can mend it:
//! values are checked where they are deserialized, which is where the position is known.

mod header;
mod place;

use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, ValueDeserializer};

pub use self::header::Approval;
use self::header::{CalendarTable, Header};
use self::place::{key_at, line_at};
use crate::Calendar;
use crate::holidays::{Holidays, HolidaysError};

/// Tables that somebody reads; any other one is a mistake of the writer.
const TABLES: [&str; 7] =
    ["protocol", "calendar", "intake", "screening", "partner_checks", "deadlines", "reporting"];

const HACKNEY: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../deploy/protocol/hackney.toml"));
const DEMO: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../deploy/protocol/demo.toml"));
const HOLIDAYS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../deploy/calendars/bank-holidays.json"
));

/// A protocol file whose header and calendar have been read (R59).
#[derive(Clone, Debug)]
pub struct Protocol {
    file: PathBuf,
    text: String,
    header: Header,
    calendar: Calendar,
}

/// Why a protocol file cannot be used. Says where: file, line (from 1) and key.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// The file cannot be read at all.
    #[error("{}: cannot be read", file.display())]
    Unreadable {
        /// The protocol file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something in it is not TOML, unknown, missing, or not a value that can be.
    #[error("{}:{line}: {}{problem}", file.display(), Prefix(key))]
    Invalid {
        /// The protocol file.
        file: PathBuf,
        /// Line of the key or value, from 1.
        line: usize,
        /// The key with its tables, such as `calendar.hours.opens`; empty where the text
        /// is not TOML.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A service's table is not there.
    #[error("{}: the table [{table}] is missing", file.display())]
    MissingTable {
        /// The protocol file.
        file: PathBuf,
        /// Name of the table.
        table: String,
    },
}

impl Protocol {
    /// Reads a protocol file, and the holidays file that it names relative to itself.
    pub fn read(path: &Path) -> Result<Self, ProtocolError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ProtocolError::Unreadable { file: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::load(path, text, |holidays| std::fs::read_to_string(folder.join(holidays)))
    }

    /// Hackney's protocol and the holidays, as they were when this was built: what holds
    /// where no path is configured.
    pub fn embedded() -> Result<Self, ProtocolError> {
        Self::parse("embedded hackney.toml", HACKNEY)
    }

    /// The protocol of the demonstration, with seconds instead of hours. Never for use.
    pub fn embedded_demo() -> Result<Self, ProtocolError> {
        Self::parse("embedded demo.toml", DEMO)
    }

    /// Reads a protocol from its text, with the embedded holidays whichever file it names.
    /// Errors call the text `name`.
    pub fn parse(name: &str, text: &str) -> Result<Self, ProtocolError> {
        Self::load(Path::new(name), text.to_owned(), |_| Ok(HOLIDAYS.to_owned()))
    }

    /// Which version of the protocol this is; every clock keeps that of its start (R59).
    pub fn version(&self) -> &str {
        &self.header.version
    }

    /// The authority whose protocol this is, as a code.
    pub fn authority(&self) -> &str {
        &self.header.authority
    }

    /// The recorded approval, where there is one (R59).
    pub fn approval(&self) -> Option<&Approval> {
        self.header.approval.as_ref()
    }

    /// Business time under this protocol.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// R59: whether the protocol is in force on a day: from its first day on, and not
    /// before the partnership's approval; without a recorded approval never.
    pub fn in_force_on(&self, date: Date) -> bool {
        let approved = self.approval().is_some_and(|approval| approval.date <= date);
        approved && self.header.in_force_from <= date
    }

    /// Reads a service's own table. `T` and all within it must deny unknown fields.
    pub fn table<T: DeserializeOwned>(&self, name: &str) -> Result<T, ProtocolError> {
        Document { file: &self.file, text: &self.text }.table(name)
    }

    fn load(
        file: &Path,
        text: String,
        read_holidays: impl FnOnce(&Path) -> io::Result<String>,
    ) -> Result<Self, ProtocolError> {
        let document = Document { file, text: &text };
        document.refuse_unknown_tables()?;
        let header = document.table("protocol")?;
        let table: CalendarTable = document.table("calendar")?;
        let path = &table.holidays;
        let json = read_holidays(path.get_ref())
            .map_err(|error| document.invalid(path, format!("cannot be read: {error}")))?;
        let holidays =
            Holidays::read(&json, table.division.get_ref()).map_err(|error| match error {
                HolidaysError::Format(_) => document.invalid(path, error.to_string()),
                HolidaysError::Division(_) => document.invalid(&table.division, error.to_string()),
            })?;
        let calendar = table.into_calendar(holidays);
        Ok(Self { file: file.to_owned(), header, calendar, text })
    }
}

/// The text of a protocol file and its name in errors.
struct Document<'a> {
    file: &'a Path,
    text: &'a str,
}

impl<'a> Document<'a> {
    fn refuse_unknown_tables(&self) -> Result<(), ProtocolError> {
        let tables = self.tables()?;
        match tables.keys().find(|key| !TABLES.contains(&key.get_ref().as_ref())) {
            Some(key) => {
                Err(self.invalid(key, format!("unknown table; there are {}", TABLES.join(", "))))
            }
            None => Ok(()),
        }
    }

    fn table<T: DeserializeOwned>(&self, name: &str) -> Result<T, ProtocolError> {
        let mut tables = self.tables()?;
        let Some(table) = tables.remove(name) else {
            return Err(ProtocolError::MissingTable {
                file: self.file.to_owned(),
                table: name.to_owned(),
            });
        };
        let begin = table.span().start;
        T::deserialize(ValueDeserializer::from(table)).map_err(|error| {
            let offset = error.span().map_or(begin, |span| span.start);
            self.invalid_at(offset, error.message().to_owned())
        })
    }

    fn tables(&self) -> Result<DeTable<'a>, ProtocolError> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            self.invalid_at(offset, error.message().to_owned())
        })
    }

    fn invalid<T>(&self, place: &Spanned<T>, problem: String) -> ProtocolError {
        self.invalid_at(place.span().start, problem)
    }

    fn invalid_at(&self, offset: usize, problem: String) -> ProtocolError {
        let key =
            DeTable::parse(self.text).ok().and_then(|tables| key_at(tables.get_ref(), offset));
        ProtocolError::Invalid {
            file: self.file.to_owned(),
            line: line_at(self.text, offset),
            key: key.unwrap_or_default(),
            problem,
        }
    }
}

/// A key before what is wrong with it, or nothing where there is no key.
struct Prefix<'a>(&'a str);

impl std::fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "{}: ", self.0)
    }
}

#[cfg(test)]
mod tests;
