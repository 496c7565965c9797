//! Entries of the register for the people of a contact (R8). Everybody has one, unknown and
//! unborn children too: somebody may learn later who they are.

use access::Personal;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        contact::{Adult, Child, Contact},
        matching::{Matcher, Person, Written},
    },
    store::register::people::{self, Entry, Source},
};

/// Puts an entry for everybody on a contact.
pub async fn put_contact(
    connection: &mut PgConnection,
    contact: &Contact,
    matcher: &Matcher,
) -> Result<(), sqlx::Error> {
    let content = &contact.content;
    for (id, child) in contact.child_ids.iter().zip(&content.children) {
        put(connection, &of_child(*id, child, &content.adults), matcher).await?;
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
    let keys = read(matcher, entry).keys().held;
    people::put(connection, entry, &keys).await
}

fn of_child(id: Uuid, child: &Child, adults: &[Adult]) -> Entry {
    let named = adults.iter().filter(|adult| !adult.name.open().is_empty());
    Entry {
        source: Source::Child(id),
        name: child.name.clone(),
        birth_date: child.birth_date.clone(),
        nhs_number: child.nhs_number.clone(),
        upn: child.upn.clone(),
        address: child.address.clone(),
        postcode: child.postcode.clone(),
        school: child.school.clone(),
        sex: child.sex.clone(),
        household: named.map(|adult| adult.name.clone()).collect(),
    }
}

/// An adult. That there is no address can mean that it is the children's or that nobody
/// knows it; it is not guessed.
fn of_adult(id: Uuid, adult: &Adult) -> Entry {
    Entry {
        source: Source::Adult(id),
        name: adult.name.clone(),
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

/// An entry as it is compared.
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
        address: &format!("{} {}", entry.address.open(), told(&entry.postcode)),
        school: entry.school.open(),
        household: &household,
    })
}
