//! What a match or an episode means for open cases (R9): a child of a contact who has one is
//! to be passed to the unit that holds it, and one who has none after all stays with the hub.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use messaging::Tx;
use uuid::Uuid;

use super::RegisterError;
use crate::{
    commands::{hand_over::watch, submit_contact::Rules},
    domain::{
        register::{Episode, open_case},
        unit_hand_over::{Running, UnitHandOver},
    },
    events::unit_hand_over as events,
    store::{
        contacts,
        register::history::{self, OnContact},
        unit_hand_overs,
    },
};

/// Looks at the contacts of everybody who is one human with one of these entries: withdraws
/// what no unit has said it has and has no open case any more, and begins a hand-over for
/// every child with an open case who has none. Siblings who are not open stay (R9). Nothing
/// is passed of contacts that are older than the protocol's recent ones.
pub async fn settle(tx: &mut Tx, entries: &[Uuid], rules: &Rules) -> Result<(), RegisterError> {
    let children = look(tx, entries, rules).await?;
    let mut by_contact: BTreeMap<Uuid, Vec<Seen>> = BTreeMap::new();
    for seen in children {
        by_contact.entry(seen.contact).or_default().push(seen);
    }
    // Contacts are locked in the order of their ids, so that two who settle cannot wait for
    // each other; what they see of hand-overs is from after the lock.
    for (contact, children) in by_contact {
        contacts::lock(tx, contact).await?;
        let mut held = unit_hand_overs::standing(tx, contact).await?;
        let shut: BTreeSet<Uuid> =
            children.iter().filter(|seen| seen.unit.is_none()).map(|seen| seen.child).collect();
        let mut kept = BTreeSet::new();
        for hand_over in held.drain(..) {
            let is_wrong = hand_over.children.iter().any(|child| shut.contains(child));
            if is_wrong && hand_over.receipt.is_none() {
                withdraw(tx, &hand_over).await?;
            } else {
                kept.extend(hand_over.children);
            }
        }
        let mut units: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
        for seen in children.into_iter().filter(|seen| !kept.contains(&seen.child)) {
            if let Some(unit) = seen.unit {
                units.entry(unit).or_default().push(seen.child);
            }
        }
        for (unit, children) in units {
            begin(tx, contact, unit, children, rules).await?;
        }
    }
    Ok(())
}

/// A child of a recent contact.
struct Seen {
    contact: Uuid,
    child: Uuid,
    /// The unit that holds their open case, empty where it is not named; `None` where they
    /// have none.
    unit: Option<String>,
}

async fn look(tx: &mut Tx, entries: &[Uuid], rules: &Rules) -> Result<Vec<Seen>, RegisterError> {
    let humans = history::humans(tx, entries).await?;
    let everybody: BTreeSet<Uuid> = humans.iter().map(|(_, person)| *person).collect();
    let everybody: Vec<Uuid> = everybody.into_iter().collect();
    let since = tx.now() - SignedDuration::from_hours(24 * rules.intake.register.recent_days);
    let mut contacts = history::contacts(tx, &everybody).await?;
    contacts.retain(|on| on.is_child && on.received_at >= since);
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let episodes = history::episodes(tx, &everybody).await?;
    let calendar = rules.protocol.calendar();
    let unit = |on: &OnContact| {
        let own = episodes_of(&humans, &episodes, on.person);
        let open = open_case(&own, calendar.local_date(on.received_at))?;
        Some(open.unit.clone().unwrap_or_default())
    };
    let seen =
        contacts.iter().map(|on| Seen { contact: on.contact, child: on.person, unit: unit(on) });
    Ok(seen.collect())
}

/// The episodes of everybody who is one human with this entry. All entries of a human were
/// found together, so whoever asked about it asked about all.
fn episodes_of(
    humans: &[(Uuid, Uuid)],
    episodes: &[(Uuid, Episode)],
    person: Uuid,
) -> Vec<Episode> {
    let asked = humans.iter().find(|(_, member)| *member == person).map(|(asked, _)| *asked);
    let members: BTreeSet<Uuid> = humans
        .iter()
        .filter(|(other, _)| Some(*other) == asked)
        .map(|(_, member)| *member)
        .collect();
    let own = episodes.iter().filter(|(person, _)| members.contains(person));
    own.map(|(_, episode)| episode.clone()).collect()
}

async fn begin(
    tx: &mut Tx,
    contact: Uuid,
    unit: String,
    children: Vec<Uuid>,
    rules: &Rules,
) -> Result<(), RegisterError> {
    let now = tx.now();
    let timescale = &rules.intake.register.timescales.unit_pass;
    let due_at = rules.protocol.calendar().deadline(now, timescale).at;
    let hand_over = UnitHandOver {
        id: Uuid::now_v7(),
        revision: 1,
        contact,
        children,
        unit,
        found_at: now,
        passing: Running { clock: Uuid::now_v7(), due_at },
        passed: None,
        receipt: None,
        withdrawn_at: None,
    };
    unit_hand_overs::insert(tx, &hand_over).await?;
    let watch = watch(rules, (now, due_at), timescale);
    tx.append(hand_over.id, 1, &events::open_case_found(&hand_over, watch)).await?;
    Ok(())
}

async fn withdraw(tx: &mut Tx, hand_over: &UnitHandOver) -> Result<(), RegisterError> {
    let (now, next) = (tx.now(), hand_over.revision + 1);
    unit_hand_overs::withdraw(tx, (hand_over.id, next), now).await?;
    tx.append(hand_over.id, next, &events::withdrawn(hand_over, now)).await?;
    Ok(())
}
