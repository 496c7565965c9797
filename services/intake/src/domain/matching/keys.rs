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

/// Which way keys are made in, in this file and by the lists of names, schools and addresses:
/// raised with every change of either, so that whoever is held under keys of before is keyed
/// anew (`matcher.rs`, R8). A test tells when that is forgotten.
pub const KEYS_VERSION: i16 = 1;

/// Parts of a name that keys are made of: the first ones.
const KEYED_PARTS: usize = 4;

/// A couple of names that more than this share of people bear (shares multiplied) is common:
/// by itself it would never be shown, and with a home, school or household it has their keys.
const COMMON: f64 = 1.0 / 131_072.0;

/// What a key joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An NHS number.
    Nhs,
    /// A Unique Pupil Number.
    Upn,
    /// A part of a name, or the first sounds of two, with the birth date.
    Born,
    /// Two parts of a name with the birth date.
    Full,
    /// Two parts of a name with the year of birth.
    Year,
    /// Two parts of a name with the day and month of birth.
    Day,
    /// Two parts of a name, under which everybody is held, and is looked for by those whose birth
    /// date is not known.
    Name,
    /// Two parts of a name, of somebody whose birth date is not known.
    Undated,
    /// A part of a name with the postcode.
    Home,
    /// A postcode with the year and month of birth.
    Door,
    /// An adult of the household with a part of the name.
    House,
    /// An adult of the household, of somebody of whom no other name is known than the adult's.
    Nameless,
    /// A name at a school, under which everybody is held, and is looked for by those of whom a
    /// birth date or a second name is not known.
    School,
    /// A name at a school, of somebody of whom a birth date or a second name is not known.
    Sparse,
}

/// A key as it is kept: a number, so that the index is small and no name, birth date or address
/// stands in it. The upper half is made of what it has in common with keys that are mostly asked
/// with it (a postcode, a birth date), the lower half of the whole: what is asked together lies
/// together, and among a million people few pages are read where each key alone would read one.
/// That two keys have one number is less likely than any mistake here, and would only have a
/// stranger looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What is kept.
    pub number: i64,
    /// What it joins.
    pub kind: Kind,
}

impl Key {
    /// The key of an NHS number.
    pub fn nhs(number: &str) -> Self {
        Self::new(Kind::Nhs, number, "")
    }

    /// The key of `rest` beside the others of `group`.
    fn new(kind: Kind, group: &str, rest: &str) -> Self {
        let half = |text: String| {
            let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(text));
            i64::from(u32::from_be_bytes([a, b, c, d]))
        };
        let number = (half(group.to_owned()) << 32) | half(format!("{kind:?}:{group}:{rest}"));
        Self { number, kind }
    }
}

/// The keys of a person.
#[derive(Default)]
pub struct Keys {
    /// Under which the person is held.
    pub held: BTreeSet<Key>,
    /// Under which others are looked for who may be this person. Not the same: one of whom
    /// little is known is looked for among all who are at the school, others are not.
    pub asked: BTreeSet<Key>,
}

impl Keys {
    fn both(&mut self, key: Key) {
        self.asked.insert(key);
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
            keys.both(Key::nhs(number));
        }
        if let Some(upn) = &self.upn {
            keys.both(Key::new(Kind::Upn, upn, ""));
        }
        self.add_name_keys(&mut keys);
        self.add_place_keys(&mut keys);
        self.add_house_keys(&mut keys);
        keys
    }

    fn add_name_keys(&self, keys: &mut Keys) {
        let couples = couples(&self.name);
        for Couple { sounds, .. } in couples.iter().filter(|couple| !couple.is_common) {
            keys.held.insert(Key::new(Kind::Name, sounds, ""));
            if self.birth_date.is_some() {
                keys.asked.insert(Key::new(Kind::Undated, sounds, ""));
            } else {
                keys.asked.insert(Key::new(Kind::Name, sounds, ""));
                keys.held.insert(Key::new(Kind::Undated, sounds, ""));
            }
        }
        let Some(date) = self.birth_date else { return };
        let (year, day, month) = (date.year(), date.day(), date.month());
        // The same for a date and for its day and month in each other's place.
        let turn = format!("{}-{}", day.min(month), day.max(month));
        // All of one birth date that begin with one letter lie beside each other.
        let born = |sounds: &str| format!("{year}-{turn}:{}", &sounds[..1]);
        for sound in sounds(&self.name) {
            keys.both(Key::new(Kind::Born, &born(sound), sound));
        }
        for initials in initials(&self.name) {
            keys.both(Key::new(Kind::Born, &born(&initials), &initials));
        }
        for Couple { sounds, .. } in couples {
            keys.both(Key::new(Kind::Full, &born(&sounds), &sounds));
            keys.both(Key::new(Kind::Year, &sounds, &year.to_string()));
            keys.both(Key::new(Kind::Day, &sounds, &turn));
        }
    }

    fn add_place_keys(&self, keys: &mut Keys) {
        if let Some(postcode) = self.address.as_ref().and_then(|address| address.postcode.as_ref())
        {
            for sound in sounds(&self.name) {
                keys.both(Key::new(Kind::Home, postcode, sound));
            }
            if let Some(date) = self.birth_date {
                keys.both(Key::new(
                    Kind::Door,
                    postcode,
                    &format!("{}-{}", date.year(), date.month()),
                ));
            }
        }
        if let (Some(school), Some(first)) = (&self.school, self.name.parts.first()) {
            // With a birth date and two names there are better keys than one name at a school.
            let is_sparse = self.birth_date.is_none() || self.name.parts.len() == 1;
            for sound in &first.keys {
                let key = |kind| Key::new(kind, &school.key(), sound);
                if is_sparse {
                    keys.held.extend([key(Kind::Sparse), key(Kind::School)]);
                    keys.asked.insert(key(Kind::School));
                } else {
                    keys.asked.insert(key(Kind::Sparse));
                    keys.held.insert(key(Kind::School));
                }
            }
        }
    }

    /// That a child is called as the adults are says little, for the whole family is: whoever has
    /// a name of their own is looked for by that. Whoever is called by nothing else, an unborn
    /// child perhaps, is looked for among all, and by everybody of the household.
    fn add_house_keys(&self, keys: &mut Keys) {
        let sounds = sounds(&self.name);
        if sounds.is_empty() {
            return;
        }
        for Couple { sounds: adult, .. } in self.household.iter().flat_map(couples) {
            let key = |sound: &&str| Key::new(Kind::House, &adult, sound);
            let nameless = Key::new(Kind::Nameless, &adult, "");
            let is_own = |sound: &&&str| adult.split('-').all(|other| other != **sound);
            let own: Vec<Key> = sounds.iter().filter(is_own).map(key).collect();
            keys.held.extend(sounds.iter().map(key));
            if own.is_empty() {
                keys.asked.extend(sounds.iter().map(key));
                keys.held.insert(nameless);
            }
            keys.asked.extend(own);
            keys.asked.insert(nameless);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{
        super::{Matcher, Written},
        *,
    };

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
    fn r8_an_unborn_child_is_known_by_its_household_once_it_has_a_name() {
        let moved = Written { address: "", school: "", ..KNOWN };
        let unborn = Written { name: "Baby Okafor", birth_date: None, ..moved };
        assert!(meet(unborn, moved), "told of before the birth");
        assert!(meet(moved, unborn), "the name is not given later");
        assert!(meet(unborn, Written { name: "Okafor", ..unborn }));
        let brother =
            Written { name: "Tobenna Okafor", birth_date: Some(date(2011, 2, 3)), ..moved };
        assert!(!meet(brother, moved), "all of the family are called Okafor");
    }

    #[test]
    fn r8_keys_that_are_asked_together_lie_together() {
        let keys = Matcher::embedded().unwrap().person(&KNOWN).keys().asked;
        let groups: BTreeSet<i64> = keys.iter().map(|key| key.number >> 32).collect();
        assert!(groups.len() * 2 <= keys.len(), "{} of {}", groups.len(), keys.len());
    }

    /// Where this fails, raise `KEYS_VERSION` and write what the failure says into it: else whoever
    /// is held under keys of before is found no more.
    #[test]
    fn r8_the_version_of_the_keys_is_raised_with_what_they_are_made_of() {
        let (_, lists) = super::super::FILE.split_once("[shares]").unwrap();
        let matcher = Matcher::embedded().unwrap();
        let mut made = Sha256::new_with_prefix(lists);
        let mut add = |written: &Written<'_>| {
            let person = matcher.person(written);
            let keys = person.keys();
            for key in keys.held.iter().chain(&keys.asked) {
                made.update(key.number.to_be_bytes());
            }
            made.update(person.household_folded().join("\n"));
        };
        for written in [
            Written { nhs_number: "9434765919", upn: "A950000178301", ..KNOWN },
            Written { name: "Mohammed Ali", ..KNOWN },
            Written { name: "Okafor", birth_date: None, ..KNOWN },
            Written { address: "Flat 2, 14a St John's Rd, e83ab", ..KNOWN },
            Written {
                household: &["Łukasz Żółć", "Ngozi O'Connor-Okafor", "A. Khan"], ..KNOWN
            },
        ] {
            add(&written);
        }
        // Every sound, script and mark that a rule says something of.
        for name in [
            "Philippa Knight Wrexham",
            "Thời Nguyễn Phương",
            "Søren Ødegård",
            "José Muñoz-Peña",
            "Şükrü Çağlayan",
            "Иван Щербаков",
            "Ελένη Παπαδοπούλου",
            "محمد عبد الله",
            "יוסף כהן",
            "ওমর ফারুক",
            "王小明",
            "Mac Ghille O’Brien",
            "Zoë D'Souza",
            "Xiu Qi Czerny",
            "A. B. Smith",
        ] {
            add(&Written { name, ..KNOWN });
        }
        for name in lists.split(|of: char| !of.is_alphabetic()).filter(|word| word.len() > 1) {
            add(&Written { name, ..NOTHING_ELSE });
        }
        let made = format!("{:x}", made.finalize());
        assert_eq!((KEYS_VERSION, &made[..16]), (1, "00e691d05d1791ff"));
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
