//! Under which keys a person is held and looked for (R8), so that a contact meets few
//! candidates among a million people and none is found by scanning.
//!
//! A key joins facts that a person rarely shares with a stranger, and every error that people
//! make leaves one of the keys whole: a slip in a name leaves its first sound, the other names
//! and the birth date; a wrong day leaves the year and the names; a move leaves both; a swap
//! of day and month or of the names changes nothing.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{name::Name, person::Person};

/// Parts of a name that keys are made of: the first ones.
const KEYED_PARTS: usize = 4;

/// A couple of names that more than this share of people bear (shares multiplied) is common:
/// by itself it would never be shown, and with a home, school or household it has their keys.
const COMMON: f64 = 1.0 / 131_072.0;

/// The keys of a person. They hold personal data: they are never shown, and are kept as
/// numbers ([`stored`]).
#[derive(Default)]
pub struct Keys {
    /// Under which the person is held.
    pub held: BTreeSet<String>,
    /// Under which others are looked for who may be this person. Not the same: one whose
    /// birth date is not known is looked for among all of the name, others are not.
    pub asked: BTreeSet<String>,
}

/// A key as it is kept: the first eight bytes of its SHA-256, so that the index is small and
/// no name, birth date or address stands in it. That two keys have one number is less likely
/// than any mistake here, and would only have a stranger looked at.
pub fn stored(key: &str) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(key));
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

impl Keys {
    fn both(&mut self, key: String) {
        self.asked.insert(key.clone());
        self.held.insert(key);
    }
}

/// What the first parts of a name are found by.
fn sounds(name: &Name) -> BTreeSet<&str> {
    name.parts.iter().take(KEYED_PARTS).flat_map(|part| &part.keys).map(String::as_str).collect()
}

/// Two parts of a name, as they are found together.
struct Couple {
    sounds: String,
    /// Too many bear both for them to say anything by themselves.
    is_common: bool,
}

/// Every two of the first parts of a name, each two in alphabetical order.
fn couples(name: &Name) -> Vec<Couple> {
    let parts: Vec<_> =
        name.parts.iter().filter(|part| !part.is_initial()).take(KEYED_PARTS).collect();
    let mut couples = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        for other in &parts[place + 1..] {
            let is_common = part.share * other.share > COMMON;
            for one in &part.keys {
                for other in &other.keys {
                    let sounds = format!("{}-{}", one.min(other), one.max(other));
                    couples.push(Couple { sounds, is_common });
                }
            }
        }
    }
    couples
}

/// Every two first sounds of the first parts of a name, each two in alphabetical order.
fn initials(name: &Name) -> BTreeSet<String> {
    let parts = name.parts.iter().take(KEYED_PARTS);
    let initials: Vec<Vec<&str>> =
        parts.map(|part| part.keys.iter().map(|key| &key[..1]).collect()).collect();
    let mut couples = BTreeSet::new();
    for (place, part) in initials.iter().enumerate() {
        for other in initials[place + 1..].iter().flatten() {
            couples.extend(part.iter().map(|one| format!("{}{}", one.min(other), one.max(other))));
        }
    }
    couples
}

impl Person {
    /// The keys of this person.
    pub fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        if let Some(number) = &self.nhs_number {
            keys.both(format!("nhs:{number}"));
        }
        if let Some(upn) = &self.upn {
            keys.both(format!("upn:{upn}"));
        }
        self.add_birth_keys(&mut keys);
        self.add_place_keys(&mut keys);
        keys
    }

    fn add_birth_keys(&self, keys: &mut Keys) {
        let couples = couples(&self.name);
        let telling = couples.iter().filter(|couple| !couple.is_common);
        let telling = telling.map(|couple| &couple.sounds);
        let Some(date) = self.birth_date else {
            for couple in telling {
                keys.held.insert(format!("undated:{couple}"));
                keys.both(format!("name:{couple}"));
            }
            return;
        };
        for couple in telling {
            keys.asked.insert(format!("undated:{couple}"));
            keys.held.insert(format!("name:{couple}"));
        }
        let (day, month) = (date.day(), date.month());
        // The same for a date and for its day and month in each other's place.
        let turn = format!("{}-{}", day.min(month), day.max(month));
        for sound in sounds(&self.name) {
            keys.both(format!("born:{}-{turn}:{sound}", date.year()));
        }
        for initials in initials(&self.name) {
            keys.both(format!("born:{}-{turn}:{initials}", date.year()));
        }
        for Couple { sounds, .. } in couples {
            keys.both(format!("full:{}-{turn}:{sounds}", date.year()));
            keys.both(format!("year:{}:{sounds}", date.year()));
            keys.both(format!("day:{turn}:{sounds}"));
        }
    }

    fn add_place_keys(&self, keys: &mut Keys) {
        let sounds = sounds(&self.name);
        if let Some(postcode) = self.address.as_ref().and_then(|address| address.postcode.as_ref())
        {
            for sound in &sounds {
                keys.both(format!("home:{postcode}:{sound}"));
            }
            if let Some(date) = self.birth_date {
                keys.both(format!("door:{postcode}:{}-{}", date.year(), date.month()));
            }
        }
        if let (Some(school), Some(first)) = (&self.school, self.name.parts.first()) {
            // With a birth date and two names there are better keys than one name at a school.
            let is_sparse = self.birth_date.is_none() || self.name.parts.len() == 1;
            for sound in &first.keys {
                let place = format!("{}:{sound}", school.key());
                if is_sparse {
                    keys.held.insert(format!("sparse:{place}"));
                    keys.both(format!("school:{place}"));
                } else {
                    keys.asked.insert(format!("sparse:{place}"));
                    keys.held.insert(format!("school:{place}"));
                }
            }
        }
        for Couple { sounds: adult, .. } in self.household.iter().flat_map(couples) {
            for sound in &sounds {
                keys.both(format!("house:{adult}:{sound}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{Matcher, Written};

    const KNOWN: Written<'_> = Written {
        name: "Chidera Grace Okafor",
        birth_date: Some(date(2016, 5, 7)),
        nhs_number: "",
        upn: "",
        sex: "F",
        address: "12 Example Road, London E8 3AB",
        school: "Clapton Park Primary School",
        household: &["Ngozi Okafor"],
    };
    const NOTHING_ELSE: Written<'_> = Written { address: "", school: "", household: &[], ..KNOWN };

    fn meet(held: Written<'_>, asked: Written<'_>) -> bool {
        let matcher = Matcher::embedded().unwrap();
        let (held, asked) = (matcher.person(&held).keys(), matcher.person(&asked).keys());
        held.held.intersection(&asked.asked).next().is_some()
    }

    #[test]
    fn r8_keys_find_a_child_whatever_went_wrong() {
        for asked in [
            Written { name: "Okafor Chidera", ..NOTHING_ELSE },
            Written { name: "Chidera Okafro", ..NOTHING_ELSE },
            Written { name: "Chidexa Okafox", ..NOTHING_ELSE },
            Written { name: "Chidera Ogunleye", ..NOTHING_ELSE },
            Written { name: "Chidera", ..NOTHING_ELSE },
            Written { birth_date: Some(date(2016, 7, 5)), ..NOTHING_ELSE },
            Written { name: "Chidera", birth_date: Some(date(2016, 7, 5)), ..NOTHING_ELSE },
            Written { birth_date: Some(date(2016, 11, 7)), ..NOTHING_ELSE },
            Written { birth_date: Some(date(2015, 5, 7)), ..NOTHING_ELSE },
            Written { birth_date: None, ..NOTHING_ELSE },
            Written { name: "Okafor", birth_date: None, school: "", household: &[], ..KNOWN },
            Written { name: "Chidera", birth_date: None, address: "", household: &[], ..KNOWN },
            Written { name: "Chidera", birth_date: None, address: "", school: "", ..KNOWN },
            Written { name: "Ọmọ", school: "", household: &[], ..KNOWN },
        ] {
            assert!(meet(KNOWN, asked), "held: {} {:?}", asked.name, asked.birth_date);
            assert!(meet(asked, KNOWN), "asked: {} {:?}", asked.name, asked.birth_date);
        }
        let nhs_number = "9434765919";
        let other = Written { nhs_number, name: "Piotr Nowak", ..Written::default() };
        assert!(meet(Written { nhs_number, ..KNOWN }, other));
    }

    #[test]
    fn r8_keys_of_short_forms_meet() {
        let bill = Written { name: "Bill Harper", ..NOTHING_ELSE };
        assert!(meet(Written { name: "William Harper", ..NOTHING_ELSE }, bill));
    }

    #[test]
    fn r8_keys_of_strangers_do_not_meet() {
        let stranger = Written { name: "Taiwo Balogun", ..NOTHING_ELSE };
        assert!(!meet(KNOWN, stranger));
        let common = Written { name: "Mohammed Ali", birth_date: None, ..NOTHING_ELSE };
        assert!(!meet(common, common));
    }
}
