//! Pages: why they are raised, on which ladder, and which of them are one (R18, R41,
//! R43, R60).

use calendar::Calendar;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::clock::{ClockKind, Rag, is_red_check};

/// What fires later than this after it was due is part of a catch-up: a ticker that runs
/// is late by a second at most.
const CATCH_UP_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// Why somebody is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "deadlines.page_cause", rename_all = "snake_case")]
pub enum PageCause {
    /// Significant harm or immediate danger on a contact, or no decision on it within the
    /// hour (R18).
    #[sqlx(rename = "section_47")]
    Section47,
    /// A partner's risk flag (R41).
    RiskFlag,
    /// A RED check was not answered in time (R43).
    RedCheckOverdue,
    /// A RED check needs reminding of, at the agency (R43).
    RedCheckReminder,
    /// A child with an open case was not passed to its unit in time, nobody has decided in
    /// time whether a child is another authority's, or what was handed to EDT, by EDT or to
    /// another authority was taken by nobody in time (R3, R9, R10); or what only the hub can
    /// do has lain: an override was not looked at again, a request for information neither
    /// passed on nor answered (R7, R54, R55).
    HandOverOverdue,
    /// The unit that was told of a child, or was passed a request for information, has not
    /// said in time that it has it (R9, R54).
    UnitReceiptOverdue,
    /// An event could not be applied and is parked, or a log went back.
    EventParked,
}

impl PageCause {
    /// The code that pagers are told.
    pub fn code(self) -> &'static str {
        match self {
            Self::Section47 => "section_47",
            Self::RiskFlag => "risk_flag",
            Self::RedCheckOverdue => "red_check_overdue",
            Self::RedCheckReminder => "red_check_reminder",
            Self::HandOverOverdue => "hand_over_overdue",
            Self::UnitReceiptOverdue => "unit_receipt_overdue",
            Self::EventParked => "event_parked",
        }
    }
}

/// A ladder of the protocol file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "deadlines.ladder", rename_all = "snake_case")]
pub enum LadderName {
    /// R18, in hub hours.
    #[sqlx(rename = "section_47")]
    Section47,
    /// R18, outside hub hours: EDT.
    #[sqlx(rename = "section_47_out_of_hours")]
    Section47OutOfHours,
    /// R41, in hub hours.
    RiskFlag,
    /// R43, in hub hours.
    RedCheck,
    /// R43: the agency's duty contact.
    RedCheckReminder,
    /// R3, R9, R10, in hub hours: what was passed on is not received.
    HandOver,
    /// R9, R54, in hub hours: the unit's manager, then the hub.
    UnitReceipt,
    /// For parked events, whatever the hour.
    ParkedEvent,
}

/// What a pager is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "deadlines.notice", rename_all = "snake_case")]
pub enum Notice {
    /// The page is new.
    Raised,
    /// It has climbed to this role.
    Climbed,
    /// The last step is told again.
    Repeated,
    /// Nobody needs to acknowledge it.
    Reminder,
}

/// What a new page is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Why.
    pub cause: PageCause,
    /// What it comes from; one origin of a cause is paged once.
    pub origin: String,
    /// The contact; none where it is about the system.
    pub contact: Option<Uuid>,
    /// The clock whose end makes it over.
    pub clock: Option<Uuid>,
    /// Code of the agency concerned.
    pub agency: Option<String>,
    /// For a check: how urgent.
    pub rag: Option<Rag>,
    /// For a check: when it was, or is, due.
    pub deadline: Option<Timestamp>,
    /// When the warning or the deadline was due that pages; none where no clock does.
    pub due: Option<Timestamp>,
}

impl Subject {
    /// Significant harm or immediate danger on a contact as it comes in (R18).
    pub fn section_47(contact: Uuid) -> Self {
        Self { contact: Some(contact), ..Self::of(PageCause::Section47, contact.to_string()) }
    }

    /// What makes a contact urgent after it came in, by the id of what says so (R18): danger
    /// that comes later is paged for itself, whatever the contact was paged for before.
    pub fn section_47_later(contact: Uuid, told_by: Uuid) -> Self {
        Self { contact: Some(contact), ..Self::of(PageCause::Section47, told_by.to_string()) }
    }

    /// The same on one whose children came back from a unit into the hub at an instant: the
    /// page of its arrival does not count for it (R9, R18).
    pub fn back_in_hub(contact: Uuid, at: Timestamp) -> Self {
        Self { origin: format!("{contact} back at {at}"), ..Self::section_47(contact) }
    }

    /// A partner's risk flag (R41).
    pub fn risk_flag(contact: Uuid, flag: Uuid, agency: Option<String>) -> Self {
        Self { contact: Some(contact), agency, ..Self::of(PageCause::RiskFlag, flag.to_string()) }
    }

    /// Something about the system that needs a person.
    pub fn system(origin: String) -> Self {
        Self::of(PageCause::EventParked, origin)
    }

    /// A page for a cause, nothing else said.
    pub fn of(cause: PageCause, origin: String) -> Self {
        Self {
            cause,
            origin,
            contact: None,
            clock: None,
            agency: None,
            rag: None,
            deadline: None,
            due: None,
        }
    }

    /// Whose duty contact is paged, where an agency's is.
    pub fn agency_on_duty(&self) -> Option<&str> {
        self.agency.as_deref().filter(|_| self.cause == PageCause::RedCheckReminder)
    }

    /// What the page of a catch-up says of itself: what it has in common with all that may
    /// join it (R60).
    pub fn of_catch_up(&self) -> Self {
        let agency = self.agency_on_duty().map(str::to_owned);
        Self { agency, rag: self.rag, ..Self::of(self.cause, self.origin.clone()) }
    }
}

/// Why somebody is paged when a clock runs out: a RED check that was not answered (R43), a
/// Section 47 contact that was not decided (R18), whatever was passed on and is received by
/// nobody (R3, R9, R10, R54), so that no child is left with nobody; and what lies at the hub
/// with nobody to miss it outside: an override that was not looked at again (R7), a request
/// for information that nobody passed to the unit, dated, or answered (R54, R55). All else is
/// late in the lists.
pub fn cause_of_overdue(kind: ClockKind, rag: Option<Rag>) -> Option<PageCause> {
    match kind {
        ClockKind::Section47Decision => Some(PageCause::Section47),
        ClockKind::Check => is_red_check(kind, rag).then_some(PageCause::RedCheckOverdue),
        ClockKind::UnitPass
        | ClockKind::EdtReceipt
        | ClockKind::EdtReview
        | ClockKind::RemitDecision
        | ClockKind::AuthorityReceipt
        | ClockKind::InformationRequest
        | ClockKind::OverrideReview => Some(PageCause::HandOverOverdue),
        ClockKind::UnitReceipt | ClockKind::InformationRequestReceipt => {
            Some(PageCause::UnitReceiptOverdue)
        }
        ClockKind::InitialDecision
        | ClockKind::CscScreening
        | ClockKind::EarlyHelpScreening
        | ClockKind::InformReferrer => None,
    }
}

/// Until when the page of a clock that runs out at `now` waits: until the hub opens, where it is
/// closed and the page can wait. `None` where it is raised at once.
pub fn waits_until(
    (kind, deadline): (ClockKind, Timestamp),
    calendar: &Calendar,
    now: Timestamp,
) -> Option<Timestamp> {
    let just_before = deadline.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(deadline);
    let at_closing = calendar.is_open(just_before) && !calendar.is_open(deadline);
    let waits = waits_for_opening(kind, at_closing) && !calendar.is_open(now);
    waits.then(|| calendar.next_opening(now))
}

/// Whether the page of a clock that ran out while the hub is closed waits until it opens: what
/// is reckoned in days and due as the hub closes (R7, R55), which a night makes no worse and
/// EDT has not begun. An hour that runs out in the night, or a date that somebody set there,
/// is for whoever is on duty then.
fn waits_for_opening(kind: ClockKind, due_at_closing: bool) -> bool {
    match kind {
        ClockKind::OverrideReview | ClockKind::InformationRequest => due_at_closing,
        ClockKind::Section47Decision
        | ClockKind::Check
        | ClockKind::UnitPass
        | ClockKind::UnitReceipt
        | ClockKind::InformationRequestReceipt
        | ClockKind::EdtReceipt
        | ClockKind::EdtReview
        | ClockKind::RemitDecision
        | ClockKind::AuthorityReceipt
        | ClockKind::InitialDecision
        | ClockKind::CscScreening
        | ClockKind::EarlyHelpScreening
        | ClockKind::InformReferrer => false,
    }
}

/// The ladder of a page (R9, R18, R41, R43): outside hub hours whatever is about a child
/// goes to EDT; a reminder goes to the agency at any hour.
pub fn ladder(cause: PageCause, hub_open: bool) -> LadderName {
    match (cause, hub_open) {
        (PageCause::Section47, true) => LadderName::Section47,
        (PageCause::RiskFlag, true) => LadderName::RiskFlag,
        (PageCause::RedCheckOverdue, true) => LadderName::RedCheck,
        (PageCause::HandOverOverdue, true) => LadderName::HandOver,
        (PageCause::UnitReceiptOverdue, true) => LadderName::UnitReceipt,
        (
            PageCause::Section47
            | PageCause::RiskFlag
            | PageCause::RedCheckOverdue
            | PageCause::HandOverOverdue
            | PageCause::UnitReceiptOverdue,
            false,
        ) => LadderName::Section47OutOfHours,
        (PageCause::RedCheckReminder, _) => LadderName::RedCheckReminder,
        (PageCause::EventParked, _) => LadderName::ParkedEvent,
    }
}

/// When a page climbs that would at `due`: from EDT's ladder no later than the hub
/// opens, so that it heads the hub's list then (R10, R18).
pub fn climbs_at(ladder: LadderName, due: Timestamp, opening: Timestamp) -> Timestamp {
    match ladder {
        LadderName::Section47OutOfHours => due.min(opening),
        LadderName::Section47
        | LadderName::RiskFlag
        | LadderName::RedCheck
        | LadderName::RedCheckReminder
        | LadderName::HandOver
        | LadderName::UnitReceipt
        | LadderName::ParkedEvent => due,
    }
}

/// Pages on one contact that follow each other within a time are one page (R43): the
/// instant since which an open page takes a further cause. Only overdue checks join:
/// a danger and a risk flag are each a page of their own, so that no other hides them.
pub fn joins_since(cause: PageCause, now: Timestamp, within: SignedDuration) -> Option<Timestamp> {
    match cause {
        PageCause::RedCheckOverdue => now.checked_sub(within).ok(),
        PageCause::Section47
        | PageCause::RiskFlag
        | PageCause::RedCheckReminder
        | PageCause::HandOverOverdue
        | PageCause::UnitReceiptOverdue
        | PageCause::EventParked => None,
    }
}

/// Whether what is paged at `now` belongs to a catch-up, after a process or a log was away:
/// all of that is one page for each person (R60). Section 47 and dangers are told singly.
pub fn is_catch_up(cause: PageCause, due: Option<Timestamp>, now: Timestamp) -> bool {
    match cause {
        PageCause::RedCheckOverdue
        | PageCause::RedCheckReminder
        | PageCause::HandOverOverdue
        | PageCause::UnitReceiptOverdue => {
            due.is_some_and(|due| now.duration_since(due) > CATCH_UP_AFTER)
        }
        PageCause::Section47 | PageCause::RiskFlag | PageCause::EventParked => false,
    }
}

/// What a pager is told when a page that stood at `step` is told again at `next`.
pub fn notice_of_next(step: i32, next: i32) -> Notice {
    if next > step { Notice::Climbed } else { Notice::Repeated }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r18_outside_hub_hours_a_danger_goes_to_edt() {
        assert_eq!(ladder(PageCause::Section47, true), LadderName::Section47);
        assert_eq!(ladder(PageCause::Section47, false), LadderName::Section47OutOfHours);
    }

    #[test]
    fn r18_what_edt_has_climbs_to_the_hub_at_opening_and_all_else_when_it_is_due() {
        let [due, opening] =
            ["2026-11-24T09:05:00Z", "2026-11-24T09:00:00Z"].map(|at| at.parse().unwrap());
        assert_eq!(climbs_at(LadderName::Section47OutOfHours, due, opening), opening);
        assert_eq!(climbs_at(LadderName::Section47OutOfHours, opening, due), opening);
        assert_eq!(climbs_at(LadderName::ParkedEvent, due, opening), due);
    }

    #[test]
    fn r41_a_risk_flag_climbs_as_section_47_does() {
        assert_eq!(ladder(PageCause::RiskFlag, true), LadderName::RiskFlag);
        assert_eq!(ladder(PageCause::RiskFlag, false), LadderName::Section47OutOfHours);
    }

    #[test]
    fn r43_outside_hub_hours_an_overdue_red_check_goes_to_edt() {
        assert_eq!(ladder(PageCause::RedCheckOverdue, true), LadderName::RedCheck);
        assert_eq!(ladder(PageCause::RedCheckOverdue, false), LadderName::Section47OutOfHours);
        assert_eq!(ladder(PageCause::RedCheckReminder, false), LadderName::RedCheckReminder);
    }

    #[test]
    fn r9_what_was_passed_on_and_is_received_by_nobody_pages() {
        let cause = |kind| cause_of_overdue(kind, None);
        for kind in [
            ClockKind::UnitPass,
            ClockKind::EdtReceipt,
            ClockKind::EdtReview,
            ClockKind::RemitDecision,
            ClockKind::AuthorityReceipt,
        ] {
            assert_eq!(cause(kind), Some(PageCause::HandOverOverdue), "{kind:?}");
        }
        for kind in [ClockKind::UnitReceipt, ClockKind::InformationRequestReceipt] {
            assert_eq!(cause(kind), Some(PageCause::UnitReceiptOverdue), "{kind:?}");
        }
        assert_eq!(cause(ClockKind::InitialDecision), None);
        assert_eq!(ladder(PageCause::UnitReceiptOverdue, true), LadderName::UnitReceipt);
        assert_eq!(ladder(PageCause::UnitReceiptOverdue, false), LadderName::Section47OutOfHours);
        assert_eq!(ladder(PageCause::HandOverOverdue, true), LadderName::HandOver);
    }

    #[test]
    fn r7_r54_what_lies_at_the_hub_pages_and_only_what_was_due_at_closing_waits_for_opening() {
        for kind in [ClockKind::OverrideReview, ClockKind::InformationRequest] {
            assert_eq!(cause_of_overdue(kind, None), Some(PageCause::HandOverOverdue), "{kind:?}");
            assert!(waits_for_opening(kind, true) && !waits_for_opening(kind, false), "{kind:?}");
        }
        for kind in [ClockKind::RemitDecision, ClockKind::UnitPass, ClockKind::EdtReceipt] {
            assert!(!waits_for_opening(kind, true), "{kind:?}");
        }
    }

    #[test]
    fn r43_only_overdue_checks_join_an_open_page() {
        let now: Timestamp = "2026-11-24T14:15:00Z".parse().unwrap();
        let within = SignedDuration::from_mins(15);
        let since = joins_since(PageCause::RedCheckOverdue, now, within);
        assert_eq!(since, Some("2026-11-24T14:00:00Z".parse().unwrap()));
        assert_eq!(joins_since(PageCause::Section47, now, within), None);
        assert_eq!(joins_since(PageCause::RiskFlag, now, within), None);
    }

    #[test]
    fn r60_what_fires_late_is_of_a_catch_up_and_a_danger_never_is() {
        let due: Timestamp = "2026-11-24T14:00:00Z".parse().unwrap();
        let at = |cause, seconds| {
            is_catch_up(cause, Some(due), due + SignedDuration::from_secs(seconds))
        };
        assert!(at(PageCause::RedCheckOverdue, 61) && at(PageCause::RedCheckReminder, 3600));
        assert!(!at(PageCause::RedCheckOverdue, 60) && !at(PageCause::RedCheckReminder, 0));
        assert!(!at(PageCause::Section47, 3600) && !at(PageCause::RiskFlag, 3600));
        assert!(!is_catch_up(PageCause::RedCheckOverdue, None, due));
    }

    #[test]
    fn r43_the_last_step_repeats() {
        assert_eq!(notice_of_next(0, 1), Notice::Climbed);
        assert_eq!(notice_of_next(2, 2), Notice::Repeated);
    }
}
