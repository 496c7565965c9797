//! The judgement of a pair: how sure, and why (R8).

use super::{
    Matcher, birth,
    evidence::{Agreement, Bits, Names, Number, What},
    likeness,
    name::Name,
    person::Person,
};

/// How sure it is that two are one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// Nothing to show.
    None,
    /// Shown to a person, who decides.
    Possible,
    /// Shown to a person first, who decides.
    Likely,
    /// Linked: a national number is the same, and nothing contradicts it.
    Certain,
}

/// One reason for a judgement or against it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// What was found.
    pub what: What,
    /// Bits for one person; below 0 against.
    pub bits: f64,
}

/// How sure it is that two are one person, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// How sure.
    pub band: Band,
    /// Bits for one person, what speaks against beforehand counted in; at 0 the odds are
    /// even.
    pub bits: f64,
    /// Why, in the order in which it was compared.
    pub reasons: Vec<Reason>,
}

/// What was found of a pair.
#[derive(Default)]
struct Findings {
    all: Vec<(What, Bits)>,
}

impl Matcher {
    /// Compares two people. The order makes no difference.
    pub fn compare(&self, one: &Person, other: &Person) -> Score {
        let findings = self.findings(one, other);
        let total =
            |side: fn(&Bits) -> f64| findings.all.iter().map(|(_, bits)| side(bits)).sum::<f64>();
        let stranger = total(|bits| bits.stranger) - self.prior.stranger;
        let relative = total(|bits| bits.relative) - self.prior.relative;
        let side: fn(&Bits) -> f64 =
            if stranger < relative { |bits| bits.stranger } else { |bits| bits.relative };
        let bits = stranger.min(relative);
        let reasons =
            findings.all.iter().map(|(what, bits)| Reason { what: *what, bits: side(bits) });
        Score { band: self.band(&findings, bits), bits, reasons: reasons.collect() }
    }

    fn findings(&self, one: &Person, other: &Person) -> Findings {
        let mut findings = Findings::default();
        let mut add = |what: Option<What>| {
            findings.all.extend(what.map(|what| (what, self.evidence.bits(what))));
        };
        let number = |one: &Option<String>, other: &Option<String>| {
            both(one, other)
                .map(|(one, other)| if one == other { Number::Same } else { Number::Different })
        };
        add(number(&one.nhs_number, &other.nhs_number).map(What::NhsNumber));
        add(number(&one.upn, &other.upn).map(What::Upn));
        add(both(&one.birth_date, &other.birth_date)
            .map(|(one, other)| What::BirthDate(birth::compare(*one, *other))));
        add(both(&one.sex, &other.sex).map(|(one, other)| What::Sex(agreement(one == other))));
        add(both(&one.address, &other.address).map(|(one, other)| What::Home(one.compare(other))));
        add(both(&one.school, &other.school).map(|(one, other)| What::School(one.compare(other))));
        if let Some(found) = likeness::compare(&one.name, &other.name) {
            let mut bits = self.evidence.bits(What::Names(found.names));
            bits.stranger += found.rarity;
            findings.all.push((What::Names(found.names), bits));
            let spelling = found.spelling.map(What::Spelling);
            findings.all.extend(spelling.map(|what| (what, self.evidence.bits(what))));
        }
        if let Some((household, rarity)) = household(one, other) {
            let mut bits = self.evidence.bits(What::Household(household));
            bits.stranger += rarity;
            findings.all.push((What::Household(household), bits));
        }
        findings
    }

    fn band(&self, findings: &Findings, bits: f64) -> Band {
        if findings.number_is_the_same() {
            if findings.contradict_the_number() { Band::Likely } else { Band::Certain }
        } else if bits >= self.bands.likely {
            Band::Likely
        } else if bits >= self.bands.possible {
            Band::Possible
        } else {
            Band::None
        }
    }
}

impl Findings {
    fn has(&self, what: What) -> bool {
        self.all.iter().any(|(found, _)| *found == what)
    }

    fn number_is_the_same(&self) -> bool {
        self.has(What::NhsNumber(Number::Same)) || self.has(What::Upn(Number::Same))
    }

    /// R8: what makes a national number that is the same uncertain. Numbers are mistyped
    /// rarely, but written down for the wrong child of a family: other first names are
    /// enough, whatever the birth date, or twins would be linked. With another birth date
    /// the whole name must agree.
    fn contradict_the_number(&self) -> bool {
        let other_name =
            [Names::Family, Names::None].into_iter().any(|names| self.has(What::Names(names)));
        let whole_name =
            self.has(What::Names(Names::All)) || self.has(What::Names(Names::Contained));
        let other_date = self.has(What::BirthDate(birth::BirthDate::Different));
        let other_number =
            self.has(What::NhsNumber(Number::Different)) || self.has(What::Upn(Number::Different));
        other_name || other_number || (other_date && !whole_name)
    }
}

fn both<'a, T>(one: &'a Option<T>, other: &'a Option<T>) -> Option<(&'a T, &'a T)> {
    one.as_ref().zip(other.as_ref())
}

fn agreement(same: bool) -> Agreement {
    if same { Agreement::Same } else { Agreement::Different }
}

/// Whether two households share an adult, and how rare the rarest of them is among strangers, in
/// bits; `None` where nobody is known of one. Those who can be the rarest are compared first, and
/// whoever cannot be any more is not compared: two lists of the same adults are compared once.
fn household(one: &Person, other: &Person) -> Option<(Agreement, f64)> {
    if one.household.is_empty() || other.household.is_empty() {
        return None;
    }
    let with_most = |name| (name, likeness::most_rarity(name));
    let others: Vec<(&Name, f64)> = other.household.iter().map(with_most).collect();
    let pairs = one.household.iter().map(with_most).flat_map(|(adult, most)| {
        others.iter().map(move |(with, of_other)| (most.min(*of_other), adult, *with))
    });
    let mut pairs: Vec<(f64, &Name, &Name)> = pairs.collect();
    pairs.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
    let mut rarest = None;
    for (most, adult, with) in pairs {
        if rarest.is_some_and(|rarest| most <= rarest) {
            break;
        }
        let found = likeness::compare_adults(adult, with, [&one.name, &other.name]);
        rarest = rarest.into_iter().chain(found).reduce(f64::max);
    }
    match rarest {
        Some(rarity) => Some((Agreement::Same, rarity)),
        None => Some((Agreement::Different, 0.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Written, *};

    #[test]
    fn r8_who_is_passed_over_could_not_be_the_rarest_adult_of_two_households() {
        let matcher = Matcher::embedded().unwrap();
        let all = [
            "Ngozi Okafor",
            "N Okafor",
            "Emeka Okafor",
            "Mohammed Khan",
            "Muhammad Khan",
            "Fatima Khan",
            "Kosisochukwu Eze",
            "Kosisochukvu Eze",
            "Mary Ann Smith",
            "Maryann Smith",
            "Chidera Grace Okafor",
            "John Smith",
        ];
        let person = |name, household: &[&str]| {
            matcher.person(&Written { name, household, ..Written::default() })
        };
        for from in 0..all.len() {
            for to in from + 1..=all.len() {
                let one = person("Chidera Okafor", &all[from..to]);
                let other = person("Zofia Khan", &all[to / 2..]);
                let children = [&one.name, &other.name];
                let pairs = one
                    .household
                    .iter()
                    .flat_map(|adult| other.household.iter().map(move |with| (adult, with)));
                let each = pairs
                    .filter_map(|(adult, with)| likeness::compare_adults(adult, with, children));
                let rarest = each.reduce(f64::max);
                let found = household(&one, &other).filter(|(how, _)| *how == Agreement::Same);
                assert_eq!(found.map(|(_, rarity)| rarity), rarest, "{from} {to}");
            }
        }
    }
}
