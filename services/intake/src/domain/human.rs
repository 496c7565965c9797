//! Who is one human with whom by chains of links, and whom a person has told apart (R8).

use std::collections::{BTreeMap, VecDeque};

use uuid::Uuid;

/// Humans: groups of entries that are linked with each other.
pub struct Humans {
    /// An entry, and one that stands for its whole group.
    group: BTreeMap<Uuid, Uuid>,
    /// Two whom a person has told apart.
    apart: Vec<(Uuid, Uuid)>,
}

impl Humans {
    /// As `linked` says: pairs of an entry and one that is the same human.
    pub fn new(linked: &[(Uuid, Uuid)], apart: Vec<(Uuid, Uuid)>) -> Self {
        let mut humans = Self { group: BTreeMap::new(), apart };
        for (one, other) in linked {
            humans.unite(*one, *other);
        }
        humans
    }

    /// Makes one human of two, unless that would be one of two whom a person has told apart,
    /// by whatever chain: then nothing is done, and the answer is false.
    pub fn join(&mut self, one: Uuid, other: Uuid) -> bool {
        let (one, other) = (self.of(one), self.of(other));
        let joined = |entry: Uuid| [one, other].contains(&self.of(entry));
        if self.apart.iter().any(|(left, right)| joined(*left) && joined(*right)) {
            return false;
        }
        self.unite(one, other);
        true
    }

    fn of(&self, entry: Uuid) -> Uuid {
        self.group.get(&entry).copied().unwrap_or(entry)
    }

    fn unite(&mut self, one: Uuid, other: Uuid) {
        let (into, from) = (self.of(one), self.of(other));
        for entry in [one, other, into, from] {
            self.group.entry(entry).or_insert(entry);
        }
        for group in self.group.values_mut().filter(|group| **group == from) {
            *group = into;
        }
    }
}

/// A link: its match, and the two.
pub type Link = (Uuid, Uuid, Uuid);

/// The matches of a shortest chain of links that makes one human of two, from the one to the
/// other; none where no chain does.
pub fn chain(links: &[Link], (from, to): (Uuid, Uuid)) -> Vec<Uuid> {
    let mut reached: BTreeMap<Uuid, Option<(Uuid, Uuid)>> = BTreeMap::from([(from, None)]);
    let mut waiting = VecDeque::from([from]);
    while let Some(at) = waiting.pop_front() {
        for (link, one, other) in links {
            let beyond = if *one == at { *other } else { *one };
            let is_end = *one == at || *other == at;
            if is_end && !reached.contains_key(&beyond) {
                reached.insert(beyond, Some((*link, at)));
                waiting.push_back(beyond);
            }
        }
    }
    let mut chain = Vec::new();
    let mut at = to;
    while let Some(Some((link, before))) = reached.get(&at) {
        chain.push(*link);
        at = *before;
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[test]
    fn r8_no_chain_makes_one_human_of_two_who_were_told_apart() {
        let linked = [(id(1), id(2)), (id(2), id(1)), (id(4), id(5))];
        let mut humans = Humans::new(&linked, vec![(id(1), id(5)), (id(6), id(7))]);
        assert!(humans.join(id(2), id(3)));
        assert!(!humans.join(id(3), id(4)), "by 3, 2 and 4 it would be 1 and 5");
        assert!(humans.join(id(6), id(4)));
        assert!(!humans.join(id(5), id(7)), "since 6 was joined with 5 by 4");
        assert!(humans.join(id(3), id(7)));
        assert!(!humans.join(id(1), id(6)));
    }

    #[test]
    fn r8_the_chain_that_still_joins_two_is_named() {
        let links = [(id(10), id(1), id(2)), (id(11), id(3), id(2)), (id(12), id(3), id(4))];
        assert_eq!(chain(&links, (id(1), id(4))), [id(10), id(11), id(12)]);
        assert_eq!(chain(&links, (id(3), id(1))), [id(11), id(10)]);
        assert!(chain(&links[..2], (id(1), id(4))).is_empty());
    }
}
