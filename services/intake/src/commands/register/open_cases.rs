//! What a match or an episode means for open cases (R9): a child of a contact who has one is
//! to be passed to the unit that holds it, and one who has none after all is the hub's.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use messaging::Tx;
use uuid::Uuid;

use super::RegisterError;
use crate::{
    domain::{
        register::{Episode, all_opened_on, open_case},
        unit_hand_over::{Beginning, Seen, UnitHandOver, plan},
        urgency::{Urgency, is_urgent_now},
    },
    events::unit_hand_over as events,
    protocol::Rules,
    store::{
        bases, contacts, notices,
        register::{
            history::{self, OnContact},
            keys,
        },
        unit_hand_overs,
    },
};

/// Entries that were matched anew, or whose matches were decided.
pub struct Touched<'a> {
    /// They.
    pub entries: &'a [Uuid],
    /// Those among them that were never matched before.
    pub new: &'a BTreeSet<Uuid>,
}

/// Looks at the contacts of everybody who is one human with one of these entries, and does
/// with the hand-overs of each what [`plan`] says. All children of such a contact are looked
/// at: a hand-over may be of siblings. Nothing begins for children of whom the hub has known on
/// a contact for longer than the protocol's recent days, also where it was received long before
/// that; what stands is withdrawn however old it is. The register must be locked.
pub async fn settle(tx: &mut Tx, touched: Touched<'_>, rules: &Rules) -> Result<(), RegisterError> {
    let since = tx.now() - SignedDuration::from_hours(24 * rules.intake.register.recent_days);
    let mut contacts = contacts_of(tx, touched.entries, since).await?;
    // Most have neither an open case nor a hand-over, and are not worth a lock. Who is one
    // human with whom, and which hand-overs stand, changes under the register's lock only.
    let all: Vec<Uuid> = contacts.iter().copied().collect();
    let standing = unit_hand_overs::with_standing(tx, &all).await?;
    let mut concerned: BTreeSet<Uuid> = standing.into_iter().collect();
    let open = look(tx, &contacts, rules).await?.into_iter().filter(|(_, case)| case.is_some());
    concerned.extend(open.map(|(on, _)| on.contact));
    contacts.retain(|contact| concerned.contains(contact));
    if contacts.is_empty() {
        return Ok(());
    }
    // Contacts are locked in the order of their ids, so that this and whoever else locks
    // several cannot wait for each other.
    for contact in &contacts {
        contacts::lock(tx, *contact).await?;
    }
    let children = look(tx, &contacts, rules).await?;
    // Whoever is matched meanwhile may be found by somebody else's turn before their own.
    let ids: Vec<Uuid> = children.iter().map(|(on, _)| on.person).collect();
    let waiting = keys::never_matched(tx, &ids).await?;
    let is_new = |on: &OnContact| touched.new.contains(&on.person) || waiting.contains(&on.person);
    for contact in contacts {
        let of_contact = children.iter().filter(|(on, _)| on.contact == contact);
        let seen = of_contact.clone().map(|(on, case)| Seen {
            child: on.person,
            unit: case.as_ref().map(|case| case.unit.clone()),
            opened_that_day: case.as_ref().is_some_and(|case| case.opened_that_day),
            may_begin: on.known_at() >= since,
            arrived_at: is_new(on).then(|| on.arrived_at()),
        });
        let seen: Vec<Seen> = seen.collect();
        let Some((on, _)) = of_contact.clone().next() else { continue };
        let standing = unit_hand_overs::standing(tx, contact).await?;
        let plan = plan(&standing, &seen);
        for hand_over in standing.iter().filter(|held| plan.withdraw.contains(&held.id)) {
            withdraw(tx, hand_over).await?;
        }
        for (id, unit) in &plan.follow {
            if let Some(hand_over) = standing.iter().find(|held| held.id == *id) {
                follow(tx, hand_over, unit).await?;
            }
        }
        for (unit, beginning) in plan.begin {
            begin(tx, on, unit, beginning, rules).await?;
        }
    }
    Ok(())
}

/// The contacts that may be concerned, in the order of their ids: the recent ones, and those
/// with a hand-over that stands.
async fn contacts_of(
    tx: &mut Tx,
    entries: &[Uuid],
    since: Timestamp,
) -> Result<BTreeSet<Uuid>, sqlx::Error> {
    let humans = history::humans(tx, entries).await?;
    let everybody: BTreeSet<Uuid> = humans.iter().map(|(_, person)| *person).collect();
    let mut on = history::contacts(tx, &Vec::from_iter(everybody)).await?;
    on.retain(|on| on.is_child);
    let all: Vec<Uuid> = on.iter().map(|on| on.contact).collect();
    let recent = on.iter().filter(|on| on.known_at() >= since).map(|on| on.contact);
    let mut contacts: BTreeSet<Uuid> = recent.collect();
    contacts.extend(unit_hand_overs::with_standing(tx, &all).await?);
    Ok(contacts)
}

/// The open case of a child of a contact.
struct OpenCase {
    /// The unit that holds it; empty where it is not named.
    unit: String,
    /// It was opened on the day on which the hub knew of the child, and none before.
    opened_that_day: bool,
}

/// The children of these contacts, each with their open case. What counts is the day on which
/// the hub knew of the child: it recorded the contact, or added a child who was missed. A case
/// that was opened between the receipt and that day holds the child now, one that was closed in
/// between does not.
async fn look(
    tx: &mut Tx,
    contacts: &BTreeSet<Uuid>,
    rules: &Rules,
) -> Result<Vec<(OnContact, Option<OpenCase>)>, sqlx::Error> {
    let contacts: Vec<Uuid> = contacts.iter().copied().collect();
    let children = history::children(tx, &contacts).await?;
    let humans = history::humans(tx, &children).await?;
    let everybody: BTreeSet<Uuid> = humans.iter().map(|(_, person)| *person).collect();
    let episodes = history::episodes(tx, &Vec::from_iter(everybody)).await?;
    let calendar = rules.calendar();
    let case = |on: &OnContact| {
        let own = episodes_of(&humans, &episodes, on.person);
        let day = calendar.local_date(on.known_at());
        let unit = open_case(&own, day)?.unit.clone().unwrap_or_default();
        Some(OpenCase { unit, opened_that_day: all_opened_on(&own, day) })
    };
    let seen = history::contacts(tx, &children).await?;
    Ok(seen.into_iter().map(|on| (on.clone(), case(&on))).collect())
}

/// The episodes of everybody who is one human with this entry.
fn episodes_of(
    humans: &[(Uuid, Uuid)],
    episodes: &[(Uuid, Episode)],
    person: Uuid,
) -> Vec<Episode> {
    let members = humans.iter().filter(|(asked, _)| *asked == person);
    let members: BTreeSet<Uuid> = members.map(|(_, member)| *member).collect();
    let own = episodes.iter().filter(|(person, _)| members.contains(person));
    own.map(|(_, episode)| episode.clone()).collect()
}

async fn begin(
    tx: &mut Tx,
    on: &OnContact,
    unit: String,
    beginning: Beginning,
    rules: &Rules,
) -> Result<(), RegisterError> {
    let now = tx.now();
    let urgent = is_urgent(tx, on).await?;
    let shown = beginning.shown(now, urgent).into_iter();
    let starts = shown.map(|shown| shown.starts(rules.calendar())).min().unwrap_or(now);
    let clock = rules.clock(starts, &rules.intake.register.timescales.unit_pass);
    let hand_over = UnitHandOver {
        id: Uuid::now_v7(),
        revision: 1,
        contact: on.contact,
        children: beginning.children,
        unit,
        found_at: now,
        passing: clock.running(),
        passing_from: starts,
        passed: None,
        receipt: None,
        receipt_recorded_by: None,
        withdrawn_at: None,
    };
    unit_hand_overs::insert(tx, &hand_over).await?;
    tx.append(hand_over.id, 1, &events::open_case_found(&hand_over, &clock)).await?;
    Ok(())
}

/// Whether a contact is urgent now: by what is marked on it, or whoever said so since.
async fn is_urgent(tx: &mut Tx, on: &OnContact) -> Result<bool, sqlx::Error> {
    let bases = bases::of_contact(tx, on.contact).await?;
    let notice = notices::confirmed_of(tx, on.contact).await?;
    Ok(on.urgent || is_urgent_now(Urgency::NONE, &bases, notice))
}

async fn withdraw(tx: &mut Tx, hand_over: &UnitHandOver) -> Result<(), RegisterError> {
    let (now, next) = (tx.now(), hand_over.revision + 1);
    unit_hand_overs::withdraw(tx, (hand_over.id, next), now).await?;
    tx.append(hand_over.id, next, &events::withdrawn(hand_over, now)).await?;
    Ok(())
}

/// The case went to another unit before one was told: whoever tells one tells that.
async fn follow(tx: &mut Tx, hand_over: &UnitHandOver, unit: &str) -> Result<(), RegisterError> {
    let (now, next) = (tx.now(), hand_over.revision + 1);
    unit_hand_overs::set_unit(tx, (hand_over.id, next), unit).await?;
    tx.append(hand_over.id, next, &events::unit_changed(hand_over, now)).await?;
    Ok(())
}
