//! A person as they are compared: everything read once.

use jiff::civil::Date;

use super::{
    evidence::Home,
    household::MOST_ADULTS,
    lists::Lists,
    name::Name,
    number,
    place::{Address, School, Words},
};

/// What was written of a person on a contact or in the register. Empty or `None` where
/// nothing is known.
#[derive(Clone, Copy, Default)]
pub struct Written<'a> {
    /// Name in any script and order.
    pub name: &'a str,
    /// Date of birth, or the expected date.
    pub birth_date: Option<Date>,
    /// NHS number.
    pub nhs_number: &'a str,
    /// Unique Pupil Number.
    pub upn: &'a str,
    /// National code: `M` or `F`; anything else says nothing.
    pub sex: &'a str,
    /// Address, with a postcode where there is one.
    pub address: &'a str,
    /// School or nursery.
    pub school: &'a str,
    /// Names of the other people of the household: parents, carers. So many count, at most, as
    /// a household has ([`MOST_ADULTS`]).
    pub household: &'a [&'a str],
}

/// A person as they are compared. Personal: it has no `Debug`.
pub struct Person {
    pub(super) name: Name,
    pub(super) birth_date: Option<Date>,
    pub(super) nhs_number: Option<String>,
    pub(super) upn: Option<String>,
    pub(super) sex: Option<char>,
    pub(super) address: Option<Address>,
    pub(super) school: Option<School>,
    pub(super) household: Vec<Name>,
}

impl Person {
    /// The postcode of the address, written one way.
    pub fn postcode(&self) -> Option<&str> {
        self.address.as_ref()?.postcode.as_deref()
    }

    /// Whether the two are told to live at one address (R8).
    pub fn shares_home(&self, other: &Self) -> bool {
        let homes = self.address.as_ref().zip(other.address.as_ref());
        homes.is_some_and(|(one, other)| one.compare(other) == Home::Same)
    }

    /// The names of the household as they are looked for: in small Latin letters, the parts of
    /// each in alphabetical order.
    pub fn household_folded(&self) -> Vec<String> {
        let folded = self.household.iter().map(|name| {
            let mut parts: Vec<&str> = name.parts.iter().map(|part| part.text.as_str()).collect();
            parts.sort_unstable();
            parts.join(" ")
        });
        folded.collect()
    }

    pub(super) fn read(written: &Written<'_>, lists: &Lists, words: &Words) -> Self {
        let household = written.household.iter().map(|name| Name::read(name, lists));
        Self {
            name: Name::read(written.name, lists),
            birth_date: written.birth_date,
            nhs_number: number::nhs(written.nhs_number),
            upn: number::upn(written.upn),
            sex: written.sex.chars().next().filter(|sex| matches!(sex, 'M' | 'F')),
            address: Address::read(written.address, words),
            school: School::read(written.school, words),
            household: household.filter(|name| name.parts.len() > 1).take(MOST_ADULTS).collect(),
        }
    }
}
