//! Which checks need a person because something that should have happened has not: the
//! page of a RED check (R43), and its delivery (R46). Each is decided from the check
//! itself, whatever other services do.

use calendar::Amount;
use jiff::{SignedDuration, Timestamp};

use super::check::{Check, Rag};

/// How long partner-checks waits for others.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a page, from the deadline of a RED check.
    pub for_page: Amount,
    /// For the delivery of a RED check, from its request.
    pub for_delivery: Amount,
}

/// How patience stands at an instant: who is older has waited long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// A page is missing where the deadline was then or before.
    pub due_by: Timestamp,
    /// A delivery is missing where the request was made then or before.
    pub requested_by: Timestamp,
}

impl Watch {
    /// How it stands `now`.
    pub fn at(now: Timestamp, patience: Patience) -> Self {
        let before = |wait: SignedDuration| now.saturating_sub(wait).unwrap_or(Timestamp::MIN);
        Self {
            due_by: before(patience.for_page.duration()),
            requested_by: before(patience.for_delivery.duration()),
        }
    }

    /// RED, due and unanswered, and nobody has been paged as far as is known (R43).
    pub fn is_unpaged(&self, check: &Check) -> bool {
        check.rag == Rag::Red
            && check.is_open()
            && check.paged_at.is_none()
            && check.deadline <= self.due_by
    }

    /// RED, and not delivered in time: the agency is to be telephoned (R46).
    pub fn is_undelivered(&self, check: &Check) -> bool {
        check.rag == Rag::Red
            && check.is_open()
            && check.delivered_at.is_none()
            && check.requested_at <= self.requested_by
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::disclosure::Basis;

    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn morning() -> Timestamp {
        "2026-11-24T10:00:00Z".parse().unwrap()
    }

    fn noon() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    fn watch(now: Timestamp) -> Watch {
        let patience =
            Patience { for_page: "2m".parse().unwrap(), for_delivery: "10m".parse().unwrap() };
        Watch::at(now, patience)
    }

    /// Requested in the morning, due at noon.
    fn check(rag: Rag) -> Check {
        Check {
            id: Uuid::from_u128(1),
            revision: 1,
            contact: Uuid::from_u128(2),
            agency: "police".to_owned(),
            rag,
            basis: Basis::Consent,
            basis_id: None,
            requested_at: morning(),
            deadline: noon(),
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
    fn r43_a_red_is_unpaged_from_the_end_of_the_wait_until_it_is_paged_or_answered() {
        let (just_before, at_end) = (noon() + SECOND * 119, noon() + SECOND * 120);
        assert!(!watch(just_before).is_unpaged(&check(Rag::Red)));
        assert!(watch(at_end).is_unpaged(&check(Rag::Red)));
        assert!(!watch(at_end).is_unpaged(&check(Rag::Amber)));
        let paged = Check { paged_at: Some(noon()), ..check(Rag::Red) };
        let answered = Check { answered_at: Some(noon()), ..check(Rag::Red) };
        assert!(!watch(at_end).is_unpaged(&paged) && !watch(at_end).is_unpaged(&answered));
        let withdrawn = Check { withdrawn_at: Some(noon()), ..check(Rag::Red) };
        assert!(!watch(at_end).is_unpaged(&withdrawn));
    }

    #[test]
    fn r46_a_red_is_one_to_telephone_about_after_ten_minutes_until_it_is_delivered() {
        let (just_before, at_end) = (morning() + SECOND * 599, morning() + SECOND * 600);
        assert!(!watch(just_before).is_undelivered(&check(Rag::Red)));
        assert!(watch(at_end).is_undelivered(&check(Rag::Red)));
        assert!(!watch(at_end).is_undelivered(&check(Rag::Green)));
        let delivered = Check { delivered_at: Some(at_end), ..check(Rag::Red) };
        assert!(!watch(at_end).is_undelivered(&delivered));
    }
}
