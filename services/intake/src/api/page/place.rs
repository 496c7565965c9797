//! Lists that come in pages, and places on them. Callers see a place as an opaque text.

use uuid::Uuid;

use crate::domain::turn::Turn;

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
    /// Contacts about a place, peer group or online space (R5).
    SubjectContacts = 11,
}

impl Paged {
    /// The rule that asks for the list.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Authority | Self::Remit => "R3",
            Self::SubjectContacts => "R5",
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
}
