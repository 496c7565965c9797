//! The table of the protocol file that says how clocks and pages behave.

use calendar::{Amount, Timescale, ladder::Ladder};
use serde::Deserialize;

use crate::domain::page::LadderName;

/// `[deadlines]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlinesProtocol {
    /// The decision on a Section 47 contact, from the acknowledgement of its page (R18).
    pub section_47_decision: Timescale,
    /// Overdue checks of one contact within this time are one page (R43).
    pub group_pages_within: Amount,
    /// Who is paged, in which order.
    pub ladders: Ladders,
}

/// `[deadlines.ladders]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladders {
    section_47: Ladder,
    section_47_out_of_hours: Ladder,
    risk_flag: Ladder,
    red_check: Ladder,
    red_check_reminder: Ladder,
    hand_over: Ladder,
    unit_receipt: Ladder,
    parked_event: Ladder,
}

impl Ladders {
    /// The ladder of this name.
    pub fn get(&self, name: LadderName) -> &Ladder {
        match name {
            LadderName::Section47 => &self.section_47,
            LadderName::Section47OutOfHours => &self.section_47_out_of_hours,
            LadderName::RiskFlag => &self.risk_flag,
            LadderName::RedCheck => &self.red_check,
            LadderName::RedCheckReminder => &self.red_check_reminder,
            LadderName::HandOver => &self.hand_over,
            LadderName::UnitReceipt => &self.unit_receipt,
            LadderName::ParkedEvent => &self.parked_event,
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Ladder> {
        [
            &self.section_47,
            &self.section_47_out_of_hours,
            &self.risk_flag,
            &self.red_check,
            &self.red_check_reminder,
            &self.hand_over,
            &self.unit_receipt,
            &self.parked_event,
        ]
        .into_iter()
    }
}
