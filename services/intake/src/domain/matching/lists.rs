//! The lists of names: which are one name in several spellings, which are short forms,
//! and how common a name is.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;

use super::{MatchingError, sound::words};

/// A name, whatever its spelling.
pub type NameId = u32;

/// `[shares]`: bearers of a name among a million people.
pub type Shares = BTreeMap<String, f64>;

/// `[names]`, as it is written: words parted by spaces, groups by lines.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    ignored: String,
    particles: String,
    prefixes: String,
    shared_first: String,
    spellings: String,
    plain: String,
    nicknames: String,
}

/// What is known about names.
#[derive(Clone, Debug)]
pub struct Lists {
    ignored: HashSet<String>,
    particles: HashSet<String>,
    prefixes: Vec<String>,
    shared_first: HashSet<NameId>,
    /// The name that a spelling stands for.
    spellings: HashMap<String, NameId>,
    /// The names whose bearers are called so.
    nicknames: HashMap<String, Vec<NameId>>,
    /// The chief spelling of each name.
    chief: Vec<String>,
    shares: HashMap<NameId, f64>,
    other_share: f64,
}

fn set(text: &str) -> HashSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

impl Lists {
    /// Checks what is written and puts it in order.
    pub fn read(table: Table, mut shares: Shares) -> Result<Self, MatchingError> {
        let other = shares.remove("other").unwrap_or(100.0);
        let mut lists = Self {
            ignored: set(&table.ignored),
            particles: set(&table.particles),
            prefixes: table.prefixes.split_whitespace().map(str::to_owned).collect(),
            shared_first: HashSet::new(),
            spellings: HashMap::new(),
            nicknames: HashMap::new(),
            chief: Vec::new(),
            shares: HashMap::new(),
            other_share: other / 1e6,
        };
        for group in table.spellings.lines() {
            let mut group = group.split_whitespace();
            let Some(chief) = group.next() else { continue };
            let name = lists.add(chief)?;
            for spelling in group {
                lists.add_spelling(spelling, name)?;
            }
        }
        for plain in table.plain.split_whitespace() {
            lists.name(plain)?;
        }
        for line in table.nicknames.lines() {
            let mut line = line.split_whitespace();
            let Some(formal) = line.next() else { continue };
            let name = lists.name(formal)?;
            for short in line {
                lists.nicknames.entry(folded(short)?).or_default().push(name);
            }
        }
        for first in table.shared_first.split_whitespace() {
            let name = lists.name(first)?;
            lists.shared_first.insert(name);
        }
        for (bearer, share) in shares {
            let name = lists.name(&bearer)?;
            lists.shares.insert(name, share / 1e6);
        }
        Ok(lists)
    }

    /// A name that may be there already.
    fn name(&mut self, chief: &str) -> Result<NameId, MatchingError> {
        match self.spellings.get(chief) {
            Some(name) => Ok(*name),
            None => self.add(chief),
        }
    }

    fn add(&mut self, chief: &str) -> Result<NameId, MatchingError> {
        let name = self.chief.len() as NameId;
        self.add_spelling(chief, name)?;
        self.chief.push(chief.to_owned());
        Ok(name)
    }

    fn add_spelling(&mut self, spelling: &str, name: NameId) -> Result<(), MatchingError> {
        match self.spellings.insert(folded(spelling)?, name) {
            None => Ok(()),
            Some(_) => Err(MatchingError::InTwoGroups { name: spelling.to_owned() }),
        }
    }

    /// The names that a folded word may stand for; none where no list knows it.
    pub fn meanings(&self, word: &str) -> Vec<NameId> {
        let mut meanings = self.nicknames.get(word).cloned().unwrap_or_default();
        meanings.extend(self.spellings.get(word));
        meanings.sort_unstable();
        meanings.dedup();
        meanings
    }

    /// The share of people, 0 to 1, who bear one of these names, or any name that is in no
    /// list.
    pub fn share(&self, meanings: &[NameId]) -> f64 {
        let shares = meanings.iter().filter_map(|name| self.shares.get(name)).copied();
        shares.fold(self.other_share, f64::max)
    }

    /// The chief spelling of a name.
    pub fn chief(&self, name: NameId) -> &str {
        &self.chief[name as usize]
    }

    /// Whether a folded word is nobody's name.
    pub fn is_ignored(&self, word: &str) -> bool {
        self.ignored.contains(word)
    }

    /// Whether a folded word is left out where there are other names.
    pub fn is_particle(&self, word: &str) -> bool {
        self.particles.contains(word)
    }

    /// What a name is without a beginning that may be left out.
    pub fn without_prefix<'a>(&self, word: &'a str) -> Option<&'a str> {
        let stem = self.prefixes.iter().find_map(|prefix| word.strip_prefix(prefix.as_str()))?;
        (stem.len() >= 3).then_some(stem)
    }

    /// Whether whole families have it as their first name.
    pub fn is_shared_first(&self, meanings: &[NameId]) -> bool {
        meanings.iter().any(|name| self.shared_first.contains(name))
    }
}

fn folded(name: &str) -> Result<String, MatchingError> {
    let is_folded = name.bytes().all(|byte| byte.is_ascii_lowercase()) && words(name) == [name];
    if is_folded {
        Ok(name.to_owned())
    } else {
        Err(MatchingError::NotFolded { name: name.to_owned() })
    }
}
