//! The short reference of a contact (R11): it can be read out over a telephone
//! without error, and a mistake shows.

use std::fmt;

/// Letters and digits that neither look nor sound like each other: no I, L, O, S, U,
/// 0, 1. Twenty-nine is prime, which the check character needs.
const ALPHABET: [u8; 29] = *b"23456789ABCDEFGHJKMNPQRTVWXYZ";
/// Characters before the check character.
const LENGTH: usize = 6;

/// A reference, written `ABC-DEFG`; the last character checks the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    /// The reference of a number (R11). Weights 2 to 7 modulo a prime make every
    /// single wrong character and every swapped pair of neighbours show.
    pub fn of_number(number: u64) -> Self {
        let base = ALPHABET.len() as u64;
        let mut rest = number;
        let mut digits = [0_u64; LENGTH];
        for digit in digits.iter_mut().rev() {
            *digit = rest % base;
            rest /= base;
        }
        let text: String = digits
            .iter()
            .chain([&check(&digits)])
            .map(|digit| char::from(ALPHABET[*digit as usize]))
            .collect();
        Self(format!("{}-{}", &text[..3], &text[3..]))
    }

    /// A reference as somebody gives it, in any case and spacing; `None` where it
    /// was misheard.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u64> = text
            .bytes()
            .filter(|byte| !matches!(byte, b'-' | b' '))
            .map(|byte| ALPHABET.iter().position(|letter| *letter == byte.to_ascii_uppercase()))
            .map(|place| place.map(|place| place as u64))
            .collect::<Option<_>>()?;
        let (last, first) = digits.split_last()?;
        let first: [u64; LENGTH] = first.try_into().ok()?;
        if check(&first) != *last {
            return None;
        }
        let number = first.iter().fold(0, |number, digit| number * ALPHABET.len() as u64 + digit);
        Some(Self::of_number(number))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn check(digits: &[u64; LENGTH]) -> u64 {
    digits.iter().zip(2..).map(|(digit, weight)| digit * weight).sum::<u64>()
        % ALPHABET.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r11_no_letters_that_look_or_sound_alike() {
        for confusable in b"ILOSU01" {
            assert!(!ALPHABET.contains(confusable));
        }
    }

    #[test]
    fn r11_every_single_error_and_every_swap_shows() {
        for number in [0, 20_000, 20_001, 594_823_320, 123_456_789] {
            let reference = Reference::of_number(number);
            assert_eq!(Reference::parse(reference.as_str()), Some(reference.clone()));
            let plain: Vec<u8> = reference.as_str().bytes().filter(|byte| *byte != b'-').collect();
            for place in 0..plain.len() {
                for letter in ALPHABET {
                    let mut wrong = plain.clone();
                    wrong[place] = letter;
                    let heard = Reference::parse(std::str::from_utf8(&wrong).unwrap());
                    assert_eq!(heard.is_some(), wrong == plain);
                }
                if place + 1 < plain.len() && plain[place] != plain[place + 1] {
                    let mut swapped = plain.clone();
                    swapped.swap(place, place + 1);
                    assert!(Reference::parse(std::str::from_utf8(&swapped).unwrap()).is_none());
                }
            }
        }
    }

    #[test]
    fn r11_case_and_spaces_do_not_matter() {
        let reference = Reference::of_number(20_000);
        let spoken = reference.as_str().to_lowercase().replace('-', " ");
        assert_eq!(Reference::parse(&spoken), Some(reference));
        assert_eq!(Reference::parse("äöü"), None);
        assert_eq!(Reference::parse(""), None);
    }
}
