//! The remit (R3): under eighteen, and in the authority's area. A machine never
//! refuses; it says what a manager must look at.

use jiff::civil::Date;

use super::{age::birthday, contact::Child};

/// Why a child may be outside the remit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemitReason {
    /// Of age on the day of the contact.
    Adult,
    /// Lives, or is found, outside the authority's area.
    OutsideArea,
}

/// What puts a child's place in the remit in question on the day of the contact
/// (R3); nothing for most. `age` is the protocol's, in years.
pub fn question(child: &Child, day: Date, age: i16) -> Option<RemitReason> {
    let of_age = child
        .birth_date
        .as_ref()
        .filter(|_| !child.unborn)
        .and_then(|birth| birthday(*birth.open(), age))
        .is_some_and(|birthday| birthday <= day);
    if of_age {
        Some(RemitReason::Adult)
    } else if child.outside_area {
        Some(RemitReason::OutsideArea)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use access::Personal;

    use super::*;

    fn born(date: &str) -> Child {
        Child { birth_date: Some(Personal::new(date.parse().unwrap())), ..Child::unknown() }
    }

    #[test]
    fn r3_eighteen_on_the_day_of_the_contact_is_for_a_manager_to_look_at() {
        let day = "2026-11-22".parse().unwrap();
        assert_eq!(question(&born("2008-11-22"), day, 18), Some(RemitReason::Adult));
        assert_eq!(question(&born("2008-11-23"), day, 18), None);
        assert_eq!(question(&Child::unknown(), day, 18), None);
    }

    #[test]
    fn r3_an_unborn_child_is_in_the_remit() {
        let day = "2026-11-22".parse().unwrap();
        let unborn = Child { unborn: true, ..born("2000-01-01") };
        assert_eq!(question(&unborn, day, 18), None);
    }

    #[test]
    fn r3_a_child_found_elsewhere_is_for_a_manager_to_look_at() {
        let day = "2026-11-22".parse().unwrap();
        let child = Child { outside_area: true, ..born("2020-01-01") };
        assert_eq!(question(&child, day, 18), Some(RemitReason::OutsideArea));
    }
}
