//! Taking children back from a unit, and handing them to one by a person (R9).

use std::collections::BTreeSet;

use access::Personal;
use messaging::Tx;
use uuid::Uuid;

use super::{
    RegisterError,
    open_cases::{self, Touched},
    pass_to_unit::stand_at,
};
use crate::{
    domain::{
        basis::Adopter,
        unit_hand_over::{Beginning, Begun, TakenBack, UnitHandOver, UnitRefusal, may_take_back},
    },
    protocol::Rules,
    store::{cases_taken_back, contacts, people, register::keys, unit_hand_overs},
};

/// Takes children back from a unit, whether or not it was told, has them, or says so (R9): the
/// hand-over is withdrawn, and they are the hub's again. They are not handed over by the same open
/// case at the same unit any more unless a person does it; where another case of theirs is open
/// that begins by itself, and so do other children of the hand-over. Answers the new revision.
pub async fn take_back_from_unit(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    (named, reason): (Vec<Uuid>, Personal<String>),
    (by, rules): (Adopter, &Rules),
) -> Result<i64, RegisterError> {
    may_take_back(by, rules.calendar().is_open(tx.now()))?;
    keys::lock_register(tx).await?;
    let hand_over = stand_at(tx, id, revision).await?;
    let children = hand_over.take_back(&named)?.ok_or(RegisterError::NotHandedOver)?;
    for (on, case) in open_cases::look(tx, &BTreeSet::from([hand_over.contact]), rules).await? {
        if let Some(case) = case.filter(|_| children.contains(&on.person)) {
            cases_taken_back::insert(tx, id, &case.by_which(&hand_over)).await?;
        }
    }
    let (entries, new) = (&*hand_over.children, &BTreeSet::new());
    open_cases::settle(tx, Touched { entries, new, taken_back: Some(id) }, rules).await?;
    let taken_back = TakenBack { children, by: tx.actor().to_owned(), reason };
    cases_taken_back::note(tx, id, &taken_back).await?;
    Ok(revision + 1)
}

/// The field that names children, and its rule.
const CHILDREN: (&str, &str) = ("child_ids", "R9");

/// Children whom a person hands to a unit.
pub struct Handing {
    /// The contact.
    pub contact: Uuid,
    /// The children on it.
    pub children: Vec<Uuid>,
    /// The unit, as whoever hands over names it.
    pub unit: String,
    /// Why.
    pub reason: Personal<String>,
}

/// Hands children with an open case to the unit that a person names, also where they were taken
/// back before (R9). Only who has an open case is handed over: everybody else is the hub's.
pub async fn hand_to_unit(
    tx: &mut Tx,
    handing: Handing,
    (by, rules): (Adopter, &Rules),
) -> Result<UnitHandOver, RegisterError> {
    may_take_back(by, rules.calendar().is_open(tx.now()))?;
    let Handing { contact, children, unit, reason } = handing;
    keys::lock_register(tx).await?;
    contacts::lock(tx, contact).await?.ok_or(RegisterError::NoSuchContact)?;
    let on_contact = people::child_ids(tx, contact).await?;
    if !children.iter().all(|child| on_contact.contains(child)) {
        return Err(RegisterError::NoSuchChild(CHILDREN));
    }
    let standing = unit_hand_overs::standing(tx, contact).await?;
    if standing.iter().flat_map(|held| &held.children).any(|child| children.contains(child)) {
        return Err(UnitRefusal::HandedOverAlready.into());
    }
    let now = tx.now();
    cases_taken_back::lift(tx, &children, now).await?;
    let mut seen = open_cases::look(tx, &BTreeSet::from([contact]), rules).await?;
    seen.retain(|(on, case)| case.is_some() && children.contains(&on.person));
    if seen.len() != children.len() {
        return Err(UnitRefusal::NoOpenCase.into());
    }
    let (on, _) = seen.first().ok_or(RegisterError::NoSuchChild(CHILDREN))?;
    let begun = Begun { by: tx.actor().to_owned(), reason };
    let beginning = Beginning { children, ..Beginning::default() };
    open_cases::begin(tx, on, (unit, Some(begun)), beginning, rules).await
}
