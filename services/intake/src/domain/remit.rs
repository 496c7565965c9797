//! The remit (R3): under eighteen, and in the authority's area. A machine never
//! refuses; it says what a manager must look at.

use access::Personal;
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    age::birthday,
    clock::{Clock, Ending, Running},
    contact::{Child, Contact},
};

/// Why a child may be outside the remit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "intake.remit_reason", rename_all = "snake_case")]
pub enum RemitReason {
    /// Of age on the day of the contact.
    Adult,
    /// Lives, or is found, outside the authority's area.
    OutsideArea,
}

/// How a question of the remit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.remit_answer", rename_all = "snake_case")]
pub enum RemitAnswer {
    /// A manager decided that the hub keeps the contact.
    Kept,
    /// Each child in question was passed to another authority.
    PassedOn,
    /// A correction: nothing is in question any more.
    Settled,
}

/// A question of the remit of a contact, for a manager.
pub struct Question {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The contact.
    pub contact: Uuid,
    /// When it was raised: with the contact's receipt, as it is known now, or by a correction.
    pub raised_at: Timestamp,
    /// The clock until it is answered.
    pub clock: Running,
    /// Which children, and why.
    pub reasons: Vec<(Uuid, RemitReason)>,
}

/// A question with its answer, where there is one.
pub struct Answered {
    /// The question.
    pub question: Question,
    /// How it ended, when, by whom, in which words.
    pub answer: Option<(RemitAnswer, Timestamp, String, Personal<String>)>,
}

/// What a contact puts in question now, and the clocks that begin and end with it.
#[derive(Default)]
pub struct Standing {
    /// Which children, and why.
    pub reasons: Vec<(Uuid, RemitReason)>,
    /// The clock until a manager has answered.
    pub started: Option<Clock>,
    /// The clock of a question that is over, or runs by another clock.
    pub ended: Option<(Uuid, Ending)>,
}

/// Everything that puts a child's place in the remit in question on the day of the contact
/// (R3); nothing for most. `age` is the protocol's, in years. Each reason is kept: who is of
/// age and lives elsewhere is both.
pub fn reasons(child: &Child, day: Date, age: i16) -> Vec<RemitReason> {
    let of_age = child
        .birth_date
        .as_ref()
        .filter(|_| !child.unborn)
        .and_then(|birth| birthday(*birth.open(), age))
        .is_some_and(|birthday| birthday <= day);
    let adult = of_age.then_some(RemitReason::Adult);
    adult.into_iter().chain(child.outside_area.then_some(RemitReason::OutsideArea)).collect()
}

/// Everything that is in question on a contact, by child.
pub fn of_contact(contact: &Contact, day: Date, age: i16) -> Vec<(Uuid, RemitReason)> {
    let children = contact.child_ids.iter().zip(&contact.content.children);
    let each = children.flat_map(|(id, child)| {
        reasons(child, day, age).into_iter().map(move |reason| (*id, reason))
    });
    each.collect()
}

/// Whether both are about the same children for the same reasons.
pub fn are_alike(some: &[(Uuid, RemitReason)], others: &[(Uuid, RemitReason)]) -> bool {
    some.len() == others.len() && !is_new(some, others)
}

/// What of `now` no question before was about, so that a manager has never looked at it.
pub fn is_new(now: &[(Uuid, RemitReason)], asked_before: &[(Uuid, RemitReason)]) -> bool {
    now.iter().any(|reason| !asked_before.contains(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn born(date: &str) -> Child {
        Child { birth_date: Some(Personal::new(date.parse().unwrap())), ..Child::unknown() }
    }

    #[test]
    fn r3_eighteen_on_the_day_of_the_contact_is_for_a_manager_to_look_at() {
        let day = "2026-11-22".parse().unwrap();
        assert_eq!(reasons(&born("2008-11-22"), day, 18), [RemitReason::Adult]);
        assert_eq!(reasons(&born("2008-11-23"), day, 18), []);
        assert_eq!(reasons(&Child::unknown(), day, 18), []);
    }

    #[test]
    fn r3_an_unborn_child_is_in_the_remit() {
        let day = "2026-11-22".parse().unwrap();
        let unborn = Child { unborn: true, ..born("2000-01-01") };
        assert_eq!(reasons(&unborn, day, 18), []);
    }

    #[test]
    fn r3_a_child_found_elsewhere_is_for_a_manager_to_look_at() {
        let day = "2026-11-22".parse().unwrap();
        let child = Child { outside_area: true, ..born("2020-01-01") };
        assert_eq!(reasons(&child, day, 18), [RemitReason::OutsideArea]);
        let both = Child { outside_area: true, ..born("2008-11-22") };
        assert_eq!(reasons(&both, day, 18), [RemitReason::Adult, RemitReason::OutsideArea]);
    }

    #[test]
    fn r3_what_a_manager_has_looked_at_is_not_asked_again() {
        let (ade, bo) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let adult = |child| (child, RemitReason::Adult);
        assert!(!is_new(&[adult(ade)], &[adult(ade), adult(bo)]));
        assert!(is_new(&[adult(ade), (ade, RemitReason::OutsideArea)], &[adult(ade)]));
    }
}
