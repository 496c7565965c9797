//! Reading what is known of a child in danger (R51): nothing is refused. What cannot be
//! read is left out field by field until the rest can be; words that no field takes are
//! kept in the concern.

use std::collections::BTreeSet;

use proto::intake::v1 as pb;
use runtime::refusal::violations;
use tonic::Status;

use super::left_out;
use crate::api::widths;

/// How often it is read again: what is wrong with a field may show only once another is
/// left out.
const ROUNDS: usize = 5;
/// How much of the longest concern is for words that no field takes, in characters.
const ROOM: usize = 5_000;

/// Words that no field takes, in the order in which they were met.
#[derive(Default)]
pub struct Words(Vec<String>);

impl Words {
    /// Keeps words, with what they are. Both may be the caller's, and so hold what no text
    /// takes.
    pub fn keep(&mut self, what: &str, words: &str) {
        let [what, words] = [what, words].map(|text| text.replace('\0', ""));
        if !words.trim().is_empty() {
            self.0.push(format!("{what}: {words}"));
        }
    }

    /// Makes a text one that a field of so many characters takes. One that is longer is cut
    /// there, and whole here.
    pub fn mend(&mut self, what: &str, text: &mut String, most: usize) {
        text.retain(|character| character != '\0');
        if text.chars().count() > most {
            self.keep(what, text);
            *text = text.chars().take(most).collect();
        }
    }
}

/// The contact, read by `read` after as much as it takes was left out, and whether that was
/// nothing; `None` where no end of it is in sight.
pub fn read<T>(
    mut given: pb::SubmitContactRequest,
    read: impl Fn(pb::SubmitContactRequest) -> Result<T, Status>,
) -> Option<(T, bool)> {
    let mut refused = match read(given.clone()) {
        Ok(whole) => return Some((whole, true)),
        Err(refused) => refused,
    };
    let (concern, mut words) = (std::mem::take(&mut given.concern), Words::default());
    for _ in 0..ROUNDS {
        let named = violations(&refused);
        let fields: BTreeSet<&str> = named.iter().map(|bad| bad.field.as_str()).collect();
        left_out::leave_out(&mut given, &fields, &mut words);
        given.concern = with_words(&concern, &words);
        refused = match read(given.clone()) {
            Ok(rest) => return Some((rest, false)),
            Err(refused) => refused,
        };
    }
    None
}

/// A concern that can be kept, whatever was given: without what no text takes, cut where it
/// is too long, with the words that no field takes behind it.
pub fn with_words(concern: &str, words: &Words) -> String {
    let first = |text: &str, most| text.chars().take(most).collect::<String>();
    let behind = first(&words.0.join("\n"), ROOM);
    let room = widths::CONCERN - behind.chars().count() - 1;
    let concern = first(concern.replace('\0', "").trim(), room);
    let concern = if concern.is_empty() { super::parse::NOTHING_KNOWN.to_owned() } else { concern };
    if behind.is_empty() { concern } else { format!("{concern}\n{behind}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r51_a_concern_over_the_limit_is_cut_and_leaves_room_for_other_words() {
        let mut words = Words::default();
        words.keep("school", &"ß".repeat(9_000));
        let concern = with_words(&"ä".repeat(30_000), &words);
        assert_eq!(concern.chars().count(), widths::CONCERN);
        assert!(concern.contains("\nschool: ßß") && concern.starts_with("ää"));
        assert_eq!(with_words("a\0b", &Words::default()), "ab");
        assert!(!with_words("\0", &Words::default()).trim().is_empty());
    }
}
