//! Entries of the register for the people of a contact (R8). Everybody has one, unknown and
//! unborn children too: somebody may learn later who they are.

use std::collections::BTreeSet;

use access::Personal;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        contact::{Adult, Child, Contact},
        matching::{Dweller, Key, Matcher, Person, Written},
    },
    store::register::{
        keyed,
        people::{self, Entry, Source},
    },
};

/// Puts an entry for everybody on a contact, each child's with the adults who may live with them
/// ([`Dweller::household`]).
pub async fn put_contact(
    connection: &mut PgConnection,
    contact: &Contact,
    matcher: &Matcher,
) -> Result<(), sqlx::Error> {
    let content = &contact.content;
    // Of an adult without a name nothing is compared.
    let named = content.adults.iter().filter(|adult| !adult.name.open().is_empty());
    let named: Vec<&Adult> = named.collect();
    let dwellers: Vec<Dweller> = named
        .iter()
        .map(|adult| dweller(matcher, &adult.name, (&adult.address, &adult.postcode)))
        .collect();
    for (id, child) in contact.child_ids.iter().zip(&content.children) {
        let living = dweller(matcher, &child.name, (&child.address, &child.postcode));
        let household = living.household(&dwellers);
        let household = household.iter().map(|place| named[*place].name.clone()).collect();
        put(connection, &of_child(*id, child, household), matcher).await?;
    }
    for (id, adult) in contact.adult_ids.iter().zip(&content.adults) {
        put(connection, &of_adult(*id, adult), matcher).await?;
    }
    Ok(())
}

/// Puts an entry under its keys, and gives its id.
pub async fn put(
    connection: &mut PgConnection,
    entry: &Entry,
    matcher: &Matcher,
) -> Result<Uuid, sqlx::Error> {
    let persons = readings(matcher, entry);
    let postcode = persons.first().and_then(Person::postcode);
    let (keys, household) = held_under(&persons);
    people::put(connection, &with_postcode(entry, postcode), (&keys, &household)).await
}

/// Makes the keys of at most `limit` entries anew that were made in an earlier way, from what
/// stands in the register (R8); answers how many. Of two that do it at once each takes what the
/// other has not; where each call is committed, what ends in the middle is gone on with.
pub async fn key_anew(
    connection: &mut PgConnection,
    limit: i64,
    matcher: &Matcher,
) -> Result<usize, sqlx::Error> {
    let taken = keyed::take_earlier(connection, limit).await?;
    for held in people::held(connection, &taken).await? {
        let (keys, household) = held_under(&readings(matcher, &held.entry));
        keyed::put(connection, held.id, (&keys, &household)).await?;
    }
    Ok(taken.len())
}

/// Under which keys an entry is held, and its household as it is looked for.
fn held_under(persons: &[Person]) -> (BTreeSet<Key>, Vec<String>) {
    let keys = persons.iter().flat_map(|person| person.keys().held).collect();
    (keys, persons.first().map(Person::household_folded).unwrap_or_default())
}

/// An entry with the postcode that stands in its address, where it is not given apart: whoever
/// lives there is found by it.
pub fn filled(entry: &Entry, matcher: &Matcher) -> Entry {
    if entry.postcode.is_some() {
        return entry.clone();
    }
    with_postcode(entry, read(matcher, entry).postcode())
}

fn with_postcode(entry: &Entry, written: Option<&str>) -> Entry {
    let written = written.map(|code| Personal::new(code.to_owned()));
    Entry { postcode: entry.postcode.clone().or(written), ..entry.clone() }
}

fn dweller(
    matcher: &Matcher,
    name: &Personal<String>,
    (address, postcode): (&Personal<String>, &Option<Personal<String>>),
) -> Dweller {
    matcher.dweller(name.open(), &whole_address(address, postcode))
}

fn whole_address(address: &Personal<String>, postcode: &Option<Personal<String>>) -> String {
    let postcode = postcode.as_ref().map(|code| code.open().as_str()).unwrap_or_default();
    format!("{} {postcode}", address.open())
}

fn of_child(id: Uuid, child: &Child, household: Vec<Personal<String>>) -> Entry {
    Entry {
        source: Source::Child(id),
        name: child.name.clone(),
        chosen_name: child.chosen_name.clone(),
        birth_date: child.birth_date.clone(),
        nhs_number: child.nhs_number.clone(),
        upn: child.upn.clone(),
        address: child.address.clone(),
        postcode: child.postcode.clone(),
        school: child.school.clone(),
        sex: child.sex.clone(),
        household,
    }
}

/// An adult. That there is no address can mean that it is the children's or that nobody
/// knows it; it is not guessed.
fn of_adult(id: Uuid, adult: &Adult) -> Entry {
    Entry {
        source: Source::Adult(id),
        name: adult.name.clone(),
        chosen_name: Personal::new(String::new()),
        birth_date: adult.birth_date.clone(),
        nhs_number: None,
        upn: None,
        address: adult.address.clone(),
        postcode: adult.postcode.clone(),
        school: Personal::new(String::new()),
        sex: String::new(),
        household: Vec::new(),
    }
}

/// An entry of which nothing is known: it is found by nothing.
pub fn nobody(source: Source) -> Entry {
    let nothing = || Personal::new(String::new());
    Entry {
        source,
        name: nothing(),
        chosen_name: nothing(),
        birth_date: None,
        nhs_number: None,
        upn: None,
        address: nothing(),
        postcode: None,
        school: nothing(),
        sex: String::new(),
        household: Vec::new(),
    }
}

/// An entry as it is compared: by its name, and by the name that the child chose, where there
/// is one. A chosen name of one word stands with the family name.
pub fn readings(matcher: &Matcher, entry: &Entry) -> Vec<Person> {
    let chosen = entry.chosen_name.open().trim();
    let mut persons = vec![read(matcher, entry)];
    if !chosen.is_empty() {
        let family = entry.name.open().split_whitespace().next_back().unwrap_or_default();
        let is_whole = chosen.contains(char::is_whitespace);
        let name = if is_whole { chosen.to_owned() } else { format!("{chosen} {family}") };
        let name = Personal::new(name);
        persons.push(read(matcher, &Entry { name, ..entry.clone() }));
    }
    persons
}

/// An entry as it is compared by its name.
pub fn read(matcher: &Matcher, entry: &Entry) -> Person {
    let told = |text: &Option<Personal<String>>| {
        text.as_ref().map(|text| text.open().clone()).unwrap_or_default()
    };
    let household: Vec<&str> = entry.household.iter().map(|name| name.open().as_str()).collect();
    matcher.person(&Written {
        name: entry.name.open(),
        birth_date: entry.birth_date.as_ref().map(|date| *date.open()),
        nhs_number: &told(&entry.nhs_number),
        upn: &told(&entry.upn),
        sex: &entry.sex,
        address: &whole_address(&entry.address, &entry.postcode),
        school: entry.school.open(),
        household: &household,
    })
}
