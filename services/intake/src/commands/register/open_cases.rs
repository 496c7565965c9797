//! What a match or an episode means for open cases (R9): a child of a contact who has one is
//! to be passed to the unit that holds it, and one who has none after all is the hub's.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use messaging::Tx;
use uuid::Uuid;

use super::RegisterError;
use crate::{
    domain::{
        register::{all_opened_on, open_case},
        unit_hand_over::{Beginning, Begun, Seen, UnitHandOver, plan},
        urgency::{Urgency, is_urgent_now},
    },
    events::unit_hand_over as events,
    protocol::Rules,
    store::{
        bases,
        cases_taken_back::{self, CaseTakenBack},
        contacts, notices,
        register::{
            history::{self, EpisodeOf, OnContact},
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
    /// The hand-over that a manager takes back.
    pub taken_back: Option<Uuid>,
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
        let plan = plan(&standing, &seen, touched.taken_back);
        for hand_over in standing.iter().filter(|held| plan.withdraw.contains(&held.id)) {
            withdraw(tx, hand_over, touched.taken_back == Some(hand_over.id)).await?;
        }
        for (id, unit) in &plan.follow {
            if let Some(hand_over) = standing.iter().find(|held| held.id == *id) {
                follow(tx, hand_over, unit).await?;
            }
        }
        for (unit, beginning) in plan.begin {
            begin(tx, on, (unit, None), beginning, rules).await?;
        }
        for (id, beginning) in plan.begin_as {
            if let Some(held) = standing.iter().find(|held| held.id == id) {
                let as_before = (held.unit.clone(), held.begun.clone());
                begin(tx, on, as_before, beginning, rules).await?;
            }
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
pub(super) struct OpenCase {
    /// The unit that holds it; empty where it is not named.
    unit: String,
    /// It was opened on the day on which the hub knew of the child, and none before.
    opened_that_day: bool,
    /// Every case that was open on that day.
    all: Vec<CaseTakenBack>,
}

impl OpenCase {
    /// The cases by which a hand-over was made that is taken back (R9): those at its unit, as the
    /// case system names it, so that another case of the child's begins by itself. Where a person
    /// named the unit no case says which was meant, and it is every one.
    pub(super) fn by_which(self, hand_over: &UnitHandOver) -> Vec<CaseTakenBack> {
        let all = self.all.into_iter();
        all.filter(|case| hand_over.begun.is_some() || case.unit == hand_over.unit).collect()
    }
}

/// The children of these contacts, each with their open case. What counts is the day on which
/// the hub knew of the child: it recorded the contact, or added a child who was missed. A case
/// that was opened between the receipt and that day holds the child now, one that was closed in
/// between does not; nor does one by which the child was handed over and taken back, while it is
/// at the same unit and no person has handed the child over again (R9).
pub(super) async fn look(
    tx: &mut Tx,
    contacts: &BTreeSet<Uuid>,
    rules: &Rules,
) -> Result<Vec<(OnContact, Option<OpenCase>)>, sqlx::Error> {
    let contacts: Vec<Uuid> = contacts.iter().copied().collect();
    let children = history::children(tx, &contacts).await?;
    let humans = history::humans(tx, &children).await?;
    let everybody: BTreeSet<Uuid> = humans.iter().map(|(_, person)| *person).collect();
    let episodes = history::episodes(tx, &Vec::from_iter(everybody)).await?;
    let taken_back = cases_taken_back::of(tx, &children).await?;
    let calendar = rules.calendar();
    let case = |on: &OnContact| {
        let cases = episodes_of(&humans, &episodes, on.person);
        let cases = cases.into_iter().map(|of| (as_case(on.person, of), &of.episode));
        let counted = cases.filter(|(case, _)| !taken_back.contains(case));
        let (all, own): (Vec<_>, Vec<_>) = counted.map(|(case, it)| (case, it.clone())).unzip();
        let day = calendar.local_date(on.known_at());
        let unit = open_case(&own, day)?.unit.clone().unwrap_or_default();
        let open = all.into_iter().zip(&own).filter(|(_, it)| it.is_open_case_on(day));
        let all = open.map(|(case, _)| case).collect();
        Some(OpenCase { unit, opened_that_day: all_opened_on(&own, day), all })
    };
    let seen = history::contacts(tx, &children).await?;
    Ok(seen.into_iter().map(|on| (on.clone(), case(&on))).collect())
}

/// The episodes of everybody who is one human with this entry.
fn episodes_of<'a>(
    humans: &[(Uuid, Uuid)],
    episodes: &'a [EpisodeOf],
    person: Uuid,
) -> Vec<&'a EpisodeOf> {
    let members = humans.iter().filter(|(asked, _)| *asked == person);
    let members: BTreeSet<Uuid> = members.map(|(_, member)| *member).collect();
    episodes.iter().filter(|of| members.contains(&of.person)).collect()
}

/// An episode, as it is noted where a child is taken back.
fn as_case(child: Uuid, of: &EpisodeOf) -> CaseTakenBack {
    let unit = of.episode.unit.clone().unwrap_or_default();
    CaseTakenBack { child, episode: of.id, unit }
}

/// Begins a hand-over to a unit; by a person, where one did. Answers it.
pub(super) async fn begin(
    tx: &mut Tx,
    on: &OnContact,
    (unit, begun): (String, Option<Begun>),
    beginning: Beginning,
    rules: &Rules,
) -> Result<UnitHandOver, RegisterError> {
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
        begun,
        taken_back: None,
    };
    unit_hand_overs::insert(tx, &hand_over).await?;
    tx.append(hand_over.id, 1, &events::open_case_found(&hand_over, &clock)).await?;
    Ok(hand_over)
}

/// Whether a contact is urgent now: by what is marked on it, or whoever said so since.
async fn is_urgent(tx: &mut Tx, on: &OnContact) -> Result<bool, sqlx::Error> {
    let bases = bases::of_contact(tx, on.contact).await?;
    let notice = notices::confirmed_of(tx, on.contact).await?;
    Ok(on.urgent || is_urgent_now(Urgency::NONE, &bases, notice))
}

async fn withdraw(
    tx: &mut Tx,
    hand_over: &UnitHandOver,
    taken_back: bool,
) -> Result<(), RegisterError> {
    let (now, next) = (tx.now(), hand_over.revision + 1);
    unit_hand_overs::withdraw(tx, (hand_over.id, next), now).await?;
    tx.append(hand_over.id, next, &events::withdrawn(hand_over, taken_back, now)).await?;
    Ok(())
}

/// The case went to another unit before one was told: whoever tells one tells that.
async fn follow(tx: &mut Tx, hand_over: &UnitHandOver, unit: &str) -> Result<(), RegisterError> {
    let (now, next) = (tx.now(), hand_over.revision + 1);
    unit_hand_overs::set_unit(tx, (hand_over.id, next), unit).await?;
    tx.append(hand_over.id, next, &events::unit_changed(hand_over, now)).await?;
    Ok(())
}
