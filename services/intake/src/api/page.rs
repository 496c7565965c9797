//! Pages of a list: how many lines, and behind which place. Callers see the place as an
//! opaque text.

use proto::terms::v1::Purpose;
use runtime::fields::Fields;
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
/// A flag, a rank, a number, an id.
const BYTES: usize = 1 + 1 + 8 + 16;

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
    /// The token of a page that begins behind this place.
    pub fn write(self) -> String {
        let mut bytes = vec![u8::from(self.done), self.rank];
        bytes.extend(self.order.to_be_bytes());
        bytes.extend(self.id.into_bytes());
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads a token; `None` for what is none.
    pub fn read(token: &str) -> Option<Self> {
        if token.len() != 2 * BYTES || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let byte = |place| u8::from_str_radix(token.get(place..place + 2)?, 16).ok();
        let bytes: Vec<u8> = (0..token.len()).step_by(2).map(byte).collect::<Option<_>>()?;
        let ([done, rank], rest) = bytes.split_first_chunk::<2>()?;
        let (order, id) = rest.split_first_chunk::<8>()?;
        let (order, id) = (i64::from_be_bytes(*order), Uuid::from_slice(id).ok()?);
        (*done < 2).then_some(Self { done: *done == 1, rank: *rank, order, id })
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

/// Reads which page of a list that `rule` asks for is wanted, and why (R61).
pub fn wanted(
    rule: &str,
    purpose: i32,
    (size, token): (i32, &str),
) -> Result<(Purpose, Page), Status> {
    let mut fields = Fields::new();
    let purpose = fields.code("purpose", "R61", purpose);
    let page = Page::read(&mut fields, rule, size, token);
    fields.whole(purpose.zip(page))
}

/// Which page is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// At most so many lines.
    pub size: usize,
    /// Behind which place; `None` for the first page.
    pub behind: Option<Place>,
}

impl Page {
    /// Reads which page is wanted of a list that `rule` asks for.
    pub fn read(fields: &mut Fields, rule: &str, size: i32, token: &str) -> Option<Self> {
        let size = if size == 0 { USUAL } else { size };
        let fits = usize::try_from(size).ok().filter(|_| (1..=LONGEST).contains(&size));
        let size = fields.check("page_size", rule, "must be 1 to 200, or 0", fits);
        let behind = match token {
            "" => Some(None),
            token => {
                let read = Place::read(token).map(Some);
                fields.check("page_token", rule, "is not a token of an answer before", read)
            }
        };
        Some(Self { size: size?, behind: behind? })
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
        lines.last().map(|line| place(line).write()).unwrap_or_default()
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
        for order in [0, i64::MAX, i64::MIN, -1] {
            let token = place(order).write();
            assert_eq!(Place::read(&token), Some(place(order)));
            assert_eq!(Place::read(&token[1..]), None);
            assert_eq!(Place::read(&token.replacen('0', "x", 1)), None);
        }
        assert_eq!(Place::read(&"f".repeat(2 * BYTES)), None);
        assert_eq!(Place::read(&"ß".repeat(BYTES)), None);
    }

    #[test]
    fn the_last_page_has_no_next_one() {
        let page = Page { size: 2, behind: None };
        let mut lines = vec![1, 2, 3];
        assert_eq!(page.cut(&mut lines, |line| place(*line)), place(2).write());
        assert_eq!(lines, [1, 2]);
        assert_eq!(page.cut(&mut lines, |line| place(*line)), "");
    }
}
