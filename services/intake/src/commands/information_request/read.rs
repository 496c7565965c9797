//! Reading a request for information, with all that came of it (R54–R56).

use jiff::civil::Date;
use sqlx::PgConnection;
use uuid::Uuid;

use super::RequestError;
use crate::{
    commands::open_case::{LookedUp, open_cases},
    domain::{
        information_request::{Subject, disclosure::Kept},
        matching::Matcher,
    },
    store::information_requests::{
        self as store, Words,
        corrections::{self, Corrected, TakenBack},
        disclosures,
        list::{self, Line},
    },
};

/// A request as it stands.
pub struct Record {
    /// Its codes and times.
    pub line: Line,
    /// What it says.
    pub words: Words,
    /// Those it is about, with their ids.
    pub subjects: Vec<(Uuid, Subject)>,
    /// What the register says of them.
    pub open: LookedUp,
    /// What was decided, where it was.
    pub kept: Option<Kept>,
    /// To whom it was passed and taken back from, the latest last.
    pub taken_back: Vec<TakenBack>,
    /// What was corrected, the latest last.
    pub corrected: Vec<Corrected>,
}

impl Record {
    /// Everybody that it shows something of, and the request itself, for the read log
    /// (R61).
    pub fn shown(&self) -> Vec<Uuid> {
        let subjects = self.subjects.iter().map(|(id, _)| *id);
        [self.line.id].into_iter().chain(subjects).chain(self.open.persons.clone()).collect()
    }
}

/// Reads a request; open cases are those of `today`.
pub async fn read(
    connection: &mut PgConnection,
    id: Uuid,
    (today, matcher): (Date, &Matcher),
) -> Result<Record, RequestError> {
    let line = list::find(connection, id).await?.ok_or(RequestError::NoSuchRequest)?;
    let words = store::words(connection, id).await?.ok_or(RequestError::NoSuchRequest)?;
    let subjects = store::subjects(connection, id).await?;
    let named = subjects.iter().map(|(_, subject)| subject);
    let open = open_cases(connection, named, (today, matcher)).await?;
    let disclosed = disclosures::disclosed(connection, id).await?;
    let kept = disclosures::find(connection, id, disclosed).await?;
    let taken_back = corrections::taken_back(connection, id).await?;
    let corrected = corrections::of_request(connection, id).await?;
    Ok(Record { line, words, subjects, open, kept, taken_back, corrected })
}
