//! Pages of a list: how many lines, and behind which place. Callers see the place as an
//! opaque text.

use std::collections::HashMap;

use proto::terms::v1::Purpose;
use runtime::fields::{Fields, optional, unless_empty};
use service::edge::Shown;
use sqlx::PgConnection;
use tonic::Status;
use uuid::Uuid;

use crate::{
    domain::turn::{InTurn, List, Turn},
    store::turns,
};

/// The longest page, in lines.
const LONGEST: i32 = 200;
/// The lines of a page whose caller does not say.
const USUAL: i32 = 50;
/// A list, a flag, a rank, a number, an id.
const BYTES: usize = 1 + 1 + 1 + 8 + 16;

/// A list that comes in pages. Its number stands in its tokens, so that they fit no other
/// list, where they would begin somewhere else and be answered as the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paged {
    /// Matches that wait for a person (R8).
    Matches = 1,
    /// Notices in bulk (R14).
    Notices = 2,
    /// Requests for information (R55).
    InformationRequests = 3,
    /// Openings of what is sealed (R62).
    Openings = 4,
    /// What the hub hands to the Emergency Duty Team (R10).
    ToEdt = 5,
    /// What the team hands to the hub (R10).
    FromEdt = 6,
    /// What is passed to other authorities (R3).
    Authority = 7,
    /// What is passed to units (R9).
    Unit = 8,
    /// Questions of the remit (R3).
    Remit = 9,
    /// Overrides that are to be looked at again (R7).
    OverrideReview = 10,
}

impl Paged {
    /// The rule that asks for the list.
    fn rule(self) -> &'static str {
        match self {
            Self::Authority | Self::Remit => "R3",
            Self::OverrideReview => "R7",
            Self::Matches => "R8",
            Self::Unit => "R9",
            Self::ToEdt | Self::FromEdt => "R10",
            Self::Notices => "R14",
            Self::InformationRequests => "R55",
            Self::Openings => "R62",
        }
    }
}

/// A place on a list. Lines stand in the order of these parts, the first first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line does not wait for anybody any more.
    pub done: bool,
    /// Its rank, where the list has ranks.
    pub rank: u8,
    /// Its number within that: a time, most likely.
    pub order: i64,
    /// Its id.
    pub id: Uuid,
}

impl Place {
    /// The token of the page of a list that begins behind this place.
    pub fn write(self, list: Paged) -> String {
        let mut bytes = vec![list as u8, u8::from(self.done), self.rank];
        bytes.extend(self.order.to_be_bytes());
        bytes.extend(self.id.into_bytes());
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads a token of a list; `None` for what is none.
    pub fn read(token: &str, list: Paged) -> Option<Self> {
        if token.len() != 2 * BYTES || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let byte = |place| u8::from_str_radix(token.get(place..place + 2)?, 16).ok();
        let bytes: Vec<u8> = (0..token.len()).step_by(2).map(byte).collect::<Option<_>>()?;
        let ([of, done, rank], rest) = bytes.split_first_chunk::<3>()?;
        let (order, id) = rest.split_first_chunk::<8>()?;
        let (order, id) = (i64::from_be_bytes(*order), Uuid::from_slice(id).ok()?);
        (*of == list as u8 && *done < 2).then_some(Self {
            done: *done == 1,
            rank: *rank,
            order,
            id,
        })
    }
}

impl From<Turn> for Place {
    fn from(turn: Turn) -> Self {
        Self { done: turn.done, rank: 0, order: turn.order, id: turn.id }
    }
}

impl From<Place> for Turn {
    fn from(place: Place) -> Self {
        Self { done: place.done, order: place.order, id: place.id }
    }
}

/// Reads which page of a list is wanted, and why (R61).
pub fn wanted(
    list: Paged,
    purpose: i32,
    (size, token): (i32, &str),
) -> Result<(Purpose, Page), Status> {
    let mut fields = Fields::new();
    let purpose = fields.code("purpose", "R61", purpose);
    let page = Page::read(&mut fields, list, size, token);
    fields.whole(purpose.zip(page))
}

/// Which page is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Of which list.
    pub list: Paged,
    /// At most so many lines.
    pub size: usize,
    /// Behind which place; `None` for the first page.
    pub behind: Option<Place>,
}

impl Page {
    /// Reads which page of a list is wanted.
    pub fn read(fields: &mut Fields, list: Paged, size: i32, token: &str) -> Option<Self> {
        let rule = list.rule();
        let size = if size == 0 { USUAL } else { size };
        let fits = usize::try_from(size).ok().filter(|_| (1..=LONGEST).contains(&size));
        let size = fields.check("page_size", rule, "must be 1 to 200, or 0", fits);
        let behind = optional(unless_empty(token), |token| {
            let read = Place::read(token, list);
            fields.check("page_token", rule, "is not a token of an answer before", read)
        });
        Some(Self { list, size: size?, behind: behind? })
    }

    /// How many lines to look for: one more than asked for tells whether there is
    /// another page.
    pub fn look_for(self) -> i64 {
        i64::try_from(self.size).map_or(i64::MAX, |size| size + 1)
    }

    /// Cuts what was found to the page, and gives the token of the next one; empty at the
    /// end.
    pub fn cut<T>(self, lines: &mut Vec<T>, place: impl Fn(&T) -> Place) -> String {
        if lines.len() <= self.size {
            return String::new();
        }
        lines.truncate(self.size);
        lines.last().map(|line| place(line).write(self.list)).unwrap_or_default()
    }
}

/// A page of a list: its lines, and the token of the next page.
pub struct Listed {
    /// The lines, without what they are about.
    pub lines: Vec<InTurn>,
    /// Empty at the end.
    pub next_page_token: String,
}

impl Listed {
    /// The page of a list that is wanted.
    pub async fn of(db: &mut PgConnection, list: List, page: Page) -> Result<Self, sqlx::Error> {
        let behind = page.behind.map(Turn::from);
        let mut lines = turns::page(db, list, behind, page.look_for()).await?;
        let next_page_token = page.cut(&mut lines, |line| line.turn.into());
        Ok(Self { lines, next_page_token })
    }

    /// What its lines show of these records, in the order of the lines, and the token of the
    /// next page. A record stands beside its own line, found by its id: a child never stands
    /// beside the reference of another.
    pub fn with<R, A>(
        self,
        records: Vec<R>,
        id: impl Fn(&R) -> Uuid,
        show: impl Fn(R, InTurn) -> A,
    ) -> (Vec<A>, String) {
        let records = records.into_iter().map(|record| (id(&record), record));
        let mut records: HashMap<Uuid, R> = records.collect();
        let lines = self.lines.into_iter();
        let shown = lines.filter_map(|line| Some(show(records.remove(&line.turn.id)?, line)));
        (shown.collect(), self.next_page_token)
    }

    /// The ids of its lines, in their order.
    pub fn ids(&self) -> Vec<Uuid> {
        self.lines.iter().map(|line| line.turn.id).collect()
    }

    /// What it shows, for the read log (R61).
    pub fn shown(&self, purpose: Purpose, fields: &'static [&'static str]) -> Shown {
        let subjects = self.lines.iter().flat_map(|line| &line.subjects).copied().collect();
        Shown { subjects, purpose: purpose.as_str_name(), fields }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(order: i64) -> Place {
        Place { done: true, rank: 3, order, id: Uuid::from_u128(7) }
    }

    #[test]
    fn a_token_is_read_back_and_nothing_else_is_one() {
        let read = |token: &str| Place::read(token, Paged::Unit);
        for order in [0, i64::MAX, i64::MIN, -1] {
            let token = place(order).write(Paged::Unit);
            assert_eq!(read(&token), Some(place(order)));
            assert_eq!(Place::read(&token, Paged::Remit), None);
            assert_eq!(read(&token[1..]), None);
            assert_eq!(read(&token.replacen('0', "x", 1)), None);
        }
        assert_eq!(read(&"f".repeat(2 * BYTES)), None);
        assert_eq!(read(&"ß".repeat(BYTES)), None);
    }

    #[test]
    fn the_last_page_has_no_next_one() {
        let page = Page { list: Paged::Unit, size: 2, behind: None };
        let mut lines = vec![1, 2, 3];
        assert_eq!(page.cut(&mut lines, |line| place(*line)), place(2).write(Paged::Unit));
        assert_eq!(lines, [1, 2]);
        assert_eq!(page.cut(&mut lines, |line| place(*line)), "");
    }

    #[test]
    fn a_record_stands_beside_its_own_line_whichever_are_missing() {
        let line = |id| InTurn {
            turn: Turn { done: false, order: 0, id: Uuid::from_u128(id) },
            reference: id.to_string(),
            received_at: jiff::Timestamp::UNIX_EPOCH,
            subjects: Vec::new(),
        };
        let listed = Listed { lines: [3, 1, 2].map(line).into(), next_page_token: "on".to_owned() };
        let id = |record: &u128| Uuid::from_u128(*record);
        let (shown, token) =
            listed.with(vec![2, 3], id, |record, line| format!("{record} {}", line.reference));
        assert_eq!((shown, token), (vec!["3 3".to_owned(), "2 2".to_owned()], "on".to_owned()));
    }
}
