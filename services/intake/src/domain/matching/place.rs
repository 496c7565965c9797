//! Addresses and schools: their words, numbers and postcode.

use std::collections::{BTreeSet, HashSet};

use serde::Deserialize;

use crate::domain::postcode;

use super::{
    evidence::{Agreement, Home},
    sound::words,
};

/// `[places]`, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    none: String,
    general: String,
}

/// Words of places that say little.
#[derive(Clone, Debug)]
pub struct Words {
    none: HashSet<String>,
    general: HashSet<String>,
}

impl Words {
    /// From the lists of the file.
    pub fn read(table: Table) -> Self {
        let set = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Self { none: set(&table.none), general: set(&table.general) }
    }
}

/// An address as it is compared.
pub struct Address {
    /// As it is written: `E8 3AB`.
    pub postcode: Option<String>,
    numbers: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Address {
    /// Reads an address on one or several lines; `None` where it names no place.
    pub fn read(text: &str, known: &Words) -> Option<Self> {
        let all = words(text);
        if all.iter().all(|word| known.none.contains(word)) {
            return None;
        }
        let (postcode, rest) = take_postcode(all);
        let (numbers, words): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let words = words.into_iter().filter(|word| !known.general.contains(word)).collect();
        Some(Self { postcode, numbers: numbers.into_iter().collect(), words })
    }

    /// Whether it says which home it is: it has a postcode or a number. `Hackney` and `as above`
    /// say nothing.
    pub fn is_exact(&self) -> bool {
        self.postcode.is_some() || !self.numbers.is_empty()
    }

    /// How two addresses agree. A flat may be left out, the number of the house not.
    pub fn compare(&self, other: &Self) -> Home {
        let same_postcode = match (&self.postcode, &other.postcode) {
            (Some(one), Some(other)) => Some(one == other),
            _ => None,
        };
        let number = self.numbers.iter().any(|number| other.numbers.contains(number));
        let street = self.words.iter().any(|word| other.words.contains(word));
        match same_postcode {
            Some(true) if number => Home::Same,
            Some(true) => Home::Postcode,
            // A postcode with a slip: the number and the street say it.
            Some(false) | None if number && street => Home::Same,
            Some(false) | None => Home::Different,
        }
    }
}

/// Takes the last postcode out of the words of an address, written with a space or without.
fn take_postcode(mut all: Vec<String>) -> (Option<String>, Vec<String>) {
    for end in (1..=all.len()).rev() {
        for start in [end - 1, end.saturating_sub(2)] {
            if let Some(postcode) = postcode::parse(&all[start..end].concat()) {
                all.drain(start..end);
                return (Some(postcode), all);
            }
        }
    }
    (None, all)
}

/// A school as it is compared: the words that tell it from others.
pub struct School {
    words: BTreeSet<String>,
}

impl School {
    /// Reads the name of a school; `None` where it says nothing.
    pub fn read(text: &str, known: &Words) -> Option<Self> {
        let named = |word: &String| !known.general.contains(word) && !known.none.contains(word);
        let words: BTreeSet<String> = words(text).into_iter().filter(named).collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// The same school, where all the words of the shorter name are in the longer.
    pub fn compare(&self, other: &Self) -> Agreement {
        let same = self.words.is_subset(&other.words) || other.words.is_subset(&self.words);
        if same { Agreement::Same } else { Agreement::Different }
    }

    /// What it is found by.
    pub fn key(&self) -> String {
        self.words.iter().max_by_key(|word| word.len()).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Words {
        let (none, general) = ("nfa no fixed abode", "road street school primary london flat the");
        Words::read(Table { none: none.to_owned(), general: general.to_owned() })
    }

    fn address(text: &str) -> Address {
        Address::read(text, &known()).unwrap()
    }

    #[test]
    fn r8_a_postcode_is_found_wherever_it_stands() {
        for text in
            ["12 Example Road, E8 3AB", "12 Example Rd e83ab", "e8 3ab, London", "flat 1 E8-3AB"]
        {
            assert_eq!(address(text).postcode.as_deref(), Some("E8 3AB"), "{text}");
        }
        assert_eq!(address("1 Some Street SW1A 1AA").postcode.as_deref(), Some("SW1A 1AA"));
        assert_eq!(address("12 Example Road").postcode, None);
    }

    #[test]
    fn r8_a_home_is_one_without_its_flat_and_with_a_slip_in_the_postcode() {
        let home = address("Flat 3, 12 Example Road, London E8 3AB");
        for (text, found) in [
            ("12 Example Rd E83AB", Home::Same),
            ("12 Example Road, London E8 3AD", Home::Same),
            ("12 Example Road", Home::Same),
            ("14 Example Road, London E8 3AB", Home::Postcode),
            ("12 Other Road, London N16 5XY", Home::Different),
        ] {
            assert_eq!(home.compare(&address(text)), found, "{text}");
            assert_eq!(address(text).compare(&home), found, "{text}");
        }
        assert!(Address::read("No fixed abode", &known()).is_none());
        assert!(Address::read("", &known()).is_none());
    }

    #[test]
    fn r8_a_school_is_one_by_the_words_that_tell_it_apart() {
        let school = |text| School::read(text, &known()).unwrap();
        let full = school("Clapton Park Primary School");
        assert_eq!(full.compare(&school("clapton park")), Agreement::Same);
        assert_eq!(full.compare(&school("Gayhurst Primary School")), Agreement::Different);
        assert!(School::read("The School", &known()).is_none());
    }
}
