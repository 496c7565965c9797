//! Whom to look at, of those who share a key with somebody (R8).
//!
//! The work for one entry is bounded by its keys, however many people there are: of every key
//! some entries are read, no more. A key that many share says little by itself; whoever is the
//! same human shares others as well. But it is not passed over: the more contacts there are
//! about a child, the more entries share all of its keys, and nobody may be lost for having
//! been told of often. What the bounds cost is measured (`tests/bench`, `matching`).

use std::collections::BTreeSet;

use super::keys::{Key, Kind};

/// A key that more entries share is crowded.
const SHARED_BY: usize = 10;
/// So many are read of a key that one human has and hardly a stranger: a national number, or
/// two names with the whole birth date. All contacts about a child are among them.
const OF_ONE_HUMAN: usize = 200;
/// So many are looked at of those who share crowded keys only: those who share most of them, and
/// of these the latest.
const OF_A_CROWD: usize = 14;

/// How many entries of a key are read.
pub fn read_of(key: Key) -> usize {
    match key.kind {
        Kind::Nhs | Kind::Upn | Kind::Full => OF_ONE_HUMAN,
        Kind::Born
        | Kind::Year
        | Kind::Day
        | Kind::Name
        | Kind::Undated
        | Kind::Home
        | Kind::Door
        | Kind::House
        | Kind::Nameless
        | Kind::School
        | Kind::Sparse => SHARED_BY + 1,
    }
}

/// Whom to look at, of the entries that share each key: how many at most were read of it, and
/// those that were.
pub fn candidates<T: Copy + Ord>(sharing: &[(usize, Vec<T>)]) -> BTreeSet<T> {
    let is_crowded =
        |(most, people): &&(usize, Vec<T>)| *most == SHARED_BY + 1 && people.len() == *most;
    let (crowded, rare): (Vec<_>, Vec<_>) = sharing.iter().partition(is_crowded);
    let people = |of: &[&(usize, Vec<T>)]| -> Vec<T> {
        of.iter().flat_map(|(_, people)| people).copied().collect()
    };
    let mut candidates = BTreeSet::from_iter(people(&rare));
    let mut crowd = people(&crowded);
    crowd.sort_unstable();
    let mut shared: Vec<(usize, T)> =
        crowd.chunk_by(T::eq).map(|same| (same.len(), same[0])).collect();
    shared.retain(|(_, person)| !candidates.contains(person));
    shared.sort_unstable_by(|one, other| other.cmp(one));
    candidates.extend(shared.into_iter().take(OF_A_CROWD).map(|(_, person)| person));
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
        let expected: Vec<u32> = (108..111).chain(130..141).collect();
        assert_eq!(of_crowd, expected);
        assert_eq!(candidates(&crowds[..1]).len(), 11, "nobody is lost in a crowd of their own");
        let own = candidates(&[(200, (100..140).collect::<Vec<u32>>())]);
        assert_eq!(own.len(), 40, "all that one human has");
    }

    #[test]
    fn r8_more_is_read_of_what_one_human_has() {
        let of = |kind| read_of(Key { number: 1, kind });
        assert!(of(Kind::Nhs) > of(Kind::Home));
        assert_eq!(of(Kind::Full), of(Kind::Upn));
    }
}
