//! The decision gate: no outcome before each check is accounted for (R27).

use access::Personal;
use thiserror::Error;
use uuid::Uuid;

use super::check::{Because, KnownCheck};

/// How a check is taken into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "screening.mark", rename_all = "snake_case")]
pub enum Mark {
    /// Its answer was read and considered.
    Considered,
    /// It is outstanding, and the decision goes on for a reason.
    Outstanding,
    /// It is no longer needed, for a reason.
    NotNeeded,
}

/// A check with its mark.
pub struct MarkedCheck {
    /// The check.
    pub check: Uuid,
    /// Its mark.
    pub mark: Mark,
    /// Why; always there for outstanding and not needed.
    pub reason: Option<Personal<String>>,
    /// The answer that was read, by the check's revision; always there for considered.
    pub seen: Option<i64>,
}

/// What whoever decides says of the checks.
pub struct Gate {
    /// Each check once.
    pub marks: Vec<MarkedCheck>,
    /// One reason for all that are not marked.
    pub covering_reason: Option<Personal<String>>,
}

/// A decision that the gate stops.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum GateRefusal {
    /// These checks are not accounted for.
    #[error("not every check is accounted for")]
    NotConsidered(Vec<Uuid>),
    /// A check that is marked is not one of this contact.
    #[error("a check that is marked is not one of this contact")]
    NoSuchCheck,
}

/// Lets a decision through where each check is marked truly: considered where the answer
/// that was read is the latest, outstanding where there is none, not needed either way. A
/// check that was withdrawn unanswered because units have its children needs no mark (R9): they
/// ask in its stead. Of one that stopped for want of consent nobody does (R6), and whoever
/// decides is to know that they go without. For Section 47 or
/// immediate danger one reason covers what is not marked, and does not mark it: those
/// checks are still reviewed when answered (R27).
///
/// # Errors
/// The checks that are not accounted for.
pub fn pass(gate: &Gate, checks: &[KnownCheck], urgent: bool) -> Result<(), GateRefusal> {
    let known = |marked: &MarkedCheck| checks.iter().any(|check| check.id == marked.check);
    if !gate.marks.iter().all(known) {
        return Err(GateRefusal::NoSuchCheck);
    }
    let covered = urgent && gate.covering_reason.is_some();
    let accounted_for = |check: &&KnownCheck| {
        let marked = gate.marks.iter().find(|marked| marked.check == check.id);
        let of_nobody = match check.withdrawn {
            Some(Because::WithUnit | Because::TakenOff) => true,
            Some(Because::WithoutConsent) | None => false,
        };
        let needless = of_nobody && check.answered_at.is_none();
        marked.map_or(covered || needless, |marked| match marked.mark {
            Mark::Considered => check.answered_at.is_some() && marked.seen == check.answer_revision,
            Mark::Outstanding => check.answered_at.is_none(),
            Mark::NotNeeded => true,
        })
    };
    let missing: Vec<Uuid> =
        checks.iter().filter(|check| !accounted_for(check)).map(|check| check.id).collect();
    if missing.is_empty() { Ok(()) } else { Err(GateRefusal::NotConsidered(missing)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::known_check;

    const ANSWERED: Uuid = Uuid::from_u128(1);
    const OPEN: Uuid = Uuid::from_u128(2);
    const ANSWER: i64 = 3;

    fn gate(marks: &[(Uuid, Mark)], covering: bool) -> Gate {
        let reason = || Personal::new("they cannot wait".to_owned());
        let marked = |(check, mark): &(Uuid, Mark)| MarkedCheck {
            check: *check,
            mark: *mark,
            reason: Some(reason()),
            seen: (*mark == Mark::Considered).then_some(ANSWER),
        };
        Gate { marks: marks.iter().map(marked).collect(), covering_reason: covering.then(reason) }
    }

    fn decide(marks: &[(Uuid, Mark)], covering: bool, urgent: bool) -> Result<(), GateRefusal> {
        let checks = [known_check(ANSWERED, Some(ANSWER)), known_check(OPEN, None)];
        pass(&gate(marks, covering), &checks, urgent)
    }

    #[test]
    fn r9_a_check_that_was_withdrawn_needs_no_mark_unless_it_is_answered() {
        let because = Some(Because::WithUnit);
        let withdrawn = |answer| KnownCheck { withdrawn: because, ..known_check(OPEN, answer) };
        assert_eq!(pass(&gate(&[], false), &[withdrawn(None)], false), Ok(()));
        let answered = pass(&gate(&[], false), &[withdrawn(Some(ANSWER))], false);
        assert_eq!(answered, Err(GateRefusal::NotConsidered(vec![OPEN])));
    }

    #[test]
    fn r27_a_check_that_stopped_for_want_of_consent_is_accounted_for() {
        let because = Some(Because::WithoutConsent);
        let stopped = || [KnownCheck { withdrawn: because, ..known_check(OPEN, None) }];
        let unmarked = pass(&gate(&[], false), &stopped(), false);
        assert_eq!(unmarked, Err(GateRefusal::NotConsidered(vec![OPEN])));
        for mark in [Mark::Outstanding, Mark::NotNeeded] {
            assert_eq!(pass(&gate(&[(OPEN, mark)], false), &stopped(), false), Ok(()));
        }
        assert_eq!(pass(&gate(&[], true), &stopped(), true), Ok(()));
    }

    #[test]
    fn r27_every_check_is_marked_before_an_outcome() {
        let both = [(ANSWERED, Mark::Considered), (OPEN, Mark::Outstanding)];
        assert_eq!(decide(&both, false, false), Ok(()));
        assert_eq!(decide(&both[..1], false, false), Err(GateRefusal::NotConsidered(vec![OPEN])));
        assert_eq!(
            decide(&[], false, false),
            Err(GateRefusal::NotConsidered(vec![ANSWERED, OPEN]))
        );
        assert_eq!(pass(&gate(&[], false), &[], false), Ok(()));
    }

    #[test]
    fn r27_a_check_without_an_answer_cannot_have_been_considered() {
        let marks = [(ANSWERED, Mark::Considered), (OPEN, Mark::Considered)];
        assert_eq!(decide(&marks, false, false), Err(GateRefusal::NotConsidered(vec![OPEN])));
    }

    #[test]
    fn r27_what_corrects_the_answer_that_was_read_has_not_been_considered() {
        let corrected = [known_check(ANSWERED, Some(ANSWER + 2))];
        let marks = gate(&[(ANSWERED, Mark::Considered)], false);
        let refused = Err(GateRefusal::NotConsidered(vec![ANSWERED]));
        assert_eq!(pass(&marks, &corrected, false), refused);
        assert_eq!(pass(&marks, &[known_check(ANSWERED, Some(ANSWER))], false), Ok(()));
    }

    #[test]
    fn r27_an_answer_that_came_meanwhile_is_not_outstanding_any_more() {
        let marks = [(ANSWERED, Mark::Outstanding), (OPEN, Mark::NotNeeded)];
        assert_eq!(decide(&marks, false, false), Err(GateRefusal::NotConsidered(vec![ANSWERED])));
    }

    #[test]
    fn r27_one_reason_covers_all_for_section_47_or_danger_only() {
        assert_eq!(decide(&[], true, true), Ok(()));
        assert_eq!(decide(&[], true, false), Err(GateRefusal::NotConsidered(vec![ANSWERED, OPEN])));
        assert_eq!(decide(&[], false, true), Err(GateRefusal::NotConsidered(vec![ANSWERED, OPEN])));
    }

    #[test]
    fn r27_a_mark_names_a_check_of_this_contact() {
        let stranger = [(Uuid::from_u128(3), Mark::NotNeeded)];
        assert_eq!(decide(&stranger, true, true), Err(GateRefusal::NoSuchCheck));
    }
}
