//! Intake's table of the protocol file.

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
