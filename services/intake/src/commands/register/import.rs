//! Taking rows of an import into the register (R8, R9): each once, also where their stream
//! is sent again or twice at the same time (R12).

use std::collections::{BTreeSet, HashMap};

use access::Personal;
use jiff::Timestamp;
use messaging::Tx;
use sqlx::PgConnection;
use thiserror::Error;
use uuid::Uuid;

use super::entries;
use crate::{
    domain::{
        matching::Matcher,
        register::Episode,
        register_import::{Mark, Tally},
    },
    store::register::{
        episodes,
        imports::{self, ImportKey},
        people::{Entry, Source},
    },
};

/// A row that can be taken.
pub struct Row {
    /// The person whom it is about, from the case system.
    pub person: Entry,
    /// The system, and the episode's reference there.
    pub reference: String,
    /// The episode.
    pub episode: Episode,
}

/// A row as it was read.
pub struct Numbered {
    /// The place behind it.
    pub behind: Mark,
    /// What it says; none where it is bad.
    pub row: Option<Row>,
}

/// Rows that are taken together.
pub struct Part {
    /// The place before them.
    pub from: Mark,
    /// They, in order.
    pub rows: Vec<Numbered>,
}

/// Rows that were not taken.
#[derive(Debug, Error)]
pub enum ImportError {
    /// Another stream came under this id before, or a longer one.
    #[error("this import_id was used before, for another stream or a longer one")]
    OtherContent,
    /// The import is not as far as it was: the database was set back meanwhile.
    #[error("the import is not as far as it was")]
    WentBack,
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Begins an import, or goes on with it; answers when it was begun.
pub async fn begin(tx: &mut Tx, key: &ImportKey, system: &str) -> Result<Timestamp, ImportError> {
    let now = tx.now();
    Ok(imports::begin(tx, key, system, now).await?)
}

/// Takes the rows that were not taken before, and notes how far the import is then. Those
/// that were count as unchanged.
pub async fn take(
    tx: &mut Tx,
    key: &ImportKey,
    part: &Part,
    matcher: &Matcher,
) -> Result<Tally, ImportError> {
    let now = tx.now();
    let standing = imports::lock(tx, key).await?;
    let (before, new) = part.split_at(standing)?;
    let taken = take_rows(tx, new, matcher).await?;
    if let Some(last) = new.last() {
        imports::advance(tx, key, (last.behind, taken), now).await?;
    }
    let refused = count(before.iter().filter(|row| row.row.is_none()));
    let mut tally =
        Tally { refused, unchanged: count(before.iter()) - refused, ..Tally::default() };
    tally.add(taken);
    Ok(tally)
}

/// Notes that the stream of an import has ended, with `at` behind its last row (R12). What
/// was looked at counts as taken only if the import is exactly there: a stream that ends
/// before the place where the import stands was never compared with what came under this id,
/// so that a sender who uses one id for two streams is told, not answered "unchanged".
///
/// The same stream that ends early, because it was cut short or while a longer one runs, is
/// refused as well, which harms nothing: its rows were taken, and the import stays where it
/// is and goes on.
pub async fn end(tx: &mut Tx, key: &ImportKey, at: Mark) -> Result<(), ImportError> {
    let now = tx.now();
    if imports::lock(tx, key).await? != at {
        return Err(ImportError::OtherContent);
    }
    Ok(imports::end(tx, key, now).await?)
}

fn count<'a>(rows: impl Iterator<Item = &'a Numbered>) -> i32 {
    i32::try_from(rows.count()).unwrap_or(i32::MAX)
}

impl Part {
    /// The rows that were taken before, and those that were not, of an import that is as
    /// far as `standing`.
    fn split_at(&self, standing: Mark) -> Result<(&[Numbered], &[Numbered]), ImportError> {
        if standing.position < self.from.position {
            return Err(ImportError::WentBack);
        }
        let taken = self.rows.partition_point(|row| row.behind.position <= standing.position);
        let place = taken.checked_sub(1).map_or(self.from, |last| self.rows[last].behind);
        // Where the import is farther than these rows, those behind them will tell, or the end.
        let farther = taken == self.rows.len() && place.position < standing.position;
        if place == standing || farther {
            Ok(self.rows.split_at(taken))
        } else {
            Err(ImportError::OtherContent)
        }
    }
}

/// What the register says of the people and episodes of rows, kept up with what the rows
/// themselves say.
struct OnRecord {
    people: HashMap<Source, (Uuid, Entry)>,
    episodes: HashMap<String, (Uuid, Episode)>,
}

async fn take_rows(
    connection: &mut PgConnection,
    rows: &[Numbered],
    matcher: &Matcher,
) -> Result<Tally, sqlx::Error> {
    let sound: Vec<&Row> = rows.iter().filter_map(|row| row.row.as_ref()).collect();
    let refused = count(rows.iter()) - i32::try_from(sound.len()).unwrap_or(i32::MAX);
    let mut tally = Tally { refused, ..Tally::default() };
    let mut on_record = OnRecord::of(connection, &sound).await?;
    let told: Vec<Entry> = sound.iter().map(|row| entries::filled(&row.person, matcher)).collect();
    let ids = on_record.put(connection, &told, matcher).await?;
    let mut news = BTreeSet::new();
    for (row, told) in sound.into_iter().zip(told) {
        let (person, person_is_news) = on_record.person(&ids, told);
        let told = (person, row.episode.clone());
        let before = on_record.episodes.insert(row.reference.clone(), told);
        match before {
            None => tally.created += 1,
            Some((of, before)) if of == person && before == row.episode => {
                if person_is_news {
                    tally.changed += 1;
                } else {
                    tally.unchanged += 1;
                }
                continue;
            }
            Some(_) => tally.changed += 1,
        }
        news.insert(row.reference.as_str());
    }
    // Of two rows about one episode the later one counts.
    let news = news.into_iter().filter_map(|reference| {
        let (person, episode) = on_record.episodes.get(reference)?;
        Some((reference, *person, episode))
    });
    episodes::put(connection, &news.collect::<Vec<_>>()).await?;
    Ok(tally)
}

impl OnRecord {
    async fn of(connection: &mut PgConnection, rows: &[&Row]) -> Result<Self, sqlx::Error> {
        let people = rows.iter().filter_map(|row| match &row.person.source {
            Source::CaseSystem(reference) => Some(reference.clone()),
            Source::Child(_) | Source::Adult(_) => None,
        });
        let people = episodes::people(connection, &people.collect::<Vec<_>>()).await?;
        let episodes: Vec<String> = rows.iter().map(|row| row.reference.clone()).collect();
        let episodes = episodes::known(connection, &episodes).await?;
        Ok(Self { people, episodes })
    }

    /// Puts the entries of people who are new or told otherwise, each as its last row tells
    /// it, and gives the ids of all. They are put in the order of their references, so that
    /// two imports of the same people at the same time wait for each other one way only.
    async fn put(
        &self,
        connection: &mut PgConnection,
        told: &[Entry],
        matcher: &Matcher,
    ) -> Result<HashMap<Source, Uuid>, sqlx::Error> {
        let mut last: Vec<&Entry> = told
            .iter()
            .map(|entry| (&entry.source, entry))
            .collect::<HashMap<_, _>>()
            .into_values()
            .collect();
        last.sort_unstable_by(|one, other| one.source.cmp(&other.source));
        let mut ids = HashMap::new();
        for entry in last {
            let known = self.people.get(&entry.source);
            let id = match known.filter(|(_, before)| is_same(before, entry)) {
                Some((id, _)) => *id,
                None => entries::put(connection, entry, matcher).await?,
            };
            ids.insert(entry.source.clone(), id);
        }
        Ok(ids)
    }

    /// The id of a person's entry, and whether this row tells it otherwise than what was told
    /// before.
    fn person(&mut self, ids: &HashMap<Source, Uuid>, told: Entry) -> (Uuid, bool) {
        let id = ids.get(&told.source).copied().unwrap_or_default();
        let before = self.people.insert(told.source.clone(), (id, told.clone()));
        (id, !before.is_some_and(|(_, before)| is_same(&before, &told)))
    }
}

fn is_same(one: &Entry, other: &Entry) -> bool {
    fn text(text: &Option<Personal<String>>) -> Option<&String> {
        text.as_ref().map(Personal::open)
    }
    let born = |of: &Entry| of.birth_date.as_ref().map(|day| *day.open());
    one.name.open() == other.name.open()
        && born(one) == born(other)
        && text(&one.nhs_number) == text(&other.nhs_number)
        && text(&one.upn) == text(&other.upn)
        && one.address.open() == other.address.open()
        && text(&one.postcode) == text(&other.postcode)
        && one.school.open() == other.school.open()
        && one.sex == other.sex
}
