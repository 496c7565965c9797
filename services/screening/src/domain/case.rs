//! A case: one contact in the hub, with pathway and outcome of each child (R20).

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::{
    check::{ConsentWithdrawal, KnownCheck, KnownFlag},
    consent::{BasisKind, KnownBasis},
    contact::{Channel, Questions, Urgency},
    decision::{FrameworkLevel, Outcome, Pathway},
    referrer::ReferrerNote,
    unit::Step,
};

/// A case as it stands.
pub struct Case {
    /// The contact, which is its key.
    pub contact_id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The way the contact came.
    pub channel: Channel,
    /// When it was received.
    pub received_at: Timestamp,
    /// How urgent the contact is, as it stands.
    pub urgency: Urgency,
    /// It was urgent when it arrived, from which screening is timed: what is said later makes
    /// no clock run from an earlier start (R24).
    pub arrived_urgent: bool,
    /// The referrer left no way to be told.
    pub referrer_unreachable: bool,
    /// How the referrer was dealt with.
    pub referrer: Option<ReferrerNote>,
    /// How they were before a child came back into the hub (R9), the oldest first.
    pub earlier_referrer: Vec<ReferrerNote>,
    /// It is over.
    pub closed: bool,
    /// Its children, in their order.
    pub children: Vec<CaseChild>,
    /// What is known of its checks.
    pub checks: Vec<KnownCheck>,
    /// What is known of its risk flags.
    pub flags: Vec<KnownFlag>,
    /// Consent that was taken back of checks which their agencies have (R6).
    pub consent_withdrawals: Vec<ConsentWithdrawal>,
    /// What managers have recorded since the contact was made.
    pub bases: Vec<KnownBasis>,
    /// Questions about the contact that nobody has answered (R8).
    pub questions: Questions,
}

/// A child on a case.
pub struct CaseChild {
    /// The child.
    pub id: Uuid,
    /// The family agrees that it is referred to a service (R6).
    pub service_consent: bool,
    /// The initial decision.
    pub pathway: Option<Pathway>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// Framework level of the latest decision.
    pub level: Option<FrameworkLevel>,
    /// Why the latest decision was made.
    pub rationale: Option<Personal<String>>,
    /// How far it is on its way to the unit that holds its open case (R9).
    pub unit: Option<Step>,
    /// It was put on the contact by mistake and is taken off (R20).
    pub taken_off: bool,
    /// From when its screening is timed, where that is not the contact's arrival: it was added
    /// later (R20), or came back into the hub (R9).
    pub timed_from: Option<Timestamp>,
}

impl CaseChild {
    /// Its unit has it: the hub plays no further role for it (R9).
    fn is_with_unit(&self) -> bool {
        self.unit == Some(Step::Received)
    }

    /// The hub decides on it: it is on the contact, and not with its unit.
    fn is_in_hub(&self) -> bool {
        !self.taken_off && !self.is_with_unit()
    }
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseState {
    /// A child waits for the initial decision.
    Undecided,
    /// It is screened, or waits for the referrer to be told.
    Screening,
    /// It is over.
    Closed,
}

/// A command that a case refuses as it stands.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CaseRefusal {
    /// It has changed since it was read; it is at this revision now.
    #[error("the case is at revision {0}")]
    Stale(i64),
    /// It is over.
    #[error("the case is closed")]
    Closed,
    /// A child named is not on it.
    #[error("a child named is not on this contact")]
    NoSuchChild,
    /// The unit that holds their open case has these children: it decides (R9).
    #[error("the unit that holds their open case has these children")]
    WithUnit(Vec<Uuid>),
    /// These children were put on the contact by mistake and are taken off (R20).
    #[error("these children are not on the contact any more")]
    TakenOff(Vec<Uuid>),
    /// These children are decided already.
    #[error("the decision has been made already for these children")]
    AlreadyDecided(Vec<Uuid>),
    /// These children have no initial decision that an outcome could follow.
    #[error("the initial decision comes first for these children")]
    NotScreened(Vec<Uuid>),
}

impl Case {
    /// Where it stands.
    pub fn state(&self) -> CaseState {
        if self.closed {
            CaseState::Closed
        } else if !self.undecided().is_empty() {
            CaseState::Undecided
        } else {
            CaseState::Screening
        }
    }

    /// Significant harm is indicated, or a manager has recorded reasonable cause to suspect
    /// it: anyone's mark counts (R18), unless it is of nobody but who was taken off (R20).
    pub fn is_section_47(&self) -> bool {
        let taken_off = |id: &Uuid| self.children.iter().any(|it| it.id == *id && it.taken_off);
        let is_suspicion = |basis: &KnownBasis| {
            basis.kind == BasisKind::Section47 && !basis.children.iter().all(taken_off)
        };
        self.urgency.significant_harm || self.bases.iter().any(is_suspicion)
    }

    /// Section 47 or immediate danger (R18).
    pub fn is_urgent(&self) -> bool {
        self.is_section_47() || self.urgency.immediate_danger
    }

    /// The same for one child: what the contact says is said of each, what a manager
    /// recorded of those named (R20).
    pub fn is_section_47_for(&self, child: Uuid) -> bool {
        self.urgency.is_urgent() || self.has_basis(BasisKind::Section47, child)
    }

    /// A manager has recorded a basis of this kind for a child.
    pub fn has_basis(&self, kind: BasisKind, child: Uuid) -> bool {
        self.bases.iter().any(|basis| basis.kind == kind && basis.children.contains(&child))
    }

    /// The children that wait for the initial decision; one that is with its unit (R9) or was
    /// taken off does not.
    pub fn undecided(&self) -> Vec<Uuid> {
        ids(self.in_hub().filter(|child| child.pathway.is_none()))
    }

    /// The children that need an outcome: while there is one, the contact is not finished
    /// (R20). One that is with its unit (R9) or was taken off needs none.
    pub fn unfinished(&self) -> Vec<Uuid> {
        ids(self.in_hub().filter(|child| child.outcome.is_none()))
    }

    /// The children whom their units have: the hub plays no further role for them (R9).
    pub fn with_unit(&self) -> impl Iterator<Item = Uuid> {
        self.on_contact().filter(|child| child.is_with_unit()).map(|child| child.id)
    }

    /// The children who are on the contact.
    pub fn on_contact(&self) -> impl Iterator<Item = &CaseChild> {
        self.children.iter().filter(|child| !child.taken_off)
    }

    fn in_hub(&self) -> impl Iterator<Item = &CaseChild> {
        self.children.iter().filter(|child| child.is_in_hub())
    }

    /// That whoever sends a command has read the case as it stands, and that it is
    /// open.
    ///
    /// # Errors
    /// `Stale` or `Closed`.
    pub fn accepts(&self, revision: i64) -> Result<(), CaseRefusal> {
        if self.revision != revision {
            return Err(CaseRefusal::Stale(self.revision));
        }
        if self.closed { Err(CaseRefusal::Closed) } else { Ok(()) }
    }

    /// The children that an initial decision covers: those named, or else each that is
    /// undecided (R20).
    ///
    /// # Errors
    /// A child that is not on the case, with its unit, taken off, or decided already.
    pub fn children_to_decide(&self, named: &[Uuid]) -> Result<Vec<Uuid>, CaseRefusal> {
        let (decided, undecided): (Vec<_>, Vec<_>) =
            self.named(named)?.into_iter().partition(|child| child.pathway.is_some());
        if undecided.is_empty() || !(named.is_empty() || decided.is_empty()) {
            return Err(CaseRefusal::AlreadyDecided(ids(decided)));
        }
        Ok(ids(undecided))
    }

    /// The children that an outcome covers, with their pathways: those named, or else
    /// each that is screened and has none (R20, R26).
    ///
    /// # Errors
    /// A child that is not on the case, is with its unit, was taken off, has an outcome, or has no
    /// initial decision.
    pub fn children_to_conclude(
        &self,
        named: &[Uuid],
    ) -> Result<Vec<(Uuid, Pathway)>, CaseRefusal> {
        let (concluded, open): (Vec<_>, Vec<_>) =
            self.named(named)?.into_iter().partition(|child| child.outcome.is_some());
        if open.is_empty() || !(named.is_empty() || concluded.is_empty()) {
            return Err(CaseRefusal::AlreadyDecided(ids(concluded)));
        }
        let screened: Vec<_> =
            open.iter().filter_map(|child| Some((child.id, child.pathway?))).collect();
        let waiting = screened.len() < open.len();
        if screened.is_empty() || (waiting && !named.is_empty()) {
            return Err(CaseRefusal::NotScreened(ids(open
                .into_iter()
                .filter(|child| child.pathway.is_none()))));
        }
        Ok(screened)
    }

    /// The children named, or else each that the hub may decide. There is always one.
    fn named(&self, named: &[Uuid]) -> Result<Vec<&CaseChild>, CaseRefusal> {
        if !named.iter().all(|id| self.children.iter().any(|child| child.id == *id)) {
            return Err(CaseRefusal::NoSuchChild);
        }
        let taken_off = ids(self.children.iter().filter(|child| child.taken_off));
        if named.iter().any(|id| taken_off.contains(id)) {
            return Err(CaseRefusal::TakenOff(taken_off));
        }
        let covers = |child: &&CaseChild| named.is_empty() || named.contains(&child.id);
        let (gone, in_hub): (Vec<_>, Vec<_>) =
            self.on_contact().filter(covers).partition(|child| child.is_with_unit());
        if in_hub.is_empty() || !(named.is_empty() || gone.is_empty()) {
            return Err(CaseRefusal::WithUnit(ids(gone)));
        }
        Ok(in_hub)
    }
}

fn ids<'a>(children: impl IntoIterator<Item = &'a CaseChild>) -> Vec<Uuid> {
    children.into_iter().map(|child| child.id).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub const ANNA: Uuid = Uuid::from_u128(1);
    pub const BEN: Uuid = Uuid::from_u128(2);
    const STRANGER: Uuid = Uuid::from_u128(3);

    /// A case of two siblings with these decisions.
    pub fn case(
        anna: (Option<Pathway>, Option<Outcome>),
        ben: (Option<Pathway>, Option<Outcome>),
    ) -> Case {
        let child = |id, (pathway, outcome)| CaseChild {
            id,
            service_consent: false,
            pathway,
            outcome,
            level: None,
            rationale: None,
            taken_off: false,
            unit: None,
            timed_from: None,
        };
        Case {
            contact_id: Uuid::from_u128(9),
            revision: 3,
            channel: Channel::Form,
            received_at: Timestamp::UNIX_EPOCH,
            urgency: Urgency { immediate_danger: false, significant_harm: false },
            arrived_urgent: false,
            referrer_unreachable: false,
            referrer: None,
            earlier_referrer: Vec::new(),
            closed: false,
            children: vec![child(ANNA, anna), child(BEN, ben)],
            checks: Vec::new(),
            flags: Vec::new(),
            consent_withdrawals: Vec::new(),
            bases: Vec::new(),
            questions: Questions::default(),
        }
    }

    const NONE: (Option<Pathway>, Option<Outcome>) = (None, None);
    const C: (Option<Pathway>, Option<Outcome>) = (Some(Pathway::CscScreening), None);
    const DONE: (Option<Pathway>, Option<Outcome>) =
        (Some(Pathway::NoFurtherActionInHub), Some(Outcome::NoFurtherAction));

    #[test]
    fn r20_a_decision_covers_the_children_named_or_all_undecided() {
        assert_eq!(case(NONE, NONE).children_to_decide(&[]), Ok(vec![ANNA, BEN]));
        assert_eq!(case(NONE, NONE).children_to_decide(&[BEN]), Ok(vec![BEN]));
        assert_eq!(case(DONE, NONE).children_to_decide(&[]), Ok(vec![BEN]));
    }

    #[test]
    fn r20_no_child_is_decided_twice_and_no_stranger_at_all() {
        let already = |ids: &[Uuid]| Err(CaseRefusal::AlreadyDecided(ids.to_vec()));
        assert_eq!(case(DONE, NONE).children_to_decide(&[ANNA, BEN]), already(&[ANNA]));
        assert_eq!(case(DONE, C).children_to_decide(&[]), already(&[ANNA, BEN]));
        assert_eq!(case(NONE, NONE).children_to_decide(&[STRANGER]), Err(CaseRefusal::NoSuchChild));
        let concluded = |ids: &[Uuid]| Err(CaseRefusal::AlreadyDecided(ids.to_vec()));
        assert_eq!(case(DONE, C).children_to_conclude(&[ANNA]), concluded(&[ANNA]));
        assert_eq!(case(DONE, DONE).children_to_conclude(&[]), concluded(&[ANNA, BEN]));
    }

    #[test]
    fn r20_an_outcome_follows_a_screening_of_the_same_child() {
        assert_eq!(
            case(C, NONE).children_to_conclude(&[]),
            Ok(vec![(ANNA, Pathway::CscScreening)])
        );
        assert_eq!(
            case(C, NONE).children_to_conclude(&[BEN]),
            Err(CaseRefusal::NotScreened(vec![BEN]))
        );
        assert_eq!(
            case(DONE, NONE).children_to_conclude(&[]),
            Err(CaseRefusal::NotScreened(vec![BEN]))
        );
    }

    #[test]
    fn r20_a_contact_is_finished_when_each_child_has_an_outcome() {
        assert_eq!(case(DONE, C).unfinished(), [BEN]);
        assert!(case(DONE, DONE).unfinished().is_empty());
        assert_eq!(case(DONE, NONE).state(), CaseState::Undecided);
        assert_eq!(case(DONE, C).state(), CaseState::Screening);
    }

    #[test]
    fn r18_section_47_that_is_recorded_later_makes_the_case_urgent() {
        let recorded = |kind| {
            let basis = KnownBasis { kind, children: vec![BEN] };
            Case { bases: vec![basis], ..case(C, C) }
        };
        let urgent = recorded(BasisKind::Section47);
        assert!(urgent.is_urgent() && urgent.is_section_47() && !urgent.arrived_urgent);
        assert!(urgent.is_section_47_for(BEN) && !urgent.is_section_47_for(ANNA));
        assert!(!recorded(BasisKind::Override).is_urgent());
        let urgency = Urgency { immediate_danger: true, significant_harm: false };
        let danger = Case { urgency, ..case(C, C) };
        assert!(danger.is_urgent() && danger.is_section_47_for(ANNA) && !danger.is_section_47());
    }

    #[test]
    fn r9_until_the_units_receipt_all_rules_run() {
        for step in [Step::Found, Step::Passed, Step::Withdrawn] {
            let case = with_annas(step, case(NONE, C));
            assert_eq!((case.undecided(), case.unfinished()), (vec![ANNA], vec![ANNA, BEN]));
            assert_eq!(case.children_to_decide(&[ANNA]), Ok(vec![ANNA]));
        }
    }

    #[test]
    fn r9_with_the_receipt_a_child_needs_no_decision_and_gets_none() {
        let siblings = |ben| with_annas(Step::Received, case(NONE, ben));
        let gone = || Err(CaseRefusal::WithUnit(vec![ANNA]));
        assert_eq!(siblings(NONE).children_to_decide(&[ANNA]), gone());
        assert_eq!(siblings(NONE).children_to_decide(&[ANNA, BEN]), gone());
        assert_eq!(siblings(NONE).children_to_decide(&[]), Ok(vec![BEN]));
        let screened = siblings(C).children_to_conclude(&[]);
        assert_eq!(screened, Ok(vec![(BEN, Pathway::CscScreening)]));
        let anna = siblings(C).children_to_conclude(&[ANNA]);
        assert_eq!(anna, Err(CaseRefusal::WithUnit(vec![ANNA])));
        assert_eq!(siblings(C).state(), CaseState::Screening);
        assert_eq!(siblings(C).unfinished(), [BEN]);
        assert!(siblings(DONE).unfinished().is_empty());
    }

    #[test]
    fn r9_a_case_whose_children_are_all_with_units_is_closed_to_decisions() {
        let mut case = with_annas(Step::Received, case(C, NONE));
        case.children[1].unit = Some(Step::Received);
        let both = || CaseRefusal::WithUnit(vec![ANNA, BEN]);
        assert_eq!(case.children_to_decide(&[]), Err(both()));
        assert_eq!(case.children_to_conclude(&[]), Err(both()));
        assert_eq!((case.state(), case.unfinished()), (CaseState::Screening, Vec::new()));
    }

    #[test]
    fn r20_a_child_who_was_taken_off_needs_no_decision_and_gets_none() {
        let without_anna = |anna, ben| {
            let mut case = case(anna, ben);
            case.children[0].taken_off = true;
            case
        };
        let off = || Err(CaseRefusal::TakenOff(vec![ANNA]));
        let undecided = without_anna(NONE, NONE);
        assert_eq!((undecided.undecided(), undecided.unfinished()), (vec![BEN], vec![BEN]));
        assert_eq!(undecided.children_to_decide(&[]), Ok(vec![BEN]));
        assert_eq!(undecided.children_to_decide(&[ANNA, BEN]), off());
        assert_eq!(without_anna(C, C).children_to_conclude(&[ANNA]).map(|_| vec![]), off());
        assert!(without_anna(NONE, DONE).unfinished().is_empty());
        let mut with_unit = without_anna(NONE, NONE);
        with_unit.children[1].unit = Some(Step::Received);
        assert_eq!(with_unit.children_to_decide(&[]), Err(CaseRefusal::WithUnit(vec![BEN])));
        assert_eq!(with_unit.with_unit().collect::<Vec<_>>(), [BEN]);
        let suspected = |children| {
            let bases = vec![KnownBasis { kind: BasisKind::Section47, children }];
            Case { bases, ..without_anna(NONE, NONE) }.is_section_47()
        };
        assert!(!suspected(vec![ANNA]) && suspected(vec![ANNA, BEN]) && suspected(vec![BEN]));
    }

    fn with_annas(step: Step, mut case: Case) -> Case {
        case.children[0].unit = Some(step);
        case
    }

    #[test]
    fn a_stale_revision_and_a_closed_case_are_refused() {
        assert_eq!(case(C, C).accepts(2), Err(CaseRefusal::Stale(3)));
        assert_eq!(case(C, C).accepts(3), Ok(()));
        let closed = Case { closed: true, ..case(DONE, DONE) };
        assert_eq!(closed.accepts(3), Err(CaseRefusal::Closed));
    }
}
