//! A check: one request to one agency, from the request to the final answer (R34,
//! R40–R42).

use access::Personal;
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{answer::Extent, disclosure::Basis};

/// How urgent a check is (R34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "partner_checks.rag", rename_all = "snake_case")]
pub enum Rag {
    /// Most urgent.
    Red,
    /// In between.
    Amber,
    /// Least urgent.
    Green,
}

/// Where a check stands; each state implies the one before it (R42).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// Requested; the agency's system has not acknowledged it.
    Sent,
    /// The agency's system has it.
    Delivered,
    /// A person at the agency has opened it.
    Seen,
    /// Answered finally.
    Answered,
    /// Not answered, and no longer needed (R9) or allowed (R6, R38).
    Withdrawn,
}

/// A check, without the words and the identity that it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The contact.
    pub contact: Uuid,
    /// Code of the agency asked.
    pub agency: String,
    /// How urgent now.
    pub rag: Rag,
    /// What allows it (R38).
    pub basis: Basis,
    /// Which basis on record that is; `None` for consent, and for a check from before this was kept.
    pub basis_id: Option<Uuid>,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// When the answer is due.
    pub deadline: Timestamp,
    /// The clock that runs for it, or has run.
    pub clock: Uuid,
    /// When the agency's system acknowledged it.
    pub delivered_at: Option<Timestamp>,
    /// When a person opened it.
    pub seen_at: Option<Timestamp>,
    /// When the final answer came.
    pub answered_at: Option<Timestamp>,
    /// When it was withdrawn: each of its children is with their unit (R9) or was taken off the
    /// contact (R20), or consent was taken back (R6) or its basis ended (R38) before its agency had
    /// it.
    pub withdrawn_at: Option<Timestamp>,
    /// When consent that it rests on was last taken back or refused (R6), or the basis ended (R38).
    pub basis_lost_at: Option<Timestamp>,
    /// When somebody was paged because it was due as RED, as deadlines told (R43).
    pub paged_at: Option<Timestamp>,
}

/// What becomes of a check whose consent is taken back (R6) or whose basis ends (R38).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutBasis {
    /// It stops: its agency does not have it.
    Stops,
    /// It goes on, answered or not, until a manager has decided: its agency has it.
    ManagerDecides,
    /// It was stopped before.
    StoppedBefore,
}

/// What a check says to its agency: what it needs to judge and answer, no more (R35,
/// R45).
pub struct Message {
    /// The contact's short reference.
    pub reference: String,
    /// What the information is for.
    pub purpose: Personal<String>,
    /// What has happened.
    pub context: Personal<String>,
    /// The children asked about.
    pub children: Vec<CheckedChild>,
}

/// A child as a check discloses it. What is not known is empty.
#[derive(Clone)]
pub struct CheckedChild {
    /// The child.
    pub id: Uuid,
    /// Name.
    pub name: Personal<String>,
    /// Date of birth, or the expected date.
    pub birth_date: Option<Personal<Date>>,
    /// Address.
    pub address: Personal<String>,
    /// School or nursery.
    pub school: Personal<String>,
    /// NHS number.
    pub nhs_number: Personal<String>,
    /// Not born yet: then the date is the expected one.
    pub unborn: bool,
}

impl Check {
    /// Where it stands (R42).
    pub fn state(&self) -> CheckState {
        if self.answered_at.is_some() {
            CheckState::Answered
        } else if self.withdrawn_at.is_some() {
            CheckState::Withdrawn
        } else if self.seen_at.is_some() {
            CheckState::Seen
        } else if self.delivered_at.is_some() {
            CheckState::Delivered
        } else {
            CheckState::Sent
        }
    }

    /// Whether the hub waits for its answer.
    pub fn is_open(&self) -> bool {
        self.answered_at.is_none() && self.withdrawn_at.is_none()
    }

    /// Withdraws it, and answers whether that ends its clock (R9). What was answered stays
    /// so, and its agency may answer later all the same (R40). Whoever asked may have a clock that
    /// is ahead: nothing is withdrawn before it was asked.
    pub fn withdraw(&mut self, now: Timestamp) -> bool {
        let ends = self.is_open();
        if ends {
            self.withdrawn_at = Some(now.max(self.requested_at));
        }
        ends
    }

    /// Notes that consent it rests on was taken back, or the basis ended, `at` an instant, and
    /// answers what becomes of it (R6, R38). What its agency has is not called back: nobody but a
    /// manager stops others from telling what they know of a child.
    pub fn lose_basis(&mut self, at: Timestamp, now: Timestamp) -> WithoutBasis {
        self.basis_lost_at = Some(at);
        if self.delivered_at.is_some() {
            WithoutBasis::ManagerDecides
        } else if self.withdraw(now) {
            WithoutBasis::Stops
        } else {
            WithoutBasis::StoppedBefore
        }
    }

    /// Whether something received at `at` came after the deadline (R40). At the
    /// deadline is in time.
    pub fn is_late_at(&self, at: Timestamp) -> bool {
        at > self.deadline
    }

    /// Whether it shows as late `now`: past its deadline, or answered after it (R42).
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.is_late_at(self.answered_at.or(self.withdrawn_at).unwrap_or(now))
    }

    /// The agency's system has it. Answers whether that is news (R42).
    pub fn deliver(&mut self, now: Timestamp) -> bool {
        let news = self.delivered_at.is_none();
        self.delivered_at.get_or_insert(now);
        news
    }

    /// A person has opened it. Answers whether that is news (R42).
    pub fn see(&mut self, now: Timestamp) -> bool {
        let news = self.seen_at.is_none();
        self.seen_at.get_or_insert(now);
        news
    }

    /// Takes an answer received `now`. Answers whether the clock ends with it (R40): a
    /// final answer ends it, also a late one; of what was withdrawn it has ended already.
    pub fn answer(&mut self, extent: Extent, now: Timestamp) -> bool {
        let is_final = extent == Extent::Final;
        if is_final {
            self.answered_at.get_or_insert(now);
        }
        is_final && self.withdrawn_at.is_none()
    }

    /// Makes it RED, where it was not and is not answered (R41). `red_deadline` is
    /// RED's time counted from now; the earlier of it and the old deadline holds (R42).
    /// Answers the clock that the new one replaces.
    pub fn raise_to_red(&mut self, red_deadline: Timestamp, new_clock: Uuid) -> Option<Uuid> {
        if self.rag == Rag::Red || !self.is_open() {
            return None;
        }
        self.rag = Rag::Red;
        self.deadline = self.deadline.min(red_deadline);
        Some(std::mem::replace(&mut self.clock, new_clock))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn morning() -> Timestamp {
        "2026-11-24T10:00:00Z".parse().unwrap()
    }

    fn check(rag: Rag, hours: i32) -> Check {
        Check {
            id: Uuid::from_u128(1),
            revision: 1,
            contact: Uuid::from_u128(2),
            agency: "police".to_owned(),
            rag,
            basis: Basis::Consent,
            basis_id: None,
            requested_at: morning(),
            deadline: morning() + HOUR * hours,
            clock: Uuid::from_u128(3),
            delivered_at: None,
            seen_at: None,
            answered_at: None,
            withdrawn_at: None,
            basis_lost_at: None,
            paged_at: None,
        }
    }

    #[test]
    fn r42_every_state_shows() {
        let mut check = check(Rag::Red, 4);
        assert_eq!(check.state(), CheckState::Sent);
        assert!(check.deliver(morning()) && !check.deliver(morning() + HOUR));
        assert_eq!((check.state(), check.delivered_at), (CheckState::Delivered, Some(morning())));
        assert!(check.see(morning()) && !check.see(morning() + HOUR));
        assert_eq!(check.state(), CheckState::Seen);
        assert!(check.answer(Extent::Final, morning() + HOUR));
        assert_eq!(check.state(), CheckState::Answered);
    }

    #[test]
    fn r9_a_check_that_is_withdrawn_ends_its_clock_once_and_may_be_answered() {
        let mut withdrawn = check(Rag::Red, 4);
        assert!(withdrawn.withdraw(morning() + HOUR) && !withdrawn.withdraw(morning() + HOUR * 2));
        assert_eq!(withdrawn.state(), CheckState::Withdrawn);
        assert_eq!(withdrawn.withdrawn_at, Some(morning() + HOUR));
        assert!(!withdrawn.is_open() && !withdrawn.is_late(morning() + HOUR * 9));
        assert!(!withdrawn.answer(Extent::Final, morning() + HOUR * 3));
        assert_eq!(withdrawn.state(), CheckState::Answered);
        let mut answered = check(Rag::Red, 4);
        answered.answer(Extent::Final, morning());
        assert!(!answered.withdraw(morning() + HOUR));
        assert_eq!((answered.state(), answered.withdrawn_at), (CheckState::Answered, None));
    }

    #[test]
    fn r6_without_consent_a_check_stops_unless_its_agency_has_it() {
        let (at, now) = (morning() + HOUR, morning() + HOUR * 2);
        let mut sent = check(Rag::Red, 4);
        assert_eq!(sent.lose_basis(at, now), WithoutBasis::Stops);
        assert_eq!((sent.withdrawn_at, sent.basis_lost_at), (Some(now), Some(at)));
        assert_eq!(sent.lose_basis(now, now), WithoutBasis::StoppedBefore);
        let mut delivered = check(Rag::Red, 4);
        delivered.deliver(morning());
        assert_eq!(delivered.lose_basis(at, now), WithoutBasis::ManagerDecides);
        assert!(delivered.is_open() && delivered.basis_lost_at == Some(at));
        let mut answered = check(Rag::Red, 4);
        answered.deliver(morning());
        answered.answer(Extent::Final, morning());
        assert_eq!(answered.lose_basis(at, now), WithoutBasis::ManagerDecides);
    }

    #[test]
    fn r40_an_answer_at_the_deadline_is_in_time_and_after_it_late() {
        let mut check = check(Rag::Red, 4);
        let second = SignedDuration::from_secs(1);
        assert!(!check.is_late_at(check.deadline) && check.is_late_at(check.deadline + second));
        assert!(check.is_late(morning() + HOUR * 5));
        check.answer(Extent::Final, morning() + HOUR);
        assert!(!check.is_late(morning() + HOUR * 5));
    }

    #[test]
    fn r40_an_interim_answer_or_a_correction_ends_no_clock() {
        let mut check = check(Rag::Red, 4);
        assert!(!check.answer(Extent::Interim, morning()));
        assert_eq!(check.answered_at, None);
        assert!(check.answer(Extent::Final, morning() + HOUR));
        assert!(!check.answer(Extent::Correction, morning() + HOUR * 2));
        assert_eq!(check.answered_at, Some(morning() + HOUR));
    }

    #[test]
    fn r41_a_flagged_check_runs_as_red_and_r42_the_earlier_deadline_holds() {
        let new = Uuid::from_u128(4);
        let mut green = check(Rag::Green, 72);
        assert_eq!(green.raise_to_red(morning() + HOUR * 5, new), Some(Uuid::from_u128(3)));
        assert_eq!((green.rag, green.deadline, green.clock), (Rag::Red, morning() + HOUR * 5, new));
        let mut nearly_due = check(Rag::Amber, 24);
        nearly_due.raise_to_red(morning() + HOUR * 27, new);
        assert_eq!(nearly_due.deadline, morning() + HOUR * 24);
    }

    #[test]
    fn r41_a_red_or_an_answered_check_keeps_its_clock() {
        let new = Uuid::from_u128(4);
        let mut red = check(Rag::Red, 4);
        assert_eq!(red.raise_to_red(morning() + HOUR, new), None);
        assert_eq!(red, check(Rag::Red, 4));
        let mut answered = check(Rag::Amber, 24);
        answered.answer(Extent::Final, morning());
        assert_eq!(answered.raise_to_red(morning() + HOUR, new), None);
        assert_eq!(answered.rag, Rag::Amber);
    }
}
