//! Notices in bulk (R14): which priority is proposed, and why. A person confirms it; a
//! machine never says more than this, and closes none.

use access::Personal;
use calendar::Calendar;
use jiff::{Timestamp, ToSpan, civil::Date};
use uuid::Uuid;

use super::{age::birthday, codes::NO_FACTOR};
use crate::protocol::Notices;

/// How soon a person should look at a notice, the soonest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "intake.notice_priority", rename_all = "snake_case")]
pub enum Priority {
    /// At once.
    Urgent,
    /// Before the others.
    High,
    /// In its turn, with a reason to look closer.
    Medium,
    /// In its turn.
    Low,
}

impl Priority {
    /// All of them, the soonest first.
    pub const ALL: [Self; 4] = [Self::Urgent, Self::High, Self::Medium, Self::Low];

    /// Its code, as operators see it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// Why a priority is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.notice_reason", rename_all = "snake_case")]
pub enum Reason {
    /// A child is said to be in immediate danger.
    ImmediateDanger,
    /// Significant harm is indicated.
    SignificantHarm,
    /// It names a factor that the protocol calls serious.
    SeriousFactor,
    /// It names another factor.
    Factor,
    /// A child is not born yet.
    Unborn,
    /// A child is younger than the protocol's age.
    YoungChild,
    /// Another notice of the batch is about one of the children.
    RepeatInBatch,
    /// An earlier contact is about one of the children.
    EarlierContact,
    /// One of the children is possibly somebody who is known: a person is to say.
    MayBeKnown,
}

impl Reason {
    /// Whether it is one of those that the register gives, not the notice itself.
    fn is_of_register(self) -> bool {
        match self {
            Self::RepeatInBatch | Self::EarlierContact | Self::MayBeKnown => true,
            Self::ImmediateDanger
            | Self::SignificantHarm
            | Self::SeriousFactor
            | Self::Factor
            | Self::Unborn
            | Self::YoungChild => false,
        }
    }
}

/// Whether one of the children is known: by NHS number, or by a match in the register that is
/// certain or that a person has confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownFrom {
    /// From an earlier notice of the same batch.
    pub in_batch: bool,
    /// From a contact that was received before within the protocol's months.
    pub earlier: bool,
    /// Possibly, by a match that waits for a person: from such a contact, or in the case
    /// system.
    pub possibly: bool,
}

impl KnownFrom {
    /// The reasons that this gives, at most one: whoever is known may not be known besides.
    fn reason(self) -> Option<Reason> {
        if self.in_batch {
            Some(Reason::RepeatInBatch)
        } else if self.earlier {
            Some(Reason::EarlierContact)
        } else {
            self.possibly.then_some(Reason::MayBeKnown)
        }
    }
}

/// From when on contacts about a child count as earlier ones of a notice that was received at
/// an instant (R14): whole days of the authority (R57), counted back from the receipt (R13).
pub fn earlier_since(received_at: Timestamp, rules: &Notices, calendar: &Calendar) -> Timestamp {
    let day = calendar.local_date(received_at);
    calendar.beginning_of(Calendar::months_before(day, rules.earlier_within_months))
}

/// A priority and the reasons for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The priority.
    pub priority: Priority,
    /// Why; none for the lowest.
    pub reasons: Vec<Reason>,
}

/// What a notice says that bears on how soon a person should look at it.
#[derive(Clone, Copy, Debug)]
pub struct Signs<'a> {
    /// A child is said to be in immediate danger.
    pub immediate_danger: bool,
    /// Significant harm is indicated.
    pub significant_harm: bool,
    /// Codes of its factors.
    pub factors: &'a [String],
    /// A child is not born yet.
    pub unborn: bool,
    /// The youngest of its children who are born, where a birth date is known.
    pub youngest: Option<Date>,
    /// Whether one of them is known.
    pub known: KnownFrom,
}

/// What is proposed for a notice that was received on `day` (R14).
///
/// Danger and significant harm are urgent. A serious factor, or two reasons together, are
/// high; one reason is medium. A repeat within the batch is no earlier contact besides.
pub fn propose(signs: Signs<'_>, day: Date, rules: &Notices) -> Proposal {
    let is_serious = |factor: &String| rules.serious_factors.contains(factor);
    let factors = || signs.factors.iter().filter(|factor| *factor != NO_FACTOR);
    let of_age = signs.youngest.and_then(|birth| birthday(birth, rules.young_under));
    let known = signs.known;
    let signs = [
        (signs.immediate_danger, Reason::ImmediateDanger),
        (signs.significant_harm, Reason::SignificantHarm),
        (factors().any(is_serious), Reason::SeriousFactor),
        (factors().any(|factor| !is_serious(factor)), Reason::Factor),
        (signs.unborn, Reason::Unborn),
        (of_age.is_some_and(|of_age| day < of_age), Reason::YoungChild),
    ];
    let held = signs.into_iter().filter(|(holds, _)| *holds);
    let held = held.map(|(_, reason)| reason);
    Proposal::for_reasons(held.chain(known.reason()).collect())
}

impl Proposal {
    /// What is proposed now that the register shows who the children are (R8, R14). What the
    /// notice says by itself stays a reason; so does a repeat, which its sender's numbers told.
    pub fn now_that(&self, known: KnownFrom) -> Self {
        let repeats = self.reasons.contains(&Reason::RepeatInBatch);
        let known = KnownFrom { in_batch: known.in_batch || repeats, ..known };
        let own = self.reasons.iter().copied().filter(|reason| !reason.is_of_register());
        Self::for_reasons(own.chain(known.reason()).collect())
    }

    fn for_reasons(reasons: Vec<Reason>) -> Self {
        Self { priority: priority(&reasons), reasons }
    }
}

/// That a child may be known is for a person to look at: it is medium where there is no other
/// reason, so that somebody looks closer, and makes nothing high together with one.
fn priority(reasons: &[Reason]) -> Priority {
    let has = |reason| reasons.contains(&reason);
    let sure = reasons.iter().filter(|reason| **reason != Reason::MayBeKnown).count();
    if has(Reason::ImmediateDanger) || has(Reason::SignificantHarm) {
        Priority::Urgent
    } else if has(Reason::SeriousFactor) || sure > 1 {
        Priority::High
    } else if !reasons.is_empty() {
        Priority::Medium
    } else {
        Priority::Low
    }
}

/// Whether a person must say why: only where they see it differently (R14).
pub fn needs_reason(proposed: Priority, confirmed: Priority) -> bool {
    proposed != confirmed
}

/// What a person said of a notice, once.
pub struct Confirmation {
    /// Its id.
    pub id: Uuid,
    /// The priority.
    pub priority: Priority,
    /// Why, where they see it differently.
    pub reason: Option<Personal<String>>,
    /// Who: an opaque id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Where a notice came from: whose system, which batch, which number in it.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The sender's opaque id.
    pub sender: String,
    /// The batch, as its sender names it.
    pub batch: Uuid,
    /// The number in it, from 1.
    pub number: i32,
}

/// A notice as the list shows it.
#[derive(Debug)]
pub struct Listed {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The contact that was made of it.
    pub contact: Uuid,
    /// The contact's short reference.
    pub reference: String,
    /// The batch.
    pub batch: Uuid,
    /// The number in it.
    pub number: i32,
    /// National referral-source code of the sender.
    pub referral_source: String,
    /// When it was received: the contact's, kept beside the notice as well because it orders
    /// the list, and put right there with every correction of the contact's (R13).
    pub received_at: Timestamp,
    /// What is proposed, and why.
    pub proposal: Proposal,
    /// What a person said, and when.
    pub confirmed: Option<(Priority, Timestamp)>,
}

/// Notices of one priority that nobody has looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The priority that is proposed.
    pub priority: Priority,
    /// How many.
    pub number: i64,
    /// When the oldest was received.
    pub oldest: Option<Timestamp>,
}

/// What came and went in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourFigures {
    /// Its beginning.
    pub hour: Timestamp,
    /// Notices received.
    pub received: i64,
    /// Notices looked at for the first time.
    pub confirmed: i64,
}

/// What came and went on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFigures {
    /// Which day, in the hub's zone.
    pub day: Date,
    /// Notices received.
    pub received: i64,
    /// Notices looked at for the first time.
    pub confirmed: i64,
}

/// The figures of today and the days before it, `days` in all, today first (R14, R57).
/// Days are the hub's; its zone differs from UTC by whole hours.
pub fn by_day(
    hours: &[HourFigures],
    today: Date,
    days: i32,
    calendar: &Calendar,
) -> Vec<DayFigures> {
    let of_day = |back: i32| {
        let day = today.saturating_sub(back.days());
        let hours = hours.iter().filter(|hour| calendar.local_date(hour.hour) == day);
        let none = DayFigures { day, received: 0, confirmed: 0 };
        hours.fold(none, |sum, hour| DayFigures {
            day,
            received: sum.received + hour.received,
            confirmed: sum.confirmed + hour.confirmed,
        })
    };
    (0..days).map(of_day).collect()
}

/// What a confirmation needs of a notice.
pub struct Unconfirmed {
    /// How often it has changed.
    pub revision: i64,
    /// Its contact.
    pub contact_id: Uuid,
    /// The priority that is proposed.
    pub proposed: Priority,
    /// What the last who looked at it said.
    pub confirmed: Option<Priority>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN: KnownFrom = KnownFrom { in_batch: false, earlier: false, possibly: false };
    /// Of a child of eleven, of whom nothing is said.
    const SIGNS: Signs<'static> = Signs {
        immediate_danger: false,
        significant_harm: false,
        factors: &[],
        unborn: false,
        youngest: Some(Date::constant(2015, 5, 17)),
        known: UNKNOWN,
    };

    fn proposed(signs: Signs<'_>) -> (Priority, Vec<Reason>) {
        let rules = Notices {
            serious_factors: vec!["11A".to_owned(), "22A".to_owned()],
            young_under: 5,
            earlier_within_months: 12,
        };
        let proposal = propose(signs, Date::constant(2026, 11, 24), &rules);
        (proposal.priority, proposal.reasons)
    }

    fn with_factors(codes: &[&str]) -> (Priority, Vec<Reason>) {
        let factors: Vec<String> = codes.iter().map(|code| code.to_string()).collect();
        proposed(Signs { factors: &factors, ..SIGNS })
    }

    #[test]
    fn r14_danger_and_significant_harm_are_urgent() {
        let danger = Signs { immediate_danger: true, ..SIGNS };
        assert_eq!(proposed(danger), (Priority::Urgent, vec![Reason::ImmediateDanger]));
        let harm = Signs { significant_harm: true, unborn: true, ..SIGNS };
        let reasons = vec![Reason::SignificantHarm, Reason::Unborn];
        assert_eq!(proposed(harm), (Priority::Urgent, reasons));
    }

    #[test]
    fn r14_a_serious_factor_or_two_reasons_are_high_one_is_medium_none_is_low() {
        assert_eq!(proposed(SIGNS), (Priority::Low, vec![]));
        assert_eq!(with_factors(&["21"]), (Priority::Low, vec![]));
        assert_eq!(with_factors(&["1A", "2A"]), (Priority::Medium, vec![Reason::Factor]));
        assert_eq!(with_factors(&["22A"]), (Priority::High, vec![Reason::SeriousFactor]));
        let both = vec![Reason::SeriousFactor, Reason::Factor];
        assert_eq!(with_factors(&["1A", "11A"]), (Priority::High, both));
    }

    #[test]
    fn r14_a_child_under_five_and_an_unborn_one_are_reasons() {
        let youngest = |birth| proposed(Signs { youngest: birth, ..SIGNS });
        let young = (Priority::Medium, vec![Reason::YoungChild]);
        assert_eq!(youngest(Some(Date::constant(2021, 11, 25))), young);
        assert_eq!(youngest(Some(Date::constant(2021, 11, 24))), (Priority::Low, vec![]));
        assert_eq!(youngest(None), (Priority::Low, vec![]));
        let unborn = Signs { unborn: true, ..SIGNS };
        assert_eq!(proposed(unborn), (Priority::Medium, vec![Reason::Unborn]));
        let both = Signs { youngest: Some(Date::constant(2024, 5, 17)), ..unborn };
        assert_eq!(proposed(both), (Priority::High, vec![Reason::Unborn, Reason::YoungChild]));
    }

    #[test]
    fn r14_a_repeat_in_the_batch_is_one_reason_and_an_earlier_contact_another() {
        let known = |known| proposed(Signs { known, ..SIGNS });
        let repeat = KnownFrom { in_batch: true, earlier: true, possibly: true };
        assert_eq!(known(repeat), (Priority::Medium, vec![Reason::RepeatInBatch]));
        let earlier = KnownFrom { earlier: true, possibly: true, ..UNKNOWN };
        assert_eq!(known(earlier), (Priority::Medium, vec![Reason::EarlierContact]));
    }

    #[test]
    fn r14_who_may_be_known_is_a_reason_to_look_and_raises_nothing_with_another_one() {
        let possibly = KnownFrom { possibly: true, ..UNKNOWN };
        let maybe = (Priority::Medium, vec![Reason::MayBeKnown]);
        assert_eq!(proposed(Signs { known: possibly, ..SIGNS }), maybe);
        let unborn = proposed(Signs { known: possibly, unborn: true, ..SIGNS });
        assert_eq!(unborn, (Priority::Medium, vec![Reason::Unborn, Reason::MayBeKnown]));
    }

    #[test]
    fn r14_what_the_register_shows_later_is_put_in_the_stead_of_what_it_showed() {
        let before = |reasons| Proposal::for_reasons(reasons);
        let earlier = KnownFrom { earlier: true, ..UNKNOWN };
        let now = before(vec![Reason::Unborn, Reason::MayBeKnown]).now_that(earlier);
        assert_eq!(now.priority, Priority::High);
        assert_eq!(now.reasons, [Reason::Unborn, Reason::EarlierContact]);
        assert_eq!(now.now_that(UNKNOWN), before(vec![Reason::Unborn]));
        let repeat = before(vec![Reason::RepeatInBatch]);
        assert_eq!(repeat.now_that(earlier), repeat);
    }

    #[test]
    fn r14_r57_earlier_contacts_count_from_the_beginning_of_the_authoritys_day() {
        let protocol = calendar::protocol::Protocol::embedded().unwrap();
        let rules =
            Notices { serious_factors: Vec::new(), young_under: 5, earlier_within_months: 12 };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let since = |received| earlier_since(at(received), &rules, protocol.calendar());
        // Half past midnight in London, which is the day before in UTC.
        assert_eq!(since("2026-07-01T23:30:00Z"), at("2025-07-01T23:00:00Z"));
        assert_eq!(since("2026-11-24T10:00:00Z"), at("2025-11-24T00:00:00Z"));
    }

    #[test]
    fn r14_r57_the_backlog_is_counted_by_days_of_the_hub() {
        let protocol = calendar::protocol::Protocol::embedded().unwrap();
        let hour = |hour: &str, received, confirmed| HourFigures {
            hour: hour.parse().unwrap(),
            received,
            confirmed,
        };
        // In summer the hub's day begins at 23:00 UTC.
        let hours = [
            hour("2026-07-01T23:00:00Z", 3, 0),
            hour("2026-07-01T22:00:00Z", 5, 1),
            hour("2026-07-02T08:00:00Z", 0, 2),
        ];
        let days = by_day(&hours, "2026-07-02".parse().unwrap(), 3, protocol.calendar());
        let figures: Vec<_> =
            days.iter().map(|day| (day.day.to_string(), day.received, day.confirmed)).collect();
        let expected = [("2026-07-02", 3, 2), ("2026-07-01", 5, 1), ("2026-06-30", 0, 0)];
        assert_eq!(
            figures,
            expected.map(|(day, received, confirmed)| (day.to_owned(), received, confirmed))
        );
    }
}
