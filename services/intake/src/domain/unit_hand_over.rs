//! Passing a child with an open case to the unit that holds it (R9).

use std::collections::{BTreeMap, BTreeSet};

use access::Personal;
use calendar::Calendar;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::{
    basis::{Adopter, may_adopt},
    clock::Running,
    hand_over::SecureWay,
    receipt::{BeforePassing, Receipt},
};

/// That the unit was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// When.
    pub at: Timestamp,
    /// Who told it: an opaque id.
    pub by: String,
    /// How.
    pub way: SecureWay,
    /// The unit that was told, where it was named.
    pub unit: Option<String>,
    /// The clock until it says that it has the children.
    pub receipt: Running,
}

/// That a person handed children over, whatever the machine had begun.
#[derive(Clone)]
pub struct Begun {
    /// Who: an opaque id.
    pub by: String,
    /// Why.
    pub reason: Personal<String>,
}

/// That a manager took children back.
#[derive(Clone)]
pub struct TakenBack {
    /// Whom.
    pub children: Vec<Uuid>,
    /// Who did: an opaque id.
    pub by: String,
    /// Why.
    pub reason: Personal<String>,
}

/// Children of a contact who are, or are to be, with the unit that holds their case.
#[derive(Clone)]
pub struct UnitHandOver {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The contact.
    pub contact: Uuid,
    /// The children.
    pub children: Vec<Uuid>,
    /// The unit; empty where the case system does not say.
    pub unit: String,
    /// When it was known that the case is open.
    pub found_at: Timestamp,
    /// The clock until the unit is told.
    pub passing: Running,
    /// From when it runs.
    pub passing_from: Timestamp,
    /// That it was.
    pub passed: Option<Passed>,
    /// That the unit has the children.
    pub receipt: Option<Receipt>,
    /// Who recorded that: an opaque id.
    pub receipt_recorded_by: Option<String>,
    /// When it was found out that its ground is gone, or a manager took it back.
    pub withdrawn_at: Option<Timestamp>,
    /// That a person began it.
    pub begun: Option<Begun>,
    /// That a manager took children back.
    pub taken_back: Option<TakenBack>,
}

/// Why something cannot be recorded of a hand-over to a unit.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UnitRefusal {
    /// The unit was told already.
    #[error("the unit was told already")]
    PassedAlready,
    /// The unit is said to have been told before anybody knew that the case is open.
    #[error("it was not known yet that the case is open")]
    PassedBeforeFound,
    /// Nobody has told the unit.
    #[error("nobody has told the unit yet")]
    NotPassed,
    /// The unit has them already.
    #[error("the unit has said already that it has them")]
    ReceivedAlready,
    /// The receipt cannot be of what the unit was told.
    #[error(transparent)]
    Receipt(#[from] BeforePassing),
    /// There is no open case after all, or somebody took it back.
    #[error("it was withdrawn: its ground is gone, or it was taken back")]
    Withdrawn,
    /// It is not for them to take a child back, or to hand one over.
    #[error("a child is taken back from a unit, and handed to one, by a MASH Manager")]
    NoManager,
    /// A hand-over of a child stands already.
    #[error("a child named is handed over already")]
    HandedOverAlready,
    /// The register shows no open case of a child.
    #[error("a child named has no open case")]
    NoOpenCase,
}

/// Whether somebody may take a child back from a unit, or hand one to a unit whatever the machine
/// makes of it (R9): a MASH Manager, and while the hub is closed EDT's duty manager too, so that no
/// child is with nobody until it opens.
pub fn may_take_back(by: Adopter, hub_is_open: bool) -> Result<(), UnitRefusal> {
    may_adopt(by, hub_is_open).map_err(|_| UnitRefusal::NoManager)
}

impl UnitHandOver {
    /// The unit that was told, or is to be; empty where none is named.
    pub fn unit_told(&self) -> &str {
        let told = self.passed.as_ref().and_then(|passed| passed.unit.as_deref());
        told.unwrap_or(&self.unit)
    }

    /// Whether it can be recorded that the unit was told at an instant (R9). Nobody told it
    /// of an open case that was not known: a late passing is not written as one in time.
    pub fn may_pass(&self, at: Timestamp) -> Result<(), UnitRefusal> {
        match (&self.withdrawn_at, &self.passed) {
            (Some(_), _) => Err(UnitRefusal::Withdrawn),
            (None, Some(_)) => Err(UnitRefusal::PassedAlready),
            (None, None) if at < self.found_at => Err(UnitRefusal::PassedBeforeFound),
            (None, None) => Ok(()),
        }
    }

    /// Whether the unit's receipt can be recorded (R9); gives the passing that it answers.
    pub fn may_receive(&self, receipt: &Receipt) -> Result<&Passed, UnitRefusal> {
        if self.withdrawn_at.is_some() {
            return Err(UnitRefusal::Withdrawn);
        }
        if self.receipt.is_some() {
            return Err(UnitRefusal::ReceivedAlready);
        }
        let passed = self.passed.as_ref().ok_or(UnitRefusal::NotPassed)?;
        receipt.of_passing(passed.at)?;
        Ok(passed)
    }

    /// Whom a manager takes back of it, where those are named and not all of its children (R9).
    /// It does not matter how far it is: the unit was never told, it says after its receipt that
    /// they are not its own, or the receipt was recorded of another hand-over. `None` where a
    /// child named is none of it.
    pub fn take_back(&self, named: &[Uuid]) -> Result<Option<Vec<Uuid>>, UnitRefusal> {
        if self.withdrawn_at.is_some() {
            return Err(UnitRefusal::Withdrawn);
        }
        let named = if named.is_empty() { &self.children } else { named };
        let are_all = named.iter().all(|child| self.children.contains(child));
        Ok(are_all.then(|| named.to_vec()))
    }

    /// The clock that runs; none once the unit has the children or it was withdrawn.
    pub fn running(&self) -> Option<Running> {
        if self.receipt.is_some() || self.withdrawn_at.is_some() {
            return None;
        }
        Some(self.passed.as_ref().map_or(self.passing, |passed| passed.receipt))
    }
}

/// When the clock starts until the unit is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The contact itself showed the open case: its child was matched for the first time.
    ByArrival {
        /// When the hub was told of the child: the contact was received, or the child added.
        at: Timestamp,
        /// Significant harm or immediate danger is indicated.
        urgent: bool,
    },
    /// A person or an import had to tell first.
    Later {
        /// When they did.
        at: Timestamp,
        /// The contact is urgent, whoever said so.
        urgent: bool,
        /// The case was opened on the very day of the contact.
        opened_that_day: bool,
    },
    /// A hand-over was withdrawn before the unit was told, whose clock ran from then.
    Before(Timestamp),
}

impl Shown {
    /// From when R9's hour runs. Every clock runs on *received* (R13): where the contact
    /// itself shows the open case that is its receipt, or the next opening where it arrived
    /// while the hub was closed and is not urgent (R10), however late it was entered; of a child
    /// who was added later it is when that was, since nobody knew of the child before. Where a
    /// match had to be confirmed, or an episode or a correction came later, nobody could know
    /// before, and the hour runs from that instant, or from the next opening as well where the
    /// contact is not urgent.
    ///
    /// A case that was opened on the day of the contact and is heard of later may be what the
    /// hub itself did about it, which the night's import then brings back. It is handed over all
    /// the same, since a unit may have opened it before the contact and know nothing of it; but
    /// its hour begins when the hub is open, also where the contact is urgent, so that nobody
    /// is paged in the night for what the hub did by day, and who is paged for others is not
    /// drowned in it. No danger waits for that: it was paged when it was said (R18).
    pub fn starts(self, calendar: &Calendar) -> Timestamp {
        match self {
            Self::ByArrival { at, urgent: true }
            | Self::Later { at, urgent: true, opened_that_day: false }
            | Self::Before(at) => at,
            Self::ByArrival { at, urgent: false }
            | Self::Later { at, urgent: false, .. }
            | Self::Later { at, opened_that_day: true, .. } => calendar.next_opening(at),
        }
    }
}

/// A child of a contact, as the register shows it now.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The child.
    pub child: Uuid,
    /// The unit that holds their open case, empty where it is not named; `None` where they
    /// have none.
    pub unit: Option<String>,
    /// The case was opened on the very day on which the hub knew of them, and none before.
    pub opened_that_day: bool,
    /// A hand-over may begin: the hub has known of them on this contact for a short while only.
    pub may_begin: bool,
    /// When the hub was told of them, where their own entry was just matched for the first time.
    pub arrived_at: Option<Timestamp>,
}

/// Children who are to be handed over to a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beginning {
    /// The children.
    pub children: Vec<Uuid>,
    /// When the hub was told of the first of those who were just matched for the first time.
    pub arrived_at: Option<Timestamp>,
    /// The cases of all of them were opened on the very day on which the hub knew of them.
    pub opened_that_day: bool,
    /// From when the clock ran of a hand-over that was withdrawn before the unit was told: it
    /// goes on.
    pub since: Option<Timestamp>,
}

impl Beginning {
    /// From when the hour may run; the earliest of them counts. `now` is when a person or an
    /// import told, where nothing did before.
    pub fn shown(&self, now: Timestamp, urgent: bool) -> Vec<Shown> {
        let arrived = self.arrived_at.map(|at| Shown::ByArrival { at, urgent });
        let shown: Vec<Shown> = arrived.into_iter().chain(self.since.map(Shown::Before)).collect();
        match shown.is_empty() {
            true => {
                let opened_that_day = self.opened_that_day;
                vec![Shown::Later { at: now, urgent, opened_that_day }]
            }
            false => shown,
        }
    }
}

/// What is to be done with the hand-overs of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Hand-overs whose ground is gone.
    pub withdraw: Vec<Uuid>,
    /// Hand-overs whose case went to this unit before one was told.
    pub follow: Vec<(Uuid, String)>,
    /// Who is to be handed over anew, by unit.
    pub begin: BTreeMap<String, Beginning>,
    /// Who is to be handed over anew to the unit that a person named, by the hand-over with which
    /// the person did and which is withdrawn.
    pub begin_as: BTreeMap<Uuid, Beginning>,
}

/// What is to be done, with the hand-overs that stand and all children of the contact (R9). The
/// one that is `taken_back` is withdrawn whatever its ground, and children of it with an open case
/// that counts still begin anew.
/// One with a child who has no open case is withdrawn, whatever the unit has said: else the
/// child would be with nobody. Its other children begin anew at once, and so does everybody
/// with an open case who has no hand-over, where the contact is recent. Of one that was told of a
/// child who is not on the contact any more the others stay where they are (R20); before, they
/// begin anew, so that nobody is told of a stranger. The unit that a person named stays, for whoever
/// begins anew too.
pub fn plan(standing: &[UnitHandOver], children: &[Seen], taken_back: Option<Uuid>) -> Plan {
    let unit_of = |child: &Uuid| {
        let seen = children.iter().find(|seen| seen.child == *child)?;
        seen.unit.as_deref()
    };
    let mut plan = Plan::default();
    let mut kept: BTreeSet<Uuid> = BTreeSet::new();
    let mut loose: BTreeMap<Uuid, Loose> = BTreeMap::new();
    let is_on_contact = |child: &&Uuid| children.iter().any(|seen| seen.child == **child);
    for hand_over in standing {
        let told = hand_over.passed.is_some();
        let left: Vec<&Uuid> = hand_over.children.iter().filter(is_on_contact).collect();
        let are_all = left.len() == hand_over.children.len();
        let units: Option<BTreeSet<&str>> = left.iter().map(|child| unit_of(child)).collect();
        let units = units.filter(|_| are_all || (told && !left.is_empty()));
        let units = units.filter(|_| taken_back != Some(hand_over.id));
        match units.map(Vec::from_iter).as_deref() {
            Some(_) if told || hand_over.begun.is_some() => kept.extend(&hand_over.children),
            Some([unit]) => {
                kept.extend(&hand_over.children);
                if !unit.is_empty() && *unit != hand_over.unit {
                    plan.follow.push((hand_over.id, (*unit).to_owned()));
                }
            }
            Some(_) | None => {
                plan.withdraw.push(hand_over.id);
                let was = Loose {
                    since: (!told).then_some(hand_over.passing_from),
                    begun: hand_over.begun.as_ref().map(|_| hand_over.id),
                };
                loose.extend(hand_over.children.iter().map(|child| (*child, was)));
            }
        }
    }
    for seen in children.iter().filter(|seen| !kept.contains(&seen.child)) {
        let was_loosened = loose.get(&seen.child);
        let Some(unit) = &seen.unit else { continue };
        if !seen.may_begin && was_loosened.is_none() {
            continue;
        }
        let nobody = Beginning { opened_that_day: true, ..Beginning::default() };
        let beginning = match was_loosened.and_then(|was| was.begun) {
            Some(begun) => plan.begin_as.entry(begun).or_insert(nobody),
            None => plan.begin.entry(unit.clone()).or_insert(nobody),
        };
        beginning.children.push(seen.child);
        beginning.arrived_at = earliest(beginning.arrived_at, seen.arrived_at);
        beginning.opened_that_day &= seen.opened_that_day;
        let since = was_loosened.and_then(|was| was.since);
        beginning.since = earliest(beginning.since, since);
    }
    plan
}

/// How children stood in a hand-over that is withdrawn.
#[derive(Clone, Copy)]
struct Loose {
    /// From when its clock ran, where the unit was not told.
    since: Option<Timestamp>,
    /// It, where a person began it.
    begun: Option<Uuid>,
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests;
