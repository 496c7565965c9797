//! Pages of a list: how many lines, and behind which place.

mod place;

use std::collections::HashMap;

use proto::{intake::v1 as pb, terms::v1::Purpose};
use runtime::fields::{Fields, optional, unless_empty};
use service::edge::Shown;
use sqlx::PgConnection;
use tonic::Status;
use uuid::Uuid;

pub use self::place::{Paged, Place};
use crate::{
    domain::turn::{InTurn, List, Turn},
    store::turns,
};

/// The longest page, in lines.
const LONGEST: i32 = 200;
/// The lines of a page whose caller does not say.
const USUAL: i32 = 50;

/// A request for a page of a list, which says why it is read (R61).
pub trait PageRequest {
    /// The list.
    const LIST: Paged;

    /// The purpose, the size and the token, as the caller gave them.
    fn asked(&self) -> (i32, i32, &str);
}

macro_rules! pages {
    ($($request:ident: $list:ident,)*) => { $(
        impl PageRequest for pb::$request {
            const LIST: Paged = Paged::$list;

            fn asked(&self) -> (i32, i32, &str) {
                (self.purpose, self.page_size, &self.page_token)
            }
        }
    )* };
}

pages! {
    ListOpenMatchesRequest: Matches,
    ListOverrideReviewsRequest: OverrideReview,
    ListPassedOnRequest: Authority,
    ListRemitQuestionsRequest: Remit,
    ListSealOpeningsRequest: Openings,
    ListUnitHandOversRequest: Unit,
}

/// Reads which page of its list is wanted, and why (R61).
pub fn wanted<Q: PageRequest>(request: Q) -> Result<(Purpose, Page), Status> {
    let (purpose, size, token) = request.asked();
    let mut fields = Fields::new();
    let purpose = fields.code("purpose", "R61", purpose);
    let page = Page::read(&mut fields, Q::LIST, size, token);
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
