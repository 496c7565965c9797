//! How well the matching does on families whose truth is known (R8).

use std::collections::{BTreeSet, HashMap, HashSet};

use intake::matching::{Band, Key, Matcher, Number, Person, Score, What, candidates, read_of};

use super::{
    dice::Dice,
    household::{Child, Family, MOST_CHILDREN},
    peoples::Peoples,
    record::{Record, Writer},
};

/// Of all children so many are on the register.
const REGISTERED: f64 = 0.7;

/// What a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// One child.
    Same,
    /// Twins.
    Twin,
    /// Brother or sister, not of one birth.
    Sibling,
    /// Two families.
    Stranger,
}

/// Which families, and how many contacts about them.
#[derive(Clone, Copy, Debug)]
pub struct Borough {
    /// Everything follows from it.
    pub seed: u64,
    /// How many families there are.
    pub families: u64,
    /// How many contacts come in, each about a child of its own.
    pub contacts: usize,
}

/// A contact and what it meets.
pub struct Contact {
    /// What the referrer wrote.
    pub record: Record,
    /// The child is on the register.
    pub is_registered: bool,
    /// A twin of the child is on the register.
    pub has_twin: bool,
    /// Children of the family.
    pub family_size: usize,
}

/// A contact and a candidate of the register, compared.
pub struct Pair {
    /// Which contact.
    pub contact: usize,
    /// The child of the register.
    pub child: u64,
    /// What they are.
    pub truth: Truth,
    /// What the matching says.
    pub score: Score,
}

/// All that came of the contacts of a borough.
pub struct Run {
    /// The contacts.
    pub contacts: Vec<Contact>,
    /// Children on the register.
    pub registered: usize,
    /// The candidates that the keys found, compared.
    pub pairs: Vec<Pair>,
    /// Keys under which a child of the register is held, on average.
    pub held_keys: f64,
    /// Records of the register, where they were asked for.
    pub register: Vec<Record>,
}

impl Borough {
    fn is_registered(&self, child: &Child) -> bool {
        Dice::new(!self.seed, child.id).falls(REGISTERED)
    }

    fn registered<'a>(&'a self, family: &'a Family) -> impl Iterator<Item = &'a Child> {
        family.children.iter().filter(|child| self.is_registered(child))
    }

    /// What the register has of a child.
    pub fn register_record(&self, peoples: &Peoples, family: &Family, child: &Child) -> Record {
        let dice = &mut Dice::new(self.seed ^ 0x4e61_7468, child.id);
        Record::write(peoples, family, child, Writer::Register, dice)
    }

    /// The contacts, each about another child, with the families that they are about.
    fn contacts(&self, peoples: &Peoples) -> Vec<(Contact, Family)> {
        let mut dice = Dice::new(self.seed ^ 0xc047_ac75, 0);
        let (mut contacts, mut taken) = (Vec::new(), HashSet::new());
        while contacts.len() < self.contacts {
            let number = dice.below(self.families as usize) as u64;
            let family = Family::new(peoples, self.seed, number);
            let child = dice.pick(&family.children).clone();
            if !taken.insert(child.id) {
                continue;
            }
            let record = Record::write(peoples, &family, &child, Writer::Contact, &mut dice);
            let is_twin = |other: &Child| other.id != child.id && other.born == child.born;
            let contact = Contact {
                record,
                is_registered: self.is_registered(&child),
                has_twin: self.registered(&family).any(is_twin),
                family_size: family.children.len(),
            };
            contacts.push((contact, family));
        }
        contacts
    }

    /// Matches every contact with those whom its keys find, as intake looks for them. The
    /// register passes by, family after family; it is kept only where `keep` says so.
    pub fn run(&self, peoples: &Peoples, matcher: &Matcher, keep: bool) -> Run {
        let contacts = self.contacts(peoples);
        let people: Vec<Person> =
            contacts.iter().map(|(contact, _)| contact.record.person(matcher)).collect();
        let asked: Vec<BTreeSet<Key>> = people.iter().map(|person| person.keys().asked).collect();
        let mut sharing: HashMap<Key, Vec<u64>> =
            asked.iter().flatten().map(|key| (*key, Vec::new())).collect();
        let (mut registered, mut held, mut register) = (0, 0, Vec::new());
        for number in 0..self.families {
            let family = Family::new(peoples, self.seed, number);
            for child in self.registered(&family) {
                let record = self.register_record(peoples, &family, child);
                let keys = record.person(matcher).keys().held;
                registered += 1;
                held += keys.len();
                for key in &keys {
                    if let Some(people) = sharing.get_mut(key) {
                        people.push(child.id);
                    }
                }
                if keep {
                    register.push(record);
                }
            }
        }
        let mut pairs = Vec::new();
        for (contact, (about, own)) in contacts.iter().enumerate() {
            let read = |key: &Key| {
                let most = read_of(*key);
                (most, sharing[key].iter().rev().take(most).copied().collect())
            };
            let read: Vec<(usize, Vec<u64>)> = asked[contact].iter().map(read).collect();
            for child in candidates(&read) {
                let family = Family::of(peoples, self.seed, child);
                let child = family.children.iter().find(|other| other.id == child);
                let child = child.expect("a child of the register");
                let person = self.register_record(peoples, &family, child).person(matcher);
                let score = matcher.compare(&people[contact], &person);
                pairs.push(Pair {
                    contact,
                    child: child.id,
                    truth: truth(about, own, child),
                    score,
                });
            }
        }
        let held_keys = held as f64 / registered as f64;
        let contacts = contacts.into_iter().map(|(contact, _)| contact).collect();
        Run { contacts, registered, pairs, held_keys, register }
    }

    /// Pairs of all kinds for counting evidence: each contact with its own record, with
    /// those of its brothers and sisters, and with `strangers` of any.
    pub fn labelled(
        &self,
        peoples: &Peoples,
        matcher: &Matcher,
        strangers: usize,
    ) -> Vec<(Truth, Score)> {
        let mut dice = Dice::new(self.seed ^ 0x57a9_6e72, 0);
        let mut labelled = Vec::new();
        for (contact, family) in self.contacts(peoples) {
            let person = contact.record.person(matcher);
            for child in &family.children {
                let other = self.register_record(peoples, &family, child).person(matcher);
                let truth = truth(&contact, &family, child);
                labelled.push((truth, matcher.compare(&person, &other)));
            }
            for _ in 0..strangers {
                let number = dice.below(self.families as usize) as u64;
                let other = Family::new(peoples, self.seed, number);
                let child = dice.pick(&other.children);
                let record = self.register_record(peoples, &other, child);
                if record.child / MOST_CHILDREN != contact.record.child / MOST_CHILDREN {
                    let score = matcher.compare(&person, &record.person(matcher));
                    labelled.push((Truth::Stranger, score));
                }
            }
        }
        labelled
    }
}

/// What a contact and a child of the register are.
fn truth(contact: &Contact, family: &Family, child: &Child) -> Truth {
    let own = family.children.iter().find(|own| own.id == contact.record.child);
    let is_family = family.children.iter().any(|own| own.id == child.id);
    match own {
        Some(own) if own.id == child.id => Truth::Same,
        Some(own) if is_family && own.born == child.born => Truth::Twin,
        Some(_) if is_family => Truth::Sibling,
        Some(_) | None => Truth::Stranger,
    }
}

/// How many there are of what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// Pairs shown or linked that are one child.
    pub right: usize,
    /// Pairs shown or linked that are not.
    pub wrong: usize,
    /// Contacts whose child is on the register.
    pub known: usize,
}

impl Found {
    /// Of what was shown, the share that is right; 1 where nothing was.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    /// Of what is known, the share that was shown.
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.known.max(1) as f64
    }
}

impl Run {
    /// What was found of the contacts that `about` picks, from `band` on.
    pub fn found(&self, band: Band, about: impl Fn(&Contact) -> bool) -> Found {
        let mut found = Found::default();
        for pair in &self.pairs {
            if pair.score.band >= band && about(&self.contacts[pair.contact]) {
                let one = pair.truth == Truth::Same;
                *(if one { &mut found.right } else { &mut found.wrong }) += 1;
            }
        }
        let known = |contact: &&Contact| contact.is_registered && about(contact);
        found.known = self.contacts.iter().filter(known).count();
        found
    }

    /// Contacts whose pair was found by a national number alike.
    pub fn by_number(&self) -> HashSet<u64> {
        let same = What::NhsNumber(Number::Same);
        let pairs = self.pairs.iter().filter(|pair| pair.truth == Truth::Same);
        let pairs =
            pairs.filter(|pair| pair.score.reasons.iter().any(|reason| reason.what == same));
        pairs.map(|pair| self.contacts[pair.contact].record.child).collect()
    }

    /// The share of known children that the keys find at all.
    pub fn recall_of_keys(&self) -> f64 {
        let found = self.pairs.iter().filter(|pair| pair.truth == Truth::Same).count();
        let known = self.contacts.iter().filter(|contact| contact.is_registered).count();
        found as f64 / known.max(1) as f64
    }

    /// Candidates of each contact.
    pub fn candidates(&self) -> Vec<f64> {
        let mut candidates = vec![0.0; self.contacts.len()];
        for pair in &self.pairs {
            candidates[pair.contact] += 1.0;
        }
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The aims of the whole, on a small borough: what falls below them is a step back.
    #[test]
    fn what_is_shown_is_right_and_nothing_wrong_is_linked() {
        let (peoples, matcher) = (Peoples::embedded().unwrap(), Matcher::embedded().unwrap());
        let borough = Borough { seed: 77, families: 3_000, contacts: 1_500 };
        let run = borough.run(&peoples, &matcher, false);
        assert!(run.recall_of_keys() >= 0.99, "{}", run.recall_of_keys());
        let shown = run.found(Band::Possible, |_| true);
        assert!(shown.known > 900 && shown.recall() >= 0.95, "{shown:?}");
        assert!(shown.precision() >= 0.99, "{shown:?}");
        let linked = run.found(Band::Certain, |_| true);
        assert!(linked.wrong == 0 && linked.right > 200, "{linked:?}");
    }
}
