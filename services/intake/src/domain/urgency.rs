//! How urgent a contact is said to be, and what is said anew (R5, R10, R18).

use uuid::Uuid;

use super::{
    basis::{Basis, BasisKind},
    notice::Priority,
};

/// What somebody marks on a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Urgency {
    /// Significant harm is indicated.
    pub significant_harm: bool,
    /// A child is in immediate danger now.
    pub immediate_danger: bool,
}

impl Urgency {
    /// Nothing is marked.
    pub const NONE: Self = Self { significant_harm: false, immediate_danger: false };

    /// Significant harm or immediate danger (R18).
    pub fn is_urgent(self) -> bool {
        self.significant_harm || self.immediate_danger
    }

    /// Danger that was not said `before` (R5): it is told anew, also of a contact on which
    /// harm was indicated all along.
    pub fn is_danger_after(self, before: Self) -> bool {
        self.immediate_danger && !before.immediate_danger
    }

    /// Whether it pages, and goes to the Emergency Duty Team where the hub is closed, after
    /// what was said `before` (R10, R18): what was not urgent is, or danger has come to it.
    /// Harm that is added to danger is said by the danger already.
    pub fn is_trigger_after(self, before: Self) -> bool {
        self.is_danger_after(before) || (self.is_urgent() && !before.is_urgent())
    }
}

/// Whether a contact is urgent now, or a child on it in danger, whoever said so (R3, R10, R18):
/// it is marked on the contact, somebody has recorded reasonable cause to suspect significant
/// harm, or the last person who looked at its notice said that it is urgent. Of siblings on one
/// contact what is suspected of one holds for all: a child in danger must not be missed because
/// another was named. A suspicion that a manager has ended counts no more for what comes later
/// (R31).
pub fn is_urgent_now(marked: Urgency, bases: &[Basis], notice: Option<Priority>) -> bool {
    let is_suspected = bases.iter().any(is_suspicion);
    marked.is_urgent() || is_suspected || notice == Some(Priority::Urgent)
}

/// Whether a basis of this kind for `children` says for the first time of one of them that
/// there is reasonable cause to suspect significant harm (R18), after those that stand on record.
/// Said again after one that was ended it is said anew.
pub fn is_new_suspicion(kind: BasisKind, children: &[Uuid], earlier: &[Basis]) -> bool {
    let standing = |basis: &&Basis| is_suspicion(basis);
    let known = |child| earlier.iter().filter(standing).any(|it| it.child_ids.contains(child));
    kind == BasisKind::Section47 && !children.iter().all(known)
}

/// Reasonable cause to suspect significant harm that stands.
fn is_suspicion(basis: &Basis) -> bool {
    basis.kind == BasisKind::Section47 && !basis.is_ended()
}

/// Whether a person makes a contact urgent who says that its notice is (R14, R18): one on
/// which nothing is marked, and of which the last who looked at it did not say so.
pub fn is_made_urgent(marked: Urgency, before: Option<Priority>, now: Priority) -> bool {
    now == Priority::Urgent && before != Some(Priority::Urgent) && !marked.is_urgent()
}

#[cfg(test)]
mod tests {
    use access::Personal;
    use jiff::Timestamp;

    use super::*;
    use crate::domain::basis::BasisEnding;

    const NOTHING: Urgency = Urgency { significant_harm: false, immediate_danger: false };

    fn of(child: Uuid, kind: BasisKind) -> Basis {
        Basis {
            id: Uuid::nil(),
            kind,
            child_ids: vec![child],
            reasons: Personal::new(String::new()),
            further: None,
            recorded_at: Timestamp::UNIX_EPOCH,
            recorded_by: String::new(),
            evidence: Personal::new(String::new()),
            reviews: Vec::new(),
            ending: None,
        }
    }

    #[test]
    fn r3_r18_a_contact_is_urgent_by_a_mark_a_suspicion_or_a_persons_word_on_its_notice() {
        let harm = Urgency { significant_harm: true, ..NOTHING };
        let bases = |kind| [of(Uuid::nil(), kind)];
        assert!(is_urgent_now(harm, &[], None));
        assert!(is_urgent_now(NOTHING, &bases(BasisKind::Section47), None));
        assert!(is_urgent_now(NOTHING, &[], Some(Priority::Urgent)));
        assert!(!is_urgent_now(NOTHING, &bases(BasisKind::CourtOrder), Some(Priority::High)));
    }

    #[test]
    fn r18_a_suspicion_is_new_for_a_child_of_whom_none_was_recorded() {
        let (anna, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let of = |kind| of(anna, kind);
        let (kind, suspected) = (BasisKind::Section47, [of(BasisKind::Section47)]);
        assert!(is_new_suspicion(kind, &[anna], &[]));
        assert!(is_new_suspicion(kind, &[anna], &[of(BasisKind::CourtOrder)]));
        assert!(!is_new_suspicion(kind, &[anna], &suspected));
        assert!(is_new_suspicion(kind, &[anna, ben], &suspected));
        assert!(!is_new_suspicion(BasisKind::Override, &[ben], &suspected));
    }

    #[test]
    fn r18_r31_section_47_that_was_ended_is_urgent_no_more_and_said_again_it_is_new() {
        let anna = Uuid::from_u128(1);
        let ending = BasisEnding {
            at: Timestamp::UNIX_EPOCH,
            by: String::new(),
            reason: Personal::new(String::new()),
        };
        let ended = Basis { ending: Some(ending), ..of(anna, BasisKind::Section47) };
        let mut bases = vec![ended];
        assert!(!is_urgent_now(NOTHING, &bases, None));
        assert!(is_new_suspicion(BasisKind::Section47, &[anna], &bases));
        bases.push(of(anna, BasisKind::Section47));
        assert!(is_urgent_now(NOTHING, &bases, None));
        assert!(!is_new_suspicion(BasisKind::Section47, &[anna], &bases));
    }

    #[test]
    fn r14_r18_who_says_that_a_notice_is_urgent_makes_its_contact_so_unless_it_was() {
        let harm = Urgency { significant_harm: true, ..NOTHING };
        assert!(is_made_urgent(NOTHING, None, Priority::Urgent));
        assert!(is_made_urgent(NOTHING, Some(Priority::Low), Priority::Urgent));
        assert!(!is_made_urgent(NOTHING, Some(Priority::Urgent), Priority::Urgent));
        assert!(!is_made_urgent(NOTHING, None, Priority::High));
        assert!(!is_made_urgent(harm, None, Priority::Urgent));
    }

    #[test]
    fn r18_harm_after_nothing_and_danger_after_harm_are_triggers_each() {
        let [nothing, harm, danger, both] =
            [(false, false), (true, false), (false, true), (true, true)].map(
                |(significant_harm, immediate_danger)| Urgency {
                    significant_harm,
                    immediate_danger,
                },
            );
        for (before, after, trigger, new_danger) in [
            (nothing, nothing, false, false),
            (nothing, harm, true, false),
            (nothing, danger, true, true),
            (nothing, both, true, true),
            (harm, nothing, false, false),
            (harm, harm, false, false),
            (harm, danger, true, true),
            (harm, both, true, true),
            (danger, harm, false, false),
            (danger, both, false, false),
            (both, both, false, false),
            (both, nothing, false, false),
        ] {
            assert_eq!(after.is_trigger_after(before), trigger, "{before:?} {after:?}");
            assert_eq!(after.is_danger_after(before), new_danger, "{before:?} {after:?}");
        }
    }
}
