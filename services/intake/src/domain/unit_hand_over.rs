//! Passing a child with an open case to the unit that holds it (R9).

use std::collections::{BTreeMap, BTreeSet};

use calendar::Calendar;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::{
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
    /// When it was found out that its ground is gone.
    pub withdrawn_at: Option<Timestamp>,
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
    /// There is no open case after all.
    #[error("it was withdrawn: its ground is gone")]
    Withdrawn,
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
}

/// What is to be done, with the hand-overs that stand and all children of the contact (R9).
/// One with a child who has no open case is withdrawn, whatever the unit has said: else the
/// child would be with nobody. Its other children begin anew at once, and so does everybody
/// with an open case who has no hand-over, where the contact is recent. Of one that was told of a
/// child who is not on the contact any more the others stay where they are (R20); before, they
/// begin anew, so that nobody is told of a stranger.
pub fn plan(standing: &[UnitHandOver], children: &[Seen]) -> Plan {
    let unit_of = |child: &Uuid| {
        let seen = children.iter().find(|seen| seen.child == *child)?;
        seen.unit.as_deref()
    };
    let mut plan = Plan::default();
    let mut kept: BTreeSet<Uuid> = BTreeSet::new();
    let mut loose: BTreeMap<Uuid, Option<Timestamp>> = BTreeMap::new();
    let is_on_contact = |child: &&Uuid| children.iter().any(|seen| seen.child == **child);
    for hand_over in standing {
        let told = hand_over.passed.is_some();
        let left: Vec<&Uuid> = hand_over.children.iter().filter(is_on_contact).collect();
        let are_all = left.len() == hand_over.children.len();
        let units: Option<BTreeSet<&str>> = left.iter().map(|child| unit_of(child)).collect();
        let units = units.filter(|_| are_all || (told && !left.is_empty()));
        match units.map(Vec::from_iter).as_deref() {
            Some(_) if told => kept.extend(&hand_over.children),
            Some([unit]) => {
                kept.extend(&hand_over.children);
                if !unit.is_empty() && *unit != hand_over.unit {
                    plan.follow.push((hand_over.id, (*unit).to_owned()));
                }
            }
            Some(_) | None => {
                plan.withdraw.push(hand_over.id);
                let since = (!told).then_some(hand_over.passing_from);
                loose.extend(hand_over.children.iter().map(|child| (*child, since)));
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
        let beginning = plan.begin.entry(unit.clone()).or_insert(nobody);
        beginning.children.push(seen.child);
        beginning.arrived_at = earliest(beginning.arrived_at, seen.arrived_at);
        beginning.opened_that_day &= seen.opened_that_day;
        let since = was_loosened.copied().flatten();
        beginning.since = earliest(beginning.since, since);
    }
    plan
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use access::Personal;

    use super::*;

    fn protocol() -> calendar::protocol::Protocol {
        calendar::protocol::Protocol::embedded().unwrap()
    }

    fn running(id: u128) -> Running {
        Running { id: Uuid::from_u128(id), due_at: Timestamp::UNIX_EPOCH }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn receipt(second: i64) -> Receipt {
        Receipt { at: at(second), by: Personal::new("Duty".to_owned()) }
    }

    fn found() -> UnitHandOver {
        UnitHandOver {
            id: Uuid::from_u128(1),
            revision: 1,
            contact: Uuid::from_u128(2),
            children: vec![Uuid::from_u128(3)],
            unit: "Unit 7".to_owned(),
            found_at: at(0),
            passing: running(4),
            passing_from: at(0),
            passed: None,
            receipt: None,
            receipt_recorded_by: None,
            withdrawn_at: None,
        }
    }

    fn passed() -> UnitHandOver {
        let way = SecureWay::Telephone;
        let passed =
            Passed { at: at(60), by: "a".to_owned(), way, unit: None, receipt: running(5) };
        UnitHandOver { passed: Some(passed), ..found() }
    }

    #[test]
    fn r9_the_unit_is_told_and_then_has_them() {
        assert_eq!(found().may_pass(at(0)), Ok(()));
        assert_eq!(found().may_pass(at(-1)), Err(UnitRefusal::PassedBeforeFound));
        assert_eq!(found().may_receive(&receipt(60)), Err(UnitRefusal::NotPassed));
        assert_eq!(found().running(), Some(running(4)));
        assert_eq!(passed().may_pass(at(0)), Err(UnitRefusal::PassedAlready));
        assert_eq!(passed().may_receive(&receipt(59)), Err(UnitRefusal::Receipt(BeforePassing)));
        assert!(passed().may_receive(&receipt(60)).is_ok());
        assert_eq!(passed().running(), Some(running(5)));
        let received = UnitHandOver { receipt: Some(receipt(61)), ..passed() };
        assert_eq!(received.may_receive(&receipt(62)), Err(UnitRefusal::ReceivedAlready));
        assert_eq!(received.running(), None);
        for hand_over in [found(), passed()] {
            let withdrawn = UnitHandOver { withdrawn_at: Some(at(70)), ..hand_over };
            assert_eq!(withdrawn.may_pass(at(80)), Err(UnitRefusal::Withdrawn));
            assert_eq!(withdrawn.may_receive(&receipt(80)), Err(UnitRefusal::Withdrawn));
            assert_eq!(withdrawn.running(), None);
        }
    }

    const ANNA: Uuid = Uuid::from_u128(3);
    const BEN: Uuid = Uuid::from_u128(6);

    fn seen(child: Uuid, unit: Option<&str>) -> Seen {
        let unit = unit.map(str::to_owned);
        Seen { child, unit, opened_that_day: false, may_begin: true, arrived_at: None }
    }

    fn of_both(hand_over: UnitHandOver) -> UnitHandOver {
        UnitHandOver { children: vec![ANNA, BEN], ..hand_over }
    }

    fn beginning(children: &[Uuid], since: Option<i64>) -> Beginning {
        Beginning { children: children.to_vec(), since: since.map(at), ..Beginning::default() }
    }

    #[test]
    fn r20_whom_the_unit_was_told_of_stay_there_when_a_sibling_is_taken_off() {
        let left = [seen(BEN, Some("Unit 7"))];
        let received = UnitHandOver { receipt: Some(receipt(61)), ..of_both(passed()) };
        for told in [of_both(passed()), received] {
            assert_eq!(plan(&[told], &left), Plan::default());
        }
        let before = plan(&[of_both(found())], &left);
        assert_eq!(before.withdraw, [Uuid::from_u128(1)]);
        assert_eq!(before.begin["Unit 7"], beginning(&[BEN], Some(0)));
        for hand_over in [found(), passed()] {
            let plan = plan(&[hand_over], &left[..0]);
            assert!(plan.withdraw == [Uuid::from_u128(1)] && plan.begin.is_empty());
        }
        let without_ground = plan(&[of_both(passed())], &[seen(BEN, None)]);
        assert_eq!(without_ground.withdraw, [Uuid::from_u128(1)]);
    }

    #[test]
    fn r9_what_lost_its_ground_is_withdrawn_and_the_other_child_begins_anew() {
        let received = UnitHandOver { receipt: Some(receipt(61)), ..of_both(passed()) };
        for (hand_over, since) in
            [(of_both(found()), Some(0)), (of_both(passed()), None), (received, None)]
        {
            let mut ben = seen(BEN, Some("Unit 7"));
            ben.may_begin = false;
            let plan = plan(&[hand_over], &[seen(ANNA, None), ben]);
            assert_eq!(plan.withdraw, [Uuid::from_u128(1)]);
            let begun = BTreeMap::from([("Unit 7".to_owned(), beginning(&[BEN], since))]);
            assert_eq!((plan.begin, plan.follow), (begun, Vec::new()));
        }
        let both = [seen(ANNA, Some("Unit 7")), seen(BEN, Some("Unit 7"))];
        assert_eq!(plan(&[of_both(passed())], &both), Plan::default());
    }

    #[test]
    fn r9_a_changed_unit_is_followed_until_one_was_told() {
        let moved = |unit| [seen(ANNA, Some("Unit 9")), seen(BEN, Some(unit))];
        let followed = plan(&[of_both(found())], &moved("Unit 9"));
        assert_eq!(followed.follow, [(Uuid::from_u128(1), "Unit 9".to_owned())]);
        assert!(followed.withdraw.is_empty() && followed.begin.is_empty());
        assert_eq!(plan(&[of_both(passed())], &moved("Unit 9")), Plan::default());
        let apart = plan(&[of_both(found())], &moved("Unit 7"));
        assert_eq!(apart.withdraw, [Uuid::from_u128(1)]);
        let (nine, seven) = (beginning(&[ANNA], Some(0)), beginning(&[BEN], Some(0)));
        let begun = [("Unit 7".to_owned(), seven), ("Unit 9".to_owned(), nine)];
        assert_eq!(apart.begin, BTreeMap::from(begun));
    }

    #[test]
    fn r9_the_hour_runs_from_receipt_or_the_opening_and_from_who_told_later() {
        let protocol = protocol();
        let starts = |shown: Shown| shown.starts(protocol.calendar());
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let arrival = |text, urgent| starts(Shown::ByArrival { at: at(text), urgent });
        let (open, night) = ("2026-11-24T10:00:00Z", "2026-11-21T22:00:00Z");
        assert_eq!(arrival(open, false), at(open));
        assert_eq!(arrival(night, false), at("2026-11-23T09:00:00Z"));
        assert_eq!(arrival(night, true), at(night));
        let opening = at("2026-11-23T09:00:00Z");
        let later = |text, urgent, opened_that_day| {
            starts(Shown::Later { at: at(text), urgent, opened_that_day })
        };
        assert_eq!(later(night, true, false), at(night));
        assert_eq!(later(night, false, false), opening);
        assert_eq!((later(night, true, true), later(night, false, true)), (opening, opening));
        assert_eq!((later(open, true, true), later(open, false, false)), (at(open), at(open)));
        assert_eq!(starts(Shown::Before(at(night))), at(night));
    }

    #[test]
    fn r9_of_two_who_are_new_the_hour_runs_from_whom_the_hub_was_told_of_first() {
        let new = |child, arrived| Seen { arrived_at: Some(at(arrived)), ..seen(child, Some("7")) };
        let begun = plan(&[], &[new(ANNA, 90), new(BEN, 30), seen(Uuid::nil(), Some("7"))]);
        assert_eq!(begun.begin["7"].arrived_at, Some(at(30)));
        let alone = plan(&[], &[seen(ANNA, Some("7"))]);
        assert_eq!(alone.begin["7"].arrived_at, None);
        let later = Beginning { arrived_at: Some(at(90)), ..beginning(&[ANNA], Some(20)) };
        let starts = |beginning: &Beginning| {
            let shown = beginning.shown(at(99), true);
            shown.into_iter().map(|shown| shown.starts(protocol().calendar())).min()
        };
        assert_eq!(starts(&later), Some(at(20)), "an hour that ran before goes on");
        assert_eq!(starts(&beginning(&[ANNA], None)), Some(at(99)));
    }

    #[test]
    fn r9_with_a_case_that_was_open_before_nobody_waits_for_the_opening() {
        let today = |child| Seen { opened_that_day: true, ..seen(child, Some("Unit 7")) };
        let begun = |children: &[Seen]| plan(&[], children).begin["Unit 7"].opened_that_day;
        assert!(begun(&[today(ANNA), today(BEN)]));
        assert!(!begun(&[today(ANNA), seen(BEN, Some("Unit 7"))]));
    }
}
