//! Who of the adults named on a contact may live with a child, and which households share an
//! adult (R8).

use std::collections::{BTreeMap, BTreeSet};

use super::{Matcher, evidence::Home, likeness, name::Name, person::Person, place::Address};

/// So many adults of a household count, at most. More are no household but a list, as of a
/// class or a hostel, and nobody knows who of them lives with whom: then those count for whom
/// most speaks. Without a bound two children of two such lists would be compared by each name
/// with each, and two hundred children with each other: the matching would never end.
pub const MOST_ADULTS: usize = 10;

/// Names of adults are compared one by one, at most so many with so many (multiplied): all of a
/// neighbourhood with those of a family, in a fraction of a second. Where there are more, those
/// are one that are written alike.
const MOST_COMPARED: usize = 20_000;

/// Somebody on a contact, as far as it matters for who lives with whom. Personal: it has no
/// `Debug`.
pub struct Dweller {
    name: Name,
    address: Option<Address>,
}

impl Matcher {
    /// Somebody by name and address as they were written.
    pub fn dweller(&self, name: &str, address: &str) -> Dweller {
        let address = Address::read(address, &self.words);
        Dweller { name: Name::read(name, &self.lists), address }
    }
}

impl Dweller {
    /// The places of those of the adults of a contact who count as the household of this child,
    /// in their order (R8). Whoever is told to live elsewhere is not: a teacher, a father who
    /// has moved out. Where it is not known where one of the two lives it counts, since a
    /// household that is missed hides the children who live in it. Of more than
    /// [`MOST_ADULTS`] those at the child's own home come first, then those who bear a name
    /// of the child.
    pub fn household(&self, adults: &[Self]) -> Vec<usize> {
        let mut living: Vec<(bool, bool, usize)> = adults
            .iter()
            .enumerate()
            .filter_map(|(place, adult)| {
                let is_known = self.lives_with(adult)?;
                Some((!is_known, !self.shares_a_name(adult), place))
            })
            .collect();
        living.sort_unstable();
        living.truncate(MOST_ADULTS);
        let mut places: Vec<usize> = living.into_iter().map(|(.., place)| place).collect();
        places.sort_unstable();
        places
    }

    /// Whether it is known that an adult lives with this child; `None` where it is known that
    /// they do not.
    fn lives_with(&self, adult: &Self) -> Option<bool> {
        let homes = self.address.as_ref().zip(adult.address.as_ref());
        let found = homes.map(|(home, other)| (home.compare(other), home, other));
        match found {
            Some((Home::Same | Home::Postcode, ..)) => Some(true),
            Some((Home::Different, home, other)) if home.is_exact() && other.is_exact() => None,
            Some((Home::Different, ..)) | None => Some(false),
        }
    }

    fn shares_a_name(&self, other: &Self) -> bool {
        let of_other = |text: &String| other.name.parts.iter().any(|part| part.text == *text);
        self.name.parts.iter().any(|part| of_other(&part.text))
    }
}

/// Who of some people shares an adult of the household with whom of others (R8).
pub struct Sharing {
    /// Of each of the people, the numbers of their adults.
    own: Vec<BTreeSet<usize>>,
    /// Of each of the others, the numbers of those among these adults who are theirs too.
    others: Vec<BTreeSet<usize>>,
    /// Every name was compared with every other; else only what is written alike was found.
    pub is_thorough: bool,
}

impl Sharing {
    /// Finds it. An adult is compared once, however many households they are told to be of.
    pub fn find(own: &[Person], others: &[Person]) -> Self {
        let (ours, theirs) = (Adults::of(own), Adults::of(others));
        let is_thorough = ours.names.len().saturating_mul(theirs.names.len()) <= MOST_COMPARED;
        let ours_too = |(folded, name): (&String, &&Name)| -> BTreeSet<usize> {
            if is_thorough {
                let are_one = |our: &&Name| likeness::are_one_adult(our, name);
                let ours = ours.names.values().enumerate();
                ours.filter(|(_, our)| are_one(our)).map(|(number, _)| number).collect()
            } else {
                ours.number(folded).into_iter().collect()
            }
        };
        let ours_too: Vec<BTreeSet<usize>> = theirs.names.iter().map(ours_too).collect();
        let others = theirs.numbers().into_iter();
        let others = others.map(|of| of.iter().flat_map(|at| &ours_too[*at]).copied().collect());
        Self { own: ours.numbers(), others: others.collect(), is_thorough }
    }

    /// Whether two share an adult, by their places.
    pub fn is_shared(&self, own: usize, other: usize) -> bool {
        !self.own[own].is_disjoint(&self.others[other])
    }
}

/// The adults of many households.
struct Adults<'a> {
    /// Each once, under the name as it is looked for.
    names: BTreeMap<String, &'a Name>,
    /// The names of each household.
    of: Vec<Vec<String>>,
}

impl<'a> Adults<'a> {
    fn of(people: &'a [Person]) -> Self {
        let of: Vec<Vec<String>> = people.iter().map(Person::household_folded).collect();
        let names = people
            .iter()
            .zip(&of)
            .flat_map(|(person, folded)| folded.iter().cloned().zip(&person.household));
        Self { names: names.collect(), of }
    }

    /// The number of an adult: their place among all.
    fn number(&self, folded: &str) -> Option<usize> {
        self.names.keys().position(|name| name == folded)
    }

    /// The numbers of the adults of each household.
    fn numbers(&self) -> Vec<BTreeSet<usize>> {
        let numbers: BTreeMap<&String, usize> =
            self.names.keys().enumerate().map(|(number, name)| (name, number)).collect();
        let of = self.of.iter();
        of.map(|names| names.iter().filter_map(|name| numbers.get(name).copied()).collect())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Written, *};

    const HOME: &str = "Flat 3, 12 Example Road, London E8 3AB";

    fn household(child: &str, home: &str, adults: &[(&str, &str)]) -> Vec<usize> {
        let matcher = Matcher::embedded().unwrap();
        let adults: Vec<Dweller> =
            adults.iter().map(|(name, address)| matcher.dweller(name, address)).collect();
        matcher.dweller(child, home).household(&adults)
    }

    #[test]
    fn r8_who_is_told_to_live_elsewhere_is_not_of_the_household() {
        let adults = [
            ("Ngozi Okafor", ""),
            ("Emeka Okafor", "9 Other Lane, London N16 5XY"),
            ("Grace Obi", "12 Example Rd E83AB"),
            ("Ada Obi", "40 Example Road E8 3AB"),
            ("Helen Head", "Clapton Park Primary, 1 School Lane E5 0XX"),
            ("Kelechi Okafor", "no fixed abode"),
            ("Chike Okafor", "as above"),
        ];
        assert_eq!(household("Chidera Okafor", HOME, &adults), [0, 2, 3, 5, 6]);
        // Nobody knows where the child lives.
        for home in ["", "not known", "Hackney"] {
            assert_eq!(household("Chidera Okafor", home, &adults), [0, 1, 2, 3, 4, 5, 6], "{home}");
        }
        let slip = [("Ngozi Okafor", "12 Example Road, London E8 3AD")];
        assert_eq!(household("Chidera Okafor", HOME, &slip), [0]);
    }

    #[test]
    fn r8_of_a_list_of_adults_those_count_for_whom_most_speaks() {
        let names: Vec<String> = (0..200).map(|number| format!("Adult{number} Other")).collect();
        let mut adults: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        assert_eq!(household("Chidera Okafor", HOME, &adults[..10]).len(), 10);
        adults[150] = ("Ngozi Okafor", "");
        adults[170] = ("Grace Obi", HOME);
        let found = household("Chidera Okafor", HOME, &adults);
        assert_eq!(found, [0, 1, 2, 3, 4, 5, 6, 7, 150, 170]);
    }

    #[test]
    fn r8_who_shares_an_adult_is_found_by_every_name_or_in_a_crowd_as_it_is_written() {
        let matcher = Matcher::embedded().unwrap();
        let person =
            |adult: &str| matcher.person(&Written { household: &[adult], ..Written::default() });
        let own = [person("Ngozi Okafor"), person("Ewa Nowak")];
        let kin = || vec![person("OKAFOR, Ngozi"), person("Ngozi Okafro"), person("Ada Obi")];
        let shared = |sharing: &Sharing, of: usize| {
            (0..3).map(|other| sharing.is_shared(of, other)).collect::<Vec<_>>()
        };
        let few = Sharing::find(&own, &kin());
        assert!(few.is_thorough);
        assert_eq!(shared(&few, 0), [true, true, false]);
        assert_eq!(shared(&few, 1), [false, false, false]);
        let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap());
        let crowd = (0..MOST_COMPARED / 2).map(|number| {
            let word: String = [1, 26, 676, 17_576].map(|by| letter(number / by)).iter().collect();
            person(&format!("Ada {word}"))
        });
        let many: Vec<Person> = kin().into_iter().chain(crowd).collect();
        let many = Sharing::find(&own, &many);
        assert!(!many.is_thorough);
        assert_eq!(shared(&many, 0), [true, false, false]);
    }
}
