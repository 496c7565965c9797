//! Families as they are.

use jiff::{ToSpan, civil::Date};

use super::{
    dice::Dice,
    peoples::{Custom, People, Peoples},
};

/// The first and the last year in which children of the families were born.
const YEARS: (i16, i16) = (2008, 2026);
/// No family has so many: a child is numbered by its family and its place there.
pub const MOST_CHILDREN: u64 = 16;
/// Of all births, those after which a twin comes.
const TWINS: f64 = 0.016;

/// A child as it is.
#[derive(Clone, Debug)]
pub struct Child {
    /// No two have the same.
    pub id: u64,
    /// First names: the one that is used, and others.
    pub first: Vec<String>,
    /// Names after them.
    pub last: Vec<String>,
    /// `M` or `F`.
    pub sex: char,
    /// The day of birth.
    pub born: Date,
    /// Ten digits, the last of which checks the others.
    pub nhs_number: String,
    /// The school, in full.
    pub school: String,
}

/// Where a family lives.
#[derive(Clone, Debug)]
pub struct Home {
    /// `Flat 3`, where it is one.
    pub flat: Option<usize>,
    /// Number of the house.
    pub number: usize,
    /// The street.
    pub street: String,
    /// The postcode, with its space.
    pub postcode: String,
}

/// A family as it is.
#[derive(Clone, Debug)]
pub struct Family {
    /// How its names are put together.
    pub custom: Custom,
    /// Its children, the eldest first.
    pub children: Vec<Child>,
    /// Names of the parents.
    pub adults: Vec<String>,
    /// Its home.
    pub home: Home,
}

impl Home {
    /// One of the borough's homes.
    pub fn any(peoples: &Peoples, dice: &mut Dice) -> Self {
        let place = dice.below(peoples.streets.len());
        let number = 1 + dice.below(180);
        let flat = dice.falls(0.55).then(|| 1 + dice.below(24));
        let district = ["E5", "E8", "E9", "N16", "N1", "E2", "N4"][place % 7];
        let unit = place * 12 + number / 15;
        let letter = |value: usize| char::from(b"ABDEFGHJLNPQRSTUWXYZ"[value % 20]);
        let postcode =
            format!("{district} {}{}{}", unit / 400 % 10, letter(unit / 20), letter(unit));
        Self { flat, number, street: peoples.streets[place].clone(), postcode }
    }
}

/// An NHS number that passes its check.
pub fn nhs_number(dice: &mut Dice) -> String {
    loop {
        let digits: Vec<u32> = std::iter::once(4 + dice.below(4) as u32)
            .chain((0..8).map(|_| dice.below(10) as u32))
            .collect();
        let sum: u32 =
            digits.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
        let check = (11 - sum % 11) % 11;
        if check < 10 {
            return digits.iter().chain([&check]).map(u32::to_string).collect();
        }
    }
}

impl Family {
    /// The family of a child.
    pub fn of(peoples: &Peoples, seed: u64, child: u64) -> Self {
        Self::new(peoples, seed, child / MOST_CHILDREN)
    }

    /// The family of a number.
    pub fn new(peoples: &Peoples, seed: u64, number: u64) -> Self {
        let mut dice = Dice::new(seed, number);
        let dice = &mut dice;
        let people = peoples.people(dice);
        let adults = adults(people, dice);
        let family = people.family_name(dice);
        let mothers = people.family_name(dice);
        // Most have one to three; some customs and faiths many more.
        let most = if dice.falls(0.12) { 8 } else { 3 };
        let mut children: Vec<Child> = Vec::new();
        for place in 0..=dice.below(most) as u64 {
            let (born, school) = match children.last() {
                Some(twin) if dice.falls(TWINS) => (twin.born, twin.school.clone()),
                _ => (day(dice), school(peoples, &children, dice)),
            };
            let sex = if dice.falls(0.5) { 'F' } else { 'M' };
            let mut first = vec![own_name(people, sex, &children, dice)];
            let last = last_names(people, sex, [&family, &mothers], &mut first, dice);
            let id = number * MOST_CHILDREN + place;
            let nhs_number = nhs_number(dice);
            children.push(Child { id, first, last, sex, born, nhs_number, school });
        }
        let custom = people.custom;
        let adults = adults.map(|first| format!("{first} {family}"));
        let adults = adults.into_iter().take(if dice.falls(0.7) { 2 } else { 1 });
        Self { custom, children, adults: adults.collect(), home: Home::any(peoples, dice) }
    }
}

fn adults(people: &People, dice: &mut Dice) -> [String; 2] {
    ['F', 'M'].map(|sex| people.first_name(sex, dice))
}

/// A day on which somebody was born; in some countries of birth nobody writes it down, and
/// 1 January is given.
fn day(dice: &mut Dice) -> Date {
    let year = YEARS.0 + dice.below((YEARS.1 - YEARS.0) as usize) as i16;
    let new_year = Date::constant(year, 1, 1);
    if dice.falls(0.01) {
        return new_year;
    }
    new_year.saturating_add((dice.below(365) as i64).days())
}

/// The school of an elder child, or another.
fn school(peoples: &Peoples, elder: &[Child], dice: &mut Dice) -> String {
    match elder.last() {
        Some(elder) if dice.falls(0.6) => elder.school.clone(),
        _ => format!(
            "{} {}",
            dice.pick(&peoples.schools),
            dice.pick(&["Primary School", "School", "Academy", "Nursery"])
        ),
    }
}

/// A name that no brother or sister has.
fn own_name(people: &People, sex: char, elder: &[Child], dice: &mut Dice) -> String {
    loop {
        let name = people.first_name(sex, dice);
        if elder.iter().all(|child| !child.first.contains(&name)) {
            return name;
        }
    }
}

/// The names after the first ones; some customs add first names too.
fn last_names(
    people: &People,
    sex: char,
    [family, mothers]: [&String; 2],
    first: &mut Vec<String>,
    dice: &mut Dice,
) -> Vec<String> {
    match people.custom {
        Custom::Western => {
            if dice.falls(0.35) {
                first.push(people.first_name(sex, dice));
            }
            if dice.falls(0.06) {
                return vec![mothers.clone(), family.clone()];
            }
        }
        Custom::Honorific => {
            if sex == 'M' && dice.falls(0.4) {
                first.insert(0, "Mohammed".to_owned());
            }
            if sex == 'F' && dice.falls(0.5) {
                return vec![(*dice.pick(&["Begum", "Khatun", "Akhtar", "Sultana"])).to_owned()];
            }
        }
        // The father is one of the boys of his time: every child of his has his name.
        Custom::Patronymic => return vec![mothers.clone(), family.clone()],
        Custom::Iberian => {
            if dice.falls(0.4) {
                first.push(people.first_name(sex, dice));
            }
            if dice.falls(0.6) {
                return vec![mothers.clone(), family.clone()];
            }
        }
        Custom::FamilyFirst => {
            if dice.falls(0.3) {
                first.push(people.first_name(sex, dice));
            }
        }
    }
    vec![family.clone()]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_number_makes_the_same_family_again() {
        let peoples = Peoples::embedded().unwrap();
        let family = |seed, number| format!("{:?}", Family::new(&peoples, seed, number));
        assert_eq!(family(1, 7), family(1, 7));
        assert_ne!(family(1, 7), family(2, 7));
    }

    #[test]
    fn brothers_and_sisters_have_names_of_their_own_and_twins_are_born() {
        let peoples = Peoples::embedded().unwrap();
        let mut twins = 0;
        for family in (0..2_000).map(|number| Family::new(&peoples, 1, number)) {
            let own = |child: &Child| child.first.last().cloned();
            let first: HashSet<_> = family.children.iter().map(|child| &child.first).collect();
            assert_eq!(first.len(), family.children.len(), "{family:?}");
            assert!(family.children.iter().all(|child| own(child).is_some()));
            let born: HashSet<_> = family.children.iter().map(|child| child.born).collect();
            twins += family.children.len() - born.len();
        }
        assert!((5..100).contains(&twins), "{twins}");
    }

    #[test]
    fn nhs_numbers_pass_their_check() {
        let dice = &mut Dice::new(1, 1);
        for _ in 0..1_000 {
            let number: Vec<u32> =
                nhs_number(dice).chars().filter_map(|digit| digit.to_digit(10)).collect();
            let sum: u32 =
                number.iter().zip((1..=10).rev()).map(|(digit, weight)| digit * weight).sum();
            assert_eq!((number.len(), sum % 11), (10, 0));
        }
    }
}
