//! What goes wrong when a child is written down, and how often: the rates are assumptions,
//! on the high side of what linkage studies report.

use jiff::{ToSpan, civil::Date};

use super::{
    dice::Dice,
    household::{Child, Family, Home},
    peoples::{Custom, Peoples},
};

/// One thing that went wrong, or was written in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// Another spelling or transliteration.
    Variant,
    /// A short form.
    Short,
    /// A letter wrong, missing, doubled or swapped.
    Typing,
    /// The names in another order.
    Order,
    /// A name left out.
    PartLeftOut,
    /// Accents left out.
    Accents,
    /// A hyphen between two names, or two names as one.
    Joined,
    /// The first name alone.
    FirstAlone,
    /// The family name alone.
    LastAlone,
    /// Another family name: the other parent's, a step-parent's.
    OtherFamilyName,
    /// No birth date.
    NoBirthDate,
    /// Day and month in each other's place.
    DayAndMonth,
    /// A wrong day, month or year.
    BirthDate,
    /// Another address.
    Moved,
    /// No address.
    NoAddress,
    /// A letter of the postcode wrong.
    Postcode,
    /// The NHS number of a brother or sister.
    NumberOfSibling,
}

impl Slip {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Variant,
        Self::Short,
        Self::Typing,
        Self::Order,
        Self::PartLeftOut,
        Self::Accents,
        Self::Joined,
        Self::FirstAlone,
        Self::LastAlone,
        Self::OtherFamilyName,
        Self::NoBirthDate,
        Self::DayAndMonth,
        Self::BirthDate,
        Self::Moved,
        Self::NoAddress,
        Self::Postcode,
        Self::NumberOfSibling,
    ];
}

/// The child's name as somebody writes it.
pub fn name(
    peoples: &Peoples,
    family: &Family,
    child: &Child,
    rate: f64,
    dice: &mut Dice,
    slips: &mut Vec<Slip>,
) -> String {
    let mut happens = |slip: Slip, chance: f64, dice: &mut Dice| {
        let happens = dice.falls(chance * rate);
        if happens {
            slips.push(slip);
        }
        happens
    };
    let (mut first, mut last) = (child.first.clone(), child.last.clone());
    if first.len() > 1 && happens(Slip::PartLeftOut, 0.5, dice) {
        first.remove(if first[0] == "Mohammed" { 0 } else { 1 });
    }
    if last.len() > 1 && happens(Slip::PartLeftOut, 0.3, dice) {
        last.remove(dice.below(2));
    }
    if happens(Slip::OtherFamilyName, 0.02, dice) {
        last = vec![peoples.people(dice).family_name(dice)];
    }
    let own = usize::from(first[0] == "Mohammed" && first.len() > 1);
    match peoples.short(&first[own], dice) {
        Some(short) if happens(Slip::Short, 0.15, dice) => first[own] = short,
        Some(_) | None => {}
    }
    for part in first.iter_mut().chain(&mut last) {
        match peoples.variant(part, dice) {
            Some(variant) if happens(Slip::Variant, 0.15, dice) => *part = variant,
            Some(_) | None => {}
        }
    }
    if happens(Slip::Typing, 0.08, dice) {
        let part = dice.below(first.len() + last.len());
        let part = first.iter_mut().chain(&mut last).nth(part);
        if let Some(part) = part {
            *part = typing(part, dice);
        }
    }
    if happens(Slip::FirstAlone, 0.02, dice) {
        last.clear();
    } else if happens(Slip::LastAlone, 0.007, dice) {
        first.clear();
    }
    let swapped = if family.custom == Custom::FamilyFirst { 0.25 } else { 0.04 };
    let family_first =
        happens(Slip::Order, swapped, dice) != (family.custom == Custom::FamilyFirst);
    let between = if last.len() > 1 && happens(Slip::Joined, 0.4, dice) { "-" } else { " " };
    let (first, last) = (first.join(" "), last.join(between));
    let whole = if family_first { format!("{last} {first}") } else { format!("{first} {last}") };
    let has_accents = !whole.is_ascii()
        && whole
            .chars()
            .all(|letter| letter < '\u{370}' || ('\u{1e00}'..'\u{1f00}').contains(&letter));
    if has_accents && happens(Slip::Accents, 0.5, dice) {
        return any_ascii::any_ascii(&whole).trim().to_owned();
    }
    whole.trim().to_owned()
}

/// One letter wrong, missing, doubled, or two swapped, not at the beginning nine times of
/// ten.
fn typing(word: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let start = usize::from(!dice.falls(0.1));
    let at = start + dice.below(letters.len() - 1 - start);
    match dice.below(4) {
        0 => letters[at] = *dice.pick(&['a', 'e', 'i', 'o', 's', 't', 'n', 'r', 'l', 'h']),
        1 => {
            letters.remove(at);
        }
        2 => letters.insert(at, letters[at]),
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

/// The birth date as somebody writes it.
pub fn birth_date(born: Date, rate: f64, dice: &mut Dice, slips: &mut Vec<Slip>) -> Option<Date> {
    if dice.falls(0.08 * rate) {
        slips.push(Slip::NoBirthDate);
        return None;
    }
    if dice.falls(0.03 * rate)
        && let Ok(swapped) = Date::new(born.year(), born.day(), born.month())
        && swapped != born
    {
        slips.push(Slip::DayAndMonth);
        return Some(swapped);
    }
    if dice.falls(0.04 * rate) {
        slips.push(Slip::BirthDate);
        let wrong = match dice.below(8) {
            // Another child's, or a guess.
            0 => born.saturating_add((dice.below(1_000) as i64 - 500).days()),
            1 | 2 => born.saturating_add(1.days()),
            3 | 4 => born.with().day(1 + dice.below(28) as i8).build().unwrap_or(born),
            5 | 6 => born.with().month(1 + dice.below(12) as i8).build().unwrap_or(born),
            _ => born.with().year(born.year() - 1).build().unwrap_or(born),
        };
        return Some(wrong);
    }
    Some(born)
}

/// The address on one line, and its postcode.
pub fn address(home: &Home, rate: f64, dice: &mut Dice, slips: &mut Vec<Slip>) -> (String, String) {
    if dice.falls(0.10 * rate) {
        slips.push(Slip::NoAddress);
        return (String::new(), String::new());
    }
    let flat = match home.flat {
        Some(flat) if !dice.falls(0.2 * rate) => match dice.below(3) {
            0 => format!("Flat {flat}, "),
            1 => format!("Flat {flat} "),
            _ => format!("{flat}/"),
        },
        Some(_) | None => String::new(),
    };
    let mut postcode = home.postcode.clone();
    if dice.falls(0.03 * rate) {
        slips.push(Slip::Postcode);
        postcode.pop();
        postcode.push(char::from(b'A' + dice.below(26) as u8));
    }
    if dice.falls(0.2) {
        postcode = postcode.replace(' ', "").to_lowercase();
    }
    (format!("{flat}{} {}, London {postcode}", home.number, home.street), postcode)
}

/// The school as somebody writes it.
pub fn school(school: &str, peoples: &Peoples, rate: f64, dice: &mut Dice) -> String {
    if dice.falls(0.3 * rate) {
        return String::new();
    }
    if dice.falls(0.12 * rate) {
        return dice.pick(&peoples.schools).clone();
    }
    let short = school.rsplit_once(' ').map_or(school, |(short, _)| short);
    if dice.falls(0.4) { short.to_owned() } else { school.to_owned() }
}

/// The sex as somebody writes it.
pub fn sex(sex: char, rate: f64, dice: &mut Dice) -> String {
    if dice.falls(0.05 * rate) {
        return "U".to_owned();
    }
    let wrong = dice.falls(0.005 * rate);
    (if wrong == (sex == 'F') { "M" } else { "F" }).to_owned()
}
