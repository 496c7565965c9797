//! What is known of everybody on a contact (R8), gathered in few statements however many
//! they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    RegisterError,
    near::{self, Near},
};
use crate::{
    domain::{
        register::{Difference, EarlierContacts, Episode, Match, PastDecision},
        unit_hand_over::UnitHandOver,
    },
    protocol::Rules,
    store::{
        contacts,
        register::{
            decisions, differences,
            history::{self, EpisodeOf, OnContact},
            keys, matches,
            people::{self, Held},
        },
        unit_hand_overs,
    },
};

/// Others who are shown as linked with somebody, at most, of everybody on a contact together:
/// a history of two hundred children of one school is still one answer.
const RELATED: usize = 4_000;

/// What is known of everybody on a contact.
pub struct History {
    /// The contact's short reference.
    pub reference: String,
    /// They: the children in their order, then the adults.
    pub people: Vec<PersonHistory>,
    /// Every entry that is shown, by id.
    pub entries: BTreeMap<Uuid, Held>,
    /// What people decided of the matches that are shown.
    pub decisions: Vec<PastDecision>,
    /// Somebody on the contact was not matched yet.
    pub matching_continues: bool,
    /// More people live near than were compared, or more are linked than are shown.
    pub more_live_near: bool,
    /// Every entry whose record is shown, for the read log (R61).
    pub read: BTreeSet<Uuid>,
}

/// How somebody else is linked with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RelatedBy {
    /// One address.
    Address,
    /// One household.
    Household,
    /// An adult of this contact is on another one with them.
    Adult,
}

/// What is known of somebody on a contact.
pub struct PersonHistory {
    /// Their entry.
    pub id: Uuid,
    /// It is a child.
    pub is_child: bool,
    /// Their matches, the surest first.
    pub matches: Vec<Match>,
    /// Earlier contacts, the latest first.
    pub earlier: Vec<OnContact>,
    /// Contacts that came after this one, the latest first: whoever decides this one sees
    /// them too.
    pub later: Vec<OnContact>,
    /// How many of them there were.
    pub counts: EarlierContacts,
    /// Episodes, the latest first.
    pub episodes: Vec<Episode>,
    /// Others who live with them or share an adult, and how.
    pub related: BTreeMap<Uuid, BTreeSet<RelatedBy>>,
    /// What is different this time.
    pub difference: Option<Difference>,
    /// Their hand-overs to units.
    pub unit_hand_overs: Vec<UnitHandOver>,
}

/// What is known of everybody on a contact.
pub async fn load(
    connection: &mut PgConnection,
    contact: Uuid,
    rules: &Rules,
) -> Result<History, RegisterError> {
    let row = contacts::find(connection, contact).await?.ok_or(RegisterError::NoSuchContact)?;
    let on_it = history::on_contact(connection, contact).await?;
    let ids: Vec<Uuid> = on_it.iter().map(|(id, _)| *id).collect();
    let matching_continues = keys::waits(connection, &ids).await?;
    let found = Gathered::load(connection, contact, &ids).await?;
    let (near, mut more_live_near) = near::near(connection, &ids, &rules.matcher).await?;
    let mut related = found.related(connection, &on_it, near).await?;
    let most = RELATED / on_it.len().max(1);
    for of_person in related.values_mut() {
        more_live_near |= near::keep_closest(of_person, most);
    }
    let received_at = row.received_at.to_jiff();
    let calendar = rules.calendar();
    let person = |(id, is_child): &(Uuid, bool)| {
        let (earlier, later) = found.other_contacts(*id, (received_at, contact));
        let received: Vec<Timestamp> = earlier.iter().map(|on| on.received_at).collect();
        let of_child = |hand_over: &&UnitHandOver| hand_over.children.contains(id);
        let answer = found.differences.iter().find(|difference| difference.child == *id);
        PersonHistory {
            id: *id,
            is_child: *is_child,
            matches: found.matches_of(*id),
            counts: EarlierContacts::count(&received, received_at, calendar),
            earlier,
            later,
            episodes: found.episodes_of(*id),
            related: related.get(id).cloned().unwrap_or_default(),
            difference: answer.cloned(),
            unit_hand_overs: found.hand_overs.iter().filter(of_child).cloned().collect(),
        }
    };
    let people: Vec<PersonHistory> = on_it.iter().map(person).collect();
    let shown = people.iter().flat_map(|person| {
        let matched = person.matches.iter().map(|found| found.beside(person.id));
        matched.chain(person.related.keys().copied()).chain([person.id])
    });
    let shown: Vec<Uuid> = BTreeSet::from_iter(shown).into_iter().collect();
    // What is shown of a human is from everybody on their chains of links.
    let members = found.humans.iter().map(|(_, member)| *member);
    let read = shown.iter().copied().chain(members).collect();
    let entries = people::held(connection, &shown).await?;
    let entries = entries.into_iter().map(|held| (held.id, held)).collect();
    let reference = row.reference;
    let matches: Vec<Uuid> = found.matches.iter().map(|found| found.id).collect();
    let decisions = decisions::decisions(connection, &matches).await?;
    Ok(History { reference, people, entries, decisions, matching_continues, more_live_near, read })
}

/// What the register holds of the people of a contact.
struct Gathered {
    /// Who is one human with whom on the contact.
    humans: Vec<(Uuid, Uuid)>,
    matches: Vec<Match>,
    contacts: Vec<OnContact>,
    episodes: Vec<EpisodeOf>,
    differences: Vec<Difference>,
    hand_overs: Vec<UnitHandOver>,
}

impl Gathered {
    async fn load(
        connection: &mut PgConnection,
        contact: Uuid,
        ids: &[Uuid],
    ) -> Result<Self, sqlx::Error> {
        let humans = history::humans(connection, ids).await?;
        let members = BTreeSet::from_iter(humans.iter().map(|(_, member)| *member));
        let members: Vec<Uuid> = members.into_iter().collect();
        Ok(Self {
            humans,
            matches: matches::of(connection, ids).await?,
            contacts: history::contacts(connection, &members).await?,
            episodes: history::episodes(connection, &members).await?,
            differences: differences::of(connection, contact).await?,
            hand_overs: unit_hand_overs::of(connection, contact).await?,
        })
    }

    fn members(&self, person: Uuid) -> BTreeSet<Uuid> {
        let own = self.humans.iter().filter(|(asked, _)| *asked == person);
        own.map(|(_, member)| *member).collect()
    }

    fn matches_of(&self, person: Uuid) -> Vec<Match> {
        let own = |found: &&Match| found.one == person || found.other == person;
        self.matches.iter().filter(own).cloned().collect()
    }

    fn episodes_of(&self, person: Uuid) -> Vec<Episode> {
        let members = self.members(person);
        let own = self.episodes.iter().filter(|of| members.contains(&of.person));
        own.map(|of| of.episode.clone()).collect()
    }

    /// Contacts before this one and after it, each once however often the human is on it. Of
    /// two that were received at the same instant the one with the smaller id comes first.
    fn other_contacts(
        &self,
        person: Uuid,
        this: (Timestamp, Uuid),
    ) -> (Vec<OnContact>, Vec<OnContact>) {
        let members = self.members(person);
        let other = |on: &&OnContact| members.contains(&on.person) && on.contact != this.1;
        let mut others: Vec<OnContact> = self.contacts.iter().filter(other).cloned().collect();
        others.dedup_by_key(|on| on.contact);
        others.into_iter().partition(|on| (on.received_at, on.contact) < this)
    }

    /// Whoever is near, and the children of other contacts of this contact's adults. Nobody
    /// is related to themselves, or to who is on this contact anyway.
    async fn related(
        &self,
        connection: &mut PgConnection,
        on_it: &[(Uuid, bool)],
        near: BTreeMap<Uuid, Near>,
    ) -> Result<BTreeMap<Uuid, Near>, sqlx::Error> {
        let here: BTreeSet<Uuid> = on_it.iter().map(|(id, _)| *id).collect();
        let adults = on_it.iter().filter(|(_, is_child)| !is_child);
        let adults: BTreeSet<Uuid> =
            adults.flat_map(|(id, _)| self.members(*id)).filter(|id| !here.contains(id)).collect();
        let elsewhere = self.contacts.iter().filter(|on| adults.contains(&on.person));
        let elsewhere: Vec<Uuid> =
            BTreeSet::from_iter(elsewhere.map(|on| on.contact)).into_iter().collect();
        let with_adult = history::children(connection, &elsewhere).await?;
        let mut related = near;
        for (id, is_child) in on_it {
            let themselves = self.members(*id);
            let of_person = related.entry(*id).or_default();
            if *is_child {
                for child in &with_adult {
                    of_person.entry(*child).or_default().insert(RelatedBy::Adult);
                }
            }
            of_person.retain(|other, _| !themselves.contains(other) && !here.contains(other));
        }
        Ok(related)
    }
}
