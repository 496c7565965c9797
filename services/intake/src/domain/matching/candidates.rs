//! Whom to look at, of those who share a key with somebody (R8).
//!
//! The work for one entry is bounded by its keys, however many people there are: of every key
//! some entries are read, no more. A key that many share says little by itself; whoever is the
//! same human shares others as well. But it is not passed over: the more contacts there are
//! about a child, the more entries share all of its keys, and nobody may be lost for having
//! been told of often. What the bounds cost is measured (`tests/bench`, `matching`).

use std::collections::{BTreeMap, BTreeSet};

/// A key that more entries share is crowded.
const SHARED_BY: usize = 10;
/// So many are read of a key that one human has and hardly a stranger: a national number, or
/// two names with the whole birth date. All contacts about a child are among them.
const OF_ONE_HUMAN: usize = 200;
/// So many are looked at of those who share crowded keys only: those who share most keys, and
/// of these the latest.
const OF_A_CROWD: usize = 20;

/// How many entries of a key are read.
pub fn read_of(key: &str) -> usize {
    let of_one_human = ["nhs:", "upn:", "full:"].iter().any(|kind| key.starts_with(kind));
    if of_one_human { OF_ONE_HUMAN } else { SHARED_BY + 1 }
}

/// Whom to look at, of the entries that share each key: how many at most were read of it, and
/// those that were.
pub fn candidates<T: Copy + Ord>(sharing: &[(usize, Vec<T>)]) -> BTreeSet<T> {
    let mut shared: BTreeMap<T, usize> = BTreeMap::new();
    let (mut candidates, mut crowd) = (BTreeSet::new(), BTreeSet::new());
    for (most, people) in sharing {
        for person in people {
            *shared.entry(*person).or_default() += 1;
        }
        let is_crowded = *most == SHARED_BY + 1 && people.len() == *most;
        (if is_crowded { &mut crowd } else { &mut candidates }).extend(people);
    }
    let mut crowd: Vec<T> = crowd.difference(&candidates).copied().collect();
    crowd.sort_by_key(|person| std::cmp::Reverse((shared[person], *person)));
    candidates.extend(crowd.into_iter().take(OF_A_CROWD));
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_who_shares_a_rare_key_is_looked_at_and_of_a_crowd_those_who_share_most() {
        let of = |people: std::ops::Range<u32>| (SHARED_BY + 1, people.collect::<Vec<_>>());
        let crowds = [of(100..111), of(108..119), of(130..141)];
        let rare = (SHARED_BY + 1, vec![1, 2]);
        let found = candidates(&[&[rare], &crowds[..]].concat());
        assert!(found.contains(&1) && found.contains(&2));
        // Three share two of the crowded keys; then the latest.
        let of_crowd: Vec<u32> = found.into_iter().filter(|person| *person > 2).collect();
        let expected: Vec<u32> = (108..111).chain(113..119).chain(130..141).collect();
        assert_eq!(of_crowd, expected);
        assert_eq!(candidates(&crowds[..1]).len(), 11, "nobody is lost in a crowd of their own");
        let own = candidates(&[(200, (100..140).collect::<Vec<u32>>())]);
        assert_eq!(own.len(), 40, "all that one human has");
    }

    #[test]
    fn r8_more_is_read_of_what_one_human_has() {
        assert!(read_of("nhs:9434765919") > read_of("home:E8 3AB:kfr"));
        assert_eq!(read_of("full:2016-5-7:xtr-kfr"), read_of("upn:A123456789012"));
    }
}
