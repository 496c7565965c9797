//! Intake's table of the protocol file, and the agencies that consent may name.

use calendar::Timescale;
use serde::Deserialize;

/// `[intake]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeProtocol {
    /// In years, on the day of the contact (R3).
    pub remit_age: i16,
    /// How long things may take.
    pub timescales: Timescales,
}

/// `[intake.timescales]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timescales {
    /// The initial decision, from receipt (R72).
    pub initial_decision: Timescale,
}

/// What intake reads of `[partner_checks]`: which agencies there are (R36).
#[derive(Clone, Debug, Deserialize)]
pub struct Agencies {
    agencies: Vec<Agency>,
}

#[derive(Clone, Debug, Deserialize)]
struct Agency {
    code: String,
}

impl Agencies {
    /// Their codes.
    pub fn codes(self) -> impl Iterator<Item = String> {
        self.agencies.into_iter().map(|agency| agency.code)
    }
}
