//! What intake decides by: its table of the protocol file, the agencies that consent may
//! name, the national codes, how people are recognised.

use calendar::{Calendar, Timescale, protocol::Protocol};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::{
    clock::Clock,
    codes::{Codes, Entry},
    matching::Matcher,
};

/// What intake decides by. Read once, when it starts, and the same for every edge.
pub struct Rules {
    /// The protocol file.
    pub protocol: Protocol,
    /// Its table for intake.
    pub intake: IntakeProtocol,
    /// The national codes, and the agencies that there are.
    pub codes: Codes,
    /// How people are recognised (R8).
    pub matcher: Matcher,
}

impl Rules {
    /// Reads them from a protocol file, and what was built in.
    ///
    /// # Errors
    /// What is wrong with it, by line and key.
    pub fn read(protocol: Protocol) -> anyhow::Result<Self> {
        let intake: IntakeProtocol = protocol.table("intake")?;
        let asked: Agencies = protocol.table("partner_checks")?;
        let asked = asked.agencies.iter().map(|agency| (&agency.code, &agency.name));
        let further = intake.further_agencies.iter().map(|agency| (&agency.code, &agency.name));
        let agencies = asked.chain(further).map(|(code, name)| Entry::of(code, name));
        let codes = Codes::embedded(agencies)?;
        Ok(Self { intake, codes, matcher: Matcher::embedded()?, protocol })
    }

    /// Hub hours, working days and holidays.
    pub fn calendar(&self) -> &Calendar {
        self.protocol.calendar()
    }

    /// A clock that starts at an instant, for as long as `timescale` gives.
    pub fn clock(&self, from: Timestamp, timescale: &Timescale) -> Clock {
        let due_at = self.calendar().deadline(from, timescale).at;
        self.clock_until(due_at, from, timescale)
    }

    /// A clock that starts at an instant and runs to a date, with the warnings of `timescale`.
    pub fn clock_until(&self, due_at: Timestamp, from: Timestamp, timescale: &Timescale) -> Clock {
        Clock {
            id: Uuid::now_v7(),
            started_at: from,
            due_at,
            warnings: self.calendar().warnings(from, due_at, timescale),
            protocol_version: self.protocol.version().to_owned(),
        }
    }
}

/// `[intake]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeProtocol {
    /// In years, on the day of the contact (R3).
    pub remit_age: i16,
    /// Agencies that consent may name besides those that are asked (R6, R36).
    pub further_agencies: Vec<Code>,
    /// How long things may take.
    pub timescales: Timescales,
    /// The consultation line.
    pub consultation: Consultation,
    /// Requests for information.
    pub information_requests: InformationRequests,
    /// What callers are told.
    pub texts: Texts,
    /// Notices in bulk.
    pub notices: Notices,
    /// What is passed on.
    pub hand_over: HandOver,
    /// Who is already known, and open cases.
    pub register: Register,
}

/// `[intake.timescales]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timescales {
    /// The initial decision, from receipt (R72).
    pub initial_decision: Timescale,
    /// The second look at an override, and every one after it (R7).
    pub override_review: Timescale,
    /// A manager's decision where the remit is in question, from the receipt (R3).
    pub remit_decision: Timescale,
}

/// What intake reads of `[partner_checks]`: which agencies there are (R36).
#[derive(Clone, Debug, Deserialize)]
struct Agencies {
    agencies: Vec<Code>,
}

/// `[intake.consultation]`: all that the log of the consultation line may say (R53).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consultation {
    /// What a call can be about.
    pub themes: Vec<Code>,
    /// Kinds of agencies that call.
    pub caller_agencies: Vec<Code>,
    /// What callers are there.
    pub caller_roles: Vec<Code>,
}

/// An entry of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct Code {
    /// The code.
    pub code: String,
    /// What it means, in words for a form.
    pub name: String,
}

/// `[intake.information_requests]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InformationRequests {
    /// The authority's own country; any other one is foreign (R56).
    pub country: String,
    /// How long they may take.
    pub timescales: InformationRequestTimescales,
}

/// `[intake.information_requests.timescales]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InformationRequestTimescales {
    /// The answer, from receipt (R55).
    pub answer: Timescale,
    /// Passing a request to the unit that holds the case, from receipt (R54).
    pub pass_to_unit: Timescale,
    /// The receipt of whoever it was passed to, from then (R54).
    pub receipt: Timescale,
}

/// `[intake.texts]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// A child is in immediate danger (R5).
    pub immediate_danger: String,
    /// The hub is closed; the number follows it (R10).
    pub out_of_hours: String,
    /// The Emergency Duty Team's number (R10).
    pub edt_telephone: String,
    /// Somebody is at the door while the hub is open (R1).
    pub walk_in: String,
    /// A unit has what a professional told; its name follows (R9).
    pub passed_to_unit: String,
    /// Somebody has what anybody else told (R9).
    pub passed_on: String,
}

/// `[intake.notices]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// Codes of the factors that are high by themselves (R14).
    pub serious_factors: Vec<String>,
    /// In years, on the day of the notice (R14).
    pub young_under: i16,
    /// How far back an earlier contact about a child counts (R14).
    pub earlier_within_months: u16,
}

/// `[intake.hand_over]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// This authority's own number (R3).
    pub own_authority: String,
    /// How long they may take.
    pub timescales: HandOverTimescales,
}

/// `[intake.hand_over.timescales]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverTimescales {
    /// The team's receipt, from the hand-over to it (R10).
    pub edt_receipt: Timescale,
    /// The hub's review, from the team's hand-over (R10).
    pub edt_review: Timescale,
    /// Another authority's receipt, from the passing on (R3).
    pub authority_receipt: Timescale,
}

/// `[intake.register]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// In days: contacts that were recorded within these are passed to a unit (R9).
    pub recent_days: i64,
    /// How long things may take.
    pub timescales: RegisterTimescales,
}

/// `[intake.register.timescales]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterTimescales {
    /// The unit is told, from when it is known that the case is open (R9).
    pub unit_pass: Timescale,
    /// The unit's receipt, from the passing on (R9).
    pub unit_receipt: Timescale,
}
