//! How two names agree, part by part, whatever their order.

use strsim::{jaro_winkler, osa_distance};

use super::{
    evidence::{Names, Spelling},
    name::{Name, Part},
};

/// How much more often a stranger's name agrees with a variant, or is near, than is the
/// same.
const VARIANT_CHANCE: f64 = 1.5;
const NEAR_CHANCE: f64 = 8.0;
/// How often an initial stands for a stranger's name too.
const INITIAL_CHANCE: f64 = 0.1;
/// What every name after the rarest one counts: names go together in a community, so that
/// a second one that agrees is less of a surprise.
const TOGETHER: f64 = 0.75;

/// What two names say.
pub struct Found {
    /// What agrees.
    pub names: Names,
    /// How it is written; `None` where it says nothing of the person.
    pub spelling: Option<Spelling>,
    /// How rare it is that strangers agree so, in bits.
    pub rarity: f64,
}

/// Two parts that agree, by their places.
struct Pair {
    one: usize,
    other: usize,
    spelling: Spelling,
    rarity: f64,
}

/// How alike two parts are; `None` where they are different names.
fn spelling(one: &Part, other: &Part) -> Option<Spelling> {
    if one.text == other.text {
        return Some(Spelling::Same);
    }
    if one.is_initial() || other.is_initial() {
        return (one.text[..1] == other.text[..1]).then_some(Spelling::Near);
    }
    let with_and_without =
        |with: &Part, without: &Part| with.stem.as_ref().is_some_and(|stem| *stem == without.text);
    if one.meanings.iter().any(|name| other.meanings.contains(name))
        || with_and_without(one, other)
        || with_and_without(other, one)
    {
        return Some(Spelling::Variant);
    }
    // Two names that the lists know are two names, however alike.
    let both_known = !one.meanings.is_empty() && !other.meanings.is_empty();
    (!both_known && is_near(one, other)).then_some(Spelling::Near)
}

fn is_near(one: &Part, other: &Part) -> bool {
    let (short, long) = if one.text.len() <= other.text.len() {
        (&one.text, &other.text)
    } else {
        (&other.text, &one.text)
    };
    // Karim and Karima are brother and sister.
    if long.strip_suffix('a').is_some_and(|stem| stem == short) {
        return false;
    }
    let alike = jaro_winkler(short, long);
    let slips = osa_distance(short, long);
    let begins_alike = short.as_bytes()[0] == long.as_bytes()[0];
    let sounds_alike = match one.sound.len() {
        0 | 1 => false,
        2 => alike >= 0.8,
        _ => alike >= 0.7,
    };
    (one.sound == other.sound && sounds_alike)
        || (short.len() >= 3 && long.starts_with(short.as_str()))
        || (slips <= 1 && (short.len() >= 4 || short.len() == 3 && begins_alike))
        || (slips <= 2 && short.len() >= 8)
        || (alike >= 0.93 && short.len() >= 5)
}

/// How rare it is that a stranger's part agrees so with this one, in bits.
fn rarity(one: &Part, other: &Part, spelling: Spelling) -> f64 {
    let share = one.share.max(other.share);
    let chance = match spelling {
        Spelling::Same => share,
        Spelling::Variant => share * VARIANT_CHANCE,
        Spelling::Near if one.is_initial() || other.is_initial() => INITIAL_CHANCE,
        Spelling::Near => share * NEAR_CHANCE,
    };
    -chance.min(1.0).log2()
}

/// Pairs the parts of two names, the most alike first; each part once.
fn pairs(one: &Name, other: &Name) -> Vec<Pair> {
    let mut possible = Vec::new();
    for (at_one, part) in one.parts.iter().enumerate() {
        for (at_other, with) in other.parts.iter().enumerate() {
            if let Some(spelling) = spelling(part, with) {
                let rarity = rarity(part, with, spelling);
                possible.push(Pair { one: at_one, other: at_other, spelling, rarity });
            }
        }
    }
    possible.sort_by(|a, b| {
        let apart = |pair: &Pair| pair.one.abs_diff(pair.other);
        let order = |pair: &Pair| (pair.spelling, apart(pair), pair.one + pair.other);
        order(a).cmp(&order(b))
    });
    let mut pairs: Vec<Pair> = Vec::new();
    for pair in possible {
        if pairs.iter().all(|taken| taken.one != pair.one && taken.other != pair.other) {
            pairs.push(pair);
        }
    }
    pairs
}

/// Whether two adults of households are one, by their names (R8).
pub fn are_one_adult(one: &Name, other: &Name) -> bool {
    compare(one, other).is_some_and(|found| found.names.are_of_one_adult())
}

/// How rare it can be at most, in bits, that somebody's name agrees with this one, whatever the
/// other one is ([`compare_adults`]).
pub fn most_rarity(name: &Name) -> f64 {
    let most = |part: &Part| {
        let initial = -INITIAL_CHANCE.log2();
        TOGETHER * initial.max(-part.share.min(1.0).log2())
    };
    name.parts.iter().map(most).sum()
}

/// How rare the first names are in which two adults agree, in bits: what beyond the names
/// of the children says that they are one adult. `None` where they are two.
pub fn compare_adults(one: &Name, other: &Name, children: [&Name; 2]) -> Option<f64> {
    let found = compare(one, other)?;
    let is_of_child = |part: &Part| {
        let own = children.into_iter().flat_map(|child| &child.parts);
        own.into_iter().any(|own| spelling(own, part).is_some())
    };
    let beyond = pairs(one, other).into_iter().filter(|pair| !is_of_child(&one.parts[pair.one]));
    found.names.are_of_one_adult().then(|| beyond.map(|pair| pair.rarity * TOGETHER).sum())
}

/// Takes out of what is left two neighbouring parts that the other writes as one: Mary Ann
/// and Maryann. The place of the first of the two, and of the one.
fn joined(
    parted: (&Name, &mut Vec<usize>),
    whole: (&Name, &mut Vec<usize>),
) -> Option<(usize, usize)> {
    let (name, left) = parted;
    let (other, other_left) = whole;
    for at in 1..left.len() {
        let (first, second) = (left[at - 1], left[at]);
        let text = format!("{}{}", name.parts[first].text, name.parts[second].text);
        let found = other_left.iter().position(|place| {
            let with = &other.parts[*place].text;
            second == first + 1 && with.len() >= 5 && osa_distance(&text, with) <= 1
        });
        if let Some(found) = found {
            left.drain(at - 1..=at);
            return Some((first, other_left.remove(found)));
        }
    }
    None
}

/// Compares two names; `None` where one is not known.
pub fn compare(one: &Name, other: &Name) -> Option<Found> {
    if one.parts.is_empty() || other.parts.is_empty() {
        return None;
    }
    let mut pairs = pairs(one, other);
    let left = |name: &Name, taken: &dyn Fn(&Pair) -> usize| -> Vec<usize> {
        let is_left = |place: &usize| {
            !name.parts[*place].is_initial() && pairs.iter().all(|pair| taken(pair) != *place)
        };
        (0..name.parts.len()).filter(is_left).collect()
    };
    let mut left_one = left(one, &|pair| pair.one);
    let mut left_other = left(other, &|pair| pair.other);
    let rarity = |part: &Part| rarity(part, part, Spelling::Variant);
    while let Some((at, place)) = joined((one, &mut left_one), (other, &mut left_other)) {
        let rarity = rarity(&other.parts[place]);
        pairs.push(Pair { one: at, other: place, spelling: Spelling::Variant, rarity });
    }
    while let Some((at, place)) = joined((other, &mut left_other), (one, &mut left_one)) {
        let rarity = rarity(&one.parts[place]);
        pairs.push(Pair { one: place, other: at, spelling: Spelling::Variant, rarity });
    }
    let names = level(one, other, &pairs, (left_one.is_empty(), left_other.is_empty()));
    let of_the_person = !matches!(names, Names::None | Names::Family | Names::LastAlone);
    let worst = pairs.iter().map(|pair| pair.spelling).max();
    let rarities = pairs.iter().map(|pair| pair.rarity);
    let (rarest, all) = (rarities.clone().fold(0.0, f64::max), rarities.sum::<f64>());
    Some(Found {
        names,
        spelling: if of_the_person { worst } else { None },
        rarity: rarest + TOGETHER * (all - rarest),
    })
}

/// What pairs and what is left over of either name come to.
fn level(one: &Name, other: &Name, pairs: &[Pair], whole: (bool, bool)) -> Names {
    let Some(only) = pairs.first() else { return Names::None };
    if whole == (false, false) {
        let first = pairs.iter().any(|pair| {
            (pair.one, pair.other) == (0, 0)
                && !one.parts[0].is_shared_first
                && !other.parts[0].is_shared_first
        });
        return if first { Names::First } else { Names::Family };
    }
    if pairs.len() > 1 {
        return if whole == (true, true) { Names::All } else { Names::Contained };
    }
    // One part agrees, and it is all that one of the two has.
    let last = |name: &Name, place: usize| place > 0 && place + 1 == name.parts.len();
    if last(one, only.one) || last(other, only.other) {
        Names::LastAlone
    } else {
        Names::FirstAlone
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Matcher, *};

    fn found(one: &str, other: &str) -> Found {
        let lists = Matcher::embedded().unwrap().lists;
        compare(&Name::read(one, &lists), &Name::read(other, &lists)).unwrap()
    }

    #[test]
    fn r8_names_agree_whole_in_part_or_as_a_family() {
        for (one, other, names) in [
            ("Chidera Okafor", "Okafor Chidera", Names::All),
            ("Ama Mc Donald", "Ama McDonald", Names::All),
            ("Ama McDonald", "Mc Donald Ama", Names::All),
            ("Layla al-Hassan", "Layla Hassan", Names::All),
            ("Chidera Grace Okafor", "Chidera Okafor", Names::Contained),
            ("Chidera G. Okafor", "Chidera Grace Okafor", Names::All),
            ("Chidera Okafor", "Chidera Ogunleye", Names::First),
            ("Chidera", "Chidera Okafor", Names::FirstAlone),
            ("Okafor", "Chidera Okafor", Names::LastAlone),
            ("Chidera Okafor", "Kelechi Okafor", Names::Family),
            ("Nguyen Van An", "Nguyen Van Binh", Names::Family),
            ("Mohammed Yusuf Khan", "Mohammed Ibrahim Khan", Names::Family),
            ("Zorin Harper", "Zorina Harper", Names::Family),
            ("Chidera Okafor", "Piotr Nowak", Names::None),
        ] {
            assert_eq!(found(one, other).names, names, "{one}, {other}");
            assert_eq!(found(other, one).names, names, "{other}, {one}");
        }
    }

    #[test]
    fn r8_names_are_written_alike_as_a_variant_or_near() {
        for (other, spelling) in [
            ("Xanthippe Harper", Spelling::Same),
            ("Xanthipe Harper", Spelling::Near),
            ("X Harper", Spelling::Near),
        ] {
            assert_eq!(found("Xanthippe Harper", other).spelling, Some(spelling), "{other}");
        }
        assert_eq!(found("Zaynab Harper", "Zeinab Harper").spelling, Some(Spelling::Variant));
        // By sound alone.
        assert_eq!(found("Phelisa Harper", "Felisa Harper").spelling, Some(Spelling::Near));
        // That a family writes its name in one way says nothing of the child.
        assert_eq!(found("Ama Harper", "Kofi Harper").spelling, None);
    }

    #[test]
    fn r8_a_rare_name_says_more_than_a_common_one_and_a_slip_less() {
        let rarity = |one, other| found(one, other).rarity;
        let common = rarity("Mohammed Khan", "Mohammed Khan");
        let rare = rarity("Kosisochukwu Eze", "Kosisochukwu Eze");
        assert!(common + 3.0 < rare, "{common} {rare}");
        assert!(rarity("Kosisochukwu Eze", "Kosisochukvu Eze") + 2.0 < rare);
    }
}
