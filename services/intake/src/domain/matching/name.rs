//! A name, read once: its parts as they are compared.

use super::{
    lists::{Lists, NameId},
    sound::{sound, words},
};

/// More parts than this are not read.
const MOST_PARTS: usize = 8;

/// One part of a name.
pub struct Part {
    /// In small Latin letters.
    pub text: String,
    /// What it sounds like.
    pub sound: String,
    /// The names that it may stand for, in order; none where no list knows it.
    pub meanings: Vec<NameId>,
    /// What it is without a beginning that may be left out.
    pub stem: Option<String>,
    /// The share of people who bear it, 0 to 1.
    pub share: f64,
    /// That brothers and sisters have it in the first place says nothing.
    pub is_shared_first: bool,
    /// What it is found by: the sounds of all that it may stand for.
    pub keys: Vec<String>,
}

impl Part {
    fn read(text: String, lists: &Lists) -> Self {
        let meanings = lists.meanings(&text);
        let heard = sound(&text);
        let mut keys: Vec<String> = meanings.iter().map(|name| sound(lists.chief(*name))).collect();
        if keys.is_empty() {
            keys.push(sound(lists.without_prefix(&text).unwrap_or(&text)));
        }
        keys.sort_unstable();
        keys.dedup();
        Self {
            sound: heard,
            stem: lists.without_prefix(&text).map(str::to_owned),
            share: lists.share(&meanings),
            is_shared_first: lists.is_shared_first(&meanings),
            meanings,
            keys,
            text,
        }
    }

    /// Whether it is one letter that stands for a name.
    pub fn is_initial(&self) -> bool {
        self.text.len() == 1
    }
}

/// A name as it is compared; no parts where it is not known.
pub struct Name {
    /// Its parts, in the order in which they were written.
    pub parts: Vec<Part>,
}

impl Name {
    /// Reads a name in any script and order.
    pub fn read(text: &str, lists: &Lists) -> Self {
        let is_name = |word: &String| {
            !lists.is_ignored(word) && word.bytes().any(|byte| byte.is_ascii_alphabetic())
        };
        let words: Vec<String> = words(text).into_iter().filter(is_name).collect();
        let chief = |word: &String| !lists.is_particle(word) && word.len() > 1;
        let has_chief = words.iter().any(chief);
        let kept = words.into_iter().filter(|word| !(has_chief && lists.is_particle(word)));
        Self { parts: kept.take(MOST_PARTS).map(|word| Part::read(word, lists)).collect() }
    }
}
