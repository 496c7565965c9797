//! Who is already known (R8): how a person on a contact is compared with the people of
//! the register, how sure it is, and why.
//!
//! Evidence is weighed as Fellegi and Sunter do, in bits (log2 of the odds), but against
//! two others at once: a stranger, and a brother or sister, who shares family name, home
//! and school and may share the birth date. Whichever explains the pair better counts, so
//! that what a whole family has in common never makes one person of two children.
//!
//! Pure: [`Matcher::person`] reads what was written once, [`Person::keys`] says under which
//! keys a person is held and looked for, [`Matcher::compare`] judges a pair. Weights and
//! names are data (`deploy/protocol/matching.toml`).

mod birth;
mod candidates;
mod evidence;
mod household;
mod keys;
mod likeness;
mod lists;
mod name;
mod number;
mod person;
mod place;
mod score;
mod sound;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::{
    birth::BirthDate,
    candidates::{candidates, read_of},
    evidence::{Agreement, Home, Names, Number, Spelling, What},
    household::{Dweller, Sharing},
    keys::{KEYS_VERSION, Key, Keys, Kind},
    person::{Person, Written},
    score::{Band, Reason, Score},
    sound::words,
};
use self::{
    evidence::{Evidence, Odds},
    lists::Lists,
    place::Words,
};

const FILE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/protocol/matching.toml"));

/// Why the data of the matching cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MatchingError {
    /// It is not TOML, or has a key or value that it may not have.
    #[error("matching.toml cannot be read")]
    Unreadable(#[from] toml::de::Error),
    /// A piece of evidence has no odds.
    #[error("[evidence] has no {code}")]
    NoOdds {
        /// The code of the evidence.
        code: &'static str,
    },
    /// Odds stand under something that is no evidence.
    #[error("[evidence] has {code}, which is none")]
    UnknownEvidence {
        /// What it says.
        code: String,
    },
    /// A name is not written as names are compared: small letters a to z.
    #[error("{name:?} in the lists of names is not in small letters a to z")]
    NotFolded {
        /// The name.
        name: String,
    },
    /// A name stands in two groups of spellings.
    #[error("{name:?} stands in two groups of spellings")]
    InTwoGroups {
        /// The name.
        name: String,
    },
}

/// `[bands]`, in bits.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bands {
    likely: f64,
    possible: f64,
}

/// `[prior]`, in bits against.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prior {
    stranger: f64,
    relative: f64,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    bands: Bands,
    prior: Prior,
    evidence: BTreeMap<String, Odds>,
    shares: lists::Shares,
    places: place::Table,
    names: lists::Table,
}

/// Compares people by the weights and names of the file.
#[derive(Clone, Debug)]
pub struct Matcher {
    bands: Bands,
    prior: Prior,
    evidence: Evidence,
    lists: Lists,
    words: Words,
}

impl Matcher {
    /// With `deploy/protocol/matching.toml` as it was when this was built.
    ///
    /// # Errors
    /// Where that file is not what it should be.
    pub fn embedded() -> Result<Self, MatchingError> {
        Self::parse(FILE)
    }

    /// With the text of such a file.
    ///
    /// # Errors
    /// Where it is not what it should be.
    pub fn parse(text: &str) -> Result<Self, MatchingError> {
        let document: Document = toml::from_str(text)?;
        Ok(Self {
            bands: document.bands,
            prior: document.prior,
            evidence: Evidence::read(document.evidence)?,
            lists: Lists::read(document.names, document.shares)?,
            words: Words::read(document.places),
        })
    }

    /// A person as they are compared, from what was written of them.
    pub fn person(&self, written: &Written<'_>) -> Person {
        Person::read(written, &self.lists, &self.words)
    }
}
