//! The names of London's communities, from `peoples.toml`.

use std::collections::HashMap;

use serde::Deserialize;

use super::dice::Dice;

const FILE: &str = include_str!("peoples.toml");

/// How names are put together.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Custom {
    /// First names, then the family's, sometimes two with a hyphen.
    Western,
    /// Many boys are called Mohammed before their own name; girls often have a second name
    /// of their own instead of the family's.
    Honorific,
    /// The own name, the father's, the grandfather's.
    Patronymic,
    /// First names, the mother's family name, the father's.
    Iberian,
    /// The family's name first.
    FamilyFirst,
}

#[derive(Deserialize)]
struct PeopleTable {
    share: u32,
    custom: Custom,
    girls: String,
    boys: String,
    families: String,
    stems: String,
    ends: String,
}

#[derive(Deserialize)]
struct WritingTable {
    variants: String,
    short: String,
    streets: String,
    street_kinds: String,
    schools: String,
}

#[derive(Deserialize)]
struct Document {
    people: Vec<PeopleTable>,
    writing: WritingTable,
}

/// The names of one community.
#[derive(Debug)]
pub struct People {
    /// Of a hundred or so.
    pub share: u32,
    /// How names are put together.
    pub custom: Custom,
    /// First names of girls, the commonest first.
    pub girls: Vec<String>,
    /// First names of boys.
    pub boys: Vec<String>,
    families: Vec<String>,
    stems: Vec<String>,
    ends: Vec<String>,
}

impl People {
    /// A family name: one of the common ones, or one of the long tail.
    pub fn family_name(&self, dice: &mut Dice) -> String {
        if dice.falls(0.6) {
            dice.pick_common(&self.families).clone()
        } else {
            format!("{}{}", dice.pick(&self.stems), dice.pick(&self.ends))
        }
    }

    /// A first name for `M` or `F`.
    pub fn first_name(&self, sex: char, dice: &mut Dice) -> String {
        dice.pick_common(if sex == 'F' { &self.girls } else { &self.boys }).clone()
    }
}

/// All communities, and how others write their names.
#[derive(Debug)]
pub struct Peoples {
    all: Vec<People>,
    variants: HashMap<String, Vec<String>>,
    short: HashMap<String, Vec<String>>,
    /// Streets with their kind.
    pub streets: Vec<String>,
    /// Schools, without what they are.
    pub schools: Vec<String>,
}

fn list(text: &str) -> Vec<String> {
    text.split_whitespace().map(|name| name.replace('+', " ")).collect()
}

impl Peoples {
    /// Those of `peoples.toml`.
    ///
    /// # Errors
    /// Where the file is not what it should be.
    pub fn embedded() -> anyhow::Result<Self> {
        let document: Document = toml::from_str(FILE)?;
        let all = document.people.into_iter().map(|people| People {
            share: people.share,
            custom: people.custom,
            girls: list(&people.girls),
            boys: list(&people.boys),
            families: list(&people.families),
            stems: list(&people.stems),
            ends: list(&people.ends),
        });
        let mut variants: HashMap<String, Vec<String>> = HashMap::new();
        for group in document.writing.variants.lines().map(list) {
            for name in &group {
                let others = group.iter().filter(|other| *other != name).cloned();
                variants.entry(name.clone()).or_default().extend(others);
            }
        }
        let mut short: HashMap<String, Vec<String>> = HashMap::new();
        for line in document.writing.short.lines().map(list) {
            if let Some((name, forms)) = line.split_first() {
                short.entry(name.clone()).or_default().extend_from_slice(forms);
            }
        }
        let kinds = list(&document.writing.street_kinds);
        let streets = list(&document.writing.streets);
        let streets = streets
            .iter()
            .flat_map(|street| kinds.iter().map(move |kind| format!("{street} {kind}")));
        Ok(Self {
            all: all.collect(),
            variants,
            short,
            streets: streets.collect(),
            schools: list(&document.writing.schools),
        })
    }

    /// A community, each as often as its share.
    pub fn people(&self, dice: &mut Dice) -> &People {
        let all: u32 = self.all.iter().map(|people| people.share).sum();
        let mut place = dice.below(all as usize) as u32;
        for people in &self.all {
            if place < people.share {
                return people;
            }
            place -= people.share;
        }
        &self.all[0]
    }

    /// Another spelling of a name, where there is one.
    pub fn variant(&self, name: &str, dice: &mut Dice) -> Option<String> {
        self.variants.get(name).map(|others| dice.pick(others).clone())
    }

    /// What the bearer of a name is called, where there is something.
    pub fn short(&self, name: &str, dice: &mut Dice) -> Option<String> {
        self.short.get(name).map(|forms| dice.pick(forms).clone())
    }
}
