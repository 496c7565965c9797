//! Who has an open case in Children's Social Care, and at which unit: the one question that
//! the consultation line (R52) and requests for information (R54) ask of the register.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sqlx::PgConnection;
use uuid::Uuid;

use super::register::entries::readings;
use crate::{
    domain::{
        information_request::Subject,
        look_up::{Finding, finding, may_be},
        matching::{Key, Matcher, Person, Score, Written},
    },
    store::register::{history, keyed, keys, people},
};

/// What the register says of somebody.
#[derive(Debug, Default)]
pub struct LookedUp {
    /// Those in the register of whom the answer tells, each once.
    pub persons: Vec<Uuid>,
    /// They have an open case.
    pub open: bool,
    /// The units that hold one, each once, in order.
    pub units: Vec<String>,
    /// Somebody who may be them has one: a person must look.
    pub perhaps: bool,
    /// Everybody who is or may be one of them, whether or not anything is told of them: what
    /// may show a child's own contact is a manager's to answer (R2), also in doubt.
    pub may_be: Vec<Uuid>,
    /// Somebody may be missing: their keys are being made anew (R8).
    pub in_part: bool,
}

impl LookedUp {
    /// Whom the answer tells of, for the read log (R61). That nobody was found is told too,
    /// and so stands there: as nobody.
    pub fn shown(&self) -> Vec<Uuid> {
        if self.persons.is_empty() { vec![Uuid::nil()] } else { self.persons.clone() }
    }

    fn add(&mut self, other: Self) {
        self.persons.extend(other.persons);
        self.may_be.extend(other.may_be);
        self.open |= other.open;
        self.perhaps |= other.perhaps;
        self.in_part |= other.in_part;
        self.units.extend(other.units);
        self.persons.sort_unstable();
        self.persons.dedup();
        self.may_be.sort_unstable();
        self.may_be.dedup();
        self.units.sort_unstable();
        self.units.dedup();
    }
}

/// What the register says of `subjects` on a day. They are known as everybody is (R8): who
/// is certainly or likely one of them counts, with everybody who is linked with them; an
/// open case that is missed leaves its unit unaware. Whoever chose a name is asked about by
/// either: the one that fits better counts. Who only may be one of them is told as that,
/// without the unit. While keys are being made anew anybody may have one: a person must look,
/// and nobody is told that there is none.
pub async fn open_cases<'a>(
    connection: &mut PgConnection,
    subjects: impl Iterator<Item = &'a Subject>,
    (on, matcher): (Date, &Matcher),
) -> Result<LookedUp, sqlx::Error> {
    let in_part = keyed::are_some_otherwise(connection).await?;
    let mut all = LookedUp { in_part, perhaps: in_part, ..LookedUp::default() };
    for subject in subjects {
        all.add(of_one(connection, &person(subject, matcher), (on, matcher)).await?);
    }
    Ok(all)
}

/// Whom somebody asks about, as they are compared with the register.
pub fn person(subject: &Subject, matcher: &Matcher) -> Person {
    matcher.person(&Written {
        name: subject.name.open(),
        birth_date: subject.birth_date.as_ref().map(|day| *day.open()),
        nhs_number: subject.nhs_number.as_ref().map_or("", |number| number.open().as_str()),
        ..Written::default()
    })
}

async fn of_one(
    connection: &mut PgConnection,
    asked: &Person,
    (on, matcher): (Date, &Matcher),
) -> Result<LookedUp, sqlx::Error> {
    let keys: Vec<Key> = asked.keys().asked.into_iter().collect();
    // Who is asked about has no entry of their own.
    let nobody = vec![Uuid::nil(); keys.len()];
    let candidates = keys::candidates(connection, (&nobody, &keys)).await?;
    let candidates: Vec<Uuid> = candidates.into_iter().map(|(_, candidate)| candidate).collect();
    let held = people::held(connection, &candidates).await?;
    let alike = held.iter().filter_map(|held| {
        let readings = readings(matcher, &held.entry);
        let scores: Vec<Score> =
            readings.iter().map(|reading| matcher.compare(asked, reading)).collect();
        let surest = scores.iter().filter_map(finding).max();
        scores.iter().any(may_be).then_some((held.id, surest))
    });
    let alike: BTreeMap<Uuid, Option<Finding>> = alike.collect();
    let asked_about: Vec<Uuid> = alike.keys().copied().collect();
    let humans = history::humans(connection, &asked_about).await?;
    let everybody: Vec<Uuid> = humans.iter().map(|(_, member)| *member).collect();
    let episodes = history::episodes(connection, &everybody).await?;
    let mut found = LookedUp::default();
    for (entry, member) in humans {
        let finding = alike.get(&entry).copied().flatten();
        let own = episodes.iter().filter(|of| of.person == member);
        let open: Vec<_> = own.filter(|of| of.episode.is_open_case_on(on)).collect();
        let units = open.iter().filter_map(|of| of.episode.unit.clone());
        let anybody = LookedUp { may_be: vec![member], ..LookedUp::default() };
        found.add(match (finding, open.is_empty()) {
            (Some(Finding::Them), is_shut) => {
                let units = units.collect();
                LookedUp { persons: vec![member], open: !is_shut, units, ..anybody }
            }
            (Some(Finding::Perhaps), false) => {
                LookedUp { persons: vec![member], perhaps: true, ..anybody }
            }
            (Some(Finding::Perhaps), true) | (None, _) => anybody,
        });
    }
    Ok(found)
}
