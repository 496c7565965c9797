//! Who lives with the people of a contact (R8), by the register's addresses and households.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{entries::read, history::RelatedBy};
use crate::{
    domain::matching::{Matcher, Person, Sharing},
    store::register::people::{self, Held, Homes},
};

/// Entries of the neighbourhood that are compared, at most.
const NEAR: usize = 500;

/// Who is linked with a person, and how.
pub type Near = BTreeMap<Uuid, BTreeSet<RelatedBy>>;

/// Who lives with each of the people of a contact, and whether there are more whom nobody
/// compared. Whoever is on the contact themselves is in front of whoever decides anyway, and is
/// neither counted nor compared.
pub async fn near(
    connection: &mut PgConnection,
    ids: &[Uuid],
    matcher: &Matcher,
) -> Result<(BTreeMap<Uuid, Near>, bool), sqlx::Error> {
    let own = people::held(connection, ids).await?;
    let readings = read_all(matcher, &own);
    let postcodes: BTreeSet<&str> = readings.iter().filter_map(Person::postcode).collect();
    let addresses: BTreeSet<&str> =
        own.iter().map(|held| held.entry.address.open().as_str()).collect();
    let adults: BTreeSet<String> = readings.iter().flat_map(Person::household_folded).collect();
    let homes = Homes {
        postcodes: Vec::from_iter(postcodes),
        addresses: Vec::from_iter(addresses),
        adults: Vec::from_iter(adults),
    };
    let most = i64::try_from(NEAR + own.len() + 1).unwrap_or(i64::MAX);
    let mut others = people::near(connection, &homes, most).await?;
    others.retain(|id| !ids.contains(id));
    let there_are_more = others.len() > NEAR;
    others.truncate(NEAR);
    let others = people::held(connection, &others).await?;
    let others_read = read_all(matcher, &others);
    let sharing = Sharing::find(&readings, &others_read);
    let near = own.iter().zip(&readings).enumerate().map(|(place, (held, person))| {
        let near = others.iter().zip(&others_read).enumerate().map(|(at, (other, with))| {
            let address = person.shares_home(with).then_some(RelatedBy::Address);
            let household = sharing.is_shared(place, at).then_some(RelatedBy::Household);
            (other.id, address.into_iter().chain(household).collect::<BTreeSet<_>>())
        });
        (held.id, near.filter(|(_, how)| !how.is_empty()).collect())
    });
    Ok((near.collect(), there_are_more || !sharing.is_thorough))
}

fn read_all(matcher: &Matcher, held: &[Held]) -> Vec<Person> {
    held.iter().map(|held| read(matcher, &held.entry)).collect()
}

/// Leaves those out who are linked least, and answers whether there were any: an adult of this
/// contact links first, then in how many ways, then the latest.
pub fn keep_closest(near: &mut Near, most: usize) -> bool {
    if near.len() <= most {
        return false;
    }
    let mut closest: Vec<_> = near
        .iter()
        .map(|(id, how)| Reverse((how.contains(&RelatedBy::Adult), how.len(), *id)))
        .collect();
    closest.sort_unstable();
    let kept: BTreeSet<Uuid> = closest.into_iter().take(most).map(|Reverse((.., id))| id).collect();
    near.retain(|id, _| kept.contains(id));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_who_is_linked_by_an_adult_or_twice_is_shown_before_a_neighbour() {
        let how = |how: &[RelatedBy]| BTreeSet::from_iter(how.iter().copied());
        let all = [
            (1, how(&[RelatedBy::Adult])),
            (2, how(&[RelatedBy::Address, RelatedBy::Household])),
            (3, how(&[RelatedBy::Address])),
            (4, how(&[RelatedBy::Address])),
        ];
        let all = all.into_iter().map(|(id, how)| (Uuid::from_u128(id), how));
        let mut near: Near = all.collect();
        assert!(!keep_closest(&mut near, 4));
        assert!(keep_closest(&mut near, 3));
        assert_eq!(near.keys().map(Uuid::as_u128).collect::<Vec<_>>(), [1, 2, 4]);
    }
}
