//! Screening's table of the protocol file.

use std::sync::Arc;

use calendar::{Calendar, Timescale, protocol::Protocol};
use serde::Deserialize;

use crate::domain::{contact::Channel, decision::Screening};

/// What the operational protocol says to screening.
#[derive(Clone)]
pub struct Rules {
    /// The protocol file.
    pub protocol: Arc<Protocol>,
    /// Its table for screening.
    pub screening: ScreeningProtocol,
    /// What screening needs of intake's table.
    pub intake: IntakeTimes,
}

impl Rules {
    /// Business time under this protocol.
    pub fn calendar(&self) -> &Calendar {
        self.protocol.calendar()
    }
}

/// What screening reads of `[intake]`: how long the initial decision may take, where a child
/// comes back into the hub (R9, R72).
#[derive(Clone, Debug, Deserialize)]
pub struct Intake {
    /// Its timescales.
    pub timescales: IntakeTimes,
}

/// What screening reads of `[intake.timescales]`.
#[derive(Clone, Debug, Deserialize)]
pub struct IntakeTimes {
    /// The initial decision.
    pub initial_decision: Timescale,
}

/// `[screening]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreeningProtocol {
    /// Channels that are only reviewed in office hours (R24).
    pub office_hours_channels: Vec<Channel>,
    /// How long things may take.
    pub timescales: Timescales,
}

/// `[screening.timescales]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timescales {
    /// CSC screening (R22).
    pub csc_screening: Timescale,
    /// Early Help screening (R23).
    pub early_help_screening: Timescale,
    /// Telling the referrer, from the decision (R28).
    pub inform_referrer: Timescale,
}

impl Timescales {
    /// How long a screening may take (R22, R23).
    pub fn of(&self, screening: Screening) -> &Timescale {
        match screening {
            Screening::Csc => &self.csc_screening,
            Screening::EarlyHelp => &self.early_help_screening,
        }
    }
}
