//! partner-checks' table of the protocol file, and what follows from it for a check.

use std::sync::Arc;

use calendar::{Amount, Timescale, protocol::Protocol};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::domain::{
    answer::Form,
    check::Rag,
    watch::{Patience, Watch},
};

/// `[partner_checks]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerChecksProtocol {
    /// Days before a confirmation of the agreement lapses (R37).
    pub agreement_warning_days: u16,
    /// How long after its deadline a RED check may be unanswered and unpaged (R43).
    unpaged_alarm_after: Amount,
    /// How long after its request a RED check may be undelivered (R46).
    telephone_after: Amount,
    /// The partners (R36).
    pub agencies: Vec<Agency>,
    /// How long an answer may take.
    pub timescales: Timescales,
}

/// A partner agency (R36).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Its code.
    pub code: String,
    /// Its name, for people.
    pub name: String,
    /// The form that it answers in.
    pub form: Form,
    /// Somebody there takes requests while the hub is closed (R34).
    pub out_of_hours: bool,
    /// Whom to ring (R46).
    pub telephone: String,
}

/// `[partner_checks.timescales]`, from the request (R34).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timescales {
    red: Timescale,
    amber: Timescale,
    green: Timescale,
}

/// What the operational protocol says to partner-checks.
#[derive(Clone)]
pub struct Rules {
    /// The protocol file.
    pub protocol: Arc<Protocol>,
    /// Its table for this service.
    pub checks: PartnerChecksProtocol,
}

/// When an answer is due.
#[derive(Debug, PartialEq, Eq)]
pub struct Due {
    /// The deadline.
    pub at: Timestamp,
    /// It runs past the hub's closing.
    pub past_closing: bool,
}

impl Rules {
    /// An agency of the protocol (R36).
    pub fn agency(&self, code: &str) -> Option<&Agency> {
        self.checks.agencies.iter().find(|agency| agency.code == code)
    }

    /// For how long before its end a confirmation counts as lapsing soon (R37).
    pub fn agreement_warning(&self) -> SignedDuration {
        SignedDuration::from_hours(24) * i32::from(self.checks.agreement_warning_days)
    }

    /// Which checks need a person `now` (R43, R46).
    pub fn watch(&self, now: Timestamp) -> Watch {
        let for_page = self.checks.unpaged_alarm_after;
        Watch::at(now, Patience { for_page, for_delivery: self.checks.telephone_after })
    }

    /// When the answer to a check that is requested, or made this urgent, at `from` is
    /// due (R34).
    pub fn due(&self, from: Timestamp, rag: Rag) -> Due {
        let calendar = self.protocol.calendar();
        let at = calendar.deadline(from, self.timescale(rag)).at;
        Due { at, past_closing: calendar.hub_time_between(from, at) < at.duration_since(from) }
    }

    /// When somebody is warned before a deadline of a clock that runs from `from` (R43).
    pub fn warnings(&self, from: Timestamp, deadline: Timestamp, rag: Rag) -> Vec<Timestamp> {
        self.protocol.calendar().warnings(from, deadline, self.timescale(rag))
    }

    fn timescale(&self, rag: Rag) -> &Timescale {
        let timescales = &self.checks.timescales;
        match rag {
            Rag::Red => &timescales.red,
            Rag::Amber => &timescales.amber,
            Rag::Green => &timescales.green,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let protocol = Protocol::embedded().unwrap();
        Rules { checks: protocol.table("partner_checks").unwrap(), protocol: Arc::new(protocol) }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn r34_red_check_is_due_in_four_hours() {
        let due = rules().due(at("2026-11-24T10:00:00Z"), Rag::Red);
        assert_eq!(due, Due { at: at("2026-11-24T14:00:00Z"), past_closing: false });
    }

    #[test]
    fn r34_amber_is_due_in_24_and_green_in_72_elapsed_hours() {
        let friday = at("2026-11-27T16:00:00Z");
        assert_eq!(rules().due(friday, Rag::Amber).at, at("2026-11-28T16:00:00Z"));
        assert_eq!(rules().due(friday, Rag::Green).at, at("2026-11-30T16:00:00Z"));
    }

    #[test]
    fn r34_a_red_that_would_run_past_closing_is_known_as_such() {
        assert!(!rules().due(at("2026-11-24T13:00:00Z"), Rag::Red).past_closing);
        assert!(rules().due(at("2026-11-24T13:00:01Z"), Rag::Red).past_closing);
        assert!(rules().due(at("2026-11-22T13:00:00Z"), Rag::Red).past_closing);
    }

    #[test]
    fn r36_agencies_and_their_forms_are_data() {
        assert_eq!(rules().agency("housing").unwrap().form, Form::Housing);
        assert!(rules().agency("coastguard").is_none());
    }
}
